"""What mails say: in five languages, as text and as HTML, with one link, and nothing a stranger could slip in."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from email import message_from_bytes
from email.header import decode_header, make_header
from email.policy import compat32, default
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path

import pytest

from issuer.accounts.roles import Role
from issuer.awards.find import find_by_credential_id
from issuer.awards.reasons import StatusReason
from issuer.awards.status_changes import reinstate, revoke, suspend
from issuer.awards.supersede import Correction, supersede
from issuer.database import reading, transaction
from issuer.delivery.addresses import AddressUnusable, read_address
from issuer.delivery.compose import compose
from issuer.delivery.mail_words import LANGUAGES, as_plain, choose_language, mail_words
from issuer.delivery.outbox import announce_change, find_delivery, put_claim_mail, put_notice
from issuer.delivery.records import MailKind, MailRecord
from issuer.office import Office
from issuer.workshop import run_work
from tests.deliveries import SENDER, announced, claim_path, mailing_office, texts_of
from tests.demo_files import BASE_URL, demo_bytes
from tests.mail_server import mail_server

NAMES = {
    "en": "High-voltage safety awareness",
    "sv": "Grundläggande högspänningssäkerhet",
    "de": "Sensibilisierung für Hochvoltsicherheit",
    "pt": "Sensibilização para a segurança em alta tensão",
    "cs": "Základy bezpečnosti práce s vysokým napětím",
}
DAYS = {
    "en": ("16 October 2026", "20 February 2027"),
    "sv": ("16 oktober 2026", "20 februari 2027"),
    "de": ("16. Oktober 2026", "20. Februar 2027"),
    "pt": ("16 de outubro de 2026", "20 de fevereiro de 2027"),
    "cs": ("16. října 2026", "20. února 2027"),
}


class Links(HTMLParser):
    """Everything in a page that leads or loads."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.tags: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value or "" for name, value in attrs if name in {"href", "src", "background", "action"}]


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return mailing_office(tmp_path)


def _composed(office: Office) -> Iterator[tuple[MailRecord, str, str]]:
    """Every mail on file with its two texts, in the order in which they were written."""
    with reading(office.sessions) as session:
        for mail in session.query(MailRecord).order_by(MailRecord.id):
            message = message_from_bytes(compose(mail, SENDER, BASE_URL).message, policy=default)
            yield mail, *texts_of(message)  # type: ignore[arg-type]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_mail_speaks_the_learners_language(office: Office, language: str) -> None:
    """Provider, badge, why, one link, how long it is good: all in the text, and the same in the HTML."""
    announced(office, language=language)
    ((mail, plain, html),) = _composed(office)
    link = f"{BASE_URL}/me/claim/{mail.facts['claim']}"
    for said in ("Västsvenskt Batterikompetenscentrum (demo) AB", NAMES[language], "Åsa Öberg", *DAYS[language]):
        assert said in plain
        assert said in html
    assert re.findall(r"https?://\S+", plain) == [link]
    page = Links(html)
    assert page.links == [link]
    assert not page.tags & {"img", "script", "link", "iframe", "form", "object"}
    assert f'<html lang="{language}">' in html
    assert "url(" not in html


def test_the_words_are_complete_in_every_language() -> None:
    """Each language has every sentence of the English words, with the same facts in it."""

    def facts(said: object) -> dict[str, object]:
        if isinstance(said, dict):
            return {key: facts(value) for key, value in said.items()}
        return {"facts": sorted(set(re.findall(r"{(\w+)}", json.dumps(said))))}

    def sentences(language: str) -> dict[str, object]:
        loaded = json.loads(files("templates").joinpath("mail", "words", f"{language}.json").read_text("utf-8"))
        for kind in loaded["kinds"].values():
            kind["after"] = ",".join(kind["after"])
        return loaded  # type: ignore[no-any-return]

    english = sentences("en")
    assert set(english["kinds"]) == {kind.value for kind in MailKind}  # type: ignore[call-overload]
    for language in LANGUAGES:
        spoken = sentences(language)
        assert facts(spoken) == facts(english), language
        assert "!" not in json.dumps(spoken, ensure_ascii=False), "no exclamation marks"
        assert all(spoken[f"role.{role}"] for role in Role)


def test_the_language_falls_back_in_steps() -> None:
    """Learner's language, else the provider's first that mails are written in, else English."""
    assert choose_language("sv-FI", ("de",)) == "sv"
    assert choose_language("pt_BR", ("de",)) == "pt"
    assert choose_language("fi", ("fi", "cs", "en")) == "cs"
    assert choose_language(None, ("sv",)) == "sv"
    assert choose_language("ka", ()) == "en"


def test_every_kind_of_mail_can_be_written(office: Office) -> None:
    """Withdrawn, suspended, given back, replaced, reminded, asked again: each has one link and says why."""
    credential_id = announced(office, language="en")
    now, desk = office.clock(), office.desk
    with transaction(office.sessions) as session:
        record = find_by_credential_id(session, credential_id)
        assert record is not None
        delivery = find_delivery(session, record)
        assert delivery is not None
        for kind in (MailKind.AGAIN, MailKind.REMINDER):
            put_claim_mail(session, delivery, kind, now=now, chance=desk.chance)
        suspend(session, credential_id, StatusReason.SAFETY, desk, now=now)
        announce_change(session, record, "suspended", now=now, chance=desk.chance)
        reinstate(session, credential_id, StatusReason.OTHER, desk, now=now, note="cleared")
        announce_change(session, record, "reinstated", now=now, chance=desk.chance)
        supersede(
            session, credential_id, StatusReason.NAME_ERROR, desk, now=now, correction=Correction(given_name="Asa")
        )
        announce_change(session, record, "superseded", now=now, chance=desk.chance)
        assert record.superseded_by is not None
        revoke(session, record.superseded_by.credential_id, StatusReason.WRONG_RESULT, desk, now=now)
        announce_change(session, record.superseded_by, "revoked", now=now, chance=desk.chance)
    told = {mail.kind: (plain, html) for mail, plain, html in _composed(office)}
    assert set(told) == {kind.value for kind in MailKind} - {"invitation", "password"}
    for kind, (plain, html) in told.items():
        assert len(set(Links(html).links)) == 1
        assert ("/me/claim/" in plain) == (kind in {"award", "again", "reminder", "superseded"})
    assert "Reason: safety." in told["suspended"][0]
    assert "Reason: the name was wrong." in told["superseded"][0]
    assert "Asa Öberg" in told["superseded"][0]
    assert "Reason: wrong result." in told["revoked"][0]
    assert "Reason" not in told["reinstated"][0], "other says nothing"


def test_a_replaced_badge_brings_its_successor(tmp_path: Path) -> None:
    """One mail tells of the correction and holds the link to claim the new badge; no second mail announces it."""
    with mail_server() as server:
        office = mailing_office(tmp_path, server)
        credential_id = announced(office, language="en")
        run_work(office)
        with transaction(office.sessions) as session:
            correction = Correction(family_name="Oberg")
            new = supersede(
                session, credential_id, StatusReason.NAME_ERROR, office.desk, now=office.clock(), correction=correction
            )
            assert new.supersedes is not None
            announce_change(session, new.supersedes, "superseded", now=office.clock(), chance=office.desk.chance)
            announce_change(session, new.supersedes, "superseded", now=office.clock(), chance=office.desk.chance)
        run_work(office)
        assert [str(mail["Subject"]) for mail in server.mails][1:] == [
            "Your corrected badge: High-voltage safety awareness"
        ]
        assert claim_path(server.mails[1]) != claim_path(server.mails[0])


def test_markup_in_a_name_stays_text(office: Office) -> None:
    """A name that looks like HTML is shown as it is written, and cannot become a tag."""
    announced(office, family_name='<img src="https://evil.example/x"> & <b>Öberg</b>')
    ((_, plain, html),) = _composed(office)
    assert '<img src="https://evil.example/x"> & <b>Öberg</b>' in plain
    assert "<b>" not in html
    assert "&lt;b&gt;" in html
    assert not Links(html).tags & {"img", "b"}


@pytest.mark.parametrize("name", ["Eve\r\nBcc: all@mail.example", "Eve\nX-Evil: 1", "Eve\u2028Bcc: x", "Eve\x00\x0b"])
def test_a_name_cannot_break_out_of_a_header(office: Office, name: str) -> None:
    """Whatever stands in a name, the message has the headers we gave it and no other."""
    with transaction(office.sessions) as session:
        mail = put_notice(
            session,
            MailKind.INVITATION,
            address="eve@mail.example",
            language="en",
            facts={"link": f"{BASE_URL}/console/x", "name": name, "until": "2026-12-01", "role": "viewer"},
            provider=None,
            now=office.clock(),
            chance=office.desk.chance,
        )
        message = message_from_bytes(compose(mail, SENDER, BASE_URL).message, policy=default)
    assert set(message.keys()) == {
        "Date", "From", "To", "Subject", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type",
        "Content-Language",
    }  # fmt: skip
    assert message["To"].addresses[0].addr_spec == "eve@mail.example"


@pytest.mark.slow
def test_every_trainee_is_addressed_by_name(office: Office) -> None:
    """All sixty names, in whatever script, stand in header, text and HTML as they are written."""
    for trainee in csv.DictReader(io.StringIO(demo_bytes("trainees.csv").decode())):
        announced(
            office,
            given_name=trainee["given_name"],
            family_name=trainee["family_name"],
            email=trainee["email"],
            trainee_ref=trainee["trainee_ref"],
            language=trainee["preferred_language"],
        )
    seen = set()
    for mail, plain, html in _composed(office):
        assert mail.credential is not None
        name = mail.credential.holder_name
        assert name in plain
        assert name in html.replace("&#39;", "'")
        # the parser for addresses sets a space between two halves of an encoded word; mail programs do not
        raw = message_from_bytes(compose(mail, SENDER, BASE_URL).message, policy=compat32)["To"]
        assert str(make_header(decode_header(raw))).partition("<")[0].strip('\r\n "') == name
        seen.add(mail.id)
    assert len(seen) == 60


def test_a_name_from_right_to_left_turns_nothing_round() -> None:
    """In plain text such a name is isolated, so that the comma after it stays after it."""
    assert as_plain("Hello {name},", {"name": "محمد"}) == "Hello \u2068محمد\u2069,"
    assert as_plain("Ask {name}.", {"name": "Norte, Lda."}) == "Ask Norte, Lda."
    assert mail_words("sv").say("role.editor") == "redaktör"


def test_the_bytes_are_the_same_each_time(office: Office) -> None:
    """A mail composed twice is the same message, so that a mailbox knows a second copy."""
    announced(office)
    with reading(office.sessions) as session:
        mail = session.query(MailRecord).one()
        assert compose(mail, SENDER, BASE_URL) == compose(mail, SENDER, BASE_URL)


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("a@bücher.example", "a@xn--bcher-kva.example"),
        ("a@straße.example", "a@xn--strae-oqa.example"),
        ("a@BÜCHER.Example", "a@xn--bcher-kva.example"),
        ("a@ελλάδα.example", "a@xn--hxakic4aa.example"),
        (" o'brien+x@mail.example ", "o'brien+x@mail.example"),
    ],
)
def test_a_domain_is_written_as_servers_know_it(typed: str, read: str) -> None:
    """Internationalised domains go out in ASCII (IDNA 2008: ß is a letter of its own)."""
    assert str(read_address(typed)) == read


@pytest.mark.parametrize(
    "typed",
    [
        "", "a", "@b.example", "a@", "a@b", "a b@c.example", "a@b c.example", "a@-b.example", "a@b..example",
        ".a@b.example", "a..b@c.example", '"a"@b.example', "a@b.example>", "a\n@b.example",
        "a@b\u2024example.example", "a" * 65 + "@b.example", "a@" + "b" * 64 + ".example", "a\u200b@b.example",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused(typed: str) -> None:
    """Nothing that could confuse a server is taken for an address."""
    with pytest.raises(AddressUnusable):
        read_address(typed)
