"""Taking in whatever a stranger hands over: what is it, and where in it is the credential?

The content decides, never the name. Nothing is verified here. What cannot be read ends as Unreadable with one sentence
that names the place and one that says what to do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import PurePath
from typing import Final, TypeVar

from credentials.baking import unbake_png
from credentials.baking_svg import unbake_svg
from credentials.errors import (
    CredentialError,
    DuplicateMember,
    MalformedImage,
    MixedVersions,
    NoBakedCredential,
    TooComplex,
    TwoBakedCredentials,
    UnsupportedProof,
)
from credentials.sealed import SecuringForm
from credentials.unverified import UnverifiedCredential, open_unverified
from verifier.errors import ReceiptFound, Unreadable
from verifier.glovebox import glovebox
from verifier.intake_text import TextKind, kind_of, unwrapped
from verifier.limits import Limits
from verifier.page import PageReading
from verifier.reasons import Reason
from verifier.receipt import claims_to_be_receipt


class Carrier(StrEnum):
    """What the credential came in; the values are public."""

    PDF = "pdf"
    PNG = "png"
    SVG = "svg"
    JSON = "json"
    JWT = "jwt"
    LINK = "link"
    QR = "qr"


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """A credential as it was handed in, not verified; `page` is what a PDF or picture shows, `size` in bytes."""

    name: str
    carrier: Carrier
    unverified: UnverifiedCredential
    page: PageReading | None
    size: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """An address where a credential is to be had; `page` is what the paper shows on which its QR code was found."""

    name: str
    carrier: Carrier
    url: str
    page: PageReading | None
    size: int
    notes: tuple[str, ...] = ()


_Found = TypeVar("_Found", Submission, Link, Submission | Link)

DEFAULT_LIMITS: Final = Limits()
_JPEG, _PNG, _ZIP, _RIFF = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"PK\x03\x04", b"RIFF"
_TEXTS = (b"{", b"[", b"<", b"eyJ")
_PDF_HEAD: Final = 1024
"""PDF readers accept the mark anywhere in the first kilobyte."""

_FORMATS: Final = "a PDF certificate, a badge picture (PNG or SVG), the JSON or JWT file, or a link"
_ENDINGS: Final[Mapping[str, frozenset[str]]] = {
    "a PDF file": frozenset({".pdf"}),
    "a picture": frozenset({".png", ".jpg", ".jpeg", ".webp"}),
    "an SVG picture": frozenset({".svg"}),
    "JSON": frozenset({".json", ".jsonld", ".vc", ".txt"}),
    "a signed token": frozenset({".jwt", ".jws", ".txt", ".vc"}),
    "a link": frozenset({".txt", ".url"}),
}
_KNOWN_ENDINGS: Final = frozenset().union(*_ENDINGS.values()) | {".zip", ".csv", ".xlsx", ".docx", ".html", ".gif"}
_WHY_UNREADABLE: Final[Mapping[type[CredentialError], Reason]] = {
    DuplicateMember: Reason.DUPLICATE_MEMBER,
    MixedVersions: Reason.MIXED_VERSIONS,
    TooComplex: Reason.TOO_COMPLEX,
    UnsupportedProof: Reason.UNSUPPORTED_PROOF,
}


def take_in(data: bytes, name: str, *, limits: Limits = DEFAULT_LIMITS) -> Submission | Link:
    """Find the credential, or the link to it, in a file. Raises Unreadable."""
    _check_size(data, limits)
    if data.startswith((_PNG, _JPEG, _RIFF)):
        return _noting_name(_from_picture(data, name, limits), "a picture")
    if data.startswith(_ZIP):
        raise Unreadable(
            Reason.UNSUPPORTED_FORMAT,
            "This is a ZIP archive or an Office document, not a single certificate.",
            f"Unpack it and hand in {_FORMATS}.",
        )
    if b"%PDF-" in data[:_PDF_HEAD] and not data.lstrip().startswith(_TEXTS):
        return _noting_name(_from_pdf(data, name, limits), "a PDF file")
    return _from_text_file(data, name, limits)


def take_in_text(text: str, *, limits: Limits = DEFAULT_LIMITS) -> Submission | Link:
    """Find the credential, or the link to it, in a pasted or scanned text. Raises Unreadable."""
    data = text.encode("utf-8", "replace")
    _check_size(data, limits)
    found = _from_text(text, "", limits)
    name = found.url if isinstance(found, Link) else "pasted text"
    return replace(found, name=name, size=len(data))


def _check_size(data: bytes, limits: Limits) -> None:
    if not data.strip():
        raise Unreadable(Reason.NO_CREDENTIAL, "There is nothing in it: it is empty.", f"Hand in {_FORMATS}.")
    if len(data) > limits.file_bytes:
        raise Unreadable(
            Reason.TOO_LARGE,
            f"It is larger than {limits.file_bytes // (1024 * 1024)} MB.",
            "A certificate is much smaller: hand in the original file.",
        )


def _from_picture(data: bytes, name: str, limits: Limits) -> Submission | Link:
    """A PNG may carry the credential itself; any other picture, and a PNG that lost it, may show a QR code."""
    if data.startswith(_PNG):
        try:
            text = unbake_png(data)
        except NoBakedCredential:
            pass
        except CredentialError as exc:
            raise _baked_badly(exc) from exc
        else:
            return _submission(text, name, Carrier.PNG, None, len(data), limits)
    answer = glovebox(limits).open("picture", data)
    return _from_codes(answer["codes"], name, PageReading.of_picture(), len(data), limits)


def _from_pdf(data: bytes, name: str, limits: Limits) -> Submission | Link:
    answer = glovebox(limits).open("pdf", data)
    record = answer["record"]
    page = PageReading.from_glovebox(answer["page"], carries_record=record is not None)
    if record is not None:
        return _submission(record, name, Carrier.PDF, page, len(data), limits)
    return _from_codes(answer["codes"], name, page, len(data), limits)


def _from_codes(codes: list[str], name: str, page: PageReading, size: int, limits: Limits) -> Submission | Link:
    """The one credential or link among the QR codes of a paper that carries no signed record itself."""
    meant = {code: kind_of(code) for code in codes}
    found = [code for code, kind in meant.items() if kind in {TextKind.JSON, TextKind.TOKEN, TextKind.LINK}]
    if not found:
        raise Unreadable(
            Reason.NO_CREDENTIAL,
            "It carries no signed record, and no QR code that leads to one can be read.",
            "Hand in the original file, or scan the QR code straight and close.",
        )
    if len(found) > 1:
        raise Unreadable(
            Reason.SEVERAL_CREDENTIALS,
            f"It shows {len(found)} different QR codes, so it does not say which one counts.",
            "Cut out the one QR code, or hand in the certificates one by one.",
        )
    code = found[0].strip()
    if meant[found[0]] is TextKind.LINK:
        return Link(name=name, carrier=Carrier.QR, url=code, page=page, size=size)
    return _submission(code, name, Carrier.QR, page, size, limits)


def _from_text_file(data: bytes, name: str, limits: Limits) -> Submission | Link:
    if len(data) > max(limits.text_bytes, limits.svg_bytes):
        raise _too_long(limits)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        raise _unsupported("This kind of file is not known here.") from exc
    if "\0" in text:
        raise _unsupported("This kind of file is not known here.")
    return replace(_from_text(text, name, limits), size=len(data))


def _from_text(text: str, name: str, limits: Limits) -> Submission | Link:
    size, kind = len(text.encode("utf-8", "replace")), kind_of(unwrapped(text))
    if kind is TextKind.SVG:
        return _noting_name(_from_svg(text, name, size, limits), "an SVG picture")
    if size > limits.text_bytes:
        raise _too_long(limits)
    if kind is TextKind.LINK:
        link = Link(name=name, carrier=Carrier.LINK, url=text.strip(), page=None, size=size)
        return _noting_name(link, "a link")
    if kind is TextKind.WEB_PAGE:
        raise _unsupported("This is a web page, not a signed record.")
    if kind is TextKind.OTHER:
        raise _unsupported("This text is neither a signed record nor a link.")
    found = _submission(unwrapped(text), name, Carrier.JSON, None, size, limits)
    return _noting_name(found, "JSON" if found.carrier is Carrier.JSON else "a signed token")


def _from_svg(text: str, name: str, size: int, limits: Limits) -> Submission:
    if size > limits.svg_bytes:
        raise _too_long(limits)
    try:
        baked = unbake_svg(text.encode("utf-8", "replace"))
    except CredentialError as exc:
        raise _baked_badly(exc) from exc
    return _submission(baked, name, Carrier.SVG, None, size, limits)


def _submission(
    text: str, name: str, carrier: Carrier, page: PageReading | None, size: int, limits: Limits
) -> Submission:
    if len(text) > limits.text_bytes:
        raise _too_long(limits)
    if claims_to_be_receipt(text):
        raise ReceiptFound(Reason.NO_CREDENTIAL, text)
    try:
        unverified = open_unverified(text)
    except CredentialError as exc:
        reason = next((why for kind, why in _WHY_UNREADABLE.items() if isinstance(exc, kind)), Reason.MALFORMED)
        raise Unreadable(
            reason, f"The signed record in it cannot be read: {exc}.", "Ask the issuer for the record again."
        ) from exc
    if carrier is Carrier.JSON and unverified.form is SecuringForm.VC_JWT:
        carrier = Carrier.JWT
    return Submission(name=name, carrier=carrier, unverified=unverified, page=page, size=size)


def _noting_name(found: _Found, what: str) -> _Found:
    """Note a name that promises another kind of file than the content is."""
    ending = PurePath(found.name).suffix.lower()
    if ending not in _KNOWN_ENDINGS or ending in _ENDINGS[what]:
        return found
    return replace(found, notes=(*found.notes, f"Its name ends in {ending}, but it is {what}."))


def _baked_badly(exc: CredentialError) -> Unreadable:
    if isinstance(exc, NoBakedCredential):
        return Unreadable(
            Reason.NO_CREDENTIAL,
            "The picture carries no signed record; saving or sending a picture can strip it.",
            "Use the link, or ask for the original file.",
        )
    if isinstance(exc, TwoBakedCredentials):
        return Unreadable(
            Reason.SEVERAL_CREDENTIALS,
            "The picture carries several signed records, so it does not say which one it shows.",
            "Ask for the badges one by one.",
        )
    reason = Reason.TOO_COMPLEX if isinstance(exc, TooComplex) else Reason.MALFORMED
    detail = exc.reason if isinstance(exc, MalformedImage | TooComplex) else str(exc)
    return Unreadable(reason, f"The picture cannot be read: {detail}.", "Ask for the original file, or use the link.")


def _unsupported(what: str) -> Unreadable:
    return Unreadable(Reason.UNSUPPORTED_FORMAT, what, f"Hand in {_FORMATS}.")


def _too_long(limits: Limits) -> Unreadable:
    return Unreadable(
        Reason.TOO_LARGE,
        f"The text is longer than {limits.text_bytes // 1024} KB, more than any signed record.",
        "Hand in the original file.",
    )
