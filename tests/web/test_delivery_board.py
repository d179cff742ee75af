"""The delivery board: every badge with its state, and each thing a person can do about it, on record."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pypdfium2
import pytest
import zxingcpp
from flask.testing import FlaskClient
from sqlalchemy import select

from issuer.accounts.records import AuditEntryRecord
from issuer.accounts.roles import Role
from issuer.app import create_office_app
from issuer.database import reading
from issuer.delivery.records import DeliveryState
from issuer.learners.records import LearnerRecord
from issuer.office import Office
from issuer.workshop import run_work
from tests.award_requests import TEAMWORK
from tests.console import ConsoleDesk
from tests.deliveries import announced, claim_path, delivery_of, mailing_office
from tests.mail_server import MailServer, mail_server
from tests.office import Clock

BOARD = "/console/vbk-goteborg/deliveries"


@dataclass
class Hall:
    """A desk whose mails go to a server of the test, with somebody who may deliver."""

    desk: ConsoleDesk
    server: MailServer
    client: FlaskClient

    @property
    def office(self) -> Office:
        return self.desk.office

    def post(self, path: str, **data: str):  # type: ignore[no-untyped-def]
        """Send a form, and follow to the page that tells what came of it."""
        answer = self.desk.post(self.client, f"{BOARD}{path}", data)
        return self.client.get(answer.headers["Location"]) if answer.status_code == 303 else answer

    def acts(self) -> list[tuple[str, str]]:
        """What the audit log holds: act and subject."""
        with reading(self.office.sessions) as session:
            return [(entry.act, entry.subject) for entry in session.scalars(select(AuditEntryRecord))]


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Hall]:
    with mail_server() as server:
        clock = Clock()
        office = mailing_office(tmp_path, server, clock=clock)
        desk = ConsoleDesk(office=office, app=create_office_app(office), clock=clock)
        yield Hall(desk, server, desk.client(Role.EDITOR))


def _number(hall: Hall, credential_id: str) -> int:
    return delivery_of(hall.office, credential_id).id


def test_the_board_shows_each_state_and_finds_names(hall: Hall) -> None:
    """Counts for every state, filters in the address, a search that needs neither accents nor case."""
    announced(hall.office)
    hall.server.refusals["bjorn@mail.example"] = "550 5.1.1 unknown"
    announced(hall.office, given_name="Björn", family_name="Ångström", email="bjorn@mail.example", trainee_ref="T002")
    announced(hall.office, given_name="Zoë", family_name="af Ugglas", email=None, trainee_ref="T004")
    run_work(hall.office)
    text = hall.client.get(BOARD).text
    for shown in ("Sent", "Came back", "Needs a letter", "The mail server knows no such mailbox (550 5.1.1)."):
        assert shown in text
    bounced = hall.client.get(f"{BOARD}?state=bounced").text
    assert "Björn Ångström" in bounced
    assert "Åsa Öberg" not in bounced
    assert "Åsa Öberg" in hall.client.get(f"{BOARD}?q=oberg asa").text
    assert "Åsa Öberg" in hall.client.get(f"{BOARD}?q=ASA.OBERG@mail").text
    assert "No badge is in this state" in hall.client.get(f"{BOARD}?q=nobody").text
    assert hall.client.get(f"{BOARD}?state=invented&page=999").status_code == 200


def test_an_address_is_corrected_before_the_badge_is_claimed(hall: Hall) -> None:
    """A new mail goes to the right address, the old link opens nothing and renews nothing, the log names no address."""
    hall.server.refusals["asa.obreg@mail.example"] = "550 5.1.1 unknown"
    credential_id = announced(hall.office, email="asa.obreg@mail.example")
    run_work(hall.office)
    hall.server.refusals.clear()
    number = _number(hall, credential_id)
    with_old_link = hall.post(f"/{number}/resend")
    assert "A new mail to asa.obreg@mail.example" in with_old_link.text
    run_work(hall.office)
    old = claim_path(hall.server.mails[-1])
    page = hall.post(f"/{number}/address", email=" Asa.Oberg@mail.example ")
    assert "The address is corrected." in page.text
    run_work(hall.office)
    assert hall.server.received[-1][0] == "asa.oberg@mail.example"
    new = claim_path(hall.server.mails[-1])
    assert hall.client.get(old).status_code == 404
    hall.client.post(old, data={"act": "renew"})
    count = len(hall.server.received)
    run_work(hall.office)
    assert len(hall.server.received) == count
    assert hall.client.get(new).status_code == 200
    assert ("address_corrected", credential_id) in hall.acts()
    with reading(hall.office.sessions) as session:
        assert [learner.email for learner in session.scalars(select(LearnerRecord))] == ["asa.oberg@mail.example"]
        assert not any("@" in str(entry.facts) for entry in session.scalars(select(AuditEntryRecord)))


def test_all_badges_of_a_learner_follow_the_corrected_address(hall: Hall) -> None:
    """One slip in a list makes several wrong mails: correcting one corrects those that were under way there."""
    first = announced(hall.office, email="wrong@mail.example")
    second = announced(hall.office, email="wrong@mail.example", achievement_code="VLT-TEST", result="84")
    run_work(hall.office)
    assert "2 new mails are on their way" in hall.post(f"/{_number(hall, first)}/address", email="r@mail.example").text
    run_work(hall.office)
    assert [recipient for recipient, _ in hall.server.received[-2:]] == ["r@mail.example"] * 2
    assert delivery_of(hall.office, second).email == "r@mail.example"


def test_an_address_others_know_the_learner_by_does_not_move(hall: Hall) -> None:
    """Another provider's learner stays findable by the address that provider uses."""
    announced(hall.office, TEAMWORK)
    credential_id = announced(hall.office)
    hall.post(f"/{_number(hall, credential_id)}/address", email="asa@work.example")
    assert delivery_of(hall.office, credential_id).email == "asa@work.example"
    with reading(hall.office.sessions) as session:
        assert session.scalars(select(LearnerRecord.email)).all() == ["asa.oberg@mail.example"]


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("asa.oberg", "has no @"),
        ("asa@@mail.example", "before the @"),
        ("asa@mail", "no dot"),
        ("asa@mail.example\r\nBcc: all@mail.example", "before the @"),
        ("asa@mail.example\r\nBcc:", "The domain"),
        ("asa.oberg@mail.example", "This is the address on file"),
    ],
)
def test_an_unusable_address_comes_back_as_typed(hall: Hall, typed: str, told: str) -> None:
    """What was typed stays in the field, with a sentence that says what is wrong; nothing changes."""
    credential_id = announced(hall.office)
    page = hall.post(f"/{_number(hall, credential_id)}/address", email=typed)
    assert page.status_code == 422
    assert told in page.text
    assert delivery_of(hall.office, credential_id).email == "asa.oberg@mail.example"


def test_a_kept_badge_keeps_its_address(hall: Hall) -> None:
    """After the learner has kept the badge the desk changes nothing any more."""
    credential_id = announced(hall.office)
    run_work(hall.office)
    hall.client.post(claim_path(hall.server.mails[0]), data={"act": "keep"})
    page = hall.post(f"/{_number(hall, credential_id)}/address", email="thief@mail.example")
    assert "kept this badge already" in page.text
    assert delivery_of(hall.office, credential_id).email == "asa.oberg@mail.example"


def test_all_of_a_state_are_sent_again(hall: Hall) -> None:
    """The button says how many, and exactly those get a mail; kept badges and learners without address do not."""
    for number in range(3):
        address = f"t{number}@mail.example"
        hall.server.refusals[address] = "550 5.2.2 full"
        announced(hall.office, given_name=f"T{number}", email=address, trainee_ref=f"X{number}")
    announced(hall.office)
    run_work(hall.office)
    assert "Send 3 mails again" in hall.client.get(f"{BOARD}?state=bounced").text
    hall.server.refusals.clear()
    assert "3 mails are on the way again." in hall.post("/resend", state="bounced").text
    run_work(hall.office)
    assert len(hall.server.received) == 4
    assert "Send 3 mails again" not in hall.client.get(f"{BOARD}?state=bounced").text
    assert ("mail_resent", "provider:vbk-goteborg") in hall.acts()


def test_reminders_go_to_those_who_did_not_open(hall: Hall) -> None:
    """Not to who has opened or kept it, and to nobody twice within days."""
    announced(hall.office)
    announced(hall.office, given_name="Björn", email="bjorn@mail.example", trainee_ref="T002")
    run_work(hall.office)
    hall.client.get(claim_path(hall.server.mail_to("bjorn@mail.example")))
    assert "Remind 1 learner" not in hall.client.get(BOARD).text, "the mail has only just gone"
    hall.desk.clock.advance(days=4)
    client = hall.desk.client(Role.EDITOR)
    hall.client = client
    assert "Remind 1 learner" in client.get(BOARD).text
    assert "1 mail is on the way as a reminder." in hall.post("/remind").text
    run_work(hall.office)
    assert hall.server.received[-1][0] == "asa.oberg@mail.example"
    assert "Remind 1 learner" not in client.get(BOARD).text


def test_letters_for_learners_without_mail(hall: Hall) -> None:
    """One page each, by name; the code on the page opens that learner's badge; printing is noted."""
    ids = {
        announced(hall.office, email=None, given_name=given, family_name=family, trainee_ref=reference)
        for given, family, reference in (("محمد", "الحسيني", "T005"), ("Åsa", "Öberg", "T001"))
    }
    answer = hall.post("/letters")
    assert answer.content_type == "application/pdf"
    with pypdfium2.PdfDocument(answer.data) as document:
        pages = [document[number].render(scale=2).to_pil() for number in range(len(document))]
        text = document[0].get_textpage().get_text_range()
    codes = [zxingcpp.read_barcodes(page)[0].text for page in pages]
    assert len(set(codes)) == 2
    assert "Åsa Öberg" in text.replace("\u2068", "").replace("\u2069", "")
    names = [hall.client.get(code.removeprefix(hall.office.settings.base_url)).text for code in codes]
    assert "Åsa Öberg" in names[0]
    assert "محمد الحسيني" in names[1]
    assert {delivery_of(hall.office, credential_id).state for credential_id in ids} == {DeliveryState.OPENED}
    assert [act for act, _ in hall.acts()].count("letter_printed") == 2


def test_an_address_can_be_given_later(hall: Hall) -> None:
    """A learner who had none gets a mail after all, and the printed link ends with it."""
    credential_id = announced(hall.office, email=None)
    number = _number(hall, credential_id)
    assert hall.post(f"/{number}/letter").status_code == 200
    hall.post(f"/{number}/address", email="asa@mail.example")
    run_work(hall.office)
    assert delivery_of(hall.office, credential_id).state == DeliveryState.SENT
    assert hall.server.received[0][0] == "asa@mail.example"


def test_all_certificates_in_one_file(hall: Hall) -> None:
    """The pack has a certificate for each badge in force and a list that names them all, safe for a spreadsheet."""
    kept = announced(hall.office, family_name="=Öberg")
    announced(hall.office, given_name="Björn", email="bjorn@mail.example", trainee_ref="T002")
    answer = hall.client.get(f"{BOARD}/certificates.zip")
    assert answer.content_type == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.data)) as pack:
        assert pack.testzip() is None
        names = [name for name in pack.namelist() if name.endswith(".pdf")]
        listed = pack.read("certificates.csv").decode("utf-8-sig")
        assert all(pack.read(name).startswith(b"%PDF") for name in names)
    assert len(names) == 2
    assert kept in listed
    assert not re.search(r"^=", listed, re.M)


def test_a_neighbour_sees_none_of_it(hall: Hall) -> None:
    """Another provider's people get 404 for a number that is not theirs, and their board is empty."""
    number = _number(hall, announced(hall.office))
    neighbour = hall.desk.client(Role.ADMINISTRATOR, provider="mak-ostrava")
    own = "/console/mak-ostrava/deliveries"
    assert "Åsa Öberg" not in neighbour.get(own).text
    assert neighbour.get(f"{own}/{number}").status_code == 404
    for act in ("resend", "letter", "address"):
        answer = hall.desk.post(neighbour, f"{own}/{number}/{act}", {"email": "x@mail.example"})
        assert answer.status_code in {404, 409}
    assert neighbour.get(f"{BOARD}/{number}").status_code == 404


def test_who_only_looks_changes_nothing(hall: Hall) -> None:
    """A viewer sees the board without a button, and is refused what only delivering people may do."""
    number = _number(hall, announced(hall.office))
    viewer = hall.desk.client(Role.VIEWER)
    page = viewer.get(BOARD)
    assert page.status_code == 200
    assert "<button" not in page.text.partition('<section class="section"')[2].partition("</section>")[0]
    for path in (f"/{number}/resend", f"/{number}/address", f"/{number}/letter", "/resend", "/remind", "/letters"):
        assert hall.desk.post(viewer, f"{BOARD}{path}").status_code == 403
    assert viewer.get(f"{BOARD}/certificates.zip").status_code == 403
