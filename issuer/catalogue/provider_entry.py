"""A provider and a programme as their files describe them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from issuer.catalogue.achievement_entry import CODE
from issuer.catalogue.entry import Entry, Term

SLUG: Final = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)
NO_SLUGS: Final = frozenset(
    {
        *("account", "invitation", "password", "sign-in", "sign-out"),
        *("challenges", "credentials", "did-key", "presentations", "status-lists"),
    }
)
"""What stands in the place of a slug in addresses of our own; a provider of this name could not be reached there."""
_COUNTRY: Final = re.compile(r"[A-Z]{2}", re.ASCII)
_NUTS: Final = re.compile(r"[A-Z]{2}[0-9A-Z]{1,3}", re.ASCII)
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}", re.ASCII)
_COLOUR: Final = re.compile(r"#[0-9A-Fa-f]{6}", re.ASCII)
_NUTS_OF_COUNTRY: Final = {"GR": "EL", "GB": "UK"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a provider sits; any part may be unknown."""

    street: str | None
    postal_code: str | None
    city: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityStatement:
    """How somebody assures a provider's quality, in the words of the provider file."""

    type: Term
    statement: str
    agent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderEntry:
    """A provider, or the office that owns programmes; ``approvers`` are the staff whose names stand on certificates."""

    slug: str
    legal_name: str
    name_en: str
    country: str
    address: Address | None
    nuts: tuple[str, Term] | None
    url: str
    email: str
    languages: tuple[str, ...]
    registration: tuple[str, str] | None
    quality_assurance: tuple[QualityStatement, ...]
    programmes: tuple[str, ...]
    approvers: tuple[str, ...]
    demo: bool

    @classmethod
    def from_json(cls, entry: Entry) -> ProviderEntry:
        """Read and check one entry; MalformedCatalogue says where it is wrong."""
        country = entry.text("country", _COUNTRY)
        slug = entry.text("slug", SLUG)
        if slug in NO_SLUGS:
            entry.refuse("slug", f"{slug!r} is an address of the program itself; choose another")
        return cls(
            slug=slug,
            legal_name=entry.text("legal_name", longest=300),
            name_en=entry.text("name_en", longest=300),
            country=country,
            address=_address(entry.object("address")) if entry.has("address") else None,
            nuts=_nuts(entry.object("nuts"), country) if entry.has("nuts") else None,
            url=entry.url("url", "https"),
            email=entry.text("email", _EMAIL, longest=320),
            languages=entry.words("languages", _LANGUAGE),
            registration=_registration(entry.object("registration")) if entry.has("registration") else None,
            quality_assurance=tuple(_quality(each) for each in entry.objects("quality_assurance")),
            programmes=entry.words("programmes", CODE),
            approvers=tuple(each.text("name") for each in entry.objects("staff") if each.text("role") == "approver"),
            demo=entry.flag("demo"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgrammeEntry:
    """A programme: whose it is, how it looks, the notice its funding asks for, and whether two people must agree.

    ``two_person_rule`` is on where the file does not say otherwise: whoever imports awards may not approve them.
    """

    code: str
    title: str
    kind: str
    owner: str
    colour: str
    funding_notice: Mapping[str, str] | None
    is_closed: bool
    two_person_rule: bool
    demo: bool

    @classmethod
    def from_json(cls, entry: Entry) -> ProgrammeEntry:
        """Read and check one entry; MalformedCatalogue says where it is wrong."""
        return cls(
            code=entry.text("code", CODE),
            title=entry.text("title", longest=300),
            kind=entry.text("kind"),
            owner=entry.text("owner", SLUG),
            colour=entry.text("colour", _COLOUR),
            funding_notice=entry.texts("funding_notice") if entry.has("funding_notice") else None,
            is_closed=entry.flag("closed"),
            two_person_rule=entry.flag("two_person_rule") if entry.has("two_person_rule") else True,
            demo=entry.flag("demo"),
        )


def _address(entry: Entry) -> Address:
    parts = {name: entry.text(name) if entry.has(name) else None for name in ("street", "postal_code", "city")}
    return Address(street=parts["street"], postal_code=parts["postal_code"], city=parts["city"])


def _nuts(entry: Entry, country: str) -> tuple[str, Term]:
    code = entry.text("code", _NUTS)
    if not code.startswith(_NUTS_OF_COUNTRY.get(country, country)):
        entry.refuse("code", f"{code} is no region of {country}")
    return code, entry.as_term()


def _registration(entry: Entry) -> tuple[str, str]:
    return entry.text("scheme"), entry.text("value")


def _quality(entry: Entry) -> QualityStatement:
    return QualityStatement(type=entry.term("type"), statement=entry.text("statement"), agent=entry.text("agent"))
