"""What a mail or a letter tells, gathered from the files: who, which badge, why, the link and how long it is good."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session, object_session

from issuer.awards.records import IssuedCredentialRecord
from issuer.catalogue.find import achievement_entry, programme_entry, provider_entry
from issuer.catalogue.records import ProviderRecord
from issuer.delivery.addresses import AddressUnusable, MailAddress, read_address
from issuer.delivery.claim_tokens import CLAIM, claim_hash, claim_link
from issuer.delivery.mail_words import choose_language, mail_words
from issuer.delivery.records import ClaimLinkRecord, MailKind, MailRecord
from verifier.web.words import Words, catalogue

INK: Final = "#16202A"
"""Of mails that belong to no programme."""
HOUSE: Final = "Voltpass"
_OF_STATE: Final = frozenset({MailKind.REVOKED, MailKind.SUSPENDED, MailKind.REINSTATED})
"""No colour of a programme stands beside a verdict."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Everything in words, in one language; ``name`` is empty when nobody knows it."""

    language: str
    provider: str
    reply_to: MailAddress | None
    name: str
    link: str
    facts: Mapping[str, str]
    colour: str
    is_demo: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """The provider as it signs what it writes."""

    name: str
    reply_to: MailAddress | None
    languages: tuple[str, ...]
    is_demo: bool

    @classmethod
    def of(cls, record: ProviderRecord | None) -> Sender:
        """From the provider's entry; without one the house itself writes."""
        if record is None:
            return cls(name=HOUSE, reply_to=None, languages=(), is_demo=False)
        entry = provider_entry(record)
        return cls(
            name=entry.legal_name,
            reply_to=_usable(entry.email),
            languages=entry.languages,
            is_demo=entry.demo,
        )


def told_by(mail: MailRecord, base_url: str) -> Told:
    """The contents of a mail; its relations must be loadable."""
    sender = Sender.of(mail.provider)
    if mail.credential is None:
        return _of_the_desk(mail, sender)
    language = choose_language(mail.language, sender.languages)
    words = catalogue(language)
    facts = badge_facts(mail.credential, sender, words)
    token = mail.facts.get(CLAIM)
    if token is None:
        link = f"{base_url}/v/{mail.credential.token}"
    else:
        link = claim_link(base_url, token)
        facts["until"] = words.date(_end_of(mail, token))
    told = mail.credential.supersedes if token is not None and mail.kind == "superseded" else mail.credential
    if reason := _reason(told, mail.kind, words):
        facts["reason"] = reason
    return Told(
        language=language,
        provider=sender.name,
        reply_to=sender.reply_to,
        name=mail.credential.holder_name,
        link=link,
        facts=facts,
        colour=INK if mail.kind in _OF_STATE else _colour(mail.credential),
        is_demo=sender.is_demo,
    )


def badge_facts(record: IssuedCredentialRecord, sender: Sender, words: Words) -> dict[str, str]:
    """Whose badge it is, what it is called in the language of ``words``, and when it was earned."""
    entry = achievement_entry(record.achievement_version)
    return {
        "name": record.holder_name,
        "provider": sender.name,
        "title": entry.titles.get(words.language, entry.title),
        "date": words.date(_midday(record.completed_on)),
    }


def _of_the_desk(mail: MailRecord, sender: Sender) -> Told:
    """A mail to somebody who works here: its facts came with it."""
    language = choose_language(mail.language, sender.languages)
    words, said = catalogue(language), {name: str(value) for name, value in mail.facts.items()}
    spoken = mail_words(language)
    facts = {
        "provider": sender.name,
        "name": said.get("name", ""),
        "by": said.get("by") or spoken.say("by.somebody"),
        "role": ", ".join(spoken.say(f"role.{role}") for role in said.get("role", "").split(",") if role),
        "until": words.date(_midday(date.fromisoformat(said["until"]))) if "until" in said else "",
    }
    return Told(
        language=language,
        provider=sender.name,
        reply_to=None,
        name=facts["name"],
        link=said.get("link", ""),
        facts=facts,
        colour=INK,
        is_demo=sender.is_demo,
    )


def _end_of(mail: MailRecord, token: str) -> datetime:
    session = object_session(mail)
    assert isinstance(session, Session), "a mail is composed while its session is open"
    return session.scalars(
        select(ClaimLinkRecord.expires_at).where(ClaimLinkRecord.token_hash == claim_hash(token))
    ).one()


def _reason(record: IssuedCredentialRecord | None, act: str, words: Words) -> str | None:
    """Why it was changed, as the public page says it; nothing where "other" would say nothing."""
    if record is None:
        return None
    last = next((change for change in reversed(record.changes) if change.act == act), None)
    return None if last is None or last.reason == "other" else words.find(f"reason.{last.reason}")


def _colour(record: IssuedCredentialRecord) -> str:
    return programme_entry(record.achievement_version.achievement.programme).colour


def _usable(text: str) -> MailAddress | None:
    try:
        address = read_address(text)
    except AddressUnusable:
        return None
    return None if address.needs_smtputf8 else address


def _midday(day: date) -> datetime:
    return datetime.combine(day, time(12), tzinfo=UTC)
