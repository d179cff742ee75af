"""A PDF file: its signed attachment, what its pages show, and, when nothing is attached, the QR codes on them.

Runs inside the glovebox. Attachments are taken as stored and expanded here, piece by piece up to a limit, before any
library expands them.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pikepdf

from verifier.errors import Unreadable
from verifier.intake_text import is_compact_token, looks_like_credential
from verifier.limits import Limits
from verifier.pdf_digest import drawing_digest, read_page_seal, stream_filters
from verifier.pdf_pages import read_codes, read_text
from verifier.reasons import Reason

_ENDINGS = (".json", ".jsonld", ".jwt", ".jws", ".vc")
_MEDIA_TYPES = ("application/vc", "json", "jwt", "jose")
_ASK_AGAIN = "Ask for the original certificate file again."


@dataclass(frozen=True, slots=True)
class _Attachment:
    name: str
    media_type: str
    stream: pikepdf.Stream

    @property
    def is_announced(self) -> bool:
        """Whether its name or media type says that it is a credential; the content may still differ."""
        return self.name.lower().endswith(_ENDINGS) or any(part in self.media_type for part in _MEDIA_TYPES)


def read_pdf(data: bytes, limits: Limits) -> dict[str, Any]:
    """The attached credential as text (None without one), the page as read, and the texts of its QR codes.

    Raises Unreadable for a file that is locked, damaged, too large in any way, or attaches several credentials.
    """
    with _open(data) as pdf:
        try:
            page: dict[str, Any] = {
                "drawing_digest": drawing_digest(pdf, limits=limits),
                "unverified_seal": read_page_seal(pdf),
            }
            record = _record(pdf, limits)
        except (pikepdf.PdfError, ValueError) as exc:
            raise _damaged() from exc
        page["is_sound"] = _has_one_meaning(data) and not pdf.get_warnings()
    page |= read_text(data, limits)
    codes = read_codes(data, limits) if record is None else []
    return {"record": record, "page": page, "codes": codes}


def _open(data: bytes) -> pikepdf.Pdf:
    try:
        pdf = pikepdf.open(io.BytesIO(data), attempt_recovery=False)
    except pikepdf.PasswordError as exc:
        raise _locked() from exc
    except (pikepdf.PdfError, ValueError) as exc:
        raise _damaged() from exc
    if pdf.is_encrypted:
        pdf.close()
        raise _locked()
    return pdf


def _has_one_meaning(data: bytes) -> bool:
    """Whether all readers find the same objects in the file.

    They differ on where offsets count from when something stands before the head, and on tables that hide objects
    from readers older than PDF 1.5.
    """
    return data.startswith(b"%PDF-") and b"/XRefStm" not in data


def _record(pdf: pikepdf.Pdf, limits: Limits) -> str | None:
    """The one text attached that is a credential; failing that, the one that is announced as such."""
    texts: dict[str, bool] = {}
    for attachment in _attachments(pdf, limits):
        text = _text(attachment, limits)
        if text is not None and (looks_like_credential(text) or attachment.is_announced):
            texts[text] = looks_like_credential(text)
    found = [text for text, is_credential in texts.items() if is_credential] or list(texts)
    if len(found) > 1:
        raise Unreadable(
            Reason.SEVERAL_CREDENTIALS,
            f"The PDF has {len(found)} signed records attached, so it does not say which one its pages show.",
            "Ask for the certificates one by one.",
        )
    return found[0] if found else None


def _text(attachment: _Attachment, limits: Limits) -> str | None:
    """The attached text; None where the content cannot be a credential."""
    try:
        content = _expand(attachment.stream, limits.attachment_bytes)
        if content is None:
            raise _too_large(attachment.name, limits)
        text = content.decode("utf-8")
    except (zlib.error, UnicodeDecodeError, Unreadable) as exc:
        if not attachment.is_announced:
            return None
        if isinstance(exc, Unreadable):
            raise
        raise Unreadable(
            Reason.MALFORMED, f"The file “{attachment.name}” attached to the PDF is damaged.", _ASK_AGAIN
        ) from exc
    return text if text.lstrip()[:1] == "{" or is_compact_token(text) else None


def _expand(stream: pikepdf.Stream, limit: int) -> bytes | None:
    """The content of a stream, None beyond the limit; only the filter that attachments are stored with is known."""
    raw = stream.read_raw_bytes()
    filters = stream_filters(stream)
    if not filters:
        return raw if len(raw) <= limit else None
    if filters not in (["/FlateDecode"], ["/Fl"]) or stream.get("/DecodeParms") is not None:
        raise zlib.error(f"stored with {filters}")
    inflater = zlib.decompressobj()
    content = inflater.decompress(raw, limit + 1)
    if len(content) > limit:
        return None
    if not inflater.eof:
        raise zlib.error("cut short")
    return content


def _attachments(pdf: pikepdf.Pdf, limits: Limits) -> Iterator[_Attachment]:
    seen: set[tuple[int, int]] = set()
    for described in _descriptions(pdf, limits):
        places = described.get("/EF")
        if not isinstance(places, pikepdf.Dictionary):
            continue
        name = described.get("/UF", described.get("/F"))
        for place in ("/F", "/UF"):
            stream = places.get(place)
            if isinstance(stream, pikepdf.Stream) and stream.objgen not in seen:
                seen.add(stream.objgen)
                if len(seen) > limits.pdf_attachments:
                    raise Unreadable(
                        Reason.TOO_COMPLEX,
                        f"The PDF has more than {limits.pdf_attachments} files attached.",
                        _ASK_AGAIN,
                    )
                yield _Attachment(_shown(name), str(stream.get("/Subtype", "")).lower(), stream)


def _descriptions(pdf: pikepdf.Pdf, limits: Limits) -> Iterator[pikepdf.Dictionary]:
    """The file specifications of the whole document: its associated files and its embedded files by name."""
    associated = pdf.Root.get("/AF")
    for described in associated if isinstance(associated, pikepdf.Array) else []:
        if isinstance(described, pikepdf.Dictionary):
            yield described
    names = pdf.Root.get("/Names")
    pending: list[Any] = [names.get("/EmbeddedFiles") if isinstance(names, pikepdf.Dictionary) else None]
    nodes = 0
    while pending and nodes < limits.pdf_objects:
        node = pending.pop()
        nodes += 1
        if not isinstance(node, pikepdf.Dictionary):
            continue
        for entry in node.get("/Names", ()) if isinstance(node.get("/Names"), pikepdf.Array) else ():
            if isinstance(entry, pikepdf.Dictionary):
                yield entry
        kids = node.get("/Kids")
        if isinstance(kids, pikepdf.Array):
            pending.extend(kids)


def _shown(name: Any) -> str:
    """An attachment's name, short and printable; for sentences, never for paths."""
    text = str(name) if isinstance(name, pikepdf.String) else "without a name"
    return "".join(letter if letter.isprintable() else "�" for letter in text[:80])


def _locked() -> Unreadable:
    return Unreadable(
        Reason.ENCRYPTED,
        "The PDF is locked with a password or encrypted.",
        "Save it without protection, or ask for the original certificate file.",
    )


def _damaged() -> Unreadable:
    return Unreadable(Reason.MALFORMED, "The PDF is damaged or was cut short.", _ASK_AGAIN)


def _too_large(name: str, limits: Limits) -> Unreadable:
    return Unreadable(
        Reason.TOO_LARGE,
        f"The file “{name}” attached to the PDF is larger than {limits.attachment_bytes // 1024} KiB when expanded.",
        _ASK_AGAIN,
    )
