"""The claim link: opens without an account, claims only by its button, lapses, is renewed, tells strangers nothing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from issuer.app import create_office_app
from issuer.awards.find import find_by_credential_id
from issuer.awards.reasons import StatusReason
from issuer.awards.status_changes import revoke
from issuer.database import reading, transaction
from issuer.delivery.claim_tokens import CLAIM_LIFE
from issuer.delivery.claims import RENEWAL_PAUSE, keep_badge, note_opened
from issuer.delivery.records import ClaimLinkRecord, DeliveryState, MailRecord, MailState
from issuer.delivery.send import note_end
from issuer.office import Office
from issuer.workshop import run_work
from tests.deliveries import announced, claim_path, delivery_of, mailing_office, statements
from tests.demo_files import demo_json
from tests.mail_server import MailServer, mail_server
from tests.office import Clock

TITLES = demo_json("catalogue.json")["achievements"][0]["title"]
ROBOT = {"Sec-Purpose": "prefetch;prerender"}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def opened(tmp_path: Path, clock: Clock):  # type: ignore[no-untyped-def]
    """An office with one badge announced: its server, its client, the badge, the path of its link."""
    with mail_server() as server:
        office = mailing_office(tmp_path, server, clock=clock)
        credential_id = announced(office)
        run_work(office)
        client = create_office_app(office).test_client()
        yield office, server, client, credential_id, claim_path(server.mails[0])


Opened = tuple[Office, MailServer, FlaskClient, str, str]


def test_the_link_shows_the_badge_and_claims_nothing(opened: Opened) -> None:
    """A look notes that the link was opened; only the button claims; no cookie is set by either."""
    office, _, client, credential_id, path = opened
    answer = client.get(path)
    assert answer.status_code == 200
    assert "Åsa Öberg" in answer.text
    assert "Valid" in answer.text
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert delivery_of(office, credential_id).state == DeliveryState.OPENED
    kept = client.post(path, data={"act": "keep"})
    assert (kept.status_code, kept.headers["Location"]) == (303, path)
    assert "Set-Cookie" not in kept.headers
    delivery = delivery_of(office, credential_id)
    assert (delivery.state, delivery.claimed_at) == (DeliveryState.CLAIMED, office.clock())
    assert "You have kept this badge" in client.get(path).text


@pytest.mark.parametrize(("method", "headers"), [("HEAD", {}), ("GET", ROBOT)])
def test_a_robot_that_looks_ahead_opens_nothing(opened: Opened, method: str, headers: dict[str, str]) -> None:
    """Programs that load pages before anybody asks are answered and not counted."""
    office, _, client, credential_id, path = opened
    assert client.open(path, method=method, headers=headers).status_code == 200
    assert delivery_of(office, credential_id).state == DeliveryState.SENT


def test_a_lapsed_link_sends_a_new_one_and_says_nothing_else(opened: Opened, clock: Clock) -> None:
    """After 90 days the page offers a new link, word for word what a link that never was is answered."""
    office, server, client, credential_id, path = opened
    never = "/me/claim/" + "A" * 22
    clock.now += CLAIM_LIFE
    lapsed, invented = client.get(path), client.get(never)
    assert (lapsed.status_code, invented.status_code) == (404, 404)
    assert lapsed.text.replace(path, "") == invented.text.replace(never, "")
    assert client.post(path, data={"act": "keep"}).status_code == 303
    assert delivery_of(office, credential_id).claimed_at is None
    asked, asked_in_vain = client.post(path, data={"act": "renew"}), client.post(never, data={"act": "renew"})
    assert asked.status_code == asked_in_vain.status_code == 200
    assert asked.text.replace(path, "") == asked_in_vain.text.replace(never, "")
    run_work(office)
    fresh = [mail for mail in server.mails if "ny länk" in str(mail["Subject"])]
    assert len(fresh) == 1
    assert client.get(claim_path(fresh[0])).status_code == 200
    assert client.get(path).status_code == 404


def test_a_wish_in_vain_is_as_much_work(opened: Opened, clock: Clock) -> None:
    """Known, unknown, too early: the same is asked and written, but for the link and its delivery; one mail is kept."""
    office, _, client, _, path = opened
    clock.now += CLAIM_LIFE
    done = []
    for where in (path, "/me/claim/" + "A" * 22, path):
        with statements(office) as said:
            client.post(where, data={"act": "renew"})
        done.append([each for each in said if each not in ("INSERT INTO claim_link (", "UPDATE delivery ")])
    assert done[0] == done[1] == done[2]
    assert sum(each.startswith("INSERT") for each in done[0]) == 3, "the wish, the mail, the work"
    with reading(office.sessions) as session:
        assert session.scalars(select(MailRecord.state)).all() == [MailState.SENT, MailState.WAITING]


def test_a_mailbox_is_not_filled_with_links(opened: Opened, clock: Clock) -> None:
    """Asking again within the hour sends nothing more."""
    office, server, client, _, path = opened
    clock.now += CLAIM_LIFE
    for _ in range(3):
        client.post(path, data={"act": "renew"})
    clock.now += RENEWAL_PAUSE - timedelta(seconds=1)
    client.post(path, data={"act": "renew"})
    run_work(office)
    assert len(server.mails) == 2


def test_only_the_hash_of_a_link_is_kept(opened: Opened) -> None:
    """When the mail has gone nobody can read the token in the database."""
    office, _, _, _, path = opened
    token = path.rpartition("/")[2]
    with reading(office.sessions) as session:
        (link,) = session.scalars(select(ClaimLinkRecord))
        assert token not in repr(vars(link))
        facts = session.scalars(select(MailRecord.facts)).all()
    assert facts == [{}]


def test_a_badge_taken_back_says_so(opened: Opened) -> None:
    """A link to a badge that does not hold any more leads to the page that says why, and offers no files."""
    office, _, client, credential_id, path = opened
    with transaction(office.sessions) as session:
        revoke(session, credential_id, StatusReason.FRAUD, office.desk, now=office.clock())
    with reading(office.sessions) as session:
        record = find_by_credential_id(session, credential_id)
        assert record is not None
    text = client.get(path).text
    assert "Revoked" in text
    assert f"/v/{record.token}" in text
    assert f"/v/{record.token}.pdf" not in text


@pytest.mark.parametrize("language", ["en", "sv", "de", "pt", "cs", "fi", "tr"])
def test_the_page_speaks_the_visitors_language(opened: Opened, language: str) -> None:
    """Both pages speak every language of the public pages."""
    _, _, client, _, path = opened
    english = client.get(path, headers={"Accept-Language": "en"}).text
    spoken = client.get(path, headers={"Accept-Language": language}).text
    assert (">Keep this badge<" in spoken) == (language == "en")
    assert (spoken == english) == (language == "en")
    assert client.get("/me/claim/x", headers={"Accept-Language": language}).status_code == 404
    called = TITLES.get(language, TITLES["en"])
    assert f">{called}</h1>" in spoken, "the badge is called what the mail called it"
    assert f'lang="en">{TITLES["en"]}<' in spoken or called == TITLES["en"], "and what was signed stands beneath"


def test_two_who_press_the_button_at_once_keep_the_badge_once(opened: Opened) -> None:
    """The second waits for the first, so that programs hear of it once; a look at that moment takes nothing back."""
    office, _, _, credential_id, path = opened
    token, now = path.rpartition("/")[2], office.clock()

    def keep() -> bool:
        with transaction(office.sessions) as session:
            return keep_badge(session, token, now=now) is not None

    def look() -> None:
        with transaction(office.sessions) as session:
            note_opened(session, token, now=now)

    with ThreadPoolExecutor(2) as others:
        with transaction(office.sessions) as session:
            assert keep_badge(session, token, now=now) is not None
            session.flush()
            second, third = others.submit(keep), others.submit(look)
            wait([second], timeout=0.5)
        assert second.result() is False
        third.result()
    assert delivery_of(office, credential_id).state == DeliveryState.CLAIMED


def test_a_mail_that_was_opened_already_stays_opened(opened: Opened) -> None:
    """Somebody reads it before we have noted that it was sent."""
    office, _, _, credential_id, path = opened
    token, now = path.rpartition("/")[2], office.clock()
    with transaction(office.sessions) as session:
        mail = session.scalars(select(MailRecord)).one()
        mail.state, mail.delivery.state = MailState.SENDING, DeliveryState.WAITING  # type: ignore[union-attr]
        number = mail.id
    with ThreadPoolExecutor(1) as worker:
        with transaction(office.sessions) as session:
            note_opened(session, token, now=now)
            session.flush()
            noted = worker.submit(note_end, office, number, MailState.SENT, 250)
            wait([noted], timeout=0.5)
        noted.result()
    assert delivery_of(office, credential_id).state == DeliveryState.OPENED
