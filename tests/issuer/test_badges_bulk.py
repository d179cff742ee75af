"""The same deed to many badges: each its own outcome, nobody told twice, nothing done that nobody had seen."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select

from credentials.unverified import open_unverified
from issuer.accounts.actor import COMMAND, Actor, NotHere
from issuer.accounts.audit import verify_chain
from issuer.accounts.records import AuditEntryRecord
from issuer.awards.award import award
from issuer.awards.errors import ReasonNeedsNote
from issuer.awards.reasons import StatusReason
from issuer.awards.records import IssuedCredentialRecord, StatusChangeRecord
from issuer.awards.supersede import Correction
from issuer.badges.bulk import (
    MOST,
    BulkErrand,
    NothingChosen,
    Outcome,
    Result,
    SeenBadge,
    TooManyAtOnce,
    change_many,
    last_changes,
    read_seen,
    write_seen,
)
from issuer.badges.change import Deed, Errand, Order, change_badge, correct_badge
from issuer.catalogue.find import get_provider
from issuer.database import reading, transaction
from issuer.delivery.records import MailKind, MailRecord
from issuer.machines.records import WebhookDeliveryRecord, WebhookRecord
from issuer.office import Office
from tests.award_requests import ASA, TEAMWORK
from tests.office import demo_office
from verifier.report import Verdict
from verifier.verify import verify

YLVA = Actor(label="staff:1", name="Ylva Ström", staff_id=1)
HAKAN = Actor(label="staff:2", name="Håkan Bäckström", staff_id=2)
REVOKE = Order(deed=Deed.REVOKE, reason=StatusReason.ISSUED_IN_ERROR)
SUSPEND = Order(deed=Deed.SUSPEND, reason=StatusReason.SAFETY)
COUNT = 4


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """Four badges of Gothenburg, the last without an address, and one of Ostrava."""
    opened = demo_office(tmp_path)
    with transaction(opened.sessions) as session:
        for number in range(COUNT):
            email = None if number == COUNT - 1 else f"n{number}@mail.example"
            one = replace(ASA, given_name=f"N{number}", email=email, trainee_ref=f"R{number}")
            award(session, one, opened.desk, now=opened.clock())
        award(session, TEAMWORK, opened.desk, now=opened.clock())
    yield opened
    opened.sessions.engine.dispose()


def errand(office: Office, actor: Actor = YLVA, provider: str = "vbk-goteborg") -> BulkErrand:
    return BulkErrand(
        sessions=office.sessions, desk=office.desk, clock=office.clock, actor=actor, provider_slug=provider
    )


def seen(office: Office, *record_ids: int) -> list[SeenBadge]:
    """The badges as they stand now."""
    with reading(office.sessions) as session:
        return [SeenBadge(each, change) for each, change in last_changes(session, record_ids).items()]


def outcomes(results: Iterator[Result]) -> list[Outcome]:
    return [each.outcome for each in results]


def counted(office: Office, record: type) -> int:
    with reading(office.sessions) as session:
        return session.scalar(select(func.count()).select_from(record)) or 0


def verdict(office: Office, record_id: int) -> Verdict:
    with reading(office.sessions) as session:
        text = session.get_one(IssuedCredentialRecord, record_id).sealed_json
    return verify(open_unverified(text), office.policy(), now=office.clock()).verdict


def test_one_bad_badge_leaves_the_others_alone(office: Office) -> None:
    """Revoked before, a neighbour's, not there at all: each says so, and the rest is done."""
    list(change_many(errand(office, HAKAN), REVOKE, seen(office, 2)))
    results = list(change_many(errand(office), REVOKE, seen(office, 1, 2, 3, 5, 99)))
    assert [each.outcome for each in results] == [
        Outcome.DONE,
        Outcome.REFUSED,
        Outcome.DONE,
        Outcome.REFUSED,
        Outcome.REFUSED,
    ]
    assert "final" in results[1].problem
    assert [verdict(office, each) for each in (1, 2, 3, 4, 5)] == [
        Verdict.REVOKED,
        Verdict.REVOKED,
        Verdict.REVOKED,
        Verdict.VALID,
        Verdict.VALID,
    ]


def test_everybody_who_has_to_know_is_told_in_the_same_transaction(office: Office) -> None:
    """History, mail, programs, audit log, each with the actor; who has no address gets no mail."""
    with transaction(office.sessions) as session:
        provider = get_provider(session, "vbk-goteborg")
        session.add(
            WebhookRecord(
                name="A" * 22,
                provider_id=provider.id,
                url="https://lms.example/hook",
                events="revoked",
                secret="",
                created_at=office.clock(),
                created_by="staff:1",
            )
        )
    form = seen(office, 1, 4)
    for again in (Outcome.DONE, Outcome.DONE_BEFORE):
        assert outcomes(change_many(errand(office), REVOKE, form)) == [again] * 2
    with reading(office.sessions) as session:
        changes = session.scalars(select(StatusChangeRecord)).all()
        assert [(each.act, each.reason, each.by) for each in changes] == [("revoked", "issued_in_error", "staff:1")] * 2
        mail = session.scalars(select(MailRecord)).one()
        assert (mail.kind, mail.address) == (MailKind.REVOKED, "n0@mail.example")
        ids = session.scalars(select(IssuedCredentialRecord.credential_id).where(IssuedCredentialRecord.id.in_((1, 4))))
        told = session.scalars(select(WebhookDeliveryRecord.credential_id)).all()
        assert set(told) == set(ids)
        entries = session.scalars(select(AuditEntryRecord).where(AuditEntryRecord.subject.in_(told))).all()
        assert [(each.actor, each.act, each.facts) for each in entries] == [
            ("staff:1", "credential_revoked", {"reason": "issued_in_error"})
        ] * 2
        assert verify_chain(session).is_whole


def test_a_form_written_before_somebody_else_was_faster_does_nothing(office: Office) -> None:
    """Suspended and reinstated meanwhile by Håkan: Ylva's form was about another state of things."""
    form = seen(office, 1)
    list(change_many(errand(office, HAKAN), SUSPEND, form))
    lift = Order(deed=Deed.REINSTATE, reason=StatusReason.SAFETY)
    assert outcomes(change_many(errand(office, HAKAN), lift, seen(office, 1))) == [Outcome.DONE]
    assert outcomes(change_many(errand(office), SUSPEND, form)) == [Outcome.CHANGED_MEANWHILE]
    assert outcomes(change_many(errand(office, HAKAN), SUSPEND, form)) == [Outcome.DONE_BEFORE]
    assert verdict(office, 1) is Verdict.VALID


def test_a_form_sent_by_two_clicks_at_once_is_done_once(office: Office) -> None:
    """Whoever comes second finds it done."""
    form = seen(office, 1, 2, 3)
    with ThreadPoolExecutor(2) as clicks:
        both = [clicks.submit(lambda: outcomes(change_many(errand(office), SUSPEND, form))) for _ in range(2)]
    each = sorted(pair for click in both for pair in click.result())
    assert each == [Outcome.DONE] * 3 + [Outcome.DONE_BEFORE] * 3
    assert counted(office, StatusChangeRecord) == counted(office, MailRecord) == 3


def test_what_goes_wrong_on_the_way_leaves_nothing_behind(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a state without a mail, nor a mail without a state."""

    def broken(*args: object, **named: object) -> None:
        raise RuntimeError("the power goes")

    monkeypatch.setattr("issuer.badges.news.record_act", broken)
    with pytest.raises(RuntimeError):
        list(change_many(errand(office), REVOKE, seen(office, 1)))
    assert verdict(office, 1) is Verdict.VALID
    assert counted(office, StatusChangeRecord) == counted(office, MailRecord) == 0


def test_a_correction_brings_its_successor_with_it(office: Office) -> None:
    """One mail with the new badge, one entry that names both, the actor on file; a neighbour's badge is not here."""
    with transaction(office.sessions) as session:
        old = session.get_one(IssuedCredentialRecord, 1)
        asked = Errand(actor=YLVA, provider=old.provider, desk=office.desk, now=office.clock())
        why = (StatusReason.NAME_ERROR, " Married ")
        new = correct_badge(session, old.credential_id, Correction(family_name="Lind"), why, asked)
        assert (new.holder_name, new.name_folded) == ("N0 Lind", "lind n0")
        with pytest.raises(NotHere):
            correct_badge(
                session,
                session.get_one(IssuedCredentialRecord, 5).credential_id,
                Correction(family_name="Lind"),
                why,
                asked,
            )
        with pytest.raises(NotHere):
            change_badge(session, "urn:uuid:00000000-0000-4000-8000-000000000000", REVOKE, asked)
        new_id = new.credential_id
    with reading(office.sessions) as session:
        change = session.scalars(select(StatusChangeRecord)).one()
        assert (change.act, change.note, change.by) == ("superseded", "Married", "staff:1")
        assert session.scalars(select(MailRecord.kind)).all() == [MailKind.SUPERSEDED]
        entry = session.scalars(select(AuditEntryRecord).where(AuditEntryRecord.act == "credential_superseded")).one()
        assert entry.facts == {"reason": "name_error", "successor": new_id}


def test_other_needs_words() -> None:
    """Spaces are none."""
    with pytest.raises(ReasonNeedsNote):
        Order(deed=Deed.REVOKE, reason=StatusReason.OTHER, note="  ")


def test_a_form_is_read_as_it_was_written() -> None:
    """Each badge once; what is none is left out; too many, and none, are refused with words."""
    some = [SeenBadge(3, 0), SeenBadge(12, 7)]
    assert read_seen(write_seen(some)) == some
    assert read_seen("3:0,x,12:7,-1:0,0:0,²:1,12:7,") == some
    with pytest.raises(NothingChosen):
        read_seen("x")
    with pytest.raises(TooManyAtOnce, match=str(MOST)):
        read_seen(",".join(f"{each}:0" for each in range(1, MOST + 2)))


def test_the_command_line_acts_as_itself(office: Office) -> None:
    """Its label is on file, and the learner is told too."""
    with transaction(office.sessions) as session:
        record = session.get_one(IssuedCredentialRecord, 1)
        change_badge(
            session,
            office.desk.link(record.token),
            REVOKE,
            Errand(actor=COMMAND, provider=record.provider, desk=office.desk, now=office.clock()),
        )
    with reading(office.sessions) as session:
        assert session.scalars(select(StatusChangeRecord.by)).one() == "command"
    assert counted(office, MailRecord) == 1
