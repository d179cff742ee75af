"""The catalogue is data: loaded whole or not at all, the same again without a change, wrong with a place."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from issuer.catalogue.entry import Entry
from issuer.catalogue.errors import (
    MalformedCatalogue,
    ProgrammeClosed,
    ProviderNotAuthorised,
    PublishedVersionChanged,
    UnknownAchievement,
    UnknownProvider,
)
from issuer.catalogue.find import find_version, get_offer, get_provider, newest_versions, offers_of
from issuer.catalogue.load import load_catalogue, parse_file
from issuer.catalogue.provider_entry import ProgrammeEntry
from issuer.catalogue.records import AchievementVersionRecord, AuthorisationRecord, ProgrammeRecord, ProviderRecord
from issuer.database import Sessions, reading, transaction
from tests.demo_files import NOW, TERMS, changed, demo_catalogue
from tests.office import migrated_database


@pytest.fixture
def sessions(tmp_path: Path) -> Sessions:
    """A database with the catalogue of the demonstration."""
    made = migrated_database(tmp_path)
    with transaction(made) as session:
        load_catalogue(session, demo_catalogue(), TERMS)
    return made


@pytest.fixture
def session(sessions: Sessions) -> Iterator[Session]:
    """A reading session on it."""
    with reading(sessions) as opened:
        yield opened


def counts(session: Session) -> list[int]:
    records = (ProviderRecord, ProgrammeRecord, AchievementVersionRecord, AuthorisationRecord)
    return [session.scalar(select(func.count()).select_from(record)) or 0 for record in records]


def test_the_demonstration_loads_whole(session: Session) -> None:
    """Four providers and the office, two programmes, thirteen achievements; the programme owner is an issuer too."""
    assert counts(session)[:3] == [5, 2, 13]
    office = get_provider(session, "asa-demo-office")
    assert office.role == "programme_owner"
    assert office.issuer_id == "did:web:localhost%3A8000:issuers:asa-demo-office"
    assert {record.owner.slug for record in session.scalars(select(ProgrammeRecord))} == {"asa-demo-office"}


def test_loading_again_changes_nothing(sessions: Sessions) -> None:
    """The same files may be loaded at every start."""
    with reading(sessions) as session:
        before = counts(session)
    with transaction(sessions) as session:
        load_catalogue(session, demo_catalogue(), replace(TERMS, base_url="https://other.example"))
    with reading(sessions) as session:
        assert counts(session) == before
        assert get_provider(session, "vbk-goteborg").issuer_id.startswith("did:web:localhost")


def test_a_published_wording_stays(sessions: Sessions) -> None:
    """Credentials point at a version, so another wording needs another version."""
    files = demo_catalogue()
    reworded = changed(files.achievements, "achievements.0.description.en", "Recognise hazards.")
    with pytest.raises(PublishedVersionChanged, match=r"VLT-HV1 1\.0"), transaction(sessions) as session:
        load_catalogue(session, replace(files, achievements=reworded), TERMS)
    renewed = changed(reworded, "achievements.0.version", "1.1")
    with transaction(sessions) as session:
        load_catalogue(session, replace(files, achievements=renewed), TERMS)
    with reading(sessions) as session:
        newest, first = find_version(session, "vlt-hv1"), find_version(session, "VLT-HV1", "1.0")
        assert newest is not None
        assert newest.version == "1.1"
        assert first is not None
        assert first.content["description"]["en"].startswith("Recognise high-voltage hazards")
        assert len(newest_versions(session)) == 13


def test_a_version_cannot_be_changed_in_place(sessions: Sessions) -> None:
    """Not even by our own code."""
    with pytest.raises(PublishedVersionChanged), transaction(sessions) as session:
        session.scalars(select(AchievementVersionRecord).limit(1)).one().version = "9.9"


def test_an_authorisation_that_is_no_longer_listed_ends(sessions: Sessions) -> None:
    """It is not forgotten: what was awarded in its time stays trusted. Listed again, it goes on."""
    files = demo_catalogue()
    without = changed(files.achievements, "achievements.0.authorised_providers", ["ota-ostalb"])
    later = replace(TERMS, now=NOW + timedelta(days=1))
    with transaction(sessions) as session:
        load_catalogue(session, replace(files, achievements=without), later)
    with reading(sessions) as session:
        provider = get_provider(session, "vbk-goteborg")
        assert get_offer(session, provider, "VLT-HV1", now=NOW).entry.code == "VLT-HV1"
        with pytest.raises(ProviderNotAuthorised):
            get_offer(session, provider, "VLT-HV1", now=later.now)
    with transaction(sessions) as session:
        load_catalogue(session, files, later)
    with reading(sessions) as session:
        assert get_offer(session, get_provider(session, "vbk-goteborg"), "VLT-HV1", now=later.now)


def test_who_may_award_what(session: Session) -> None:
    """An offer needs an achievement that exists, and an authorisation in force."""
    provider = get_provider(session, "vbk-goteborg")
    assert get_offer(session, provider, "vlt-test", now=NOW).entry.title == "Battery testing and quality control"
    with pytest.raises(ProviderNotAuthorised):
        get_offer(session, provider, "PAS-ADA", now=NOW)
    with pytest.raises(ProviderNotAuthorised):
        get_offer(session, provider, "VLT-HV1", now=TERMS.authorised_from - timedelta(seconds=1))
    with pytest.raises(UnknownAchievement):
        get_offer(session, provider, "VLT-HV9", now=NOW)
    with pytest.raises(UnknownProvider, match="cfb-norte"):
        get_provider(session, "vbk")
    assert "VLT-CIRC" not in offers_of(session, provider, now=NOW)
    assert "VLT-HV1" in offers_of(session, provider, now=NOW)


def test_a_closed_programme_awards_nothing_new(sessions: Sessions) -> None:
    """Its badges go on verifying; that is another test's business."""
    files = demo_catalogue()
    closed = changed(files.programmes, "programmes.0.closed", True)
    with transaction(sessions) as session:
        load_catalogue(session, replace(files, programmes=closed), TERMS)
    with reading(sessions) as session:
        provider = get_provider(session, "vbk-goteborg")
        with pytest.raises(ProgrammeClosed):
            get_offer(session, provider, "VLT-HV1", now=NOW)
        assert all(code.startswith("PAS-") for code in offers_of(session, provider, now=NOW))


MISTAKES = [
    pytest.param("achievements", "achievements.0.code", "VLT HV1", "achievements[0].code", id="code with a space"),
    pytest.param("achievements", "achievements.1.code", "VLT-HV1", "achievements[1].code", id="code twice"),
    pytest.param("achievements", "achievements.0.title.en", ..., "achievements[0].title.en", id="no English title"),
    pytest.param("achievements", "achievements.0.title.sv", "  ", "achievements[0].title.sv", id="blank title"),
    pytest.param("achievements", "achievements.0.title.sv", "a\u202eb", "achievements[0].title.sv", id="bidi control"),
    pytest.param("achievements", "achievements.0.title", {"en": "x", "no lang": "y"}, "title.no lang", id="language"),
    pytest.param("achievements", "achievements.0.learning_outcomes", [], "learning_outcomes", id="no outcome"),
    pytest.param("achievements", "achievements.0.assessment_types", [], "assessment_types", id="no assessment"),
    pytest.param("achievements", "achievements.0.eqf_level.level", 9, "eqf_level.level", id="EQF level 9"),
    pytest.param("achievements", "achievements.0.workload.hours", 0, "workload.hours", id="no workload"),
    pytest.param("achievements", "achievements.0.workload.hours", True, "workload.hours", id="workload of true"),
    pytest.param("achievements", "achievements.0.ects", "2", "ects", id="ECTS as text"),
    pytest.param("achievements", "achievements.0.skills.0.uri", "javascript:alert(1)", "skills[0].uri", id="skill URI"),
    pytest.param("achievements", "achievements.0.validity_months", 1.5, "validity_months", id="half a month"),
    pytest.param("achievements", "achievements.0.result_scale.type", "stars", "result_scale.type", id="scale"),
    pytest.param("achievements", "achievements.3.result_scale.pass", 101, "result_scale.pass", id="pass above highest"),
    pytest.param("achievements", "achievements.8.result_scale.pass", "Expert", "result_scale.pass", id="no such level"),
    pytest.param("achievements", "achievements.0.stackability", "maybe", "stackability", id="stackability"),
    pytest.param("achievements", "achievements.0.programme", "TRIREME", "programme", id="unknown programme"),
    pytest.param("achievements", "achievements.0.authorised_providers", ["x"], "authorised_providers", id="provider"),
    pytest.param("achievements", "achievements", {}, "achievements", id="no list"),
    pytest.param("achievements", "achievements.0", "VLT-HV1", "achievements[0]", id="no object"),
    pytest.param("providers", "providers.0.slug", "VBK", "providers[0].slug", id="slug in capitals"),
    pytest.param(
        "providers", "providers.0.nuts.code", "DE11D", "providers[0].nuts.code", id="region of another country"
    ),
    pytest.param("providers", "providers.0.url", "vbk.example", "providers[0].url", id="address without scheme"),
    pytest.param("providers", "providers.0.email", "vbk", "providers[0].email", id="no e-mail address"),
    pytest.param("programmes", "programmes.0.owner", "nobody", "programmes[0].owner", id="unknown owner"),
    pytest.param("programmes", "programmes.0.colour", "green", "programmes[0].colour", id="colour in words"),
    pytest.param("programmes", "programmes.0.two_person_rule", "yes", "programmes[0].two_person_rule", id="rule"),
]


@pytest.mark.parametrize(("file", "path", "value", "place"), MISTAKES)
def test_a_mistake_has_a_place_and_nothing_is_loaded(
    tmp_path: Path, file: str, path: str, value: object, place: str
) -> None:
    """Whoever keeps the catalogue is told where to look, and finds the old state untouched."""
    sessions = migrated_database(tmp_path)
    files = demo_catalogue()
    wrong = replace(files, **{file: changed(getattr(files, file), path, value)})
    with pytest.raises(MalformedCatalogue) as refused, transaction(sessions) as session:
        load_catalogue(session, wrong, TERMS)
    assert place in refused.value.path
    with reading(sessions) as session:
        assert counts(session) == [0, 0, 0, 0]


@pytest.mark.parametrize(
    "data", [pytest.param(b"{", id="cut off"), pytest.param(b"[]", id="a list"), pytest.param(b"\xff", id="not UTF-8")]
)
def test_a_file_that_is_no_json_object_is_refused_by_name(data: bytes) -> None:
    """The message names the file."""
    with pytest.raises(MalformedCatalogue, match=r"catalogue\.json"):
        parse_file("catalogue.json", data)


@pytest.mark.parametrize(
    ("said", "rule"),
    [
        pytest.param(..., True, id="nothing said"),
        pytest.param(True, True, id="on"),
        pytest.param(False, False, id="off"),
    ],
)
def test_two_people_must_agree_unless_the_programme_says_otherwise(said: object, rule: bool) -> None:
    """The safe reading is the one where nothing is said."""
    entry = changed(demo_catalogue().programmes["programmes"][0], "two_person_rule", said)
    assert ProgrammeEntry.from_json(Entry.of("programmes", "$", entry)).two_person_rule is rule
