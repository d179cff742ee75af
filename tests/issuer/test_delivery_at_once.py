"""Two people press the same button at the same time: every learner gets one mail."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from issuer.accounts.actor import COMMAND
from issuer.awards.records import IssuedCredentialRecord
from issuer.awards.states import CredentialState
from issuer.catalogue.load import load_catalogue
from issuer.chance import Chance
from issuer.database import Sessions, reading, transaction
from issuer.delivery.acts import remind_some, resend, resend_some
from issuer.delivery.board import Asked
from issuer.delivery.records import DeliveryRecord, DeliveryState, MailRecord
from tests.demo_files import NOW, TERMS, demo_catalogue
from tests.many_badges import put_badges

PROVIDER = "vbk-goteborg"
COUNT = 12


def remind_all(session: Session) -> None:
    remind_some(session, COMMAND, PROVIDER, now=NOW, chance=Chance())


def resend_all(session: Session) -> None:
    resend_some(session, COMMAND, PROVIDER, Asked(), 0, now=NOW, chance=Chance())


def resend_one(session: Session) -> None:
    number = session.scalar(select(func.min(DeliveryRecord.id))) or 0
    resend(session, COMMAND, PROVIDER, number, now=NOW, chance=Chance())


@pytest.fixture
def sessions(sessions_of_both: Sessions) -> Sessions:
    """Badges whose mails went out a week ago; half of their links were opened."""
    with transaction(sessions_of_both) as session:
        load_catalogue(session, demo_catalogue(), TERMS)
        put_badges(session, PROVIDER, COUNT, now=NOW)
        for number, badge in enumerate(session.scalars(select(IssuedCredentialRecord))):
            badge.state = CredentialState.ISSUED
            session.add(
                DeliveryRecord(
                    credential_record_id=badge.id,
                    provider_id=badge.provider_id,
                    state=DeliveryState.OPENED if number % 2 else DeliveryState.SENT,
                    email=f"learner{number}@mail.example",
                    created_at=NOW - timedelta(days=7),
                    sent_at=NOW - timedelta(days=7),
                )
            )
    return sessions_of_both


def both_at_once(sessions: Sessions, act: Callable[[Session], None]) -> None:
    """The second begins while the first has not committed."""

    def second() -> None:
        with transaction(sessions) as session:
            act(session)

    other = threading.Thread(target=second)
    with transaction(sessions) as session:
        act(session)
        session.flush()
        other.start()
        other.join(timeout=1)  # it can only wait; without a lock it is through by now
    other.join()


@pytest.mark.parametrize(
    ("act", "mails"), [(remind_all, COUNT // 2), (resend_all, COUNT), (resend_one, 1)], ids=["remind", "resend", "one"]
)
def test_two_at_once_send_one_mail_each(sessions: Sessions, act: Callable[[Session], None], mails: int) -> None:
    """Whoever comes second sees what the first has done, on either database; opened links are no exception."""
    both_at_once(sessions, act)
    with reading(sessions) as session:
        counted = session.execute(select(MailRecord.delivery_id, func.count()).group_by(MailRecord.delivery_id)).all()
    assert [count for _, count in counted] == [1] * mails


def test_all_means_all_after_some_were_written_to(sessions: Sessions) -> None:
    """A part in which everybody was just written to is not taken for the end."""
    with transaction(sessions) as session:
        resend_one(session)
    with transaction(sessions) as session:
        count, after = resend_some(session, COMMAND, PROVIDER, Asked(), 0, now=NOW, chance=Chance())
        assert count == COUNT - 1
        assert after is not None
        assert resend_some(session, COMMAND, PROVIDER, Asked(), after, now=NOW, chance=Chance()) == (0, None)
