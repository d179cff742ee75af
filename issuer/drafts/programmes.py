"""Programmes as data: add one, change one, close one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from issuer.accounts.actor import Actor, NotHere, authorise
from issuer.accounts.audit import AuditAct, record_act
from issuer.accounts.roles import Permission
from issuer.catalogue.achievement_entry import CODE
from issuer.catalogue.entry import Entry
from issuer.catalogue.errors import MalformedCatalogue
from issuer.catalogue.find import programme_entry
from issuer.catalogue.provider_entry import ProgrammeEntry
from issuer.catalogue.records import ProgrammeRecord, ProviderRecord
from issuer.certificates.errors import IncompleteLook
from issuer.certificates.look import check_accent
from issuer.drafts.errors import ProgrammeRefused

_FUNDED: Final = "Erasmus"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgrammeForm:
    """A programme as typed."""

    code: str = ""
    title: str = ""
    kind: str = ""
    colour: str = "#1D4E89"
    funding_notice: str = ""
    two_person_rule: bool = True


def programme_form(record: ProgrammeRecord) -> ProgrammeForm:
    """A programme on file as its form shows it."""
    entry = programme_entry(record)
    return ProgrammeForm(
        code=entry.code,
        title=entry.title,
        kind=entry.kind,
        colour=entry.colour,
        funding_notice=(entry.funding_notice or {}).get("en", ""),
        two_person_rule=entry.two_person_rule,
    )


def programmes_of(session: Session, owner: ProviderRecord) -> Sequence[ProgrammeRecord]:
    """The programmes of this owner, in the order in which they were added."""
    return session.scalars(
        select(ProgrammeRecord).where(ProgrammeRecord.owner_id == owner.id).order_by(ProgrammeRecord.id)
    ).all()


def open_programmes(session: Session) -> Sequence[ProgrammeRecord]:
    """Every programme that takes new achievements, by code."""
    return session.scalars(
        select(ProgrammeRecord).where(ProgrammeRecord.is_closed.is_(False)).order_by(ProgrammeRecord.code)
    ).all()


def find_programme(session: Session, owner: ProviderRecord, code: str) -> ProgrammeRecord:
    """A programme of this owner; raises NotHere."""
    record = session.scalar(
        select(ProgrammeRecord).where(ProgrammeRecord.code == code, ProgrammeRecord.owner_id == owner.id)
    )
    if record is None:
        raise NotHere
    return record


def add_programme(
    session: Session, actor: Actor, owner_slug: str, form: ProgrammeForm, *, now: datetime
) -> ProgrammeRecord:
    """A new programme of this owner; raises ProgrammeRefused."""
    owner = authorise(session, actor, owner_slug, Permission.REVIEW_CATALOGUE)
    code = form.code.strip().upper()
    slips = _slips(form)
    if not CODE.fullmatch(code):
        slips["code"] = "Write a code of 2 to 32 capital letters, digits and hyphens, such as TRIREME."
    elif session.scalar(select(ProgrammeRecord.id).where(ProgrammeRecord.code == code)) is not None:
        slips["code"] = f"There is a programme {code} already; choose another code."
    if slips:
        raise ProgrammeRefused(slips)
    record = ProgrammeRecord(code=code, owner_id=owner.id, is_closed=False, demo=owner.demo)
    _put(record, owner, form, {"code": code, "demo": owner.demo})
    session.add(record)
    session.flush()
    _record(session, actor, AuditAct.PROGRAMME_ADDED, owner, record, now=now)
    return record


def change_programme(
    session: Session, actor: Actor, owner_slug: str, code: str, form: ProgrammeForm, *, now: datetime
) -> ProgrammeRecord:
    """Change everything but the code, which credentials repeat; raises NotHere and ProgrammeRefused."""
    owner = authorise(session, actor, owner_slug, Permission.REVIEW_CATALOGUE)
    record = find_programme(session, owner, code)
    if slips := _slips(form):
        raise ProgrammeRefused(slips)
    _put(record, owner, form, dict(record.details))
    _record(session, actor, AuditAct.PROGRAMME_CHANGED, owner, record, now=now)
    return record


def close_programme(session: Session, actor: Actor, owner_slug: str, code: str, *, now: datetime) -> ProgrammeRecord:
    """Nothing new is awarded from now on; badges go on verifying. Closing again changes nothing. Raises NotHere."""
    owner = authorise(session, actor, owner_slug, Permission.REVIEW_CATALOGUE)
    record = find_programme(session, owner, code)
    if not record.is_closed:
        record.is_closed = True
        record.details = {**record.details, "closed": True}
        _record(session, actor, AuditAct.PROGRAMME_CLOSED, owner, record, now=now)
    return record


def _slips(form: ProgrammeForm) -> dict[str, str]:
    slips = {}
    if not form.title.strip():
        slips["title"] = "Write the programme's full title."
    if not form.kind.strip():
        slips["kind"] = "Write what kind of programme it is, such as Erasmus+."
    try:
        check_accent("colour", form.colour.strip())
    except IncompleteLook as refusal:
        slips["colour"] = f"{refusal} Choose a darker colour, such as #1D4E89."
    if _FUNDED in form.kind and not form.funding_notice.strip():
        slips["funding_notice"] = "An Erasmus+ programme has to show the notice of its funding; write it in English."
    return slips


def _put(record: ProgrammeRecord, owner: ProviderRecord, form: ProgrammeForm, details: dict[str, Any]) -> None:
    said = {name: " ".join(value.split()) for name, value in asdict(form).items() if isinstance(value, str)}
    notice = {**(details.get("funding_notice") or {}), "en": said["funding_notice"]} if said["funding_notice"] else None
    details |= {"title": said["title"], "kind": said["kind"], "owner": owner.slug, "colour": said["colour"]}
    details |= {"funding_notice": notice, "two_person_rule": form.two_person_rule}
    try:
        entry = ProgrammeEntry.from_json(Entry.of("programme", "$", details))
    except MalformedCatalogue as refusal:
        name = refusal.path.removeprefix("$.").partition(".")[0]
        raise ProgrammeRefused({name: f"{name.capitalize()}: {refusal.reason}."}) from refusal
    record.title, record.details = entry.title, details


def _record(
    session: Session, actor: Actor, act: AuditAct, owner: ProviderRecord, record: ProgrammeRecord, *, now: datetime
) -> None:
    facts = {"two_person_rule": str(record.details.get("two_person_rule", True)).lower()}
    record_act(session, actor, act, provider=owner, subject=f"programme:{record.code}", facts=facts, now=now)
