"""The workshop: the office's work is done here and now, for tests and commands."""

from pathlib import Path

import pytest

from issuer.database import transaction
from issuer.office import Office
from issuer.work.handlers import Handlers
from issuer.work.outbox import Payload, WorkKind, put_work
from issuer.workshop import handlers_of, run_work
from tests.office import Clock, demo_office
from tests.work import KIND, counts, put


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    """An office where each piece of work puts the next smaller one on record."""
    office = demo_office(tmp_path)

    def one_less(payload: Payload) -> None:
        if payload["number"]:
            put(office.sessions, int(payload["number"]) - 1, now=office.clock())

    def handlers(_: Office) -> Handlers:
        return {KIND: one_less}

    monkeypatch.setattr("issuer.workshop.handlers_of", handlers)
    return office


def test_work_is_done_until_none_is_left(office: Office) -> None:
    """With what it puts on record itself; what waits for its time is left alone."""
    put(office.sessions, 2, 1, now=office.clock())
    with transaction(office.sessions) as session:
        put_work(session, KIND, {"number": 0}, now=office.clock(), run_at=Clock().advance(days=1))
    assert run_work(office) == 5
    assert run_work(office) == 0
    assert counts(office.sessions, office.clock()).waiting == 1


def test_work_is_done_as_far_as_asked_for(office: Office) -> None:
    """Only what is due now, or only so many pieces."""
    put(office.sessions, 2, 1, now=office.clock())
    assert run_work(office, until_idle=False) == 2
    assert run_work(office, limit=1) == 1
    assert run_work(office, until_idle=False, limit=5) == 2
    assert run_work(office) == 0


def test_every_kind_of_work_has_somebody_who_does_it(tmp_path: Path) -> None:
    """A kind without a handler would wait for ever."""
    assert set(handlers_of(demo_office(tmp_path))) == set(WorkKind)
