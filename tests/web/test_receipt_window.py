"""Receipts at the window: kept from the page that shows the check, told for what they are when they come back."""

from __future__ import annotations

import re
from contextlib import closing
from dataclasses import replace
from html import unescape
from pathlib import Path

import pypdfium2
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from issuer.alliance.trust_list import NoTrustListKeeper, get_keeper
from issuer.app import create_office_app
from issuer.database import reading, transaction
from issuer.office import open_office
from issuer.signing.provider_keys import keys_of
from keys.algorithm import Algorithm
from tests.office import Clock, demo_office, settings_for
from tests.papers import certificate
from tests.simulator import Simulator
from tests.windows import HTML, JSON, gate_client, main_text, paste, upload, verdict_shown
from verifier.receipt import RECEIPT_TYPE, write_receipt
from verifier.report import VerificationReport
from verifier.web.app import create_gate_app
from verifier.web.gate import Gate
from verifier.web.site import Site
from verifier.web.words import catalogue


class Counter:
    """A gate with a key, and a visitor."""

    def __init__(self) -> None:
        self.world = Simulator()
        self.gate = self.world.found_provider("gate", listed=False)
        policy = replace(self.world.policy, receipts_from=frozenset({self.gate.issuer_id}))
        gate = Gate(policy=lambda: policy, clock=lambda: self.world.now, receipt=self.seal)
        self.client: FlaskClient = create_gate_app(gate, Site(base_url="https://voltpass.example")).test_client()

    def seal(self, report: VerificationReport) -> str:
        return write_receipt(report, self.gate.issuer_id, self.gate.signers[Algorithm.P256])

    def keep(self, text: str) -> TestResponse:
        return self.client.post("/verify/receipt", data={"receipt": text}, headers=HTML)


@pytest.fixture
def counter() -> Counter:
    return Counter()


def receipt_on(response: TestResponse) -> str:
    found = re.search(r'name="receipt" value="([^"]+)"', response.text)
    assert found is not None
    return unescape(found[1])


def test_the_receipt_kept_is_that_of_the_check_shown(counter: Counter) -> None:
    """Also for a page that differs, which the signed text alone would not show; the file is the token and no more."""
    forged = certificate(counter.world.award(), shown={"name": "Erik Lindström"})
    shown = upload(counter.client, ("a.pdf", forged))
    assert verdict_shown(shown)[0] == "ALTERED"
    assert "Keep a record" in main_text(shown)
    kept = counter.keep(receipt_on(shown))
    assert kept.status_code == 200
    assert kept.content_type == f"application/{RECEIPT_TYPE}"
    assert re.fullmatch(
        r'attachment; filename="receipt-20261120T120000Z-[0-9a-f]{8}\.jwt"', kept.headers["Content-Disposition"]
    )
    assert kept.headers["Cache-Control"] == "no-store"
    assert kept.text.strip() == receipt_on(shown)
    again = upload(counter.client, ("receipt.jwt", kept.data))
    assert "Found at that time: Altered" in main_text(again)
    sentence = catalogue("en").first(["check.appearance.page_differs", "check.appearance.failed"])
    assert f"Failed {sentence}" in unescape(main_text(again))


def test_a_receipt_is_shown_as_a_statement_about_the_past(counter: Counter) -> None:
    """No band, no badge, no green verdict, whatever it attests; the badge itself may have been withdrawn since."""
    award = counter.world.award()
    text = receipt_on(paste(counter.client, award.text))
    counter.world.revoke(award)
    shown = paste(counter.client, text)
    assert shown.status_code == 200
    assert 'data-receipt="genuine"' in shown.text
    assert 'class="verdict"' not in shown.text
    assert "data-kind" not in shown.text
    assert "This receipt is genuine" in main_text(shown)
    assert "It says nothing about now" in main_text(shown)
    assert counter.world.provider.signers[Algorithm.ED25519].verification_method in shown.text
    assert shown.headers["Cache-Control"] == "no-store"


def test_a_false_receipt_is_called_false(counter: Counter) -> None:
    """Nothing of what it says is shown; it is not handed out as a file either."""
    text = receipt_on(paste(counter.client, counter.world.award().text))
    false = text[:-8] + "AAAAAAAA"
    shown = paste(counter.client, false)
    assert 'data-receipt="not_genuine"' in shown.text
    assert "Found at that time" not in main_text(shown)
    refused = counter.keep(false)
    assert refused.status_code == 400
    assert "not genuine" in main_text(refused)
    assert counter.keep("").status_code == 400


def test_machines_are_told_the_same(counter: Counter) -> None:
    """The report says that there is no credential; the receipt's standing stands beside it."""
    text = receipt_on(paste(counter.client, counter.world.award().text))
    report = counter.client.post("/verify", json={"credential": text}, headers=JSON).get_json()
    assert (report["verdict"], report["outcome"]) == ("UNREADABLE", "indeterminate")
    assert report["receipt"]["standing"] == "genuine"
    assert report["receipt"]["attested"]["verdict"] == "VALID"


def test_a_gate_without_a_key_offers_no_receipt() -> None:
    """The page says nothing of a record that cannot be had."""
    world = Simulator()
    shown = paste(gate_client(world), world.award().text)
    assert verdict_shown(shown)[0] == "VALID"
    assert "Keep a record" not in shown.text


def test_the_platform_signs_with_the_key_of_the_alliance_office(tmp_path: Path) -> None:
    """What its page hands out its page knows again; without a key the verdict is shown all the same."""
    office = demo_office(tmp_path, clock=Clock())
    client = create_office_app(office).test_client()
    shown = paste(client, "{}")
    text = receipt_on(shown)
    assert 'data-receipt="genuine"' in paste(client, text).text
    with transaction(office.sessions) as session:
        for record in keys_of(session, get_keeper(session)):
            record.used_until = office.clock()
    bare = paste(client, "{}")
    assert verdict_shown(bare)[0] == "UNREADABLE"
    assert 'name="receipt"' not in bare.text
    office.sessions.engine.dispose()


def test_an_office_without_keeper_shows_verdicts_without_receipts(tmp_path: Path) -> None:
    """Nothing is loaded yet, so nobody can sign."""
    (tmp_path / "var").mkdir(mode=0o700)
    office = open_office(settings_for(tmp_path), clock=Clock())
    with reading(office.sessions) as session, pytest.raises(NoTrustListKeeper):
        get_keeper(session)
    bare = paste(create_office_app(office).test_client(), "{}")
    assert verdict_shown(bare)[0] == "UNREADABLE"
    assert 'name="receipt"' not in bare.text
    office.sessions.engine.dispose()


def test_the_receipt_as_a_page_carries_the_receipt(tmp_path: Path) -> None:
    """One page that says it in words; handed in again, the file is the receipt, whatever its page says."""
    office = demo_office(tmp_path, clock=Clock())
    client = create_office_app(office).test_client()
    text = receipt_on(paste(client, "{}"))
    kept = client.post("/verify/receipt", data={"receipt": text, "form": "pdf"}, headers=HTML)
    assert kept.status_code == 200
    assert kept.content_type == "application/pdf"
    assert kept.headers["Content-Disposition"].endswith('.pdf"')
    with closing(pypdfium2.PdfDocument(kept.data)) as pdf:
        assert len(pdf) == 1
        said = pdf[0].get_textpage().get_text_bounded()
    assert "Found at that moment: Unreadable" in said
    assert "It says nothing about now" in said
    assert 'data-receipt="genuine"' in upload(client, ("receipt.pdf", kept.data)).text
    office.sessions.engine.dispose()
