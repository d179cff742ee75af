"""Searching issued badges: every kind of question to 100,000 badges of one provider, with the rows at full length.

SQLite in a folder of its own; PostgreSQL too when VOLTPASS_TEST_DATABASE_URL names a database that may be emptied.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from time import perf_counter

sys.path.insert(0, str(Path(__file__).parents[1]))

from sqlalchemy import text

from issuer.alliance.figures import Scope, count_figures
from issuer.badges.lines import read_lines
from issuer.badges.renewals import Horizon, renewals_due
from issuer.badges.search import BadgeOrder, BadgeSearch, BadgeState, count_badges, find_badges
from issuer.catalogue.find import get_provider
from issuer.catalogue.load import load_catalogue
from issuer.database import reading, transaction
from issuer.office import Office, open_office
from issuer.records import Record
from tests.demo_files import NOW, TERMS, demo_catalogue
from tests.many_badges import put_badges
from tests.office import Clock, settings_for

BADGES = int(os.environ.get("BADGES", "100000"))
TEXT_BYTES = 6_500
PAGE = 50
ROUNDS = 7
PROVIDER = "vbk-goteborg"

QUESTIONS = {
    "everything, newest first": BadgeSearch(),
    "everything by name": BadgeSearch(order=BadgeOrder.NAME),
    "everything by end of validity": BadgeSearch(order=BadgeOrder.EXPIRY),
    "a common name": BadgeSearch(text="asa oberg"),
    "a rare name": BadgeSearch(text="77001"),
    "a name nobody has": BadgeSearch(text="quasimodo"),
    "an address": BadgeSearch(text="learner4711@vbk-goteborg.example"),
    "part of an address": BadgeSearch(text="learner4711@vbk"),
    "a reference": BadgeSearch(text="r4711"),
    "an id": BadgeSearch(text="urn:uuid:00000001-0000-4000-8000-000000001267"),
    "one achievement": BadgeSearch(achievement="VLT-HV1"),
    "one programme, by name": BadgeSearch(programme="PASS", order=BadgeOrder.NAME),
    "suspended": BadgeSearch(state=BadgeState.SUSPENDED),
    "lapsed in one month": BadgeSearch(
        state=BadgeState.LAPSED, completed_from=date(2024, 11, 1), completed_to=date(2024, 11, 30)
    ),
    "all at once": BadgeSearch(text="novak", achievement="VLT-HV1", state=BadgeState.VALID, order=BadgeOrder.NAME),
}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        measure("SQLite", opened(Path(folder), None))
        address = os.environ.get("VOLTPASS_TEST_DATABASE_URL", "")
        if "test" in address:
            measure("PostgreSQL", opened(Path(folder), address))


def opened(folder: Path, address: str | None) -> Office:
    settings = settings_for(folder)
    if address:
        settings = replace(settings, database_url=address)
    office = open_office(settings, clock=Clock())
    if address:
        Record.metadata.drop_all(office.sessions.engine)
        with office.sessions.engine.begin() as connection:
            connection.execute(text("DROP TABLE IF EXISTS alembic_version"))
        office = open_office(settings, clock=Clock())
    with transaction(office.sessions) as session:
        load_catalogue(session, demo_catalogue(), TERMS)
        put_badges(session, PROVIDER, BADGES, now=NOW, text_bytes=TEXT_BYTES)
        put_badges(session, "ota-ostalb", BADGES // 10, now=NOW, text_bytes=TEXT_BYTES)
    return office


def measure(name: str, office: Office) -> None:
    print(f"{name}: {BADGES} badges; median and worst of {ROUNDS} in milliseconds: a page of {PAGE}, and the count")
    with reading(office.sessions) as session:
        provider = get_provider(session, PROVIDER).id
        for said, asked in QUESTIONS.items():

            def page(asked: BadgeSearch = asked) -> int:
                found = find_badges(session, provider, asked, now=NOW, limit=PAGE)
                return len(read_lines(session, found.record_ids, office.desk, now=NOW))

            def count(asked: BadgeSearch = asked) -> int:
                return count_badges(session, provider, asked, now=NOW)

            print(f"  {said:32}{timed(page)}   {timed(count)}   {count():6} found")

        def middle() -> int:
            after = find_badges(session, provider, BadgeSearch(), now=NOW, limit=BADGES // 2).after
            started = perf_counter()
            find_badges(session, provider, BadgeSearch(), now=NOW, limit=PAGE, after=after)
            print(f"  a page in the middle: {(perf_counter() - started) * 1000:.1f}")
            return 0

        middle()
        due = timed(lambda: len(renewals_due(session, provider, Horizon.IN_90, now=NOW)))
        print(f"  {'what expires in 90 days':32}{due}")
        scope = Scope(provider_slug=PROVIDER, completed_from=NOW.date() - timedelta(days=365))
        print(f"  {'the report of a year':32}{timed(lambda: count_figures(session, scope).certifications)}")


def timed(act: Callable[[], int]) -> str:
    act()
    times = []
    for _ in range(ROUNDS):
        started = perf_counter()
        act()
        times.append((perf_counter() - started) * 1000)
    return f"{median(times):8.1f} ({max(times):6.1f})"


if __name__ == "__main__":
    main()
