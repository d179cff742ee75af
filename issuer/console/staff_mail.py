"""Mails to staff go into the outbox of deliveries like every other mail."""

from __future__ import annotations

from sqlalchemy.orm import Session

from issuer.accounts.post import Notice, Post
from issuer.delivery.addresses import read_address
from issuer.delivery.outbox import put_notice
from issuer.delivery.records import MailKind
from issuer.office import Office


def staff_post(office: Office) -> Post:
    """Puts notices into the office's outbox; raises AddressUnusable before anything is kept."""

    def post(session: Session, notice: Notice) -> None:
        facts = dict(notice.facts)
        if "link" in facts:
            facts["link"] = office.settings.base_url + facts["link"]
        put_notice(
            session,
            MailKind(notice.kind.value),
            address=str(read_address(notice.address)),
            language=None,
            facts=facts,
            provider=notice.provider,
            now=office.clock(),
            chance=office.desk.chance,
        )

    return post
