"""How a draft looks before it is published, and how complete it is."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from sqlalchemy import func, select

from credentials.eu_elements import EuElement, completeness
from issuer.awards.records import IssuedCredentialRecord
from issuer.catalogue.find import achievement_entry, find_version, get_provider, provider_entry
from issuer.database import reading
from issuer.drafts.elements import measure
from issuer.drafts.examine import Examination, Place, examine
from issuer.drafts.preview import Specimen, draft_art, specimen_certificate, specimen_credential
from issuer.drafts.wording import OutcomeRow, Wording, wording_of
from issuer.office import Office
from issuer.status.records import StatusEntryRecord
from tests.demo_files import BASE_URL, NOW, demo_json
from tests.drafts import OFFICE, PROVIDER, WORDING
from tests.office import demo_office
from verifier.examine import examine as examine_file


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """The demonstration's office."""
    return demo_office(tmp_path)


def examined(office: Office, wording: Wording, provider: str = PROVIDER) -> Examination:
    """What is found in a wording."""
    with reading(office.sessions) as session:
        return examine(session, wording, Place(get_provider(session, provider), None, {}))


def test_the_meter_counts_and_names(office: Office) -> None:
    """In the words of the editor, and each gap with the field it belongs to."""
    found = examined(office, replace(WORDING, assessment_types=(), supervision=""))
    assert found.meter.sentence == "14 of 16; 1 mandatory missing: type of assessment"
    assert [each.field for each in found.meter.missing] == ["assessment_types"]
    assert [each.name for each in found.meter.optional_missing] == ["Supervision and identity check"]
    assert examined(office, WORDING).meter.sentence == "16 of 16"
    assert examined(office, replace(WORDING, stackability="")).meter.sentence.endswith("nothing mandatory is missing")


GAPS = [
    ({"titles": {"sv": "Batterier"}}, EuElement.TITLE),
    ({"outcomes": (OutcomeRow(" "),)}, EuElement.LEARNING_OUTCOMES),
    ({"hours": " "}, EuElement.WORKLOAD),
    ({"eqf_level": ""}, EuElement.LEVEL),
    ({"eqf_level": "none", "no_level_because": " "}, EuElement.LEVEL),
    ({"assessment_types": ()}, EuElement.ASSESSMENT_TYPE),
    ({"participation": ""}, EuElement.PARTICIPATION),
]


@pytest.mark.parametrize(("changes", "element"), GAPS)
def test_each_mandatory_element_can_be_missing(office: Office, changes: dict[str, object], element: EuElement) -> None:
    """And then the draft is not ready; a level that does not apply needs a reason."""
    found = examined(office, replace(WORDING, **changes))  # type: ignore[arg-type]
    assert [each.element for each in found.meter.missing] == [element]
    assert not found.is_ready


def test_quality_assurance_is_the_providers(office: Office) -> None:
    """A provider that states none cannot publish; at the office each provider will state its own."""
    with reading(office.sessions) as session:
        provider = replace(provider_entry(get_provider(session, PROVIDER)), quality_assurance=())
    assert [each.field for each in measure(WORDING, provider, at_office=False).missing] == ["quality"]
    assert measure(WORDING, provider, at_office=True).is_complete
    assert examined(office, WORDING, OFFICE).meter.is_complete


@pytest.mark.parametrize("field", ["code", "version", "programme", "description", "criteria", "scale"])
def test_what_every_badge_needs_besides(office: Office, field: str) -> None:
    """No European element asks for it, and nothing can be published without."""
    found = examined(office, replace(WORDING, **{field: " "}))  # type: ignore[arg-type]
    assert field in [each.field for each in found.meter.also_needed]
    assert not found.is_ready


@pytest.mark.parametrize("optional", [{}, {"supervision": "", "stackability": "", "study_field": "", "skills": ()}])
def test_the_meter_says_what_the_credential_will(office: Office, optional: dict[str, object]) -> None:
    """Counted again in the credential that would be signed: the same elements are there."""
    found = examined(office, replace(WORDING, **optional))  # type: ignore[arg-type]
    assert found.entry is not None
    with reading(office.sessions) as session:
        specimen = Specimen(get_provider(session, PROVIDER), found.entry)
        credential = specimen_credential(session, specimen, BASE_URL, now=NOW)
    assert completeness(credential) == {each.element for each in found.meter.elements if each.is_there}


def test_every_published_achievement_is_complete_in_the_editor(office: Office) -> None:
    """A new version of any of them begins without gaps."""
    for entry in demo_json("catalogue.json")["achievements"]:
        found = examined(office, replace(wording_of(entry), code=f"NEW-{entry['code']}"))
        assert found.is_ready, (entry["code"], found.meter.sentence, found.slips)


@pytest.mark.parametrize(("code", "provider"), [("VLT-HV1", PROVIDER), ("VLT-TEST", PROVIDER), ("PAS-COM", PROVIDER)])
def test_a_specimen_says_so_and_proves_nothing(office: Office, code: str, provider: str) -> None:
    """No seal, no record inside, no number taken; whoever hands it in at the gate is told that it holds no badge."""
    with reading(office.sessions) as session:
        version = find_version(session, code)
        assert version is not None
        specimen = Specimen(get_provider(session, provider), achievement_entry(version))
        pdf = specimen_certificate(session, specimen, BASE_URL, now=NOW)
        for record in (IssuedCredentialRecord, StatusEntryRecord):
            assert session.scalar(select(func.count()).select_from(record)) == 0
    with pikepdf.open(io.BytesIO(pdf)) as document:
        assert "(SPECIMEN)" in str(document.docinfo["/Title"])
        assert list(document.attachments) == ["specimen.txt"]
    shown = pypdfium2.PdfDocument(pdf)[0].get_textpage().get_text_bounded()
    assert "Specimen of a draft. Not signed, not an award." in shown
    assert "Not sealed." in shown
    assert examine_file(pdf, "specimen.pdf", office.policy(), now=NOW).report.authentic is None


def test_the_picture_follows_programme_code_and_level() -> None:
    """Drawn as far as it is known, whatever was typed."""
    assert draft_art(WORDING) != draft_art(replace(WORDING, eqf_level="2"))
    assert "<script" not in draft_art(replace(WORDING, titles={"en": "<script>"}, eqf_level="<"))
    assert draft_art(Wording()).startswith("<svg")
