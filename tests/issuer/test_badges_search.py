"""Searching issued badges: what is found, in which order, page after page, also among many; names without accents."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event, select

from issuer.awards.award import award
from issuer.awards.records import IssuedCredentialRecord
from issuer.badges.search import (
    COUNTED_TO,
    BadgeOrder,
    BadgeSearch,
    BadgeState,
    count_badges,
    find_badges,
    state_today,
)
from issuer.catalogue.find import get_provider
from issuer.catalogue.load import load_catalogue
from issuer.database import Sessions, reading, transaction
from issuer.learners.folding import LONGEST, fold
from issuer.migrations import run
from tests.award_requests import ASA
from tests.demo_files import NOW, TERMS, demo_catalogue
from tests.many_badges import put_badges
from tests.office import demo_office

MANY = 700
PROVIDER = "vbk-goteborg"
_B = IssuedCredentialRecord


@pytest.fixture
def sessions(sessions_of_both: Sessions) -> Sessions:
    """Seven hundred badges of one provider, and some of another."""
    with transaction(sessions_of_both) as session:
        load_catalogue(session, demo_catalogue(), TERMS)
        put_badges(session, PROVIDER, MANY, now=NOW)
        put_badges(session, "ota-ostalb", 30, now=NOW)
    return sessions_of_both


def found(sessions: Sessions, asked: BadgeSearch, page: int = MANY) -> list[_B]:
    """All that was asked for, page after page."""
    records: list[_B] = []
    after: int | None = None
    with reading(sessions) as session:
        provider = get_provider(session, PROVIDER).id
        while True:
            some = find_badges(session, provider, asked, now=NOW, limit=page, after=after)
            records += [session.get_one(_B, each) for each in some.record_ids]
            if some.after is None:
                return records
            assert len(some.record_ids) == page
            after = some.after


KEYS = {
    BadgeOrder.NEWEST: lambda each: (each.completed_on, each.id),
    BadgeOrder.OLDEST: lambda each: (each.completed_on, each.id),
    BadgeOrder.EXPIRY: lambda each: (each.valid_until is None, each.valid_until or NOW, each.id),
}


def test_pages_have_everything_once_and_in_order(sessions: Sessions) -> None:
    """Whatever the order, also where many are alike, and where some have no end; ids of others begin from the start."""
    for order in BadgeOrder:
        whole = found(sessions, BadgeSearch(order=order))
        assert [each.id for each in found(sessions, BadgeSearch(order=order), page=37)] == [each.id for each in whole]
        assert len({each.id for each in whole}) == MANY
        if order in KEYS:
            assert whole == sorted(whole, key=KEYS[order], reverse=order is BadgeOrder.NEWEST)
    names = [each.name_folded for each in found(sessions, BadgeSearch(order=BadgeOrder.NAME))]
    assert names[0].startswith("bjorn")
    with reading(sessions) as session:
        provider = get_provider(session, PROVIDER).id
        foreign = session.scalars(select(_B.id).where(_B.provider_id != provider)).first()
        start = find_badges(session, provider, BadgeSearch(), now=NOW, limit=5)
        assert find_badges(session, provider, BadgeSearch(), now=NOW, limit=5, after=foreign) == start


def test_each_filter_finds_exactly_what_it_says(sessions: Sessions) -> None:
    """Held against the same question asked of every record."""
    everything = found(sessions, BadgeSearch())
    some = next(each for each in everything if each.valid_until and each.state == "issued")
    questions = {
        BadgeSearch(text="sorine"): lambda each: "Sørine" in each.given_name,
        BadgeSearch(text="MÜLLER Jürgen"): lambda each: (
            (each.given_name, each.family_name.split()[0]) == ("Jürgen", "Müller")
        ),
        BadgeSearch(text="ek 5"): lambda each: "ek" in each.name_folded and "5" in each.name_folded,
        BadgeSearch(text="learner41@vbk-goteborg.example"): lambda each: each.family_name.endswith(" 41"),
        BadgeSearch(text="r41"): lambda each: each.family_name.endswith(" 41"),
        BadgeSearch(text=some.credential_id.upper()): lambda each: each.id == some.id,
        BadgeSearch(text=some.credential_id.removeprefix("urn:uuid:")): lambda each: each.id == some.id,
        BadgeSearch(text="learner1@ota-ostalb.example"): lambda each: False,
        BadgeSearch(text="_"): lambda each: False,
        BadgeSearch(text="%"): lambda each: False,
        BadgeSearch(completed_from=date(2025, 5, 1), completed_to=date(2025, 5, 31)): lambda each: (
            (
                each.completed_on.year,
                each.completed_on.month,
            )
            == (2025, 5)
        ),
        BadgeSearch(expires_from=NOW, expires_before=NOW + timedelta(days=90)): lambda each: (
            each.valid_until and NOW <= each.valid_until < NOW + timedelta(days=90)
        ),
        BadgeSearch(batch=1): lambda each: False,
    }
    for state in BadgeState:
        questions[BadgeSearch(state=state)] = lambda each, state=state: (
            state_today(each.state, each.valid_until, now=NOW) is state
        )
    with reading(sessions) as session:
        provider = get_provider(session, PROVIDER).id
        for asked, holds in questions.items():
            expected = {each.id for each in everything if holds(each)}
            assert {each.id for each in found(sessions, asked)} == expected, asked
            assert count_badges(session, provider, asked, now=NOW) == len(expected)


def test_achievement_and_programme_are_found_in_every_version(sessions: Sessions) -> None:
    """By code; a code that does not exist finds nothing."""
    by_code = len(found(sessions, BadgeSearch(achievement="VLT-HV1")))
    by_programme = [len(found(sessions, BadgeSearch(programme=each))) for each in ("VOLTAGE", "PASS")]
    assert by_code == MANY // 13 + 1
    assert sum(by_programme) == MANY
    assert found(sessions, BadgeSearch(achievement="VLT-HV1", programme="PASS")) == []
    assert found(sessions, BadgeSearch(achievement="NONE")) == []


def test_a_long_list_is_counted_no_further_than_anybody_reads(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counting ends after the number that is shown."""
    assert COUNTED_TO == 10_000
    monkeypatch.setattr("issuer.badges.search.COUNTED_TO", 100)
    with reading(sessions) as session:
        assert count_badges(session, get_provider(session, PROVIDER).id, BadgeSearch(), now=NOW) == 101


def test_a_search_reads_an_index_and_no_row(sessions: Sessions) -> None:
    """SQLite would walk through the long sealed texts otherwise, which takes a hundred times as long."""
    if sessions.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL keeps long texts elsewhere")
    for asked in (BadgeSearch(), BadgeSearch(text="asa"), BadgeSearch(achievement="VLT-HV1", state=BadgeState.VALID)):
        plan = _plan(sessions, asked)
        assert any("COVERING INDEX ix_issued_credential_" in line for line in plan), plan
        assert not [line for line in plan if "issued_credential" in line and "COVERING" not in line], plan


def _plan(sessions: Sessions, asked: BadgeSearch) -> list[str]:
    statements: list[tuple[str, object]] = []

    def listen(*said: object) -> None:
        statements.append((str(said[2]), said[3]))

    event.listen(sessions.engine, "before_cursor_execute", listen)
    with reading(sessions) as session:
        find_badges(session, get_provider(session, PROVIDER).id, asked, now=NOW, limit=50)
    event.remove(sessions.engine, "before_cursor_execute", listen)
    statement, values = statements[-1]
    with sessions.engine.connect() as connection:
        return [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)]


@given(st.text(max_size=600))
def test_folding_is_stable_and_short(name: str) -> None:
    """Folded twice is folded once, whatever the letters, and it fits its column."""
    folded = fold(name)
    assert len(folded) <= LONGEST
    assert fold(folded) == folded
    assert fold(f"  {name} ") == folded


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("asa oberg", "Åsa Öberg"),
        ("STRASSE", "Straße"),
        ("lukasz walesa", "Łukasz Wałęsa"),
        ("ilhan yilmaz", "İlhan Yılmaz"),
        ("thordis gudmundsdottir", "Þórdís Guðmundsdóttir"),
        ("nguyen", "Nguyễn"),
        ("γιωργος", "Γιώργος"),
        ("o'brien", "O’Brien"),
        ("sorine", "Sørine"),
    ],
)
def test_a_keyboard_without_the_letters_will_do(typed: str, written: str) -> None:
    """What people type who do not have the letter."""
    assert fold(typed) == fold(written)


def test_names_on_file_before_are_found_too(tmp_path: Path) -> None:
    """The migration fills the column for what was issued; going back and forth loses nothing."""
    office = demo_office(tmp_path)
    with transaction(office.sessions) as session:
        record = award(session, ASA, office.desk, now=office.clock())
        assert record.name_folded == "oberg asa"
    config = Config()
    config.set_main_option("script_location", str(Path(run.__file__).parent))
    with office.sessions.writing_engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0009")
        command.upgrade(config, "0010")
    with reading(office.sessions) as session:
        assert session.scalars(select(_B.name_folded)).all() == ["oberg asa"]
    office.sessions.engine.dispose()


def test_the_state_of_today_knows_the_calendar() -> None:
    """Running out is no act: it is found when somebody looks."""
    ends = datetime(2026, 11, 22, 9, 30, tzinfo=NOW.tzinfo)
    assert state_today("issued", ends, now=ends) is BadgeState.VALID
    assert state_today("issued", ends, now=ends + timedelta(seconds=1)) is BadgeState.LAPSED
    assert state_today("revoked", ends, now=ends + timedelta(days=1)) is BadgeState.REVOKED
    assert state_today("superseded", None, now=ends) is BadgeState.REPLACED
