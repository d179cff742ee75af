"""E-mail addresses as mail servers take them: the domain in its ASCII form, nothing that could break out of a line."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import ClassVar, Final

from issuer.errors import IssuerError

_LONGEST: Final = 254
_LONGEST_LABEL: Final = 63
_LOCAL: Final = re.compile(r"[^\s@<>()\[\],;:\\\"\x00-\x20\x7f]{1,64}")
_LABEL: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")


class AddressUnusable(IssuerError):
    """This is no e-mail address a mail could be sent to; the message says why, without repeating it."""

    code: ClassVar[str] = "address_unusable"

    def __init__(self, problem: str) -> None:
        super().__init__(f"{problem} Write the address as name@domain, for example anna@mail.example.")


@dataclass(frozen=True, slots=True)
class MailAddress:
    """An address that was read; ``domain`` is in ASCII (``xn--…``), ``local`` may not be."""

    local: str
    domain: str

    @property
    def needs_smtputf8(self) -> bool:
        """Whether only servers with SMTPUTF8 (RFC 6531) can take it."""
        return not self.local.isascii()

    def __str__(self) -> str:
        return f"{self.local}@{self.domain}"


def read_address(text: str) -> MailAddress:
    """Read an address; raises AddressUnusable. Whether anybody reads what is sent there is not checked."""
    tidy = unicodedata.normalize("NFC", text.strip())
    local, at, domain = tidy.rpartition("@")
    if not at:
        raise AddressUnusable("The e-mail address has no @.")
    if not _LOCAL.fullmatch(local) or any(unicodedata.category(each)[0] in "CZ" for each in local):
        raise AddressUnusable("What stands before the @ cannot stand in an e-mail address.")
    if local.startswith(".") or local.endswith(".") or ".." in local:
        raise AddressUnusable("What stands before the @ has a dot too many.")
    read = MailAddress(local, _ascii_domain(domain))
    if len(str(read).encode()) > _LONGEST:
        raise AddressUnusable("The e-mail address is longer than any address can be.")
    return read


def _ascii_domain(domain: str) -> str:
    """Each label as the registries keep it (IDNA 2008: ß stays ß, unlike in the codec of the standard library)."""
    labels = [_ascii_label(label) for label in domain.lower().split(".")]
    if len(labels) < 2:
        raise AddressUnusable("The domain of the e-mail address has no dot.")
    return ".".join(labels)


def _ascii_label(label: str) -> str:
    label = unicodedata.normalize("NFC", label)
    if not label.isascii():
        if not all(each == "-" or unicodedata.category(each)[0] in "LM" or each.isdecimal() for each in label):
            raise AddressUnusable("The domain of the e-mail address holds a character that no domain has.")
        label = f"xn--{label.encode('punycode').decode('ascii')}"
    if len(label) > _LONGEST_LABEL or not _LABEL.fullmatch(label):
        raise AddressUnusable("The domain of the e-mail address is no domain.")
    return label
