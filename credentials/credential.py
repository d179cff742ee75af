"""AchievementCredential: an issuer says that a learner earned an achievement (OB 3.0 on VC 2.0)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from credentials.context_list import OPEN_BADGES, VC_2, ContextList
from credentials.evidence import Evidence
from credentials.extension_points import CredentialSchema, Proof, RefreshService, TermsOfUse
from credentials.image import Image
from credentials.json_object import OpenObject
from credentials.json_values import CompactJws, DateTime, Misfit, Text, Uri, types
from credentials.profile import EndorsementCredential, Profile
from credentials.status_entry import Status
from credentials.subject import AchievementSubject


@dataclass(frozen=True, slots=True, kw_only=True)
class AchievementCredential(OpenObject):
    """The claim. Whether anybody signed it is another question: see ``seal`` and ``verify_seal``.

    ``proof`` holds what a document carried, unchecked; it is empty in a credential that is to be sealed.
    """

    context: ContextList = (VC_2, OPEN_BADGES)
    id: Uri
    type: Annotated[
        tuple[str, ...], types(("VerifiableCredential",), ("OpenBadgeCredential", "AchievementCredential"))
    ] = ("VerifiableCredential", "OpenBadgeCredential")
    name: Text | None = None
    description: Text | None = None
    image: Image | None = None
    issuer: Profile
    valid_from: DateTime
    valid_until: DateTime | None = None
    awarded_date: DateTime | None = None
    credential_subject: AchievementSubject
    evidence: tuple[Evidence, ...] = ()
    credential_status: Status | None = None
    credential_schema: tuple[CredentialSchema, ...] = ()
    refresh_service: RefreshService | None = None
    terms_of_use: tuple[TermsOfUse, ...] = ()
    endorsement: tuple[EndorsementCredential, ...] = ()
    endorsement_jwt: tuple[CompactJws, ...] = ()
    proof: tuple[Proof, ...] = ()

    def _check(self) -> None:
        if self.valid_until is not None and self.valid_until < self.valid_from:
            raise Misfit("lies before validFrom", ".validUntil")
