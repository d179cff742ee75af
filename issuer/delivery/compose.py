"""From a mail on record to the bytes of a message: the same at every attempt, so that a second copy is known as one."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from email.generator import BytesGenerator
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from functools import cache
from importlib.resources import files
from io import BytesIO
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from issuer.delivery.addresses import MailAddress, read_address
from issuer.delivery.mail_facts import Told, told_by
from issuer.delivery.mail_words import as_html, as_plain, mail_words
from issuer.delivery.records import MailKind, MailRecord

STAFF_KINDS: Final = {MailKind.INVITATION: "from.staff", MailKind.PASSWORD: "from.desk"}
"""Mails to people who work at a desk, with the key of why they get one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """A message ready to be handed over; ``envelope_id`` comes back in the report of a server that cannot deliver."""

    sender: MailAddress
    recipient: MailAddress
    envelope_id: str
    message: bytes


def compose(mail: MailRecord, sender: MailAddress, base_url: str) -> Envelope:
    """Write the message; raises AddressUnusable. Its relations must be loadable.

    The Message-ID and the boundary come from the mail's token, the date from when it was put into the outbox.
    """
    recipient = read_address(mail.address)
    told = told_by(mail, base_url)
    message = EmailMessage(policy=SMTPUTF8 if recipient.needs_smtputf8 else SMTP)
    message["Date"] = mail.created_at.replace(microsecond=0)
    message["From"] = Address(_one_line(told.provider), sender.local, sender.domain)
    if told.reply_to:
        message["Reply-To"] = Address(_one_line(told.provider), told.reply_to.local, told.reply_to.domain)
    message["To"] = Address(_one_line(told.name), recipient.local, recipient.domain)
    subject, plain, html = _written(MailKind(mail.kind), told)
    message["Subject"] = _one_line(subject)
    message["Message-ID"] = f"<{mail.message_token}@{sender.domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(plain, cte="quoted-printable")
    message.add_alternative(html, subtype="html", cte="quoted-printable")
    message["Content-Language"] = told.language
    message.set_boundary(f"=_{mail.message_token}")
    written = BytesIO()
    BytesGenerator(written, policy=message.policy).flatten(message)
    return Envelope(sender=sender, recipient=recipient, envelope_id=mail.message_token, message=written.getvalue())


def write_html(mail: MailRecord, base_url: str) -> str:
    """The HTML part alone, to be looked at."""
    return _written(MailKind(mail.kind), told_by(mail, base_url))[2]


def _written(kind: MailKind, told: Told) -> tuple[str, str, str]:
    """Subject, plain text and HTML."""
    words = mail_words(told.language)
    said = words.of_kind(kind)
    facts = told.facts
    after = [key for key in said["after"] if key != "reason" or "reason" in facts]
    small = [STAFF_KINDS.get(kind, "from"), "questions" if told.reply_to else "questions.elsewhere", "quiet"]
    if kind in STAFF_KINDS:
        small.remove("questions" if told.reply_to else "questions.elsewhere")
    if told.is_demo:
        small.insert(0, "demo")
    sentences = {
        "heading": said["heading"],
        "hello": words.texts["hello" if told.name else "hello.nobody"],
        "lines": said["lines"],
        "button": said["button"],
        "copy": words.texts["copy"],
        "after": words.sentences(after),
        "small": words.sentences(small),
    }
    subject = str(said["subject"]).format(**facts)
    fixed = {"language": told.language, "link": told.link, "colour": told.colour, "provider": told.provider}
    plain = _template("mail.txt").render(**fixed, **_filled(sentences, facts, as_plain))
    html = _template("mail.html").render(**fixed, subject=subject, **_filled(sentences, facts, as_html))
    return subject, plain, html


def _filled(sentences: Mapping[str, Any], facts: Mapping[str, str], fill: Any) -> dict[str, Any]:
    return {
        name: fill(said, facts) if isinstance(said, str) else [fill(each, facts) for each in said]
        for name, said in sentences.items()
    }


def _one_line(text: str) -> str:
    """What may stand in a header: no line break, no control character, however it got into a name."""
    return " ".join("".join(" " if unicodedata.category(each)[0] in "CZ" else each for each in text).split())


@cache
def _template(name: str) -> Any:
    folder = str(files("templates") / "mail")
    environment = Environment(
        loader=FileSystemLoader(folder), undefined=StrictUndefined, autoescape=name.endswith(".html")
    )
    return environment.get_template(name)
