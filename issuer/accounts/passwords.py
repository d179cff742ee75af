"""Passwords: argon2id with the defaults of its library, hashed anew when those change."""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from issuer.accounts.errors import PasswordTooWeak

SHORTEST: Final = 12
LONGEST: Final = 256

_HASHER: Final = PasswordHasher()
_WELL_KNOWN: Final = ("password", "passwort", "losenord", "lösenord", "senha", "heslo", "qwert", "12345", "voltpass")


def hash_password(password: str) -> str:
    """The hash to keep; takes about a twentieth of a second on purpose. Does not judge the password."""
    return _HASHER.hash(_spelled(password))


def is_password(kept: str | None, password: str) -> bool:
    """Whether this is the password; without a kept hash the answer is no, after the same work."""
    if len(password) > LONGEST:
        password = ""
    try:
        return _HASHER.verify(kept or _nobodys_hash(), _spelled(password)) and kept is not None
    except (VerificationError, InvalidHashError):
        return False


def needs_new_hash(kept: str) -> bool:
    """Whether the hash was made with other parameters than today's."""
    return _HASHER.check_needs_rehash(kept)


def judge_password(password: str, *, email: str, name: str) -> None:
    """Raise PasswordTooWeak with what to do about it; says nothing about whether it was stolen elsewhere."""
    plain = _spelled(password).casefold()
    if len(plain) < SHORTEST:
        raise PasswordTooWeak(f"Take at least {SHORTEST} characters: a sentence is easier to remember than a word.")
    if len(password) > LONGEST:
        raise PasswordTooWeak(f"Take at most {LONGEST} characters.")
    if len(set(plain)) < 5:
        raise PasswordTooWeak("This repeats too few characters. Take a sentence.")
    own = [part for part in (email.partition("@")[0], *name.casefold().split()) if len(part) > 3]
    for known in (*_WELL_KNOWN, *own):
        if known in plain and len(plain.replace(known, "")) < SHORTEST - 4:
            raise PasswordTooWeak("This is close to your name or to a well-known password. Take a sentence.")


@cache
def _nobodys_hash() -> str:
    """Made with today's parameters, so that an unknown address costs what a known one costs."""
    return _HASHER.hash("nobody has this password")


def _spelled(password: str) -> str:
    """One spelling for letters that keyboards compose in different ways."""
    return unicodedata.normalize("NFC", password)
