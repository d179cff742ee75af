"""VCALM after issuing: a provider's program changes the status of its own credentials and reads them again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from issuer.accounts.records import AuditEntryRecord
from issuer.accounts.tokens import Scope
from issuer.awards.records import IssuedCredentialRecord, StatusChangeRecord
from issuer.catalogue.find import get_provider
from issuer.database import reading, transaction
from issuer.delivery.records import MailRecord
from issuer.machines.records import WebhookDeliveryRecord, WebhookRecord
from tests.vcalm import refused
from tests.vcalm_office import NEIGHBOUR, OURS, STATUS, House
from verifier.report import Verdict


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house in which no test may change anything."""
    opened = House(tmp_path_factory.mktemp("quiet"))
    with opened.client:
        yield opened
    assert (opened.history(), opened.verdict) == ([], Verdict.VALID)
    opened.office.sessions.engine.dispose()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    opened = House(tmp_path)
    with opened.client:
        yield opened
    opened.office.sessions.engine.dispose()


def done(response: TestResponse) -> None:
    assert (response.status_code, response.get_json()) == (200, {})


def test_status_goes_on_and_off_as_the_standard_lets_it(house: House) -> None:
    """Suspended, reinstated, revoked: the gate knows at once, and the file says who asked."""
    for purpose, status, verdict in (
        ("suspension", True, Verdict.SUSPENDED),
        ("suspension", False, Verdict.VALID),
        ("revocation", True, Verdict.REVOKED),
    ):
        done(house.change(purpose, status))
        assert house.verdict is verdict
    assert house.history() == ["suspended", "reinstated", "revoked"]
    with reading(house.office.sessions) as session:
        change = session.scalars(select(StatusChangeRecord)).first()
        assert change is not None
        assert (change.reason, change.note) == ("other", "asked for by the provider's program")
        assert change.by.startswith("token:")
        entries = session.scalars(select(AuditEntryRecord).where(AuditEntryRecord.subject == house.id))
        assert [each.act for each in entries] == [
            "credential_suspended",
            "credential_reinstated",
            "credential_revoked",
        ]


def test_the_learner_is_told_once(house: House) -> None:
    """A status that is as asked already stays so: 200 again, and no second mail."""
    for _ in range(2):
        done(house.change("suspension"))
    assert house.history() == ["suspended"]
    with reading(house.office.sessions) as session:
        assert len(session.scalars(select(MailRecord)).all()) == 1


def test_the_provider_s_other_programs_are_told(house: House) -> None:
    """A webhook that wants to know of revocations is called for it, and only for it."""
    with transaction(house.office.sessions) as session:
        provider = get_provider(session, OURS)
        session.add(
            WebhookRecord(
                name="A" * 22,
                provider_id=provider.id,
                url="https://school.example/hook",
                events="revoked",
                secret="x",
                created_at=house.clock(),
                created_by="command",
            )
        )
    for purpose in ("suspension", "revocation"):
        done(house.change(purpose))
    with reading(house.office.sessions) as session:
        (told,) = session.scalars(select(WebhookDeliveryRecord))
        assert (told.event, told.credential_id) == ("revoked", house.id)


@pytest.mark.parametrize("purpose", ["revocation", "suspension"])
def test_what_was_never_on_can_be_turned_off(quiet: House, purpose: str) -> None:
    """Nothing is to be done, and nothing is."""
    done(quiet.change(purpose, False))
    assert (quiet.history(), quiet.verdict) == ([], Verdict.VALID)


def test_a_revocation_is_final(house: House) -> None:
    """It is not turned off, and nothing else is turned on after it."""
    done(house.change())
    refused(house.change(status=False), "already_revoked")
    refused(house.change("suspension"), "already_revoked")
    refused(house.change("suspension", False), "already_revoked")
    done(house.change())
    assert house.verdict is Verdict.REVOKED


@pytest.mark.parametrize(
    ("body", "code"),
    [
        pytest.param({"credentialId": None}, "malformed_request", id="no credential"),
        pytest.param({"credentialId": 4}, "malformed_request", id="credential a number"),
        pytest.param({"credentialId": "urn:uuid:\0"}, "malformed_request", id="a character no database keeps"),
        pytest.param(
            {"credentialId": "urn:uuid:5c0fca9c-9e5a-4f0e-8a51-4a2c2d8a1c11"}, "unknown_credential", id="none"
        ),
        pytest.param({"status": None}, "malformed_request", id="no status"),
        pytest.param({"status": "true"}, "malformed_request", id="status a text"),
        pytest.param({"indexAllocator": 7}, "malformed_request", id="allocator a number"),
        pytest.param({"credentialStatus": None}, "no_credential_status", id="no entry"),
        pytest.param({"credentialStatus": "revocation"}, "no_credential_status", id="entry a text"),
        pytest.param({"further": "x"}, "unknown_member", id="another member"),
    ],
)
def test_a_malformed_request_is_refused(quiet: House, body: dict[str, Any], code: str) -> None:
    """Each with its code, and nothing is changed."""
    entry = {"type": "BitstringStatusListEntry", "statusPurpose": "revocation"}
    whole = {"credentialId": quiet.id, "credentialStatus": entry, "status": True, **body}
    given = {name: value for name, value in whole.items() if value is not None}
    refused(quiet.send("POST", STATUS, given), code, 404 if code == "unknown_credential" else 400)
    assert quiet.history() == []


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        pytest.param({"type": "StatusList2021Entry"}, "malformed_status", id="another type"),
        pytest.param({"statusPurpose": "refresh"}, "purpose_not_changed", id="refresh"),
        pytest.param({"statusPurpose": "message"}, "purpose_not_changed", id="message"),
        pytest.param({"statusPurpose": ["revocation"]}, "malformed_status", id="several purposes"),
        pytest.param({"statusSize": "1"}, "malformed_status", id="another member"),
        pytest.param({"statusListIndex": "999999"}, "another_entry", id="index"),
        pytest.param({"statusListCredential": "https://other.example/1"}, "another_entry", id="list"),
        pytest.param({"id": "https://other.example/1#1"}, "another_entry", id="id"),
    ],
)
def test_the_entry_must_be_the_credential_s_own(quiet: House, entry: dict[str, Any], code: str) -> None:
    """A program that describes the entry of another credential has mistaken one for the other."""
    described = {"type": "BitstringStatusListEntry", "statusPurpose": "revocation", **entry}
    body = {"credentialId": quiet.id, "credentialStatus": described, "status": True}
    refused(quiet.send("POST", STATUS, body), code)
    assert quiet.history() == []


def test_an_entry_that_is_described_whole_is_accepted(house: House) -> None:
    """As it stands in the credential, by the name of the instance too."""
    body = {
        "credentialId": house.id,
        "credentialStatus": house.sealed["credentialStatus"],
        "status": True,
        "indexAllocator": "urn:uuid:1",
    }
    done(house.send("POST", f"/vc/{OURS}/credentials/status", body))
    assert house.verdict is Verdict.REVOKED


def test_a_credential_is_read_again_as_it_was_sealed(quiet: House) -> None:
    """By its id, by the provider that issued it."""
    for path in (f"/vc/credentials/{quiet.id}", f"/vc/{OURS}/credentials/{quiet.id}"):
        found = quiet.send("GET", path)
        assert found.status_code == 200
        assert found.get_json() == {"verifiableCredential": quiet.sealed}
        assert found.headers["Cache-Control"] == "no-store"
    refused(quiet.send("GET", "/vc/credentials/urn:uuid:none"), "unknown_credential", 404)


def test_a_neighbour_learns_nothing(quiet: House) -> None:
    """Another provider's credential is not there: neither to be read nor to be changed."""
    refused(quiet.send("GET", f"/vc/credentials/{quiet.id}", token=NEIGHBOUR), "unknown_credential", 404)
    refused(quiet.change(token=NEIGHBOUR), "unknown_credential", 404)
    refused(quiet.send("GET", f"/vc/{OURS}/credentials/{quiet.id}", token=NEIGHBOUR), "forbidden", 403)
    assert quiet.history() == []


@pytest.mark.parametrize("scope", list(Scope))
def test_a_token_is_good_for_what_it_says(house: House, scope: Scope) -> None:
    """Changing takes `status`, and reading what names a learner takes `learners`."""
    read = house.send("GET", f"/vc/credentials/{house.id}", token=scope)
    assert read.status_code == (200 if scope is Scope.LEARNERS else 403)
    changed = house.change(token=scope)
    assert changed.status_code == (200 if scope is Scope.STATUS else 403)
    assert house.history() == (["revoked"] if scope is Scope.STATUS else [])


def test_nothing_is_kept_or_changed_for_nobody(quiet: House) -> None:
    """Without a token: 401."""
    refused(quiet.change(token=None), "not_signed_in", 401)
    refused(quiet.send("GET", f"/vc/credentials/{quiet.id}", token=None), "not_signed_in", 401)


def test_status_lists_are_for_everybody(quiet: House) -> None:
    """By the last part of their address, without a token, as they lie there."""
    url = quiet.sealed["credentialStatus"]["statusListCredential"]
    slug = url.rpartition("/")[2]
    public = json.loads(quiet.client.get(f"/status/{slug}").text)
    for base in ("/vc", f"/vc/{OURS}"):
        found = quiet.send("GET", f"{base}/status-lists/{slug}", token=None)
        assert (found.status_code, found.mimetype) == (200, "application/json")
        assert found.get_json() == public
    refused(quiet.send("GET", "/vc/status-lists/none", token=None), "unknown_list", 404)
    assert quiet.send("GET", f"/vc/nobody/status-lists/{slug}", token=None).status_code == 404


@pytest.mark.parametrize("base", ["/vc", f"/vc/{OURS}"])
@pytest.mark.parametrize(
    ("method", "path"), [("POST", "credentials/derive"), ("DELETE", "credentials/urn:uuid:1"), ("POST", "status-lists")]
)
def test_what_is_not_offered_says_why(quiet: House, base: str, method: str, path: str) -> None:
    """501 with a problem that a person can read, rather than a 404 that looks like a wrong address."""
    problem = refused(quiet.send(method, f"{base}/{path}"), "not_offered", 501)
    assert problem["detail"].endswith(".")


def test_the_record_stays_on_file_whatever_is_asked(quiet: House) -> None:
    """Deleting is not offered, so a revocation can always be told."""
    refused(quiet.send("DELETE", f"/vc/credentials/{quiet.id}"), "not_offered", 501)
    with reading(quiet.office.sessions) as session:
        assert session.scalars(select(IssuedCredentialRecord)).one().credential_id == quiet.id
