"""What was handed over the counter: files, archives, pasted text or JSON, one item after the other."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Final

from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Request

from credentials.strict_json import parse_json
from verifier.archive import SIGNATURE, read_archive
from verifier.errors import Unreadable
from verifier.examine import Examination, Received, Refused, examine_received, examine_text, receive
from verifier.intake import Link
from verifier.limits import Limits
from verifier.policy import Policy

LIMITS: Final = Limits()
_AT_ONCE: Final = 8
"""Files held between reading and judging; an archive is unpacked no faster than it is looked at."""
_READERS: Final = 2


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to look at, under the name it came with; why it cannot be read where an archive already said so."""

    name: str
    content: bytes | str | Unreadable


def take_items(request: Request) -> Iterator[Item]:
    """Everything in the request. Raises CredentialError for JSON that cannot be read, Unreadable never."""
    if request.is_json:
        yield from _from_json(request.get_data(cache=False))
        return
    yield from _from_text(request.form.get("text", ""))
    for photo in request.files.getlist("photo"):
        yield from _scanned(photo.filename or "–", _taken(photo))
    for file in request.files.getlist("file"):
        content = _taken(file)
        if file.filename or content:  # a field left empty comes as a file without name and content
            yield from _opened(file.filename or "–", content)


def _taken(file: FileStorage) -> bytes:
    """The bytes of an upload, which the request then lets go of: they are held once, not twice."""
    content = file.stream.read()
    file.close()
    return content


def look_at(items: Iterable[Item], policy: Policy, now: datetime) -> Iterator[Examination]:
    """The examination of each item, in order; files are read two at a time and judged one by one."""
    waiting = iter(items)
    with ThreadPoolExecutor(_READERS) as readers:
        while some := list(islice(waiting, _AT_ONCE)):
            spread = readers.map if len(some) > 1 else map
            for item, received in zip(some, spread(_receive, some), strict=True):
                yield _judge(item, received, policy, now)


def _receive(item: Item) -> Received | None:
    """What a file holds; None for text, which is quick to read and may be a link to follow."""
    if isinstance(item.content, Unreadable):
        return Refused(name=item.name, digest=hashlib.sha256().hexdigest(), unreadable=item.content)
    return receive(item.content, item.name, limits=LIMITS) if isinstance(item.content, bytes) else None


def _judge(item: Item, received: Received | None, policy: Policy, now: datetime) -> Examination:
    if received is not None:
        return examine_received(received, policy, now=now, limits=LIMITS)
    assert isinstance(item.content, str)
    examined = examine_text(item.content, policy, now=now, limits=LIMITS)
    return replace(examined, item=item.name) if item.name else examined


def _opened(name: str, content: bytes) -> Iterator[Item]:
    """A file, or what lies in it when it is an archive."""
    if not content.startswith(SIGNATURE):
        yield Item(name, content)
        return
    try:
        for member, inside in read_archive(io.BytesIO(content), LIMITS):
            yield Item(f"{name}: {member}", inside)
    except Unreadable as unreadable:
        yield Item(name, unreadable)


def _scanned(name: str, picture: bytes) -> Iterator[Item]:
    """What a photographed QR code leads to: the photo is the scanner here, not a paper to be compared."""
    if not picture:
        return
    received = receive(picture, name, limits=LIMITS)
    yield Item(name, received.url if isinstance(received, Link) else picture)


def _from_text(text: str) -> Iterator[Item]:
    """One badge or token, or several links, one on each line."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) > 1 and all(line.startswith(("http://", "https://")) for line in lines):
        yield from (Item(line, line) for line in lines)
    elif lines:
        whole = text.strip()
        yield Item(whole if whole.startswith(("http://", "https://")) else "", whole)


def _from_json(body: bytes) -> Iterator[Item]:
    """`{"credential": …}`: the signed object, or the token or link as a string; strictly parsed."""
    credential = parse_json(body).get("credential")
    if isinstance(credential, str) and credential.strip():
        yield Item("credential", credential.strip())
    elif isinstance(credential, dict):
        yield Item("credential", json.dumps(credential, ensure_ascii=False))
