"""The workshop: which part of the office does which kind of work. Each domain adds one line."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from issuer.api.batches import BatchIssuer
from issuer.awards.records import IssuedCredentialRecord
from issuer.badges.ceremony import Reissuing, reissue_one
from issuer.batches.issue import Issuing, issue_chunk
from issuer.database import reading
from issuer.delivery.postman import open_postman
from issuer.delivery.reminders import send_reminders
from issuer.delivery.send import send_mail
from issuer.machines.calls import WebhookCaller
from issuer.machines.events import EventKind, announce_events
from issuer.machines.webhooks import Switchboard
from issuer.office import Office
from issuer.sweep import sweep
from issuer.work.handlers import Handlers
from issuer.work.leases import is_due
from issuer.work.outbox import WorkKind
from issuer.work.records import WorkRecord
from issuer.work.worker import Worker


def handlers_of(office: Office) -> Handlers:
    """What does each kind of work in this office; for instance ``WorkKind.SEND_MAIL: partial(send_mail, parts)``."""
    return {
        WorkKind.ISSUE_ROWS: partial(issue_chunk, _issuing(office)),
        WorkKind.SEND_MAIL: partial(send_mail, office, open_postman(office.settings.mail)),
        WorkKind.SEND_REMINDERS: partial(send_reminders, office),
        WorkKind.SWEEP: partial(sweep, office),
        WorkKind.REISSUE_BADGE: partial(reissue_one, _reissuing(office)),
        WorkKind.CALL_WEBHOOK: _webhook_caller(office),
        WorkKind.API_ITEMS: BatchIssuer(sessions=office.sessions, desk=office.desk, clock=office.clock),
    }


def _issuing(office: Office) -> Issuing:
    return Issuing(sessions=office.sessions, desk=office.desk, clock=office.clock, also_tell=(_tell_machines,))


def _tell_machines(session: Session, records: Sequence[IssuedCredentialRecord], now: datetime) -> None:
    for provider_id in {record.provider_id for record in records}:
        ids = [record.credential_id for record in records if record.provider_id == provider_id]
        announce_events(session, EventKind.ISSUED, provider_id, ids, now=now)


def _webhook_caller(office: Office) -> WebhookCaller:
    board = Switchboard.of(office.settings, office.desk.chance)
    return WebhookCaller(sessions=office.sessions, board=board, clock=office.clock, base_url=office.settings.base_url)


def _reissuing(office: Office) -> Reissuing:
    return Reissuing(sessions=office.sessions, desk=office.desk, clock=office.clock)


def worker_of(office: Office) -> Worker:
    """A worker with the office's clock and chance."""
    handlers = handlers_of(office)
    return Worker(office.sessions, lambda: handlers, clock=office.clock, chance=office.desk.chance)


def run_work(office: Office, *, until_idle: bool = True, limit: int | None = None) -> int:
    """Do what is due now, here, one after the other; says how many pieces were tried.

    ``until_idle`` includes what the work itself puts on record. Work that waits for its time is left alone.
    """
    if not until_idle:
        with reading(office.sessions) as session:
            due = session.scalar(select(func.count()).select_from(WorkRecord).where(is_due(office.clock()))) or 0
        limit = due if limit is None else min(due, limit)
    worker, tried = worker_of(office), 0
    while (limit is None or tried < limit) and worker.work_next():
        tried += 1
    return tried
