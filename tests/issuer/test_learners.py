"""A learner is recognised by e-mail address or by the provider's own reference, never by a name."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from issuer.catalogue.find import get_provider
from issuer.catalogue.load import load_catalogue
from issuer.database import transaction
from issuer.learners.errors import LearnerConflict, LearnerUnknown
from issuer.learners.matching import Person, find_learner, keep_learner
from issuer.learners.records import LearnerRecord
from tests.demo_files import NOW, TERMS, demo_catalogue
from tests.office import migrated_database


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    """A writing session on a database with providers."""
    sessions = migrated_database(tmp_path)
    with transaction(sessions) as opened:
        load_catalogue(opened, demo_catalogue(), TERMS)
        yield opened


@pytest.fixture
def gothenburg(session: Session) -> int:
    """One provider."""
    return get_provider(session, "vbk-goteborg").id


@pytest.fixture
def braga(session: Session) -> int:
    """Another provider."""
    return get_provider(session, "cfb-norte").id


def keep(session: Session, provider: int, email: str | None, reference: str | None) -> LearnerRecord:
    number = session.scalar(select(func.count()).select_from(LearnerRecord))
    person = Person(email=email, reference=reference)
    return keep_learner(session, provider, person, lambda: f"urn:uuid:test-{number}", now=NOW)


def test_the_address_finds_a_person_in_every_providers_list(session: Session, gothenburg: int, braga: int) -> None:
    """Case and spaces around an address say nothing."""
    learner = keep(session, gothenburg, "asa.oberg@mail.example", "T001")
    assert keep(session, braga, " Asa.Oberg@Mail.example ", "77") is learner


def test_a_reference_belongs_to_its_provider(session: Session, gothenburg: int, braga: int) -> None:
    """T001 in Gothenburg and T001 in Braga are two people, until an address says otherwise."""
    learner = keep(session, gothenburg, None, "T001")
    assert keep(session, gothenburg, None, "T001") is learner
    assert keep(session, braga, None, "T001") is not learner


def test_an_address_given_later_is_kept(session: Session, gothenburg: int) -> None:
    """Somebody known by reference alone is found by the address from then on."""
    learner = keep(session, gothenburg, None, "T001")
    assert keep(session, gothenburg, "asa@mail.example", "T001") is learner
    assert keep(session, gothenburg, "asa@mail.example", None) is learner


def test_a_reference_with_another_address_is_a_question(session: Session, gothenburg: int) -> None:
    """A mistyped reference must not give one person's badge to another."""
    keep(session, gothenburg, "asa@mail.example", "T001")
    with pytest.raises(LearnerConflict, match="T001"):
        keep(session, gothenburg, "bjorn@mail.example", "T001")
    keep(session, gothenburg, "bjorn@mail.example", "T002")
    with pytest.raises(LearnerConflict, match="T001"):
        keep(session, gothenburg, "bjorn@mail.example", "T001")


def test_whom_somebody_recognised_is_meant(session: Session, gothenburg: int) -> None:
    """A person at the desk may say that the address has changed; the address on file does not move by itself."""
    learner = keep(session, gothenburg, "asa@mail.example", "T001")
    changed = Person(email="asa.new@mail.example", reference="T001", on_file=learner.id)
    assert keep_learner(session, gothenburg, changed, lambda: "urn:uuid:unused", now=NOW) is learner
    assert learner.email == "asa@mail.example"


def test_an_address_never_moves_to_another_person(session: Session, gothenburg: int) -> None:
    """Recognising somebody without an address does not give them an address that leads to somebody else."""
    keep(session, gothenburg, "shared@mail.example", "T001")
    other = keep(session, gothenburg, None, "T002")
    keep_learner(
        session,
        gothenburg,
        Person(email="shared@mail.example", reference="T002", on_file=other.id),
        lambda: "urn:uuid:unused",
        now=NOW,
    )
    assert other.email is None


def test_a_name_alone_identifies_nobody(session: Session, gothenburg: int) -> None:
    """Without address and reference there is nobody to find, and nobody to make."""
    with pytest.raises(LearnerUnknown):
        find_learner(session, gothenburg, Person(email=None, reference=None))
