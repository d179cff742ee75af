"""One number for everything a PDF draws, says and carries, and the place in the file for its issuer's seal of it.

The digest is taken over the graph of objects that hangs on the trailer's Root and Info, not over bytes: saving the file
again (other object numbers, compression, cross-reference form, linearisation) leaves it alone, while any change of a
content stream, font, image, annotation, structure element, metadata, attachment or page box changes it.
"""

from __future__ import annotations

import io
import re
import zlib
from collections import deque
from decimal import Decimal
from functools import lru_cache
from hashlib import sha256
from typing import Any

import pikepdf
from pikepdf import ObjectType

from verifier.errors import Unreadable
from verifier.limits import Limits
from verifier.reasons import Reason

_VERSION = b"voltpass-page-1"
_OWN = "/Voltpass"
_DECODED = frozenset(
    {
        "/FlateDecode",
        "/Fl",
        "/LZWDecode",
        "/LZW",
        "/ASCII85Decode",
        "/A85",
        "/ASCIIHexDecode",
        "/AHx",
        "/RunLengthDecode",
        "/RL",
    }
)
_LENGTHS = frozenset({"/Length", "/DL"})
_STORAGE = _LENGTHS | {"/Filter", "/DecodeParms"}
"""Entries of a stream that say how it is stored, not what it says."""
_INHERITED = ("/CropBox", "/MediaBox", "/Resources", "/Rotate")
"""Page attributes that a page tree may hold once for several pages; linearising moves them into the pages."""
_EXPANDS = "data that expands to more than can be read safely"
_PIECE = 1024 * 1024
_CONTAINERS = frozenset({ObjectType.array, ObjectType.dictionary, ObjectType.stream})
_NUMBERS = re.compile(rb"[-+.0-9\[\] ]*")

Identity = tuple[int, int, str]
Attributes = dict[str, tuple[Any, Identity | None]]
"""A dictionary's values, each with who it is when several pages inherit one that has no object number."""


def drawing_digest(pdf: bytes | pikepdf.Pdf, *, limits: Limits | None = None) -> str:
    """SHA-256 in hexadecimal over Root and Info of a PDF, without the trailer's ID and without our own seal.

    A stream counts as its decoded content, or, where it is stored in a lossy or unknown way (JPEG), as its stored
    bytes with their filters. Says nothing about whether the file had to be repaired to be read: ask `get_warnings`
    of the opened file. Raises Unreadable (too_complex, malformed).
    """
    opened = _open(pdf) if isinstance(pdf, bytes) else pdf
    try:
        return _Walk(opened, limits or Limits()).digest()
    except (pikepdf.PdfError, ValueError, ArithmeticError) as exc:
        raise _malformed() from exc
    finally:
        if opened is not pdf:
            opened.close()


def embed_page_seal(pdf: bytes, seal: str) -> bytes:
    """The same document with the issuer's page seal in Root/PieceInfo/Voltpass; its drawing digest is unchanged."""
    with _open(pdf) as opened:
        modified = opened.docinfo.get("/ModDate") or opened.docinfo.get("/CreationDate") or "D:20000101000000Z"
        pieces = opened.Root.get("/PieceInfo")
        if not isinstance(pieces, pikepdf.Dictionary):
            pieces = opened.Root.PieceInfo = pikepdf.Dictionary()
        pieces[_OWN] = pikepdf.Dictionary(LastModified=pikepdf.String(str(modified)), Private=pikepdf.String(seal))
        out = io.BytesIO()
        opened.save(out, deterministic_id=True, fix_metadata_version=False)
    return out.getvalue()


def read_page_seal(pdf: bytes | pikepdf.Pdf) -> str | None:
    """The page seal as it lies in the file, not verified; None when there is none. Raises Unreadable (malformed)."""
    opened = _open(pdf) if isinstance(pdf, bytes) else pdf
    try:
        place: Any = opened.Root
        for step in ("/PieceInfo", _OWN, "/Private"):
            place = place.get(step) if isinstance(place, pikepdf.Dictionary) else None
        return str(place) if isinstance(place, pikepdf.String) else None
    except (pikepdf.PdfError, ValueError) as exc:
        raise _malformed() from exc
    finally:
        if opened is not pdf:
            opened.close()


def _open(pdf: bytes) -> pikepdf.Pdf:
    try:
        return pikepdf.open(io.BytesIO(pdf))
    except pikepdf.PasswordError as exc:
        raise Unreadable(
            Reason.ENCRYPTED, "The PDF is locked with a password.", "Save it without a password and try again."
        ) from exc
    except (pikepdf.PdfError, ValueError) as exc:
        raise _malformed() from exc


def _malformed() -> Unreadable:
    return Unreadable(
        Reason.MALFORMED, "The PDF is damaged: its objects cannot be read.", "Ask for the original file again."
    )


def stream_filters(stream: pikepdf.Stream) -> list[str]:
    """The names of a stream's filters, outermost first."""
    named = stream.get("/Filter")
    if named is None:
        return []
    return [str(name) for name in named] if isinstance(named, pikepdf.Array) else [str(named)]


def inflated_length(raw: bytes, limit: int) -> int | None:
    """How long deflated bytes become, found without ever holding more than a piece of them; None beyond `limit`."""
    inflater, length, rest = zlib.decompressobj(), 0, raw
    try:
        while rest and not inflater.eof:
            length += len(inflater.decompress(rest, _PIECE))
            rest = inflater.unconsumed_tail
            if length > limit:
                return None
    except zlib.error:
        return length
    return length


class _Walk:
    """A walk in which every array, dictionary and stream gets a number where it is first met and is written once."""

    def __init__(self, pdf: pikepdf.Pdf, limits: Limits) -> None:
        self._pdf = pdf
        self._limits = limits
        self._numbers: dict[Identity, int] = {}
        self._pending: deque[tuple[Any, ObjectType]] = deque()
        self._count = 0
        self._stream_bytes = 0
        self._root = pdf.Root.objgen[0]
        self._pages = _PageTree(pdf, limits)

    def digest(self) -> str:
        """Number and write containers in the order in which they are met, from Root and Info on."""
        written = sha256(_VERSION)
        written.update(self._value(self._pdf.Root, None))
        written.update(self._value(self._pdf.trailer.get("/Info"), None))
        while self._pending:
            value, kind = self._pending.popleft()
            if kind is ObjectType.array:
                written.update(self._array(value))
            elif kind is ObjectType.stream:
                written.update(self._stream(value))
            else:
                written.update(self._dictionary(self._entries(value, value)))
        return written.hexdigest()

    def _value(self, value: Any, identity: Identity | None) -> bytes:
        """A scalar as itself, a container as its number; containers met for the first time are put in the queue."""
        if type(value) is not pikepdf.Object:
            return _plain(value)
        kind = value._type_code
        if kind not in _CONTAINERS:
            return _framed(b"b", bytes(value)) if kind is ObjectType.string else _framed(b"o", _spelled(value))
        if value.is_indirect:
            identity = (*value.objgen, "")
        if identity is not None and identity in self._numbers:
            return b"r%d;" % self._numbers[identity]
        self._count += 1
        if self._count > self._limits.pdf_objects:
            raise _too_complex(f"more than {self._limits.pdf_objects} objects")
        if identity is not None:
            self._numbers[identity] = self._count
        self._pending.append((value, kind))
        return b"r%d;" % self._count

    def _array(self, value: Any) -> bytes:
        spelled = value.unparse(resolved=True)
        if _NUMBERS.fullmatch(spelled):
            return _framed(b"n", b" ".join(map(_number, _tokens(spelled))))
        items = [self._value(item, None) for item in value]
        return b"a%d:%b" % (len(items), b"".join(items))

    def _dictionary(self, entries: Attributes) -> bytes:
        """The entries by key; an entry that is null is no entry (ISO 32000-1, 7.3.7)."""
        written = [
            _framed(b"k", key.encode("utf-8", "surrogateescape")) + self._value(value, identity)
            for key, (value, identity) in sorted(entries.items(), key=lambda entry: entry[0])
            if value is not None
        ]
        return b"d%d:%b" % (len(written), b"".join(written))

    def _stream(self, value: Any) -> bytes:
        raw = value.read_raw_bytes()
        decoded = self._decoded(value, raw)
        content = raw if decoded is None else decoded
        self._count_bytes(len(content))
        entries = self._entries(value, value.stream_dict)
        for key in _LENGTHS if decoded is None else _STORAGE:
            entries.pop(key, None)
        return _framed(b"x" if decoded is None else b"s", sha256(content).digest()) + self._dictionary(entries)

    def _decoded(self, stream: pikepdf.Stream, raw: bytes) -> bytes | None:
        """The content with its reversible filters taken off; None where that cannot be done."""
        filters = stream_filters(stream)
        if any(name not in _DECODED for name in filters):
            return None
        if filters[:1] in (["/FlateDecode"], ["/Fl"]) and inflated_length(raw, self._limits.stream_bytes) is None:
            raise _too_complex(_EXPANDS)
        try:
            return stream.read_bytes(pikepdf.StreamDecodeLevel.specialized)
        except pikepdf.PdfError:
            return None

    def _count_bytes(self, length: int) -> None:
        self._stream_bytes += length
        if length > self._limits.stream_bytes or self._stream_bytes > self._limits.all_streams_bytes:
            raise _too_complex(_EXPANDS)

    def _entries(self, owner: Any, dictionary: Any) -> Attributes:
        """What a dictionary says, with inherited page attributes in their pages and without our own seal."""
        entries: Attributes = {key: (value, None) for key, value in dictionary.items()}
        number = owner.objgen[0]
        if number == self._root:
            _leave_out_own(entries)
        elif number in self._pages.inner:
            for key in _INHERITED:
                entries.pop(key, None)
        elif number in self._pages.leaves:
            entries.update(self._pages.leaves[number])
        return entries


class _PageTree:
    """Which objects are inner nodes of the page tree, and what each page inherits from them."""

    def __init__(self, pdf: pikepdf.Pdf, limits: Limits) -> None:
        self.inner: set[int] = set()
        self.leaves: dict[int, Attributes] = {}
        self._limit = limits.pdf_objects
        pending: list[tuple[Any, Attributes]] = [(pdf.Root.get("/Pages"), {})]
        while pending:
            node, inherited = pending.pop()
            pending.extend(self._visit(node, inherited))

    def _visit(self, node: Any, inherited: Attributes) -> list[tuple[Any, Attributes]]:
        if not isinstance(node, pikepdf.Dictionary) or not node.is_indirect:
            return []
        number = node.objgen[0]
        if number in self.inner or number in self.leaves or len(self.inner) + len(self.leaves) > self._limit:
            return []
        own = {key: (node[key], (number, 0, key)) for key in _INHERITED if node.get(key) is not None}
        kids = node.get("/Kids")
        if not isinstance(kids, pikepdf.Array):
            self.leaves[number] = {**inherited, **own}
            return []
        self.inner.add(number)
        return [(kid, {**inherited, **own}) for kid in kids]


def _leave_out_own(entries: Attributes) -> None:
    """Take our own seal out of the catalogue's PieceInfo, and PieceInfo itself when it holds nothing else."""
    pieces = entries.get("/PieceInfo", (None, None))[0]
    if not isinstance(pieces, pikepdf.Dictionary) or _OWN not in pieces:
        return
    others = {key: pieces[key] for key in pieces.keys() if key != _OWN}  # noqa: SIM118
    del entries["/PieceInfo"]
    if others:
        entries["/PieceInfo"] = (pikepdf.Dictionary(others), None)


def _framed(kind: bytes, content: bytes) -> bytes:
    return b"%b%d:%b" % (kind, len(content), content)


def _plain(value: Any) -> bytes:
    if value is None:
        return b"z;"
    if isinstance(value, bool):
        return b"t;" if value else b"f;"
    return _framed(b"n", _number(str(value).encode()))


def _spelled(value: Any) -> bytes:
    """A name by its decoded characters; anything else as the library writes it."""
    if value._type_code is ObjectType.name_:
        return str(value).encode("utf-8", "surrogateescape")
    return bytes(value.unparse())


def _tokens(written: bytes) -> list[bytes]:
    return written.replace(b"[", b" [ ").replace(b"]", b" ] ").split()


@lru_cache(maxsize=4096)
def _number(token: bytes) -> bytes:
    """A number in its shortest plain spelling: 1, 1.0 and +1. are the same number."""
    if token in b"[]" or (token.isdigit() and token[:1] != b"0"):
        return token
    value = Decimal(token.decode("ascii"))
    plain = format(value, "f")
    if "." in plain:
        plain = plain.rstrip("0").rstrip(".")
    return b"0" if value == 0 else plain.encode()


def _too_complex(what: str) -> Unreadable:
    return Unreadable(
        Reason.TOO_COMPLEX, f"The PDF holds {what}.", "Ask for the original certificate file as it was issued."
    )
