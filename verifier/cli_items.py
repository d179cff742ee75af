"""What is named on the command line, opened out: folders and archives into their files, everything in its order."""

from __future__ import annotations

import io
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import IO, Final

from verifier.archive import SIGNATURE, read_archive
from verifier.errors import Unreadable
from verifier.examine import Received, Refused, receive
from verifier.intake import take_in_text
from verifier.limits import MEBIBYTE, Limits
from verifier.reasons import Reason

STANDARD_INPUT: Final = "-"
_LINKS: Final = ("https://", "http://")
_CARRIERS: Final = frozenset(
    {".pdf", ".png", ".svg", ".json", ".jsonld", ".jwt", ".jws", ".jpg", ".jpeg", ".webp", ".vc"}
)
_NOT_CERTIFICATES: Final = frozenset({Reason.UNSUPPORTED_FORMAT.value, Reason.NO_CREDENTIAL.value})


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to examine; `read` does the slow part and may run in any thread.

    `is_found` says that it was found in a folder or archive, where other files may lie beside certificates.
    """

    name: str
    read: Callable[[], Received]
    is_found: bool = False

    def is_beside_the_point(self, received: Received) -> bool:
        """Whether this was found among certificates, has no certificate's name, and holds none."""
        return (
            self.is_found
            and isinstance(received, Refused)
            and received.unreadable.code in _NOT_CERTIFICATES
            and PurePath(self.name).suffix.lower() not in _CARRIERS
        )


def open_out(names: tuple[str, ...], standard_input: IO[bytes], limits: Limits) -> Iterator[Item]:
    """The items that the arguments stand for, lazily and in their order."""
    for name in names:
        if name == STANDARD_INPUT:
            yield from _from_bytes(STANDARD_INPUT, standard_input.read(limits.archive_bytes + 1), limits)
        elif name.lower().startswith(_LINKS):
            yield _link(name, limits)
        else:
            yield from _from_path(Path(name), limits, is_found=False)


def find_missing(names: tuple[str, ...]) -> Iterator[str]:
    """The arguments that are neither a link nor anything that is there."""
    return (name for name in names if not _is_elsewhere(name) and not Path(name).exists())


def _is_elsewhere(name: str) -> bool:
    return name == STANDARD_INPUT or name.lower().startswith(_LINKS)


def _from_path(path: Path, limits: Limits, *, is_found: bool) -> Iterator[Item]:
    try:
        if path.is_dir():
            for inner in sorted(path.iterdir()):
                if not inner.name.startswith(".") and not inner.is_symlink():
                    yield from _from_path(inner, limits, is_found=True)
        elif stat.S_ISREG(path.stat().st_mode):
            yield from _from_file(path, limits, is_found=is_found)
        elif not is_found:
            yield from _from_stream(path, limits)
    except OSError as exc:
        refused = _cannot_open(str(path), exc)
        yield Item(str(path), lambda: refused)


def _from_file(path: Path, limits: Limits, *, is_found: bool) -> Iterator[Item]:
    with path.open("rb") as file:
        is_archive = file.read(len(SIGNATURE)) == SIGNATURE
        if is_archive:
            yield from _from_archive(str(path), file, limits)
    if not is_archive:
        yield Item(str(path), lambda: _read(path, limits), is_found)


def _from_stream(path: Path, limits: Limits) -> Iterator[Item]:
    """A pipe that the shell opened, `<(…)`: read once, not further than the limit."""
    with path.open("rb") as file:
        yield from _from_bytes(str(path), file.read(limits.file_bytes + 1), limits)


def _from_bytes(name: str, data: bytes, limits: Limits) -> Iterator[Item]:
    if data.startswith(SIGNATURE):
        yield from _from_archive(name, io.BytesIO(data), limits)
    else:
        yield Item(name, lambda: receive(data, name, limits=limits))


def _from_archive(name: str, file: IO[bytes], limits: Limits) -> Iterator[Item]:
    try:
        for inner, content in read_archive(file, limits):
            yield _member(f"{name}/{inner}", content, limits)
    except Unreadable as unreadable:
        refused = _refused(name, unreadable)
        yield Item(name, lambda: refused)


def _member(name: str, content: bytes | Unreadable, limits: Limits) -> Item:
    if isinstance(content, Unreadable):
        refused = _refused(name, content)
        return Item(name, lambda: refused)
    return Item(name, lambda: receive(content, name, limits=limits), is_found=True)


def _link(name: str, limits: Limits) -> Item:
    def read() -> Received:
        try:
            return take_in_text(name, limits=limits)
        except Unreadable as unreadable:
            return _refused(name, unreadable)

    return Item(name, read)


def _read(path: Path, limits: Limits) -> Received:
    """Read a file unless it is larger than any certificate."""
    name = str(path)
    try:
        if path.stat().st_size > limits.file_bytes:
            raise _too_large(limits)
        data = path.read_bytes()
    except OSError as exc:
        return _cannot_open(name, exc)
    except Unreadable as unreadable:
        return _refused(name, unreadable)
    return receive(data, name, limits=limits)


def _cannot_open(name: str, exc: OSError) -> Refused:
    reason = f"The file cannot be opened: {exc.strerror or exc}."
    return _refused(name, Unreadable(Reason.MALFORMED, reason, "Check its permissions, or copy it here again."))


def _refused(name: str, unreadable: Unreadable) -> Refused:
    return Refused(name=name, digest=None, unreadable=unreadable)


def _too_large(limits: Limits) -> Unreadable:
    return Unreadable(
        Reason.TOO_LARGE,
        f"It is larger than {limits.file_bytes // MEBIBYTE} MB.",
        "A certificate is much smaller: hand in the original file.",
    )
