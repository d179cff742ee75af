"""Profile: a person or organisation, and what others vouch for it (OB 3.0).

Profile and EndorsementCredential name each other, so they live together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from credentials.context_list import OPEN_BADGES, VC_2, ContextList
from credentials.evidence import Evidence
from credentials.extension_points import CredentialSchema, Proof, RefreshService, TermsOfUse
from credentials.image import Image
from credentials.json_object import JsonObject, OpenObject, read_object, write_object
from credentials.json_values import (
    CompactJws,
    CountryCode,
    Date,
    DateTime,
    IdentifierType,
    Misfit,
    NonEmptyText,
    Number,
    Rule,
    Text,
    Uri,
    constant,
    read_uri,
    types,
)
from credentials.status_entry import Status


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentifierEntry(JsonObject):
    """A further identifier, such as a registration number."""

    type: Annotated[str, constant("IdentifierEntry")] = "IdentifierEntry"
    identifier: NonEmptyText
    identifier_type: IdentifierType


@dataclass(frozen=True, slots=True, kw_only=True)
class GeoCoordinates(OpenObject):
    """A place on the globe (WGS 84), in degrees."""

    type: Annotated[str, constant("GeoCoordinates")] = "GeoCoordinates"
    latitude: Number
    longitude: Number


@dataclass(frozen=True, slots=True, kw_only=True)
class Address(OpenObject):
    """A postal address."""

    type: Annotated[tuple[str, ...], types(("Address",))] = ("Address",)
    address_country: Text | None = None
    address_country_code: CountryCode | None = None
    address_region: Text | None = None
    address_locality: Text | None = None
    street_address: Text | None = None
    post_office_box_number: Text | None = None
    postal_code: Text | None = None
    geo: GeoCoordinates | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile(OpenObject):
    """A person or organisation: the issuer, the creator of an achievement, the one who assessed."""

    id: Uri
    type: Annotated[tuple[str, ...], types(("Profile",))] = ("Profile",)
    name: Text | None = None
    url: Uri | None = None
    phone: Text | None = None
    description: Text | None = None
    image: Image | None = None
    email: Text | None = None
    address: Address | None = None
    other_identifier: tuple[IdentifierEntry, ...] = ()
    official: Text | None = None
    parent_org: Profile | None = None
    family_name: Text | None = None
    given_name: Text | None = None
    additional_name: Text | None = None
    patronymic_name: Text | None = None
    honorific_prefix: Text | None = None
    honorific_suffix: Text | None = None
    family_name_prefix: Text | None = None
    date_of_birth: Date | None = None
    endorsement: tuple[EndorsementCredential, ...] = ()
    endorsement_jwt: tuple[CompactJws, ...] = ()


def _read_endorser(value: object) -> Profile | str:
    return read_uri(value) if type(value) is str else read_object(Profile, value)


def _write_endorser(value: Profile | str) -> object:
    return value if isinstance(value, str) else write_object(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class EndorsementSubject(OpenObject):
    """What is vouched for, and in which words."""

    id: Uri
    type: Annotated[tuple[str, ...], types(("EndorsementSubject",))] = ("EndorsementSubject",)
    endorsement_comment: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EndorsementCredential(OpenObject):
    """A signed statement of somebody else about an achievement, a profile or a credential.

    It is kept as it stands; reading it checks no proof. The gate verifies each one and reports it apart.
    """

    context: ContextList = (VC_2, OPEN_BADGES)
    id: Uri
    type: Annotated[tuple[str, ...], types(("VerifiableCredential",), ("EndorsementCredential",))] = (
        "VerifiableCredential",
        "EndorsementCredential",
    )
    name: NonEmptyText
    description: Text | None = None
    issuer: Annotated[Profile | str, Rule(_read_endorser, _write_endorser)]
    valid_from: DateTime
    valid_until: DateTime | None = None
    awarded_date: DateTime | None = None
    credential_subject: EndorsementSubject
    credential_schema: tuple[CredentialSchema, ...] = ()
    credential_status: Status | None = None
    refresh_service: RefreshService | None = None
    terms_of_use: tuple[TermsOfUse, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    proof: tuple[Proof, ...] = ()

    def _check(self) -> None:
        if self.valid_until is not None and self.valid_until < self.valid_from:
            raise Misfit("lies before validFrom", ".validUntil")
