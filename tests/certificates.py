"""Certificates of the demonstration for tests: real catalogue entries, any learner and provider, test keys."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import unicodedata
import uuid
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

import pypdfium2
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from PIL import Image

from credentials.credential import AchievementCredential
from credentials.seal import seal
from credentials.sealed import Sealed
from issuer.awards.blank import Blank, ability, eu_elements
from issuer.awards.document import Holder, Numbers, write_credential
from issuer.awards.request import AwardRequest
from issuer.catalogue.achievement_entry import AchievementEntry
from issuer.catalogue.entry import Entry
from issuer.catalogue.profiles import achievement_of, issuer_profile, programme_profile
from issuer.catalogue.provider_entry import ProgrammeEntry, ProviderEntry
from issuer.catalogue.result_scale import PassFail, Percent, Rubric
from issuer.certificates.face import CertificateFace
from issuer.certificates.look import ProgrammeLook, ProviderLook
from issuer.certificates.pdf import render_certificate
from issuer.status.indexes import FreeIndex
from keys.signer import MemorySigner
from tests.demo_files import demo_bytes, demo_json

BASE = "https://voltpass.example"
COMPLETED = date(2026, 10, 16)
SEALED_AT = datetime(2026, 11, 20, 9, 41, tzinfo=UTC)
PROVIDER_OF = {"sv": "vbk-goteborg", "de": "ota-ostalb", "pt": "cfb-norte", "cs": "mak-ostrava"}
LANGUAGES = ("en", *PROVIDER_OF)


@dataclass(frozen=True)
class Trainee:
    """One line of the demonstration's learners."""

    reference: str
    name: str
    latin: str | None


@cache
def trainees() -> tuple[Trainee, ...]:
    """All learners of the demonstration, names in composed form as the office stores them."""
    rows = csv.DictReader(io.StringIO(demo_bytes("trainees.csv").decode("utf-8")))
    return tuple(
        Trainee(
            row["trainee_ref"],
            unicodedata.normalize("NFC", f"{row['given_name']} {row['family_name']}".strip()),
            row["name_latin"] or None,
        )
        for row in rows
    )


@cache
def achievements() -> dict[str, AchievementEntry]:
    """The catalogue of the demonstration by code."""
    return {entry.code: entry for entry in map(AchievementEntry.from_json, _entries("catalogue.json", "achievements"))}


@cache
def providers() -> dict[str, ProviderEntry]:
    """The providers of the demonstration by slug."""
    return {entry.slug: entry for entry in map(ProviderEntry.from_json, _entries("providers.json", "providers"))}


@cache
def programmes() -> dict[str, ProgrammeEntry]:
    """The programmes of the demonstration by code."""
    return {entry.code: entry for entry in map(ProgrammeEntry.from_json, _entries("programmes.json", "programmes"))}


def award(
    code: str = "VLT-HV1",
    provider: str = "vbk-goteborg",
    name: str = "Åsa Öberg",
    *,
    latin: str | None = None,
    result: str | None = None,
    link: str | None = None,
) -> AchievementCredential:
    """A credential as the office writes it; without a result, one that passes."""
    entry = achievements()[code]
    passing = {PassFail: None, Percent: "84", Rubric: "Proficient"}
    request = AwardRequest(
        provider_slug=provider,
        achievement_code=code,
        given_name=name,
        family_name="",
        completed_on=COMPLETED,
        result=result or passing[type(entry.scale)],
    )
    identifier = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{code} {provider} {name}"))
    token = base64.urlsafe_b64encode(hashlib.sha256(identifier.encode()).digest()[:16]).rstrip(b"=").decode()
    numbers = Numbers(
        credential_id=f"urn:uuid:{identifier}",
        token=token,
        link=link or f"{BASE}/v/{token}",
        salt="test-salt",
        index=FreeIndex(list_id=1, position=94567, revocation_url=f"{BASE}/status/3"),
    )
    holder = Holder(
        subject_id=f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, name)}", name=name, name_latin=latin, email=None
    )
    return write_credential(_blank(code, provider), request, holder, numbers)


def look(code: str = "VLT-HV1", provider: str = "vbk-goteborg", **changes: Any) -> ProviderLook:
    """The look of a provider's certificates for an achievement."""
    entry, described = achievements()[code], providers()[provider]
    programme = programmes()[entry.programme]
    made = ProviderLook(
        programme=ProgrammeLook(
            code=programme.code,
            title=programme.title,
            colour=programme.colour,
            funding_notice=(programme.funding_notice or {})["en"],
        ),
        languages=described.languages,
        titles=entry.titles,
        name_english=described.name_en,
        approver=described.approvers[0],
        is_demo=True,
    )
    return replace(made, **changes)


def face(
    code: str = "VLT-HV1", provider: str = "vbk-goteborg", name: str = "Åsa Öberg", **changes: Any
) -> CertificateFace:
    """The face of a certificate; `changes` are of the look, or `latin`, `result` and `link` of the award."""
    awarded = {key: changes.pop(key) for key in ("latin", "result", "link") if key in changes}
    return CertificateFace.of(award(code, provider, name, **awarded), look(code, provider, **changes))


@cache
def page_signer() -> MemorySigner:
    """A P-256 test key that is always the same."""
    return MemorySigner(ec.derive_private_key(7777, ec.SECP256R1()), f"{BASE}/issuers/test/keys/test")


def sealed(credential: AchievementCredential) -> Sealed:
    """The credential sealed with a test key that is always the same."""
    key = ed25519.Ed25519PrivateKey.from_private_bytes(b"test" * 8)
    return seal(credential, MemorySigner(key, f"{credential.issuer.id}#test"), created=SEALED_AT)


def printed(credential: AchievementCredential, look: ProviderLook) -> bytes:
    """The certificate as a file."""
    return render_certificate(
        CertificateFace.of(credential, look), sealed(credential), page_signer(), created=SEALED_AT
    )


@cache
def specimen() -> bytes:
    """One Swedish certificate, for tests that only read it."""
    return printed(award(), look())


def shown_text(pdf: bytes) -> str:
    """The text of the first page as PDFium reads it."""
    with pypdfium2.PdfDocument(pdf) as opened:
        text: str = opened[0].get_textpage().get_text_bounded()
    return text


def picture(pdf: bytes, dots_per_inch: int) -> Image.Image:
    """The first page drawn."""
    with pypdfium2.PdfDocument(pdf) as opened:
        drawn: Image.Image = opened[0].render(scale=dots_per_inch / 72).to_pil()
    return drawn


def letters(text: str) -> str:
    """A text without its spaces and line breaks, for comparing across lines."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def _blank(code: str, provider: str) -> Blank:
    entry, described = achievements()[code], providers()[provider]
    issuer = issuer_profile(f"did:web:voltpass.example:issuers:{provider}", described)
    programme = programme_profile(BASE, programmes()[entry.programme], issuer)
    achievement = achievement_of(BASE, entry, programme)
    alignment = eu_elements(BASE, entry, described).to_alignments(achievement.id)
    return Blank(
        provider_id=1,
        version_id=1,
        entry=entry,
        issuer=issuer,
        achievement=replace(achievement, alignment=alignment),
        ability=ability(entry.description),
    )


def _entries(file: str, name: str) -> list[Entry]:
    return list(Entry.of(file, "$", demo_json(file)).objects(name))
