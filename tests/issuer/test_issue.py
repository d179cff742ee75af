"""Award files end to end: every row has a result, ready ones are issued once, one bad row stops no other."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from issuer.alliance.kpi import count_certifications
from issuer.awards.errors import AlreadyExpired
from issuer.awards.files import RowCode
from issuer.awards.files.errors import FileEmpty
from issuer.awards.issue import IssuedRow, IssueState, issue_rows, open_award_file
from issuer.awards.lookup import OfficeLookup
from issuer.awards.reasons import StatusReason
from issuer.awards.records import IssuedCredentialRecord
from issuer.awards.request import AwardLookup
from issuer.awards.status_changes import revoke, suspend
from issuer.awards.supersede import Correction, supersede
from issuer.catalogue.errors import UnknownProvider
from issuer.catalogue.records import AuthorisationRecord, ProviderRecord
from issuer.database import reading, transaction
from issuer.learners.matching import Person, keep_learner
from issuer.office import Office
from issuer.signing.provider_keys import rotate_keys
from tests.demo_files import CLEAN_FILES, demo_bytes, demo_json
from tests.office import Clock, demo_office

HEADER = "given_name,family_name,email,achievement_code,completed_on,result,trainee_ref\n"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """An office with catalogue and keys."""
    opened = demo_office(tmp_path)
    yield opened
    opened.sessions.engine.dispose()


def issued(office: Office, data: bytes, provider: str = "vbk-goteborg", *accepted: RowCode) -> list[IssuedRow]:
    file = open_award_file(office.sessions, provider, data, "awards.csv", now=office.clock())
    return list(issue_rows(office.sessions, office.desk, file, office.clock, accepted))


def states(rows: list[IssuedRow]) -> list[str]:
    return [row.state.value for row in rows]


def test_the_clean_files_give_the_figures_of_the_demonstration(office: Office) -> None:
    """33 badges for 27 learners, and none more when the same files come again."""
    with transaction(office.sessions) as session:
        provider = session.scalars(select(ProviderRecord.id).limit(1)).one()
        for line in demo_bytes("trainees.csv").decode().splitlines()[1:]:
            cells = line.split(",")
            person = Person(email=cells[4], reference=None, country=cells[5])
            keep_learner(session, provider, person, office.desk.chance.urn, now=office.clock())
    for state, total in ((IssueState.ISSUED, 33), (IssueState.ALREADY_ISSUED, 33)):
        rows = [row for name, slug in CLEAN_FILES.items() for row in issued(office, demo_bytes(name), slug)]
        assert Counter(row.state for row in rows) == {state: total, IssueState.SKIPPED: 1}
        with reading(office.sessions) as session:
            assert count_certifications(session).to_json() == demo_json("expected.json")["kpi"]


def test_the_messy_file_is_issued_as_far_as_it_is_ready(office: Office) -> None:
    """Exactly the ready rows, and the warning that needs no answer; the rest keep their code and sentence."""
    expected = demo_json("awards_messy.expected.json")["outcomes"]
    rows = issued(office, demo_bytes("awards_messy.csv"))
    assert [row.line for row in rows] == [entry["line"] for entry in expected]
    for row, entry in zip(rows, expected, strict=True):
        if row.state is IssueState.ISSUED:
            assert entry["outcome"] == "ready"
            assert row.link is not None
        else:
            assert row.code == entry["code"]
            assert row.sentence.startswith(f"Line {row.line}:")
    assert Counter(row.state for row in rows) == {
        IssueState.ISSUED: 7,
        IssueState.NEEDS_ANSWER: 5,
        IssueState.ERROR: 13,
        IssueState.SKIPPED: 2,
        IssueState.IGNORED: 1,
    }


def test_a_warning_is_issued_after_a_yes_to_every_doubt(office: Office) -> None:
    """A yes to one doubt is no yes to another one of the same row."""
    rows = demo_bytes("awards_messy.csv")
    assert Counter(states(issued(office, rows, "vbk-goteborg", RowCode.PREREQUISITE_MISSING)))["issued"] == 8
    answered = issued(office, rows, "vbk-goteborg", RowCode.DATE_EXCEL_SERIAL, RowCode.EMAIL_DOMAIN_SUSPICIOUS)
    assert Counter(states(answered)) == {
        "already_issued": 8,
        "issued": 2,
        "needs_answer": 2,
        "error": 13,
        "skipped": 2,
        "ignored": 1,
    }


def test_a_row_with_two_doubts_needs_two_answers(office: Office) -> None:
    """One yes leaves the other question open."""
    data = (HEADER + "Åsa,Öberg,asa@gmial.com,VLT-HV2,2026-10-16,Pass,T1\n").encode()
    doubts = (RowCode.PREREQUISITE_MISSING, RowCode.EMAIL_DOMAIN_SUSPICIOUS)
    for doubt in doubts:
        assert states(issued(office, data, "vbk-goteborg", doubt)) == ["needs_answer"]
    assert states(issued(office, data, "vbk-goteborg", *doubts)) == ["issued"]


def test_an_authorisation_that_ends_during_a_run_stops_it_within_a_minute(tmp_path: Path) -> None:
    """What is looked up once for many rows is looked up again before it is old."""
    clock = Clock()
    office = demo_office(tmp_path, clock=clock)
    file = open_award_file(office.sessions, "vbk-goteborg", demo_bytes("awards_hv1_goteborg.csv"), "a.csv", now=clock())
    rows = issue_rows(office.sessions, office.desk, file, clock)
    assert next(rows).state is IssueState.ISSUED
    with transaction(office.sessions) as session:
        session.execute(update(AuthorisationRecord).values(valid_until=clock()))
    clock.advance(seconds=61)
    assert {row.code for row in rows} == {"provider_not_authorised"}


def test_a_row_that_fails_at_the_desk_leaves_the_others_alone(office: Office) -> None:
    """Assessment cannot know everything; the sentence still names the line."""
    rows = issued(
        office,
        (
            HEADER
            + "Åsa,Öberg,asa@mail.example,VLT-HV1,2026-10-16,Pass,T1\n"
            + "Björn,Ångström,bjorn@mail.example,VLT-HV1,2024-02-01,Pass,T2\n"
            + "Malin,Sjöström,malin@mail.example,VLT-HV1,2026-10-16,Pass,T3\n"
        ).encode(),
    )
    assert states(rows) == ["issued", "error", "issued"]
    assert rows[1].code == AlreadyExpired.code
    assert rows[1].sentence.startswith("Line 3: The badge would have run out")


def test_a_badge_that_was_taken_back_is_not_issued_again_by_the_same_file(office: Office) -> None:
    """Uploading a list again must not undo a revocation; the row says what became of the badge."""
    data = (HEADER + "Åsa,Öberg,asa@mail.example,VLT-HV1,2026-10-16,Pass,T1\n").encode()
    (row,) = issued(office, data)
    assert row.credential_id is not None
    with transaction(office.sessions) as session:
        revoke(session, row.credential_id, StatusReason.FRAUD, office.desk, now=office.clock())
    (again,) = issued(office, data)
    assert again.state is IssueState.ALREADY_ISSUED
    assert again.credential_id == row.credential_id
    assert "it is revoked" in again.sentence


def test_a_file_or_provider_that_cannot_be_used_issues_nothing(office: Office) -> None:
    """Said before any row is looked at."""
    with pytest.raises(FileEmpty):
        issued(office, b"")
    with pytest.raises(UnknownProvider, match="vbk-goteborg"):
        issued(office, demo_bytes("awards_hv1_goteborg.csv"), "nobody")
    with reading(office.sessions) as session:
        assert session.scalar(select(func.count()).select_from(IssuedCredentialRecord)) == 0


def test_keys_may_be_rotated_in_the_middle_of_a_run(office: Office) -> None:
    """The rows after the rotation are sealed with the new keys, and all of them pass the gate."""
    file = open_award_file(
        office.sessions, "vbk-goteborg", demo_bytes("awards_hv1_goteborg.csv"), "a.csv", now=office.clock()
    )
    rows = issue_rows(office.sessions, office.desk, file, office.clock)
    first = [next(rows) for _ in range(3)]
    with transaction(office.sessions) as session:
        provider = session.scalars(select(ProviderRecord).where(ProviderRecord.slug == "vbk-goteborg")).one()
        rotate_keys(session, provider, office.desk.keys, now=office.clock())
    rest = list(rows)
    assert states(first + rest) == ["issued"] * 12
    with reading(office.sessions) as session:
        records = session.scalars(select(IssuedCredentialRecord).order_by(IssuedCredentialRecord.id)).all()
    methods = [record.sealed_json.split('"verificationMethod":')[1].split('"')[1] for record in records]
    assert len(set(methods)) == 2
    assert methods[:3] == [methods[0]] * 3


def lookup(office: Office, slug: str, references: list[str], emails: list[str]) -> OfficeLookup:
    with reading(office.sessions) as session:
        made = OfficeLookup(session, slug, now=office.clock())
        made.prefetch(slug, references, emails)
    return made


def test_the_office_answers_what_award_files_ask(office: Office) -> None:
    """People by address and reference under the name last given, badges that hold, and the catalogue."""
    issued(office, demo_bytes("awards_hv1_goteborg.csv"))
    answers: AwardLookup = lookup(office, "vbk-goteborg", ["T001", "T404"], ["bjorn@mail.example", "x@mail.example"])
    asa = answers.find_learner_by_reference("vbk-goteborg", "T001")
    bjorn = answers.find_learner_by_email("bjorn@mail.example")
    assert asa is not None
    assert bjorn is not None
    assert (asa.given_name, asa.family_name, asa.email) == ("Åsa", "Öberg", "asa.oberg@mail.example")
    assert answers.holds_valid(bjorn.id, "VLT-HV1")
    assert not answers.holds_valid(bjorn.id, "VLT-TEST")
    assert answers.find_learner_by_reference("vbk-goteborg", "T404") is None
    assert answers.find_learner_by_email("x@mail.example") is None
    facts = answers.find_achievement("VLT-TEST")
    assert facts is not None
    assert facts.prerequisites == ("VLT-HV1",)
    assert facts.authorised_providers == {"vbk-goteborg", "cfb-norte"}
    assert len(answers.achievement_codes()) == 13


def test_no_provider_learns_what_another_one_knows(office: Office) -> None:
    """That somebody is on file elsewhere, or holds a badge of somebody else, is not told."""
    issued(office, demo_bytes("awards_hv1_goteborg.csv"))
    answers = lookup(office, "cfb-norte", ["T001"], ["asa.oberg@mail.example"])
    assert answers.find_learner_by_email("asa.oberg@mail.example") is None
    assert answers.find_learner_by_reference("cfb-norte", "T001") is None
    issued(office, demo_bytes("awards_cell_braga.csv"), "cfb-norte")
    asa = lookup(office, "cfb-norte", ["T001"], []).find_learner_by_reference("cfb-norte", "T001")
    assert asa is not None
    assert not lookup(office, "cfb-norte", ["T001"], []).holds_valid(asa.id, "VLT-HV1")


@pytest.mark.parametrize("how", ["revoked", "suspended", "expired"])
def test_a_badge_that_does_not_hold_fulfils_no_prerequisite(tmp_path: Path, how: str) -> None:
    """Safety first: a suspended safety badge opens no door."""
    clock = Clock()
    office = demo_office(tmp_path, clock=clock)
    (row,) = issued(office, (HEADER + "Åsa,Öberg,asa@mail.example,VLT-HV1,2026-10-16,Pass,T1\n").encode())
    assert row.credential_id is not None
    with transaction(office.sessions) as session:
        if how == "revoked":
            revoke(session, row.credential_id, StatusReason.FRAUD, office.desk, now=clock())
        if how == "suspended":
            suspend(session, row.credential_id, StatusReason.SAFETY, office.desk, now=clock())
    if how == "expired":
        clock.advance(days=800)
    answers = lookup(office, "vbk-goteborg", ["T1"], [])
    asa = answers.find_learner_by_reference("vbk-goteborg", "T1")
    assert asa is not None
    assert not answers.holds_valid(asa.id, "VLT-HV1")


COUNTED = [
    pytest.param("revoke", StatusReason.WRONG_RESULT, 11, id="revoked: not earned"),
    pytest.param("revoke", StatusReason.ISSUED_IN_ERROR, 11, id="revoked: issued in error"),
    pytest.param("revoke", StatusReason.FRAUD, 11, id="revoked: fraud"),
    pytest.param("revoke", StatusReason.HOLDER_REQUEST, 12, id="revoked: the holder asked for it"),
    pytest.param("suspend", StatusReason.SAFETY, 12, id="suspended"),
    pytest.param("supersede", StatusReason.NAME_ERROR, 12, id="superseded: the successor counts"),
    pytest.param("replace", StatusReason.ISSUED_IN_ERROR, 12, id="revoked and replaced: the successor counts"),
]


@pytest.mark.parametrize(("how", "reason", "total"), COUNTED)
def test_figures_count_what_was_earned(office: Office, how: str, reason: StatusReason, total: int) -> None:
    """Each certification once, and only where the learner really completed the training."""
    rows = issued(office, demo_bytes("awards_hv1_goteborg.csv"))
    reference = rows[0].credential_id or ""
    now = office.clock()
    with transaction(office.sessions) as session:
        if how in {"revoke", "replace"}:
            revoke(session, reference, reason, office.desk, now=now)
        if how == "suspend":
            suspend(session, reference, reason, office.desk, now=now)
        if how in {"supersede", "replace"}:
            correction = Correction(family_name="Öberg-Lind")
            supersede(session, reference, reason, office.desk, now=now, correction=correction)
    with reading(office.sessions) as session:
        figures = count_certifications(session)
    assert figures.certifications_total == total
    assert figures.by_month == {"2026-10": total}
    assert figures.distinct_learners == total
