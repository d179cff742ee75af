"""Seeded damage for the fuzz targets: the same seed does the same to the same bytes."""

from __future__ import annotations

import base64
import io
import json
import zipfile
import zlib
from collections.abc import Sequence
from random import Random
from typing import Any, Final

from keys.multibase import base64url_encode

_PIECES: Final = (
    b"", b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"-1", b"9" * 40, b"1e999", b"0.1000000000000000055", b"null", b"true",
    b'"', b"\\", b"\\ud800", b"{}", b"[" * 300, b'{"a":' * 300, b"]]>", b"<!DOCTYPE a [<!ENTITY b 'c'>]>", b"&b;",
    b"<![CDATA[", b"/>", b"4294967296", b"\r\n", b";", b"\t", b'=HYPERLINK("x")', "\u202eÅ\u0301\u0430".encode(),
    b"@context", b"proof", b"<< /Length 99999999 >>", b"/FlateDecode", b"0 R", b"obj", b"stream\n", b"endobj", b"xref",
)  # fmt: skip
_VALUES: Final[tuple[Any, ...]] = (
    None, True, 0, -1, 1.5, 1e300, 2**63, "", "x", "\u202e", "\ud7ff", "\0", [], {}, [[]], [None], {"id": "x"},
    {"@id": "urn:x"}, {"@value": "x"}, "https://[", "urn:uuid:", "did:key:z", "did:web:localhost%3A1", "http://127.0.0.1",
    "9999-12-31T23:59:59Z", "0000-00-00", "2026-10-16T00:00:00+99:99", "a" * 5_000, ["x"] * 300, {"_": "_:b0"},
)  # fmt: skip
_MOST_COPIES: Final = 2_000
_LARGEST: Final = 4 * 1024 * 1024


def damaged(data: bytes, chance: Random, others: Sequence[bytes] = ()) -> bytes:
    """The bytes after one to four small accidents."""
    changed = bytearray(data)
    for _ in range(chance.choice((1, 1, 1, 2, 3, 4))):
        start = chance.randrange(len(changed) + 1)
        end = min(len(changed), start + chance.choice((0, 1, 2, 8, 64, 1024)))
        match chance.randrange(8):
            case 0 if changed:
                changed[start % len(changed)] ^= 1 << chance.randrange(8)
            case 1 if changed:
                changed[start % len(changed)] = chance.randrange(256)
            case 2:
                del changed[start:end]
            case 3:
                changed[start:end] = chance.choice(_PIECES)
            case 4:
                changed[start:start] = changed[start:end] * min(chance.choice((1, 2, 50, _MOST_COPIES)), 100_000 // 64)
            case 5 if others:
                other = chance.choice(others)
                cut = chance.randrange(len(other) + 1)
                changed[start:end] = other[cut : cut + chance.choice((4, 64, 4096))]
            case 6:
                digits = [place for place, byte in enumerate(changed[start : start + 400], start) if 48 <= byte < 58]
                if digits:
                    changed[digits[0] : digits[0] + 1] = chance.choice(
                        (b"0", b"-1", b"65535", b"2147483648", b"9" * 25)
                    )
            case _:
                if chance.random() < 0.2:
                    del changed[start:]
    return bytes(changed[:_LARGEST])


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every (container, key or index) inside a JSON value."""
    found: list[tuple[Any, Any]] = []
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in list(inside):
        found += [(value, key), *places(item)]
    return found


def bent(document: Any, chance: Random) -> Any:
    """A copy of a JSON document with one to three members replaced, removed, renamed, moved, doubled or buried."""
    copy = json.loads(json.dumps(document))
    for _ in range(chance.choice((1, 1, 2, 3))):
        inside = places(copy)
        if not inside:
            return copy
        container, key = chance.choice(inside)
        _bend(container, key, copy, chance)
    return copy


def _bend(container: Any, key: Any, whole: Any, chance: Random) -> None:
    match chance.randrange(7):
        case 0:
            del container[key]
        case 1 if isinstance(container, dict):
            container[chance.choice(("x", "id", "type", "@id", "@type", "name", "_:b", "a:b", ""))] = container.pop(key)
        case 2:
            container[key] = [container[key]]
        case 3:
            container[key] = {chance.choice(("x", "id", "@value")): container[key]}
        case 4 if isinstance(container[key], list) and container[key]:
            container[key] = json.loads(json.dumps(container[key] * chance.choice((2, 100))))
        case 5:
            other, name = chance.choice(places(whole))
            container[key] = json.loads(json.dumps(other[name]))
        case _:
            # a copy, for what is put in is bent further
            container[key] = json.loads(json.dumps(chance.choice(_VALUES)))


def spelled(document: Any) -> bytes:
    """A JSON document as bytes."""
    return json.dumps(document, ensure_ascii=False).encode("utf-8", "surrogatepass")


def bent_token(token: bytes, chance: Random) -> bytes:
    """A token with header or payload bent or damaged, and the signature as it was."""
    parts = token.split(b".")
    which = chance.randrange(2)
    inside = _decoded(parts[which])
    new = spelled(bent(json.loads(inside), chance)) if chance.random() < 0.7 else damaged(inside, chance)
    parts[which] = base64url_encode(new).encode()
    return b".".join(parts)


def _decoded(part: bytes) -> bytes:
    return base64.urlsafe_b64decode(part + b"=" * (-len(part) % 4))


def damaged_png(data: bytes, chance: Random) -> bytes:
    """A PNG with one chunk damaged, its length and checksum made to fit again."""
    chunks, position = [], 8
    while position < len(data):
        length = int.from_bytes(data[position : position + 4], "big")
        chunks.append((data[position + 4 : position + 8], data[position + 8 : position + 8 + length]))
        position += 12 + length
    which = chance.randrange(len(chunks))
    kind, inside = chunks[which]
    match chance.randrange(4):
        case 0:
            chunks.insert(chance.randrange(len(chunks) + 1), chunks[which])
        case 1:
            del chunks[which]
        case 2:
            chunks[which] = (chance.choice((b"iTXt", b"tEXt", b"zTXt", b"IDAT", b"IHDR", b"acTL", b"iCCP")), inside)
        case _:
            chunks[which] = (kind, damaged(inside, chance))
    return data[:8] + b"".join(
        len(inside).to_bytes(4, "big") + kind + inside + zlib.crc32(kind + inside).to_bytes(4, "big")
        for kind, inside in chunks
    )


def damaged_archive(data: bytes, chance: Random) -> bytes:
    """A ZIP archive with one member damaged, in a container that is sound."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = {info.filename: archive.read(info) for info in archive.infolist()}
    name = chance.choice(sorted(members))
    members[name] = damaged(members[name], chance, sorted(members.values()))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for each, inside in members.items():
            archive.writestr(each, inside)
    return out.getvalue()
