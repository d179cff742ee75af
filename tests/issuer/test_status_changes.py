"""Taking back, suspending, giving back and replacing: what is allowed, what the gate sees, what stays on file."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from credentials.unverified import open_unverified
from issuer.awards.award import award
from issuer.awards.errors import (
    AlreadyRevoked,
    AlreadySuperseded,
    AlreadySuspended,
    NothingToCorrect,
    NotSuspended,
    ReasonNeedsNote,
    StatusChangeRefused,
    SuspendedCannotBeSuperseded,
)
from issuer.awards.find import UnknownCredential, get_credential
from issuer.awards.reasons import StatusReason
from issuer.awards.records import IssuedCredentialRecord, StatusChangeRecord
from issuer.awards.request import AwardRequest
from issuer.awards.status_changes import reinstate, revoke, suspend
from issuer.awards.supersede import Correction, CorrectionRefused, supersede
from issuer.database import reading, transaction
from issuer.desk import Desk
from issuer.office import Office
from keys.errors import KeyNotFound
from tests.award_requests import ASA, TEAMWORK, TESTING
from tests.office import Clock, demo_office, reopened
from verifier.report import Verdict
from verifier.verify import verify

NEW_NAME = Correction(family_name="Öberg-Lind")


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """An office in which Åsa holds a badge."""
    opened = demo_office(tmp_path)
    with transaction(opened.sessions) as session:
        award(session, ASA, opened.desk, now=opened.clock())
    yield opened
    opened.sessions.engine.dispose()


def held(office: Office, number: int = 1) -> IssuedCredentialRecord:
    with reading(office.sessions) as session:
        record = session.get_one(IssuedCredentialRecord, number)
    return record


def verdicts(office: Office, record: IssuedCredentialRecord) -> set[Verdict]:
    """What the gate says of both forms."""
    texts = (record.sealed_json, record.sealed_jwt)
    return {verify(open_unverified(text), office.policy(), now=office.clock()).verdict for text in texts}


def act(office: Office, name: str, reference: str | None = None, reason: StatusReason = StatusReason.FRAUD) -> None:
    """One of the four acts, by its first letters: rev, sus, rei, sup."""

    def replaced(
        session: Session, credential_id: str, why: StatusReason, desk: Desk, *, now: object, note: str = ""
    ) -> IssuedCredentialRecord:
        return supersede(session, credential_id, why, desk, now=office.clock(), correction=NEW_NAME, note=note)

    acts: dict[str, Callable[..., IssuedCredentialRecord]] = {
        "rev": revoke,
        "sus": suspend,
        "rei": reinstate,
        "sup": replaced,
    }
    with transaction(office.sessions) as session:
        acts[name](session, reference or held(office).credential_id, reason, office.desk, now=office.clock())


PATHS = [
    pytest.param([], Verdict.VALID, id="untouched"),
    pytest.param(["rev"], Verdict.REVOKED, id="revoked"),
    pytest.param(["sus"], Verdict.SUSPENDED, id="suspended"),
    pytest.param(["sus", "rei"], Verdict.VALID, id="suspended and reinstated"),
    pytest.param(["sus", "rei", "sus"], Verdict.SUSPENDED, id="suspended again"),
    pytest.param(["sus", "rev"], Verdict.REVOKED, id="suspended, then revoked"),
    pytest.param(["sup"], Verdict.SUPERSEDED, id="superseded"),
    pytest.param(["sus", "rei", "sup"], Verdict.SUPERSEDED, id="reinstated, then superseded"),
    pytest.param(["sup", "rev"], Verdict.REVOKED, id="superseded, then revoked"),
    pytest.param(["rev", "sup"], Verdict.REVOKED, id="revoked by mistake, then replaced"),
]


@pytest.mark.parametrize(("acts", "verdict"), PATHS)
def test_the_gate_sees_every_change_at_once(office: Office, acts: list[str], verdict: Verdict) -> None:
    """No restart, no waiting: the next look at the paper, in either form, gives the new verdict."""
    record = held(office)
    assert verdicts(office, record) == {Verdict.VALID}
    for name in acts:
        act(office, name)
    assert verdicts(office, record) == {verdict}
    with reading(office.sessions) as session:
        history = session.scalars(
            select(StatusChangeRecord.act)
            .where(StatusChangeRecord.credential_record_id == record.id)
            .order_by(StatusChangeRecord.id)
        ).all()
    assert [line[:3] for line in history] == acts


REFUSED = [
    pytest.param(["rev"], "rev", AlreadyRevoked, "already_revoked", id="revoke a revoked one"),
    pytest.param(["rev"], "sus", AlreadyRevoked, "already_revoked", id="suspend a revoked one"),
    pytest.param(["rev"], "rei", AlreadyRevoked, "already_revoked", id="reinstate a revoked one"),
    pytest.param(["sus"], "sus", AlreadySuspended, "already_suspended", id="suspend a suspended one"),
    pytest.param([], "rei", NotSuspended, "not_suspended", id="reinstate one that holds"),
    pytest.param(["sup"], "sus", AlreadySuperseded, "already_superseded", id="suspend a superseded one"),
    pytest.param(["sup"], "rei", AlreadySuperseded, "already_superseded", id="reinstate a superseded one"),
    pytest.param(["sup"], "sup", AlreadySuperseded, "already_superseded", id="supersede a superseded one"),
    pytest.param(["rev", "sup"], "sup", AlreadySuperseded, "already_superseded", id="replace a replaced one"),
    pytest.param(
        ["sus"], "sup", SuspendedCannotBeSuperseded, "suspended_cannot_be_superseded", id="supersede a suspended one"
    ),
]


@pytest.mark.parametrize(("before", "name", "error", "code"), REFUSED)
def test_a_step_that_makes_no_sense_is_refused(
    office: Office, before: list[str], name: str, error: type[StatusChangeRefused], code: str
) -> None:
    """Each with a code of its own, and nothing changes."""
    for each in before:
        act(office, each)
    seen = verdicts(office, held(office))
    with pytest.raises(error) as refused:
        act(office, name)
    assert refused.value.code == code
    assert verdicts(office, held(office)) == seen


def test_a_change_touches_nobody_else(office: Office) -> None:
    """One bit of one list: the neighbour's badge, sealed by the same provider, goes on holding."""
    with transaction(office.sessions) as session:
        other = award(session, replace(ASA, achievement_code="VLT-CELL"), office.desk, now=office.clock())
    act(office, "rev")
    assert verdicts(office, other) == {Verdict.VALID}


def test_the_reason_other_needs_a_text(office: Office) -> None:
    """A closed list with a hole in it would be no list."""
    with pytest.raises(ReasonNeedsNote):
        act(office, "rev", reason=StatusReason.OTHER)
    with transaction(office.sessions) as session:
        revoke(
            session,
            held(office).credential_id,
            StatusReason.OTHER,
            office.desk,
            now=office.clock(),
            note="The holder died",
        )
    with reading(office.sessions) as session:
        line = session.scalars(select(StatusChangeRecord)).one()
    assert (line.act, line.reason, line.note, line.at) == ("revoked", "other", "The holder died", office.clock())


def test_a_credential_is_found_by_id_link_and_token(office: Office) -> None:
    """What people have in their hands; of a link only the path counts, and files of the link lead there too."""
    record = held(office)
    with reading(office.sessions) as session:
        for reference in (
            record.credential_id,
            record.credential_id.upper(),
            record.token,
            office.desk.link(record.token),
            f"https://moved.example/v/{record.token}.pdf",
            f" {record.credential_id} ",
        ):
            assert get_credential(session, reference).id == record.id
        for nothing in ("", "urn:uuid:nothing", record.token[:-1], "https://x.example/v/", f"/w/{record.token}"):
            with pytest.raises(UnknownCredential):
                get_credential(session, nothing)


def test_what_could_not_be_published_is_not_recorded(tmp_path: Path, office: Office) -> None:
    """Without its key the office cannot tell the world, so it must not believe that it did."""
    for path in office.settings.key_directory.iterdir():
        path.unlink()
    closed = reopened(tmp_path)
    with pytest.raises(KeyNotFound):
        act(closed, "rev")
    assert held(closed).state == "issued"


def test_the_successor_takes_the_place(office: Office) -> None:
    """Another id, link, salt and index; the same learner, achievement and day; and the award finds it from now on."""
    old = held(office)
    with transaction(office.sessions) as session:
        new = supersede(
            session,
            office.desk.link(old.token),
            StatusReason.NAME_ERROR,
            office.desk,
            now=office.clock(),
            correction=NEW_NAME,
        )
        assert new.supersedes is not None
        assert new.supersedes.superseded_by is new
    before, after = (open_unverified(record.sealed_json).document for record in (old, new))
    assert verdicts(office, new) == {Verdict.VALID}
    assert new.holder_name == "Åsa Öberg-Lind"
    for member in ("id", "image", "credentialStatus"):
        assert before[member] != after[member]
    for member in ("issuer", "validFrom", "validUntil", "awardedDate", "name", "evidence"):
        assert before[member] == after[member]
    assert before["credentialSubject"]["id"] == after["credentialSubject"]["id"]
    assert before["credentialSubject"]["identifier"][1] != after["credentialSubject"]["identifier"][1]
    with transaction(office.sessions) as session:
        assert award(session, ASA, office.desk, now=office.clock()).id == new.id


@pytest.mark.parametrize(
    ("request_", "result", "shown"),
    [
        pytest.param(TEAMWORK, "advanced", "Advanced", id="a level"),
        pytest.param(TESTING, "91,5", "91.5", id="a percentage"),
    ],
)
def test_a_result_is_corrected_on_its_scale(office: Office, request_: AwardRequest, result: str, shown: str) -> None:
    """In the words of the scale, whatever was typed."""
    with transaction(office.sessions) as session:
        old = award(session, request_, office.desk, now=office.clock())
        new = supersede(
            session,
            old.credential_id,
            StatusReason.WRONG_RESULT,
            office.desk,
            now=office.clock(),
            correction=Correction(result=result),
        )
    assert new.result == shown
    assert verdicts(office, new) == {Verdict.VALID}


@pytest.mark.parametrize(
    ("correction", "error"),
    [
        pytest.param(Correction(), NothingToCorrect, id="nothing said"),
        pytest.param(Correction(given_name="Åsa"), NothingToCorrect, id="the same again"),
        pytest.param(Correction(result="Fail"), CorrectionRefused, id="a result that earns no badge"),
        pytest.param(Correction(result="splendid"), CorrectionRefused, id="no result of the scale"),
        pytest.param(Correction(given_name="", family_name=" "), CorrectionRefused, id="no name left"),
        pytest.param(Correction(family_name="<b>Öberg</b>"), CorrectionRefused, id="markup"),
        pytest.param(Correction(family_name="Ö\u202eberg"), CorrectionRefused, id="bidirectional control"),
        pytest.param(Correction(family_name="\U0001f50b"), CorrectionRefused, id="no face draws it"),
    ],
)
def test_a_correction_must_change_something_and_be_printable(
    office: Office, correction: Correction, error: type[Exception]
) -> None:
    """Else the old badge stays as it is."""
    with pytest.raises(error), transaction(office.sessions) as session:
        supersede(
            session,
            held(office).credential_id,
            StatusReason.NAME_ERROR,
            office.desk,
            now=office.clock(),
            correction=correction,
        )
    assert verdicts(office, held(office)) == {Verdict.VALID}


def test_a_badge_that_has_run_out_can_still_be_corrected(tmp_path: Path) -> None:
    """A wrong name stays wrong after two years; the new badge has the old dates."""
    clock = Clock()
    office = demo_office(tmp_path, clock=clock)
    with transaction(office.sessions) as session:
        award(session, ASA, office.desk, now=clock())
    clock.advance(days=800)
    act(office, "sup", reason=StatusReason.NAME_ERROR)
    assert verdicts(office, held(office, 2)) == {Verdict.EXPIRED}
