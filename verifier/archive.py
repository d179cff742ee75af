"""The files in a ZIP archive, one after the other, none larger and not more of them than the limits allow."""

from __future__ import annotations

import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO, Final

from verifier.errors import Unreadable
from verifier.limits import MEBIBYTE, Limits
from verifier.reasons import Reason

SIGNATURE: Final = b"PK\x03\x04"
_OFFICE: Final = "[Content_Types].xml"
_PIECE: Final = 256 * 1024
_BROKEN: Final = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    OSError,
    ValueError,
    IndexError,
    NotImplementedError,
    RuntimeError,
)
"""All that the standard library's reader raises for a broken archive; it does not promise a type of its own."""


def read_archive(file: IO[bytes], limits: Limits) -> Iterator[tuple[str, bytes | Unreadable]]:
    """Each member's name with its content, or with why it cannot be read.

    Archives inside the archive are handed out as they are, not opened. Raises Unreadable for the archive as a whole.
    """
    try:
        archive = zipfile.ZipFile(file)
        members = [member for member in archive.infolist() if not member.is_dir()]
    except _BROKEN as exc:
        raise _damaged("The archive") from exc
    with archive:
        if any(member.filename == _OFFICE for member in members):
            raise Unreadable(
                Reason.UNSUPPORTED_FORMAT, "This is an Office document.", "Hand in the certificate file itself."
            )
        if len(members) > limits.archive_members:
            raise Unreadable(
                Reason.TOO_LARGE,
                f"The archive holds {len(members)} files; {limits.archive_members} is the limit.",
                "Hand it in in parts.",
            )
        left = limits.archive_bytes
        for member in members:
            content = _content(archive, member, min(limits.file_bytes, left))
            left -= len(content) if isinstance(content, bytes) else 0
            yield member.filename, content


def _content(archive: zipfile.ZipFile, member: zipfile.ZipInfo, limit: int) -> bytes | Unreadable:
    if member.flag_bits & 0x1:
        return Unreadable(
            Reason.ENCRYPTED,
            "The file is locked with a password inside the archive.",
            "Unpack it and hand it in alone.",
        )
    pieces, length = [], 0
    try:
        with archive.open(member) as opened:
            while piece := opened.read(_PIECE):
                length += len(piece)
                if length > limit:
                    return Unreadable(
                        Reason.TOO_LARGE,
                        f"The file is larger than {limit // MEBIBYTE} MB when unpacked, or the archive is.",
                        "Hand in the original file alone.",
                    )
                pieces.append(piece)
    except _BROKEN:
        return _damaged("The file inside the archive")
    return b"".join(pieces)


def _damaged(what: str) -> Unreadable:
    return Unreadable(Reason.MALFORMED, f"{what} is damaged or was cut short.", "Pack it again, or hand in the files.")
