"""The public addresses of the office: one link in many forms, documents byte for byte, and neutral refusals."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from credentials.baking import unbake_png
from credentials.baking_svg import unbake_svg
from issuer.app import create_office_app
from issuer.awards.award import award
from issuer.awards.reasons import StatusReason
from issuer.awards.records import IssuedCredentialRecord
from issuer.awards.status_changes import revoke
from issuer.database import transaction
from issuer.office import Office
from tests.award_requests import ASA, TESTING
from tests.office import demo_office
from tests.other_database import of_a_file
from tests.windows import HTML, JSON, main_text, verdict_shown
from verifier.examine import examine
from verifier.report import Verdict

NOBODY = "A" * 22


@dataclass(frozen=True)
class House:
    """An office with two badges, seen through its windows."""

    office: Office
    client: FlaskClient
    token: str
    revoked: str


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    office = demo_office(tmp_path_factory.mktemp("house"))
    tokens = []
    for request in (ASA, TESTING):
        with transaction(office.sessions) as session:
            tokens.append(award(session, request, office.desk, now=office.clock()).token)
    with transaction(office.sessions) as session:
        revoke(session, f"/v/{tokens[1]}", StatusReason.WRONG_RESULT, office.desk, now=office.clock())
    yield House(office, create_office_app(office).test_client(), *tokens)
    office.sessions.engine.dispose()


def sealed(house: House, token: str, ending: str) -> bytes:
    found = house.office.documents.find(f"/v/{token}.{ending}")
    assert found is not None
    return found.body


def test_the_link_shows_the_verdict(house: House) -> None:
    """A browser gets the page, private and not to be kept."""
    page = house.client.get(f"/v/{house.token}", headers=HTML)
    assert verdict_shown(page) == ("VALID", "valid")
    assert "Åsa Öberg" in main_text(page)
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert '<meta name="robots" content="noindex">' in page.text
    assert {"Accept", "Accept-Language"} <= set(page.vary)


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html; charset=utf-8"),
        ("*/*", "text/html; charset=utf-8"),
        ("application/vc", "application/vc"),
        ("application/ld+json", "application/ld+json"),
        ("application/json", "application/json"),
        ("application/vc+jwt", "application/vc+jwt"),
        ("application/vc, application/vc+jwt;q=0.9, application/json;q=0.8", "application/vc"),
        ("image/gif", "text/html; charset=utf-8"),
    ],
)
def test_accept_chooses_the_form_of_a_badge(house: House, accept: str, content_type: str) -> None:
    """One address, many forms; the signed texts come exactly as they were sealed."""
    answer = house.client.get(f"/v/{house.token}", headers={"Accept": accept})
    assert answer.status_code == 200
    assert answer.content_type == content_type
    assert "Accept" in answer.vary
    if "html" not in content_type:
        assert answer.data == sealed(house, house.token, "jwt" if "jwt" in content_type else "json")


@pytest.mark.parametrize(
    ("ending", "media_type"),
    [
        ("json", "application/vc"),
        ("jwt", "application/vc+jwt"),
        ("pdf", "application/pdf"),
        ("png", "image/png"),
        ("svg", "image/svg+xml"),
    ],
)
def test_every_form_verifies(house: House, ending: str, media_type: str) -> None:
    """What the link gives out, the gate calls VALID."""
    answer = house.client.get(f"/v/{house.token}.{ending}")
    assert answer.status_code == 200
    assert answer.mimetype == media_type
    assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
    report = examine(answer.data, f"a.{ending}", house.office.policy(), now=house.office.clock()).report
    assert report.verdict is Verdict.VALID


def test_images_carry_the_sealed_text(house: House) -> None:
    """The baked badge holds the very text that was sealed."""
    text = sealed(house, house.token, "json").decode()
    assert unbake_png(house.client.get(f"/v/{house.token}.png").data) == text
    assert unbake_svg(house.client.get(f"/v/{house.token}.svg").data) == text


def test_a_download_has_a_name_for_people_and_for_file_systems(house: House) -> None:
    """The holder's name and the code, in plain letters and in full; no token, no path."""
    disposition = house.client.get(f"/v/{house.token}.pdf").headers["Content-Disposition"]
    assert disposition == (
        "attachment; filename=\"Asa-Oberg-VLT-HV1.pdf\"; filename*=UTF-8''%C3%85sa-%C3%96berg-VLT-HV1.pdf"
    )
    assert house.client.get(f"/v/{house.token}.png").headers["Content-Disposition"].startswith("inline")


@pytest.mark.parametrize("path", ["", ".json", ".jwt", ".png"])
def test_head_is_answered_like_get(house: House, path: str) -> None:
    """Link checkers and download managers ask for the head alone."""
    head = house.client.head(f"/v/{house.token}{path}", headers=HTML)
    assert head.status_code == 200
    assert head.data == b""
    assert head.content_type == house.client.get(f"/v/{house.token}{path}", headers=HTML).content_type


def test_an_unchanged_text_is_not_sent_again(house: House) -> None:
    """A signed text has its digest as ETag."""
    first = house.client.get(f"/v/{house.token}.json")
    again = house.client.get(f"/v/{house.token}.json", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_a_revoked_badge_is_red_and_its_texts_stay_available(house: House) -> None:
    """The verdict says so with day and reason; the signed texts go on being served, for whoever must prove it."""
    page = house.client.get(f"/v/{house.revoked}", headers=HTML)
    assert verdict_shown(page) == ("REVOKED", "failed")
    assert "withdrew it on 22 November 2026. Reason: wrong result." in main_text(page)
    assert house.client.get(f"/v/{house.revoked}.json").status_code == 200
    assert house.client.get(f"/v/{house.revoked}.jwt").status_code == 200


def test_files_are_offered_only_for_a_valid_badge(house: House) -> None:
    """No certificate is offered for download beside a red band."""
    assert f"/v/{house.token}.pdf" in house.client.get(f"/v/{house.token}", headers=HTML).text
    page = house.client.get(f"/v/{house.revoked}", headers=HTML).text
    assert f"/v/{house.revoked}.pdf" not in page
    assert f"/v/{house.revoked}.json" in page


def test_a_row_cannot_make_a_badge_valid(house: House) -> None:
    """The page is computed from the sealed text and the published lists: columns beside them are only an index."""
    with transaction(house.office.sessions) as session:
        session.execute(
            update(IssuedCredentialRecord)
            .where(IssuedCredentialRecord.token == house.revoked)
            .values(state="issued", given_name="Somebody", family_name="Else", valid_until=None)
        )
    page = house.client.get(f"/v/{house.revoked}", headers=HTML)
    assert verdict_shown(page)[0] == "REVOKED"
    assert "Somebody Else" not in page.text


@pytest.mark.parametrize("path", [f"/v/{NOBODY}", "/v/short", "/v/..%2f..%2fetc", f"/v/{NOBODY}?lang=sv"])
def test_an_unknown_link_is_a_neutral_page(house: House, path: str) -> None:
    """The page does not say whether there ever was a badge."""
    answer = house.client.get(path, headers={**HTML, "Accept-Language": "en"})
    assert answer.status_code == 404
    assert answer.headers["Cache-Control"] == "no-store"


def test_an_unknown_link_says_what_to_do(house: House) -> None:
    """Check the file here, or ask the holder."""
    page = main_text(house.client.get(f"/v/{NOBODY}", headers=HTML))
    assert "There never was one at this address, or its holder does not show it." in page


@pytest.mark.parametrize("ending", ["json", "jwt", "pdf", "png", "svg"])
def test_an_unknown_link_is_a_problem_for_machines(house: House, ending: str) -> None:
    """A machine gets problem details with a stable code."""
    answer = house.client.get(f"/v/{NOBODY}.{ending}")
    assert (answer.status_code, answer.content_type) == (404, "application/problem+json")
    assert json.loads(answer.text)["code"] == "not_found"


def test_an_erased_badge_says_how_to_check_the_file(house: House, tmp_path: Path) -> None:
    """410 in the words of the law's answer, and nothing about whom it was for."""
    office = demo_office(tmp_path)
    with transaction(office.sessions) as session:
        token = award(session, ASA, office.desk, now=office.clock()).token
    with transaction(office.sessions) as session:
        session.execute(
            update(IssuedCredentialRecord).values(sealed_json="", sealed_jwt="", given_name="", family_name="")
        )
    client = create_office_app(office).test_client()
    page = client.get(f"/v/{token}", headers=HTML)
    assert page.status_code == 410
    assert "Deleted at the holder’s request" in main_text(page)
    assert "If you hold the file you can still verify it here." in main_text(page)
    for ending in ("json", "jwt", "pdf"):
        gone = client.get(f"/v/{token}.{ending}")
        assert (gone.status_code, json.loads(gone.text)["code"]) == (410, "gone")
    office.sessions.engine.dispose()


def test_an_email_is_compared_at_the_link(house: House) -> None:
    """The box answers on the page, and the address is not shown."""
    page = house.client.post(f"/v/{house.token}", data={"mail": "Asa.Oberg@mail.example"}, headers=HTML)
    assert "Same e-mail" in main_text(page)
    assert "mail.example" not in page.text
    other = house.client.post(f"/v/{house.token}", data={"mail": "no@body.example"}, headers=HTML)
    assert "Different e-mail" in main_text(other)


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        ("/issuers/vbk-goteborg/did.json", "application/did+json"),
        ("/.well-known/jwks.json", "application/jwk-set+json"),
        ("/programmes/VOLTAGE", "application/ld+json"),
    ],
)
def test_documents_are_served_as_the_gate_reads_them(house: House, path: str, media_type: str) -> None:
    """The bytes of the web are the bytes the gate finds in process; any site may read them."""
    answer = house.client.get(path)
    found = house.office.documents.find(path)
    assert found is not None
    assert (answer.data, answer.mimetype) == (found.body, media_type)
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    assert house.client.get(path, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304


def test_a_key_is_a_bare_jwk(house: House) -> None:
    """The address in a JWT's header gives exactly that key."""
    keys = house.client.get("/.well-known/jwks.json").get_json(force=True)["keys"]
    key = next(key for key in keys if key["kty"] == "EC")
    found = house.client.get(key["kid"].partition("8000")[2])
    assert found.get_json(force=True)["x"] == key["x"]


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [("*/*", "application/vc"), ("application/json", "application/vc"), ("application/vc+jwt", "application/vc+jwt")],
)
def test_a_status_list_may_be_kept_for_its_time_to_live(house: House, accept: str, media_type: str) -> None:
    """JSON by default, JWT by Accept; a revocation is seen within a minute everywhere."""
    document = json.loads(sealed(house, house.token, "json"))
    path = document["credentialStatus"]["statusListCredential"].partition("8000")[2]
    answer = house.client.get(path, headers={"Accept": accept})
    assert answer.mimetype == media_type
    assert answer.headers["Cache-Control"] == "public, max-age=60"
    assert "Accept" in answer.vary


@pytest.mark.parametrize(
    "path", ["/achievements", "/achievements/VLT-HV1", "/achievements/VLT-HV1/1.0", "/issuers/vbk-goteborg"]
)
def test_catalogue_and_issuers_speak_to_people_and_machines(house: House, path: str) -> None:
    """HTML for a browser, JSON-LD with the standard's contexts for a machine, at one address."""
    assert house.client.get(path, headers=HTML).mimetype == "text/html"
    document = house.client.get(path, headers={"Accept": "application/ld+json"})
    assert document.mimetype == "application/ld+json"
    assert document.get_json(force=True)["@context"][0] == "https://www.w3.org/ns/credentials/v2"


def test_an_achievement_says_who_may_award_it(house: House) -> None:
    """Outcomes, how it is earned, and the listed providers with their places."""
    page = main_text(house.client.get("/achievements/VLT-HV1", headers=HTML))
    assert "Identify high-voltage components" in page
    assert "Västsvenskt Batterikompetenscentrum (demo) AB" in page
    assert "Göteborg, Sweden" in page


def test_the_catalogue_lists_every_badge(house: House) -> None:
    """Thirteen achievements in two programmes."""
    page = house.client.get("/achievements", headers=HTML).text
    assert page.count('href="/achievements/') == 13


def test_an_issuer_shows_its_keys_and_what_it_may_award(house: House) -> None:
    """Old keys stay published, so all of them are shown."""
    page = main_text(house.client.get("/issuers/vbk-goteborg", headers=HTML))
    assert "did:web:" in page
    assert "Ed25519" in page
    assert "High-voltage safety awareness" in page


def test_the_trust_list_is_signed_for_machines_and_a_table_for_people(house: House) -> None:
    """The same list in both forms."""
    signed = house.client.get("/trust-list")
    assert signed.mimetype == "application/voltpass-trust-list+jwt"
    assert signed.data.count(b".") == 2
    page = house.client.get("/trust-list", headers=HTML)
    assert "Västsvenskt Batterikompetenscentrum (demo) AB" in main_text(page)
    assert house.client.get("/trust-list?form=signed", headers=HTML).data == signed.data


@pytest.mark.parametrize(
    "path",
    ["/achievements/NO-SUCH", "/achievements/VLT-HV1/9.9", "/issuers/nobody", "/issuers/nobody/did.json",
     "/issuers/vbk-goteborg/keys/" + "A" * 43, "/status/" + NOBODY, "/programmes/NONE", "/nothing"],
)  # fmt: skip
def test_what_is_not_there_is_404_for_both(house: House, path: str) -> None:
    """A page for people, problem details for machines."""
    assert house.client.get(path, headers=HTML).status_code == 404
    problem = house.client.get(path, headers=JSON)
    assert (problem.status_code, problem.mimetype) == (404, "application/problem+json")


def test_a_wrong_method_names_the_right_ones(house: House) -> None:
    """405 keeps its Allow header."""
    answer = house.client.delete("/verify", headers=JSON)
    assert answer.status_code == 405
    assert {"GET", "POST"} <= set(answer.headers["Allow"].split(", "))


def test_the_landing_page_has_three_doors_and_four_answers(house: House) -> None:
    """I issue, I hold, I want to check; and the four answers there are."""
    page = house.client.get("/", headers=HTML).text
    assert page.count('class="door"') == 3
    assert page.count('class="verdict"') == 4
    assert "VOLTAGE" in page
    assert "Co-funded by the European Union" in page
    assert "invented organisations" in page


def test_health(house: House) -> None:
    """Alive without the database, ready with it."""
    assert house.client.get("/healthz").data == b"ok\n"
    assert house.client.get("/readyz").data == b"ready\n"


@of_a_file
def test_not_ready_without_a_database(tmp_path: Path) -> None:
    """A database that is gone makes the service unready, not dead."""
    office = demo_office(tmp_path)
    client = create_office_app(office).test_client()
    office.sessions.engine.dispose()
    for path in (tmp_path / "var").glob("voltpass.sqlite*"):
        path.unlink()
    (tmp_path / "var" / "voltpass.sqlite").mkdir()
    assert client.get("/healthz").status_code == 200
    answer = client.get("/readyz", headers=JSON)
    assert (answer.status_code, json.loads(answer.text)["code"]) == (503, "not_ready")
    office.sessions.engine.dispose()
