"""What somebody typed when their session was over: carried through the sign-in inside the page, under lock.

It is never stored and never logged. Only whoever owned the session opens it again; the address of the form and the
fields are locked together with the owner, so that no page of a stranger can put words into it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

from flask import request, session
from flask_wtf.csrf import validate_csrf
from wtforms import ValidationError

from issuer.accounts.sessions import owner_of
from issuer.console.frame import SIGNED_IN, Console
from issuer.database import reading
from keys.errors import KeyMaterialError
from keys.strongbox import Strongbox

_WITH_PASSWORDS: Final = "/console/account"
_OURS: Final = frozenset({"csrf_token"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """A form that was sent too late: where to, every text field, and the names of the files that went with it."""

    owner: int
    path: str
    fields: tuple[tuple[str, str], ...]
    files: tuple[tuple[str, str], ...]


def carry(console: Console) -> str:
    """The form of this request under lock, or nothing when nobody can say whose it is.

    Forms of one's own account hold passwords and little else: they are not carried.
    """
    secret = session.get(SIGNED_IN)
    if not isinstance(secret, str) or request.path.startswith(_WITH_PASSWORDS) or not _is_ours():
        return ""
    with reading(console.office.sessions) as database:
        owner = owner_of(database, secret)
    if owner is None:
        return ""
    said = {
        "owner": owner,
        "path": request.full_path.removesuffix("?"),
        "fields": [[name, value] for name, value in request.form.items(multi=True) if name not in _OURS],
        "files": [[name, file.filename or ""] for name, file in request.files.items(multi=True) if file.filename],
    }
    return _box(console).lock(json.dumps(said, ensure_ascii=False))


def open_carried(console: Console, locked: str, *, owner: int) -> Carried | None:
    """The form again, for its owner; None for everybody else and for what was not locked here."""
    if not locked:
        return None
    try:
        said: dict[str, Any] = json.loads(_box(console).open(locked))
    except KeyMaterialError:
        return None
    if said["owner"] != owner:
        return None
    return Carried(
        owner=owner,
        path=said["path"],
        fields=tuple((name, value) for name, value in said["fields"]),
        files=tuple((name, value) for name, value in said["files"]),
    )


def _is_ours() -> bool:
    """Whether one of our pages sent this form: a stranger's page must not have its words carried in."""
    try:
        validate_csrf(request.form.get("csrf_token"))
    except ValidationError:
        return False
    return True


def _box(console: Console) -> Strongbox:
    return Strongbox(console.office.settings.key_secret, "carried form")
