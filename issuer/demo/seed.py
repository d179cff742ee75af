"""The demonstration: invented providers, courses and people, 33 badges that hold and three that no longer do.

The three are specimens: further awards to people of the list who are in none of the four award files, marked as
specimens in the office's files and in the credentials themselves, and counted in no report. So the figures of the demo
stay what its four files say, and a revoked badge is really revoked.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Final

from sqlalchemy import select

from issuer.awards.issue import IssueState, issue_one, issue_rows, open_award_file, prepare_lists
from issuer.awards.reasons import StatusReason
from issuer.awards.request import AwardRequest
from issuer.awards.run import AwardRun
from issuer.awards.states import CredentialState
from issuer.awards.status_changes import revoke, suspend
from issuer.catalogue.load import CatalogueFiles, LoadTerms, load_catalogue, parse_file
from issuer.catalogue.records import ProviderRecord
from issuer.database import transaction
from issuer.demo.data import AWARD_FILES, CATALOGUE, DEMO, TRAINEES, demo_digest, read_demo_file
from issuer.demo.links import DemoIncomplete
from issuer.demo.records import SeedingRecord
from issuer.demo.staff import keep_demo_staff
from issuer.learners.matching import Person, keep_learner
from issuer.office import Office
from issuer.signing.provider_keys import create_keys, in_use_thumbprints

AUTHORISED_FROM: Final = datetime(2024, 1, 1, tzinfo=UTC)
_SPECIMENS_BY: Final = "ota-ostalb"
_SPECIMENS: Final = (("T010", date(2024, 6, 14)), ("T051", date(2026, 9, 18)), ("T060", date(2026, 9, 18)))
"""Who gets a specimen of VLT-HV1, which holds for 24 months: one that has run out, one to revoke, one to suspend."""


def seed_demo(office: Office) -> None:
    """Load and issue the demonstration; goes on where it was stopped, and what is done is not done again."""
    load_demo(office)
    for provider, name in AWARD_FILES:
        _issue(office, provider, name)
    _issue_specimens(office)
    with transaction(office.sessions) as session:
        session.merge(SeedingRecord(name=DEMO, digest=demo_digest(), done_at=office.clock()))
    office.policy()  # has the trust list signed and filed


def load_demo(office: Office) -> None:
    """Load programmes, achievements, providers with keys, and people; nothing is issued. Safe to repeat."""
    providers, programmes, achievements = (parse_file(name, read_demo_file(name)) for name in CATALOGUE)
    found = CatalogueFiles(providers=providers, programmes=programmes, achievements=achievements)
    now = office.clock()
    terms = LoadTerms(base_url=office.settings.base_url, authorised_from=AUTHORISED_FROM, now=now)
    with transaction(office.sessions) as session:
        load_catalogue(session, found, terms)
        for provider in session.scalars(select(ProviderRecord).order_by(ProviderRecord.id)):
            if not in_use_thumbprints(session, provider.id):
                create_keys(session, provider, office.desk.keys, now=now)
        anybody = session.scalars(select(ProviderRecord.id).limit(1)).one()
        for trainee in _trainees():
            keep_learner(session, anybody, _person(trainee), office.desk.chance.urn, now=now)
        keep_demo_staff(session, office.settings, now=now)


def _issue(office: Office, provider: str, name: str) -> None:
    file = open_award_file(office.sessions, provider, read_demo_file(name), name, now=office.clock())
    for row in issue_rows(office.sessions, office.desk, file, office.clock):
        if row.state in {IssueState.ERROR, IssueState.NEEDS_ANSWER}:
            raise DemoIncomplete(f"{name}: {row.sentence}")


def _issue_specimens(office: Office) -> None:
    prepare_lists(office.sessions, office.desk, _SPECIMENS_BY, now=office.clock())
    run = AwardRun(office.desk)
    trainees = {trainee["trainee_ref"]: trainee for trainee in _trainees()}
    records = [
        issue_one(
            office.sessions,
            office.desk,
            run,
            _specimen(trainees[reference], completed_on),
            now=office.clock(),
            is_specimen=True,
        )[0]
        for reference, completed_on in _SPECIMENS
    ]
    _, to_revoke, to_suspend = records
    with transaction(office.sessions) as session:
        now = office.clock()
        if to_revoke.state == CredentialState.ISSUED:
            revoke(session, to_revoke.credential_id, StatusReason.WRONG_RESULT, office.desk, now=now, note="Demo")
        if to_suspend.state == CredentialState.ISSUED:
            suspend(session, to_suspend.credential_id, StatusReason.SAFETY, office.desk, now=now, note="Demo")


def _specimen(trainee: dict[str, str], completed_on: date) -> AwardRequest:
    return AwardRequest(
        provider_slug=_SPECIMENS_BY,
        achievement_code="VLT-HV1",
        given_name=trainee["given_name"],
        family_name=trainee["family_name"],
        completed_on=completed_on,
        email=trainee["email"],
        trainee_ref=trainee["trainee_ref"],
        result="Pass",
        assessor="Mehmet Yıldız",
        language=trainee["preferred_language"],
    )


def _person(trainee: dict[str, str]) -> Person:
    return Person(
        email=trainee["email"],
        reference=None,
        language=trainee["preferred_language"] or None,
        name_latin=trainee["name_latin"] or None,
        country=trainee["country"] or None,
        nuts_code=trainee["nuts_region"] or None,
    )


def _trainees() -> Iterator[dict[str, str]]:
    return iter(csv.DictReader(io.StringIO(read_demo_file(TRAINEES).decode("utf-8-sig"))))
