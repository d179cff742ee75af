"""Letters for learners without e-mail: one page each, with the claim link as a QR code and in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup
from sqlalchemy.orm import Session

from issuer.accounts.actor import Actor, authorise
from issuer.accounts.audit import AuditAct, record_act
from issuer.accounts.roles import Permission
from issuer.awards.states import CredentialState
from issuer.catalogue.find import programme_entry, provider_entry
from issuer.catalogue.records import ProviderRecord
from issuer.certificates.qr import qr_loops
from issuer.certificates.sheet import print_loose_sheets
from issuer.chance import Chance
from issuer.delivery.board import get_delivery
from issuer.delivery.claim_tokens import CLAIM_LIFE, claim_link, make_claim_link
from issuer.delivery.errors import AlreadyClaimed, BadgeNotInForce
from issuer.delivery.mail_facts import Sender, badge_facts
from issuer.delivery.mail_words import as_html, choose_language, mail_words
from issuer.delivery.records import DeliveryRecord, DeliveryState
from verifier.web.words import catalogue

AT_ONCE: Final = 100
"""Letters in one file: as many as are printed in some seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """The texts of one page, slot by slot."""

    language: str
    colour: str
    programme: str
    provider: str
    sender_lines: tuple[str, ...]
    day: str
    kicker: str
    title: str
    name: str
    hello: Markup
    lines: tuple[Markup, ...]
    link: str
    scan: str
    type: str
    until: Markup
    private: str
    foot: tuple[Markup, ...]

    @property
    def link_head(self) -> str:
        """The link up to its token."""
        return self.link.rpartition("/")[0] + "/"

    @property
    def link_tail(self) -> str:
        """The token, which is not broken where it has a hyphen."""
        return self.link.rpartition("/")[2]


def write_letters(
    session: Session,
    actor: Actor,
    provider_slug: str,
    numbers: Sequence[int],
    base_url: str,
    *,
    now: datetime,
    chance: Chance,
) -> list[Letter]:
    """Write the letters of these deliveries, each with a new link, and note that they were printed. No commit.

    Commit before the pages are set: setting takes long, and a letter nobody sees does no harm. Earlier letters stay
    good until their day. Raises NotHere, NotAllowed, AlreadyClaimed and BadgeNotInForce.
    """
    provider = authorise(session, actor, provider_slug, Permission.DELIVER)
    written = []
    for number in numbers:
        delivery = get_delivery(session, provider.id, number)
        _check_useful(delivery)
        token = make_claim_link(session, delivery, now=now, chance=chance)
        delivery.printed_at = now
        written.append(_letter(delivery, provider, claim_link(base_url, token), now))
        subject = delivery.credential.credential_id
        record_act(session, actor, AuditAct.LETTER_PRINTED, provider=provider, subject=subject, now=now)
    return written


def set_letters(letters: Sequence[Letter]) -> bytes:
    """The pages as one PDF; raises LinkTooLong when the address of this installation is too long for the code."""
    codes = [qr_loops(letter.link) for letter in letters]
    only = letters[0] if len(letters) == 1 else None
    title = f"{only.title}, {only.name}" if only else f"{len(letters)} letters"
    return print_loose_sheets(_template().render(letters=letters, title=title), codes)


def _check_useful(delivery: DeliveryRecord) -> None:
    if delivery.claimed_at is not None or delivery.state == DeliveryState.CLAIMED:
        raise AlreadyClaimed
    if delivery.credential.state in {CredentialState.REVOKED, CredentialState.SUPERSEDED}:
        raise BadgeNotInForce


def _letter(delivery: DeliveryRecord, provider: ProviderRecord, link: str, now: datetime) -> Letter:
    entry, sender = provider_entry(provider), Sender.of(provider)
    programme = programme_entry(delivery.credential.achievement_version.achievement.programme)
    language = choose_language(delivery.language, entry.languages)
    spoken, words = mail_words(language), catalogue(language)
    said = spoken.letter
    facts = badge_facts(delivery.credential, sender, words)
    facts |= {"until": words.date(now + CLAIM_LIFE), "contact": entry.email}
    place = entry.address
    lines = [place.street, " ".join(filter(None, (place.postal_code, place.city)))] if place else []
    city = f"{place.city}, " if place and place.city else ""
    foot = [as_html(said["contact"], facts)]
    if sender.is_demo:
        foot.append(as_html(spoken.texts["demo"], facts))
    return Letter(
        language=language,
        colour=programme.colour,
        programme=programme.code,
        provider=entry.legal_name,
        sender_lines=tuple(filter(None, (*lines, words.country(entry.country, None)))),
        day=f"{city}{words.date(now)}",
        kicker=said["kicker"],
        title=facts["title"],
        name=facts["name"],
        hello=as_html(said["hello"], facts),
        lines=tuple(as_html(line, facts) for line in said["lines"]),
        link=link,
        scan=said["scan"],
        type=said["type"],
        until=as_html(said["until"], facts),
        private=said["private"],
        foot=tuple(foot),
    )


@cache
def _template() -> Template:
    folder = str(files("templates") / "letter")
    environment = Environment(loader=FileSystemLoader(folder), undefined=StrictUndefined, autoescape=True)
    return environment.get_template("letter.html")
