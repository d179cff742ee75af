"""E-mail addresses: their form, and the slips of the keyboard that lead nowhere."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from issuer.awards.files.findings import Findings
from issuer.awards.files.outcome import RowCode
from issuer.awards.files.words import echo, is_one_edit_apart, tidy

_LONGEST_ADDRESS: Final = 254
_LONGEST_LOCAL_PART: Final = 64
_LOCAL_PART: Final = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*", re.ASCII)
_LABEL: Final = re.compile(r"[^\W_](?:[\w-]{0,61}[^\W_])?")
_TOP_LABEL: Final = re.compile(r"(?:[^\W\d_]{2,}|xn--[a-z0-9-]+)")
_ADDRESS_IN_BRACKETS: Final = re.compile(r"[^<>]*<([^<>\s]+@[^<>\s]+)>")

_LARGE_PROVIDERS: Final = (
    "gmail",
    "googlemail",
    "hotmail",
    "outlook",
    "yahoo",
    "icloud",
    "protonmail",
    "seznam",
    "laposte",
    "libero",
    "telia",
)
_TOP_LABEL_SLIPS: Final = {
    "con": "com",
    "cmo": "com",
    "ocm": "com",
    "comm": "com",
    "coom": "com",
    "vom": "com",
    "xom": "com",
    "cpm": "com",
    "nte": "net",
    "ent": "net",
    "ogr": "org",
}


def read_email(text: str, findings: Findings) -> str | None:
    """The address in lower case, None when there is none or its form is wrong; whether it exists is not checked."""
    typed = tidy(text)
    if not typed:
        return None
    # people's addresses differ by case in theory only, and the same person must be found again
    address = typed.lower()
    reason = _what_is_wrong(address)
    if reason:
        suggestion = _address_within(typed)
        findings.note(
            RowCode.EMAIL_INVALID,
            f"{reason.format(address=echo(typed))} Correct it and upload only the error file.",
            suggestion=suggestion,
        )
        return None
    if better := _likely_meant(address):
        findings.note(
            RowCode.EMAIL_DOMAIN_SUSPICIOUS,
            f"the e-mail {echo(typed)} looks mistyped. Correct it to {echo(better)}, or say that it is right.",
            suggestion=better,
        )
    return address


def _what_is_wrong(address: str) -> str:
    local, at, domain = address.rpartition("@")
    if any(unicodedata.category(character)[0] in "CZ" for character in address):
        return "the e-mail {address} holds a space or an invisible character."
    if not at:
        return "the e-mail {address} has no @."
    if not domain:
        return "the e-mail {address} has no domain."
    if "@" in local:
        return "the e-mail {address} has more than one @."
    if len(address) > _LONGEST_ADDRESS or len(local) > _LONGEST_LOCAL_PART:
        return "the e-mail {address} is too long to be one."
    if not _LOCAL_PART.fullmatch(local):
        return "the e-mail {address} has something before the @ that mail servers do not take."
    labels = domain.split(".")
    if len(labels) < 2:
        return "the e-mail {address} has no dot in its domain."
    if not all(_LABEL.fullmatch(label) for label in labels) or not _TOP_LABEL.fullmatch(labels[-1]):
        return "the e-mail {address} has a domain that cannot exist."
    return ""


def _address_within(text: str) -> str:
    """The address in "Åsa Öberg <asa@mail.example>" or "mailto:asa@mail.example"."""
    match = _ADDRESS_IN_BRACKETS.fullmatch(text)
    candidate = (match[1] if match else text.removeprefix("mailto:")).lower()
    return "" if candidate == text.lower() or _what_is_wrong(candidate) else candidate


def _likely_meant(address: str) -> str:
    local, _, domain = address.partition("@")
    labels = domain.split(".")
    meant = list(labels)
    if len(labels) == 2 and (top := _TOP_LABEL_SLIPS.get(labels[-1])):
        meant[-1] = top
    name = labels[-2]
    for provider in _LARGE_PROVIDERS:
        # the first letter is rarely mistyped, and without it every "email" would be a slip of "gmail"
        if name[0] == provider[0] and name not in _LARGE_PROVIDERS and is_one_edit_apart(name, provider):
            meant[-2] = provider
    return "" if meant == labels else f"{local}@{'.'.join(meant)}"
