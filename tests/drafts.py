"""A complete draft, people of two providers and of the office, and the way of a draft in one line."""

from __future__ import annotations

from sqlalchemy import select

from issuer.accounts.actor import Actor
from issuer.accounts.audit import verify_chain
from issuer.accounts.records import AuditEntryRecord
from issuer.accounts.roles import Role
from issuer.database import reading, transaction
from issuer.drafts.edit import (
    begin_draft,
)
from issuer.drafts.review import publish_draft, submit_draft
from issuer.drafts.wording import OutcomeRow, Wording
from issuer.office import Office
from tests.demo_files import NOW

PROVIDER = "vbk-goteborg"
OFFICE = "asa-demo-office"
EDITOR = Actor(label="staff:901", memberships={PROVIDER: frozenset({Role.EDITOR})})
VIEWER = Actor(label="staff:902", memberships={PROVIDER: frozenset({Role.VIEWER})})
REVIEWER = Actor(label="staff:903", memberships={OFFICE: frozenset({Role.EDITOR})})
COLLEAGUE = Actor(label="staff:904", memberships={OFFICE: frozenset({Role.APPROVER, Role.EDITOR})})
NEIGHBOUR = Actor(label="staff:905", memberships={"cfb-norte": frozenset({Role.ADMINISTRATOR})})

WORDING = Wording(
    code="VLT-BMS",
    programme="VOLTAGE",
    version="1.0",
    titles={"en": "Battery management systems", "sv": "Batteristyrsystem"},
    description="Explain and check a battery management system.",
    criteria="Pass the practical test.",
    outcomes=(OutcomeRow("Read out the state of a battery.", "", ("battery chemistry", "our own skill")),),
    eqf_level="4",
    hours="24",
    ects="1,5",
    assessment_types=("http://data.europa.eu/snb/assessment/6a4db9f11d",),
    participation="http://data.europa.eu/snb/learning-assessment/e92d221e4d",
    supervision="supervised_onsite_id",
    prerequisites="vlt-hv1",
    scale="percent",
    pass_mark="60",
    stackability="stackable",
    study_field="0714 Electronics and automation",
    validity_months="24",
    course_url="https://skills-hub.example/courses/4711",
    course_number="4711",
)


def begun(office: Office, wording: Wording = WORDING, actor: Actor = EDITOR, provider: str = PROVIDER) -> int:
    """A draft with these words; its number."""
    with transaction(office.sessions) as session:
        return begin_draft(session, actor, provider, wording=wording, now=NOW).id


def submitted(office: Office, wording: Wording = WORDING) -> int:
    """A draft in review."""
    number = begun(office, wording)
    with transaction(office.sessions) as session:
        submit_draft(session, EDITOR, PROVIDER, number, 1, now=NOW)
    return number


def published(office: Office, wording: Wording = WORDING) -> None:
    """A draft published by the office."""
    number = submitted(office, wording)
    with transaction(office.sessions) as session:
        publish_draft(session, REVIEWER, OFFICE, number, 1, now=NOW)


def acts(office: Office) -> list[str]:
    """What the audit log says happened, in order."""
    with reading(office.sessions) as session:
        assert verify_chain(session).is_whole
        return list(session.scalars(select(AuditEntryRecord.act).order_by(AuditEntryRecord.number)))
