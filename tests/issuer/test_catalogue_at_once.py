"""Several people at the same draft at the same moment: one of them is first, the others are told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from issuer.accounts.audit import verify_chain
from issuer.catalogue.records import AchievementVersionRecord
from issuer.database import reading, transaction
from issuer.drafts.authorisations import authorise_provider
from issuer.drafts.edit import begin_version, save_draft
from issuer.drafts.records import DraftRecord
from issuer.drafts.review import publish_draft
from issuer.errors import IssuerError
from issuer.office import Office
from tests.demo_files import NOW
from tests.drafts import EDITOR, OFFICE, PROVIDER, REVIEWER, WORDING, begun, published, submitted
from tests.office import demo_office

WRITERS = 8


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """The demonstration's office."""
    return demo_office(tmp_path)


def all_at_once(office: Office, act: Callable[[Session, int], object]) -> Counter[str]:
    """Eight writers do the same; how each of them fared."""

    def attempt(number: int) -> str:
        try:
            with transaction(office.sessions) as session:
                act(session, number)
        except IssuerError as refusal:
            return refusal.code
        return "done"

    with ThreadPoolExecutor(WRITERS) as writers:
        return Counter(writers.map(attempt, range(WRITERS)))


def test_one_of_many_editors_saves(office: Office) -> None:
    """Every other one is told, and no text is mixed of two."""
    number = begun(office)

    def save(session: Session, writer: int) -> None:
        wording = replace(WORDING, hours=str(writer + 1), criteria=f"Wording {writer + 1}.")
        save_draft(session, EDITOR, PROVIDER, number, wording, 1, now=NOW)

    assert all_at_once(office, save) == {"done": 1, "draft_changed": WRITERS - 1}
    with reading(office.sessions) as session:
        kept = session.get_one(DraftRecord, number)
        assert kept.revision == 2
        assert kept.wording["criteria"] == f"Wording {kept.wording['hours']}."


def test_a_draft_is_published_once(office: Office) -> None:
    """Two reviewers with the same page open do not make two versions."""
    number = submitted(office)

    def publish(session: Session, writer: int) -> None:
        publish_draft(session, REVIEWER, OFFICE, number, 1, now=NOW)

    assert all_at_once(office, publish) == {"done": 1, "draft_not_open": WRITERS - 1}


def test_two_drafts_of_one_code_make_one_achievement(office: Office) -> None:
    """Whoever is published second is told that the code is taken."""
    numbers = [submitted(office) for _ in range(WRITERS)]

    def publish(session: Session, writer: int) -> None:
        publish_draft(session, REVIEWER, OFFICE, numbers[writer], 1, now=NOW)

    assert all_at_once(office, publish) == {"done": 1, "draft_incomplete": WRITERS - 1}
    with reading(office.sessions) as session:
        assert session.scalar(select(func.count()).select_from(AchievementVersionRecord)) == 14


def test_one_new_version_is_begun(office: Office) -> None:
    """A button pressed by two people, or twice, opens one draft."""

    def begin(session: Session, writer: int) -> None:
        begin_version(session, EDITOR, PROVIDER, "VLT-HV1", now=NOW)

    assert all_at_once(office, begin) == {"done": 1, "draft_already_open": WRITERS - 1}


def test_one_authorisation_is_granted(office: Office) -> None:
    """Periods never overlap, and the audit log stays whole."""
    published(office)

    def grant(session: Session, writer: int) -> None:
        authorise_provider(session, REVIEWER, OFFICE, "VLT-BMS", PROVIDER, NOW.date(), now=NOW)

    assert all_at_once(office, grant) == {"done": 1, "authorisation_refused": WRITERS - 1}
    with reading(office.sessions) as session:
        assert verify_chain(session).is_whole
