"""What we issue is accepted by verifiers we did not write; what they issue is read by our gate."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from jwt.algorithms import ECAlgorithm
from sqlalchemy import select

from credentials.unverified import open_unverified
from issuer.awards.issue import IssueState, issue_rows, open_award_file
from issuer.awards.records import IssuedCredentialRecord
from issuer.catalogue.load import LoadTerms, load_catalogue
from issuer.catalogue.records import ProviderRecord
from issuer.database import reading, transaction
from issuer.office import Office, open_office
from issuer.settings import Settings
from issuer.signing.provider_keys import create_keys
from keys.controller_document import ControllerDocument
from keys.did import did_web_location
from keys.method import VerificationMethod
from keys.public_key import PublicKey
from tests.demo_files import CLEAN_FILES, demo_bytes, demo_catalogue
from tests.example_credentials import example_credential
from tests.loopback import answer, loopback_server, tls_pair
from tests.office import KEY_SECRET
from tests.peer import ask_peer
from verifier.documents import PublishedDocument
from verifier.fetcher import Fetcher
from verifier.policy import Policy
from verifier.reasons import Check, Outcome
from verifier.report import Verdict
from verifier.trust import TrustEntry, TrustList
from verifier.verify import verify

HOST = "badges.test"

pytestmark = pytest.mark.slow


@dataclass
class Published:
    """An office whose documents a TLS server on this machine serves, as the web would."""

    office: Office
    certificate: Path
    credentials: list[dict[str, Any]]
    jwts: list[str]


class _Pages(dict[str, bytes]):
    """Every path is answered by the office, in the JSON form."""

    office: Office

    def get(self, path: str, default: Any = None) -> Any:
        found = self.office.documents.find(path)
        return default if found is None else answer(found.body, f"Content-Type: {found.media_type}")


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Published]:
    folder = tmp_path_factory.mktemp("interop")
    server_tls, _ = tls_pair(folder, HOST)
    pages = _Pages()
    with loopback_server({}, tls=server_tls) as server:
        server.answers = pages
        office = pages.office = _office(folder, server.url("", scheme="https", host=HOST))
        for name, provider in CLEAN_FILES.items():
            file = open_award_file(office.sessions, provider, demo_bytes(name), name, now=office.clock())
            for row in issue_rows(office.sessions, office.desk, file, office.clock):
                assert row.state in {IssueState.ISSUED, IssueState.SKIPPED}, row
        with reading(office.sessions) as session:
            records = list(session.scalars(select(IssuedCredentialRecord)))
            texts = [(record.sealed_json, record.sealed_jwt) for record in records]
        yield Published(
            office, folder / "test-certificate.pem", [json.loads(each) for each, _ in texts], [jwt for _, jwt in texts]
        )


def _office(folder: Path, base_url: str) -> Office:
    settings = Settings.from_env(
        {"VOLTPASS_DATA": str(folder / "var"), "VOLTPASS_KEY_SECRET": KEY_SECRET, "VOLTPASS_BASE_URL": base_url}
    )
    office = open_office(settings)
    now = office.clock()
    terms = LoadTerms(base_url=base_url, authorised_from=datetime(2024, 1, 1, tzinfo=UTC), now=now)
    with transaction(office.sessions) as session:
        load_catalogue(session, demo_catalogue(), terms)
        for provider in session.scalars(select(ProviderRecord)):
            create_keys(session, provider, office.desk.keys, now=now - timedelta(minutes=1))
    return office


def test_peers_accept_everything_we_issue(published: Published) -> None:
    """Two stacks that are not ours accept all badges of the demonstration, status list and DID document included."""
    found = ask_peer(
        {"action": "verify", "credentials": published.credentials, "jwts": published.jwts, "now": _now()},
        certificate=published.certificate,
    )
    assert len(found["embedded"]) == len(found["jwt"]) == 33
    assert [each for each in found["embedded"] if not each["verified"]] == []
    assert [each for each in found["jwt"] if not each["verified"]] == []


def test_peers_refuse_what_was_changed(published: Published) -> None:
    """The same stacks refuse a badge with another name: their yes means something."""
    changed = json.loads(json.dumps(published.credentials[0]))
    changed["credentialSubject"]["identifier"][0]["identityHash"] = "Somebody Else"
    head, payload, signature = published.jwts[0].split(".")
    found = ask_peer(
        {"action": "verify", "credentials": [changed], "jwts": [f"{head}.{payload}A.{signature}"], "now": _now()},
        certificate=published.certificate,
    )
    assert not found["embedded"][0]["verified"]
    assert not found["jwt"][0]["verified"]


def test_a_python_library_accepts_everything_we_issue(published: Published) -> None:
    """A third stack: embedded proofs by the issuer's document alone, tokens and their lists by the JWK in it.

    It reads neither status lists in JSON nor tokens whose kid is an address, so those two are handed to it otherwise.
    """
    theirs = pytest.importorskip("openbadgeslib.ob3", reason="openbadgeslib is not installed (LGPL, tests only)")
    find = published.office.documents.find

    def download(url: str, *_: object, **__: object) -> bytes:
        found = find(url, accept="application/vc+jwt")
        assert found is not None, url
        return found.body

    for credential, token in zip(published.credentials, published.jwts, strict=True):
        issuer = credential["issuer"]["id"]
        document = json.loads(download(did_web_location(issuer)))
        (method,) = (each for each in document["verificationMethod"] if each["type"] == "JsonWebKey")
        by_document = theirs.OB3LdpVerifier.for_issuer_did(issuer, download=download)
        by_key = theirs.OB3Verifier(ECAlgorithm.from_jwk(json.dumps(method["publicKeyJwk"])))
        assert by_document.verify(json.dumps(credential), download=download)
        assert by_key.verify(token, check_status=True, download=download)
        with pytest.raises(theirs.OB3VerificationError):
            by_document.verify(json.dumps({**credential, "name": "Another"}), download=download)
        with pytest.raises(theirs.OB3VerificationError):
            by_key.verify(token[:-8] + ("AAAAAAAA" if token[-8:] != "AAAAAAAA" else "BBBBBBBB"))


def test_our_gate_reads_what_peers_issue() -> None:
    """A badge signed with the other stack is authentic at our gate in both forms, VALID once its issuer is listed."""
    now = datetime.now(UTC)
    issuer_url = "https://peer.example/issuers/1"
    document = example_credential(credential_status=None).to_json()
    made = ask_peer(
        {
            "action": "issue",
            "credential": document,
            "webCredential": {**document, "issuer": {**document["issuer"], "id": issuer_url}},
            "host": "https://peer.example",
            "now": _now(),
        }
    )
    pages = {
        made["kid"]: made["jwk"],
        issuer_url: _controller(issuer_url, PublicKey.from_jwk(made["jwk"])),
    }
    for text, issuer in ((json.dumps(made["signed"]), made["did"]), (made["jwt"], issuer_url)):
        strangers = _policy(pages, TrustList(entries=(), signed_at=now, keeper="nobody"))
        report = verify(open_unverified(text), strangers, now=now)
        assert report.verdict is Verdict.UNKNOWN_ISSUER, report.to_json()
        assert report.result_of(Check.PROOF).outcome is Outcome.PASSED
        trusting = replace(strangers, trust=TrustList(entries=(_entry(issuer, now),), signed_at=now, keeper="us"))
        assert verify(open_unverified(text), trusting, now=now).verdict is Verdict.VALID


def _controller(issuer_url: str, key: PublicKey) -> dict[str, Any]:
    method = VerificationMethod(f"{issuer_url}#{key.multikey}", issuer_url, key)
    return ControllerDocument(issuer_url, (method,), frozenset({method.id})).to_json()


def _policy(pages: dict[str, Any], trust: TrustList) -> Policy:
    def find(url: str) -> PublishedDocument | None:
        if url not in pages:
            return None
        return PublishedDocument(body=json.dumps(pages[url]).encode(), media_type="application/json")

    return Policy(documents=Fetcher(published=find, network=None), trust=trust)


def _entry(issuer_id: str, now: datetime) -> TrustEntry:
    return TrustEntry(
        issuer_id=issuer_id,
        name="Peer",
        country="SE",
        achievements=frozenset({"VLT-HV1"}),
        valid_from=now - timedelta(days=900),
        valid_until=None,
    )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
