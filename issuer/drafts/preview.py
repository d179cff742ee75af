"""How a draft will look: its drawing, its public page, and a certificate that is signed by nobody."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.orm import Session

from credentials.credential import AchievementCredential
from issuer.awards.blank import make_blank
from issuer.awards.document import Holder, Numbers, write_credential
from issuer.awards.request import AwardRequest
from issuer.catalogue.achievement_entry import AchievementEntry
from issuer.catalogue.find import Offer, programme_entry
from issuer.catalogue.records import ProgrammeRecord, ProviderRecord
from issuer.catalogue.result_scale import PassFail, Percent, ResultScale
from issuer.certificates.badge_art import BadgeDesign, badge_mark
from issuer.certificates.face import CertificateFace
from issuer.certificates.pdf import render_specimen
from issuer.drafts.wording import Wording
from issuer.public.takeaway import find_look
from issuer.status.indexes import FreeIndex

NOBODY: Final = ("Maria", "Specimen")
_NO_ID: Final = "urn:uuid:00000000-0000-4000-8000-000000000000"
_NOWHERE: Final = "specimen"


@dataclass(frozen=True, slots=True)
class Specimen:
    """A draft that is ready, and the provider whose certificate is drawn."""

    provider: ProviderRecord
    entry: AchievementEntry


def draft_art(wording: Wording) -> Markup:
    """The badge's drawing as far as the draft decides it: programme, code and level."""
    level = int(wording.eqf_level) if wording.eqf_level in set("12345678") else None
    design = BadgeDesign.of(wording.programme.strip(), wording.code.strip().upper(), level)
    return Markup(badge_mark(design, wording.title or "Badge"))  # noqa: S704 - drawn by us, the title is escaped there


def specimen_certificate(session: Session, specimen: Specimen, base_url: str, *, now: datetime) -> bytes:
    """The certificate of an invented learner as PDF; nothing is filed, no index taken, no key used.

    Raises CertificateError when something in the draft cannot be drawn.
    """
    credential = specimen_credential(session, specimen, base_url, now=now)
    look = replace(find_look(session, specimen.provider, credential), titles=specimen.entry.titles)
    face = replace(CertificateFace.of(credential, look), is_specimen=True)
    return render_specimen(face, created=now)


def specimen_credential(session: Session, specimen: Specimen, base_url: str, *, now: datetime) -> AchievementCredential:
    """What would be signed, with an invented learner and numbers that exist nowhere."""
    programme = session.scalars(select(ProgrammeRecord).where(ProgrammeRecord.code == specimen.entry.programme)).one()
    offer = Offer(version_id=0, entry=specimen.entry, programme_id=programme.id, programme=programme_entry(programme))
    request = AwardRequest(
        provider_slug=specimen.provider.slug,
        achievement_code=specimen.entry.code,
        given_name=NOBODY[0],
        family_name=NOBODY[1],
        completed_on=now.date(),
        result=_passing(specimen.entry.scale),
    )
    numbers = Numbers(
        credential_id=_NO_ID,
        token=_NOWHERE,
        link=f"{base_url}/v/{_NOWHERE}",
        salt=_NOWHERE,
        index=FreeIndex(list_id=0, position=0, revocation_url=f"{base_url}/status/{_NOWHERE}"),
    )
    holder = Holder(subject_id=_NO_ID, name=" ".join(NOBODY), name_latin=None, email=None)
    return write_credential(make_blank(session, specimen.provider, offer, base_url), request, holder, numbers)


def _passing(scale: ResultScale) -> str:
    """A result that just earns the badge."""
    match scale:
        case PassFail():
            return scale.passed
        case Percent():
            return f"{scale.threshold:g}"
        case _:
            return scale.threshold
