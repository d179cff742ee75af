"""/verify: files, archives, photos, text, links and JSON come in; a page or a report goes out; nothing stays."""

from __future__ import annotations

import base64
import io
import json
import re
import zipfile
from typing import Any

import pytest
from flask.testing import FlaskClient
from PIL import Image

from credentials.baking import bake_png
from credentials.status_list import StatusPurpose
from keys.algorithm import Algorithm
from tests.example_credentials import EMAIL_SALT, LEARNER_EMAIL
from tests.papers import lay_out, qr_picture
from tests.simulator import BASE, Award, Simulator, tamper
from tests.windows import HTML, JSON, gate_client, main_text, paste, upload, verdict_shown
from verifier.web.counter import take_items
from verifier.web.gate import StatusNote
from verifier.web.site import MemoryRequest, Site

FORM = {"content_type": "multipart/form-data"}


@pytest.fixture
def world() -> Simulator:
    return Simulator()


def named(world: Simulator, name: str, *, holder: str | None = None, **changes: Any) -> Award:
    subject = world.document()["credentialSubject"] | {"id": holder or f"urn:uuid:{name.encode().hex():0>32}"}
    subject["identifier"][0]["identityHash"] = name
    return world.award(credentialSubject=subject, **changes)


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (32, 32), "white").save(out, "PNG")
    return out.getvalue()


def code_picture(text: str) -> bytes:
    out = io.BytesIO()
    qr_picture(text).save(out, "PNG")
    return out.getvalue()


def big_body(length: int) -> bytes:
    """A form with one file, as it goes over the wire."""
    head = b"--b\r\nContent-Disposition: form-data; name=file; filename=big.pdf\r\n\r\n"
    return head + bytes(length) + b"\r\n--b--\r\n"


def archive(**files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for name, content in files.items():
            packed.writestr(name, content)
    return out.getvalue()


def test_the_empty_window_works_without_script(world: Simulator) -> None:
    """Three plain forms post to the same address: files, a photo, text."""
    page = gate_client(world).get("/verify", headers=HTML)
    assert page.status_code == 200
    assert page.text.count('method="post"') == 3
    assert page.text.count('enctype="multipart/form-data"') == 2
    assert "<script" not in page.text


@pytest.mark.parametrize("algorithm", Algorithm)
def test_a_pasted_badge_is_examined(world: Simulator, algorithm: Algorithm) -> None:
    """Both securing forms are taken as text."""
    assert verdict_shown(paste(gate_client(world), world.award(algorithm).text)) == ("VALID", "valid")


def test_a_file_is_examined_whatever_it_is_called(world: Simulator) -> None:
    """The content decides."""
    baked = bake_png(picture(), world.award().text)
    assert verdict_shown(upload(gate_client(world), ("holiday.txt", baked))) == ("VALID", "valid")


def test_a_link_of_the_platform_is_followed(world: Simulator) -> None:
    """A pasted address is opened through the gate's documents."""
    award = world.award()
    world.override(f"{BASE}/v/test", award.text)
    assert verdict_shown(paste(gate_client(world), f"{BASE}/v/test")) == ("VALID", "valid")


def test_a_photo_of_the_code_is_a_scanner(world: Simulator) -> None:
    """In the field for photos only the code counts: the answer is about the badge, not about the photo."""
    award = world.award()
    world.override(f"{BASE}/v/test", award.text)
    data = {"photo": (io.BytesIO(code_picture(f"{BASE}/v/test")), "photo.png")}
    answer = gate_client(world).post("/verify", data=data, headers=HTML, **FORM)
    assert verdict_shown(answer) == ("VALID", "valid")


def test_a_picture_of_a_paper_proves_nothing_about_the_paper(world: Simulator) -> None:
    """Among the files the same photo is a paper whose words nobody compared; the page leads on to the badge."""
    award = world.award()
    world.override(f"{BASE}/v/test", award.text)
    answer = upload(gate_client(world), ("paper.png", code_picture(f"{BASE}/v/test")))
    assert verdict_shown(answer) == ("COULD_NOT_CHECK", "unsure")
    assert f'<a href="{BASE}/v/test">Open the badge</a>' in answer.text


def test_an_altered_page_is_shown_word_for_word(world: Simulator) -> None:
    """The changed word is struck out beside the signed one, every compared line follows, the signed name is told."""
    award = named(world, "Åsa Lindström")
    paper = lay_out("<p class=name>Åsa Lindström</p><p>High-Voltage Authorisation</p>", award.text)
    answer = upload(gate_client(world), ("paper.pdf", paper))
    assert verdict_shown(answer) == ("ALTERED", "failed")
    assert "<del>Authorisation</del>" in answer.text
    assert "<ins>Awareness</ins>" in answer.text
    assert "One line on it is not what the provider signed." in main_text(answer)
    assert "It was issued to Åsa Lindström" in re.sub(r"\s+", " ", main_text(answer))
    assert 'class="credential__name"' not in answer.text


def test_many_items_give_a_table(world: Simulator) -> None:
    """A tally, who holds what, every item with what to do, those that need somebody first."""
    good, gone, old = named(world, "Ada"), named(world, "Bo"), named(world, "Cy", validUntil="2026-11-01T00:00:00Z")
    world.revoke(gone)
    broken = tamper(good.text, lambda document: document.update(name="x"))
    answer = upload(
        gate_client(world),
        ("ada.json", good.text.encode()),
        ("bo.json", gone.text.encode()),
        ("cy.json", old.text.encode()),
        ("forged.json", broken.encode()),
        ("holiday.png", picture()),
    )
    text = main_text(answer)
    assert "5 items checked" in text
    assert [text.count(word) for word in ("Revoked", "Altered", "Unreadable")] == [2, 1, 1]
    files = answer.text.partition('id="files"')[2]
    assert files.index("bo.json") < files.index("holiday.png") < files.index("cy.json") < files.index("ada.json")
    assert "3 people" in text


def test_the_table_gives_no_future_date_for_what_does_not_hold(world: Simulator) -> None:
    """A withdrawn badge shows since when it does not hold, one nobody could check shows no date at all."""
    gone, strange = named(world, "Bo"), named(world, "Cy", provider=world.stranger())
    world.revoke(gone)
    client = gate_client(world, notes=lambda credential_id: StatusNote(reason="fraud", at=world.now))
    answer = upload(client, ("bo.json", gone.text.encode()), ("cy.json", strange.text.encode()))
    table = answer.text.partition('id="files"')[2]
    assert "Withdrawn 20 November 2026" in table
    assert "16 October 2028" not in table


def test_namesakes_stay_two_people(world: Simulator) -> None:
    """Two learners of one name are told apart by the identity that their badges carry."""
    one, two = named(world, "Anna Nowak", holder="urn:uuid:1"), named(world, "Anna Nowak", holder="urn:uuid:2")
    same = named(world, "Anna Nowak", holder="urn:uuid:1")
    answer = upload(gate_client(world), *((f"{i}.json", a.text.encode()) for i, a in enumerate((one, two, same))))
    assert "2 people" in main_text(answer)


def test_the_table_comes_as_csv_that_computes_nothing(world: Simulator) -> None:
    """The same table for a spreadsheet, carried by the page itself; a name that is a formula is only text."""
    answer = upload(
        gate_client(world),
        ("a.json", named(world, "=cmd|' /C calc'!A0").text.encode()),
        ("b.json", named(world, "Łukasz Żółkiewski").text.encode()),
    )
    found = re.search(r'href="data:text/csv;charset=utf-8;base64,([^"]+)" download', answer.text)
    assert found is not None
    table = base64.b64decode(found[1]).decode("utf-8-sig")
    assert "Łukasz Żółkiewski" in table
    assert "'=cmd|" in table
    assert table.count("VALID") == 2


def test_an_archive_is_opened(world: Simulator) -> None:
    """Each file in a zip is an item of its own, named after both."""
    packed = archive(**{"a.json": named(world, "Ada").text.encode(), "b.txt": b"nothing"})
    answer = upload(gate_client(world), ("badges.zip", packed), headers=JSON)
    assert [(each["item"], each["verdict"]) for each in answer.json or []] == [
        ("badges.zip: a.json", "VALID"),
        ("badges.zip: b.txt", "UNREADABLE"),
    ]


def test_a_broken_archive_is_one_unreadable_item(world: Simulator) -> None:
    """What cannot be opened is said, and the other files go on."""
    packed = archive(**{"a.json": b"x" * 5000})[:100]
    answer = upload(gate_client(world), ("broken.zip", packed), ("b.json", world.award().text.encode()), headers=JSON)
    assert [each["verdict"] for each in answer.json or []] == ["UNREADABLE", "VALID"]


def test_several_links_are_several_items(world: Simulator) -> None:
    """One link on each line."""
    for name in ("one", "two"):
        world.override(f"{BASE}/v/{name}", world.award().text)
    answer = gate_client(world).post("/verify", data={"text": f"{BASE}/v/one\n\n {BASE}/v/two\n"}, headers=JSON)
    assert [(each["item"], each["verdict"]) for each in answer.json or []] == [
        (f"{BASE}/v/one", "VALID"),
        (f"{BASE}/v/two", "VALID"),
    ]


@pytest.mark.parametrize("form", ["object", "token"])
def test_json_in_gives_the_report(world: Simulator, form: str) -> None:
    """`{"credential": …}` as object or token; the report has the public members, the credential only when authentic."""
    text = world.award(Algorithm.P256 if form == "token" else Algorithm.ED25519).text
    credential = text if form == "token" else json.loads(text)
    answer = gate_client(world).post("/verify", json={"credential": credential})
    assert answer.content_type == "application/json"
    report = answer.json
    assert report is not None
    assert {"item", "verdict", "outcome", "checked_at", "checks", "credential"} <= report.keys()
    assert (report["verdict"], report["outcome"]) == ("VALID", "passed")
    assert [check["check"] for check in report["checks"]][:2] == ["form", "key"]
    assert report["credential"]["credentialSubject"]["achievement"]["humanCode"] == "VLT-HV1"


def test_json_of_a_forgery_hands_out_no_credential(world: Simulator) -> None:
    """Who reads only `credential` cannot be fooled."""
    forged = json.loads(tamper(world.award().text, lambda document: document.update(name="x")))
    report = gate_client(world).post("/verify", json={"credential": forged}).json
    assert report is not None
    assert (report["verdict"], report["credential"]) == ("ALTERED", None)


@pytest.mark.parametrize(
    ("accept", "is_json"),
    [("application/json", True), ("text/html", False), ("*/*", False), ("application/json;q=0.1, text/html", False)],
)
def test_accept_chooses_page_or_report(world: Simulator, accept: str, is_json: bool) -> None:
    """Browsers get a page, machines a report; both answers say that they depend on it."""
    answer = gate_client(world).post("/verify", data={"text": world.award().text}, headers={"Accept": accept})
    assert answer.is_json is is_json
    assert "Accept" in answer.headers["Vary"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        pytest.param(b"{}", "nothing_to_check", id="no credential"),
        pytest.param(b'{"credential": 7}', "nothing_to_check", id="a number"),
        pytest.param(b"{", "malformed_credential", id="no JSON"),
        pytest.param(b'{"credential": 1, "credential": 2}', "duplicate_member", id="said twice"),
        pytest.param(b'{"a":' * 200 + b"1" + b"}" * 200, None, id="too deep"),
    ],
)
def test_a_request_that_makes_no_sense_is_a_problem(world: Simulator, body: bytes, code: str | None) -> None:
    """The caller's mistake is 400 with problem details and a stable code, never a verdict."""
    answer = gate_client(world).post("/verify", data=body, content_type="application/json")
    assert answer.status_code == 400
    assert answer.content_type == "application/problem+json"
    problem = json.loads(answer.text)
    assert problem["status"] == 400
    assert problem["type"] == f"urn:voltpass:problem:{problem['code']}"
    assert code in {None, problem["code"]}


def test_an_empty_form_says_so(world: Simulator) -> None:
    """Nothing handed in: the form again, with one sentence, as 400."""
    answer = upload(gate_client(world), ("", b""))
    assert answer.status_code == 400
    assert "Nothing to check yet" in main_text(answer)
    assert 'name="file"' in answer.text


def test_too_many_items_are_refused(world: Simulator) -> None:
    """The limit is told, and nothing is half done."""
    client = gate_client(world, site=Site(base_url=BASE, items_limit=2))
    answer = upload(client, *((f"{n}.json", b"{}") for n in range(3)), headers=JSON)
    assert answer.status_code == 400
    assert json.loads(answer.text)["code"] == "too_many_items"
    assert "at most 2" in json.loads(answer.text)["detail"]


def test_too_much_is_413_for_people_and_machines(world: Simulator) -> None:
    """The limit on one visit holds before anything is read."""
    client = gate_client(world, site=Site(base_url=BASE, request_limit=2 * 1024 * 1024))
    sent = {"data": big_body(3_000_000), "content_type": "multipart/form-data; boundary=b"}
    page = client.post("/verify", headers=HTML, **sent)
    assert page.status_code == 413
    assert "We take up to 2 MB in one go." in main_text(page)
    problem = client.post("/verify", headers=JSON, **sent)
    assert (problem.status_code, json.loads(problem.text)["code"]) == (413, "too_large")


def test_uploads_stay_in_memory() -> None:
    """Werkzeug would put what is larger than half a megabyte on the disk; ours does not."""
    body = big_body(2_000_000)
    environ = {
        "REQUEST_METHOD": "POST",
        "CONTENT_TYPE": "multipart/form-data; boundary=b",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
    }
    request = MemoryRequest(environ)
    assert isinstance(request.files["file"].stream, io.BytesIO)
    assert [len(item.content) for item in take_items(request) if isinstance(item.content, bytes)] == [2_000_000]


def test_nothing_that_was_handed_in_is_logged(world: Simulator, caplog: pytest.LogCaptureFixture) -> None:
    """Neither a badge nor a name nor an address reaches the log."""
    with caplog.at_level("DEBUG"):
        paste(gate_client(world), named(world, "Noor Al-Ṣāliḥī").text)
    assert "Noor" not in caplog.text
    assert "did:web" not in caplog.text


@pytest.mark.parametrize(
    ("typed", "answer"),
    [(LEARNER_EMAIL, "Same e-mail"), ("someone@else.example", "Different e-mail"), ("  ", "Type an e-mail address")],
)
def test_an_email_is_compared_and_never_shown(world: Simulator, typed: str, answer: str) -> None:
    """Same or different is all that is told, without the office: the page sends the badge back with the question."""
    text = with_email(world)
    page = paste(gate_client(world), text)
    assert 'name="mail"' in page.text
    assert '<input type="hidden" name="text"' in page.text
    compared = paste(gate_client(world), text, mail=typed)
    assert answer in main_text(compared)
    assert LEARNER_EMAIL not in compared.text.replace(f'value="{typed}"', "")


def test_a_revoked_badge_compares_nothing(world: Simulator) -> None:
    """Who no longer holds a badge is no longer asked about."""
    subject = json.loads(with_email(world))["credentialSubject"]
    award = world.award(credentialSubject=subject)
    world.mark(award, StatusPurpose.REVOCATION)
    assert 'name="mail"' not in paste(gate_client(world), award.text).text


def with_email(world: Simulator) -> str:
    from credentials.identity import hash_email

    subject = world.document()["credentialSubject"]
    subject["identifier"].append(hash_email(LEARNER_EMAIL, EMAIL_SALT).to_json())
    return world.award(credentialSubject=subject).text


def test_a_bug_is_a_page_and_says_nothing_about_a_badge(client_with_a_bug: FlaskClient) -> None:
    """500 for people is a page of ours, for machines problem details; neither shows the error."""
    page = client_with_a_bug.get("/bug", headers=HTML)
    assert page.status_code == 500
    assert "says nothing about any badge" in main_text(page)
    problem = client_with_a_bug.get("/bug", headers=JSON)
    assert json.loads(problem.text)["code"] == "internal_error"
    assert "secret detail" not in page.text + problem.text


@pytest.fixture
def client_with_a_bug(world: Simulator) -> FlaskClient:
    from tests.windows import gate_app

    app = gate_app(world)

    def bug() -> str:
        raise ZeroDivisionError("secret detail")

    app.add_url_rule("/bug", "bug", bug)
    return app.test_client()
