"""What can be taken away from a badge: the certificate and the badge images, made on demand from what was signed."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Final
from urllib.parse import quote

from sqlalchemy import select
from sqlalchemy.orm import Session

from credentials.credential import AchievementCredential
from credentials.sealed import Sealed, SecuringForm
from credentials.unverified import open_unverified
from issuer.awards.records import IssuedCredentialRecord
from issuer.catalogue.find import achievement_entry, find_version, programme_entry, provider_entry
from issuer.catalogue.records import ProgrammeRecord, ProviderRecord
from issuer.certificates.badge_image import badge_png_baked, badge_svg_baked
from issuer.certificates.face import CertificateFace
from issuer.certificates.look import ProgrammeLook, ProviderLook
from issuer.certificates.pdf import render_certificate
from issuer.desk import OpenSigners
from issuer.errors import IssuerError
from verifier.web.claims import holder_names

MEDIA_TYPES: Final = {"pdf": "application/pdf", "png": "image/png", "svg": "image/svg+xml"}
"""By the ending of the address."""

_LONGEST_NAME: Final = 80


class NotOurs(IssuerError):
    """The credential names an issuer or a programme that is not on the office's files."""

    code: ClassVar[str] = "not_ours"


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """A credential that the gate found authentic, the text it was sealed in, and when that was."""

    credential: AchievementCredential
    sealed: Sealed
    created: datetime


@dataclass(frozen=True, slots=True)
class Takeaway:
    """One file: its bytes, its media type, and a name that says whose badge it is."""

    body: bytes
    media_type: str
    name: str

    @property
    def disposition(self) -> str:
        """The Content-Disposition header (RFC 6266): the name in plain ASCII, and as it is for who can read it."""
        way = "attachment" if self.media_type == MEDIA_TYPES["pdf"] else "inline"
        plain = unicodedata.normalize("NFKD", self.name).encode("ascii", "ignore").decode().lstrip("-_") or "badge"
        return f"{way}; filename=\"{plain}\"; filename*=UTF-8''{quote(self.name, safe='')}"


def make_takeaway(session: Session, signers: OpenSigners, paper: Paper, ending: str) -> Takeaway:
    """Make the certificate ("pdf") or a badge image ("png", "svg").

    Raises NotOurs, NoSigningKey and CertificateError. Not checked: whether the badge still holds; whoever has the file
    can ask the gate.
    """
    provider = session.scalar(select(ProviderRecord).where(ProviderRecord.issuer_id == paper.credential.issuer.id))
    if provider is None:
        raise NotOurs(f"{paper.credential.issuer.id} is no issuer of this platform.")
    credential, look = paper.credential, find_look(session, provider, paper.credential)
    if ending == "pdf":
        signer, face = signers.of(session, provider).p256, CertificateFace.of(credential, look)
        body = render_certificate(face, paper.sealed, signer, created=paper.created)
    else:
        bake = badge_png_baked if ending == "png" else badge_svg_baked
        body = bake(credential, look, paper.sealed.text)
    return Takeaway(body, MEDIA_TYPES[ending], f"{file_stem(paper.credential)}.{ending}")


def paper_of(record: IssuedCredentialRecord) -> Paper:
    """What was sealed, read again from the office's own record; not examined, because nobody else could have put it."""
    opened = open_unverified(record.sealed_json)
    document = {name: value for name, value in opened.document.items() if name != "proof"}
    return Paper(
        credential=AchievementCredential.from_json(document),
        sealed=Sealed(text=record.sealed_json, form=SecuringForm.DATA_INTEGRITY),
        created=opened.unverified_created or record.issued_at,
    )


def find_look(session: Session, provider: ProviderRecord, credential: AchievementCredential) -> ProviderLook:
    """How this provider's certificates look for the programme of a credential; raises NotOurs."""
    achievement = credential.credential_subject.achievement
    code = achievement.creator.name if achievement.creator else None
    programme = session.scalar(select(ProgrammeRecord).where(ProgrammeRecord.code == code))
    if programme is None:
        raise NotOurs(f"{code} is no programme of this platform.")
    version = find_version(session, achievement.human_code or "", achievement.version)
    described, entry = provider_entry(provider), programme_entry(programme)
    notice = (entry.funding_notice or {}).get("en")
    return ProviderLook(
        programme=ProgrammeLook(
            code=entry.code,
            title=entry.title,
            colour=entry.colour,
            funding_notice=notice,
            is_erasmus=notice is not None,
        ),
        languages=described.languages,
        titles=achievement_entry(version).titles if version is not None else {},
        name_english=described.name_en,
        approver=find_approver(session, credential),
        is_demo=described.demo,
    )


def find_approver(session: Session, credential: AchievementCredential) -> str | None:
    """Who approved the award; None where nobody did: a name there would claim an act that did not happen."""
    return session.scalar(
        select(IssuedCredentialRecord.approver).where(IssuedCredentialRecord.credential_id == credential.id)
    )


def file_stem(credential: AchievementCredential) -> str:
    """A readable name that every file system takes: holder and code, letters of any script, no path, no dots."""
    subject = credential.credential_subject
    name, latin = holder_names(subject)
    words = f"{latin or name or 'badge'} {subject.achievement.human_code or subject.achievement.name}"
    kept = re.sub(r"[^\w-]+", "-", unicodedata.normalize("NFC", words)).strip("-_")
    return kept[:_LONGEST_NAME].rstrip("-") or "badge"
