"""What the platform publishes: the same bytes for the web and for the gate, and nothing that is not its own."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from credentials.achievement import Achievement
from credentials.profile import Profile
from issuer.alliance.trust_list import VALID_FOR, get_keeper
from issuer.awards.award import award
from issuer.awards.records import IssuedCredentialRecord
from issuer.catalogue.find import get_provider
from issuer.catalogue.records import AuthorisationRecord
from issuer.database import reading, transaction
from issuer.gate import NOBODY
from issuer.office import Office, open_office
from issuer.public.documents import TRUST_LIST_PATH
from issuer.signing.provider_keys import keys_of, rotate_keys
from keys.algorithm import Algorithm
from keys.controller_document import ControllerDocument
from keys.method import MethodType
from keys.public_key import PublicKey
from tests.award_requests import ASA
from tests.office import Clock, demo_office, settings_for
from verifier.errors import Unreachable
from verifier.examine import examine_text
from verifier.report import Verdict
from verifier.trust import open_trust_list

BASE = "http://127.0.0.1:8000"


@pytest.fixture
def clock() -> Clock:
    """Time that passes when told to."""
    return Clock()


@pytest.fixture
def office(tmp_path: Path, clock: Clock) -> Iterator[Office]:
    """An office in which nothing is issued yet."""
    opened = demo_office(tmp_path, clock=clock)
    yield opened
    opened.sessions.engine.dispose()


@pytest.fixture
def record(office: Office, clock: Clock) -> IssuedCredentialRecord:
    """Åsa's badge."""
    with transaction(office.sessions) as session:
        return award(session, ASA, office.desk, now=clock())


def found(office: Office, path: str) -> dict[str, Any]:
    document = office.documents.find(path)
    assert document is not None
    parsed: dict[str, Any] = json.loads(document.body)
    return parsed


def media_type(office: Office, path: str, accept: str = "") -> str:
    document = office.documents.find(path, accept=accept)
    assert document is not None
    return document.media_type


def test_a_credential_is_published_exactly_as_it_was_sealed(office: Office, record: IssuedCredentialRecord) -> None:
    """Byte for byte, in both forms; what is asked for decides, and JSON is the default."""
    link = f"/v/{record.token}"
    for path, accept, text in (
        (link, "", record.sealed_json),
        (f"{link}.json", "application/vc+jwt", record.sealed_json),
        (f"{link}.jwt", "", record.sealed_jwt),
        (link, "application/vc+jwt", record.sealed_jwt),
    ):
        document = office.documents.find(path, accept=accept)
        assert document is not None
        assert document.body.decode() == text
    assert media_type(office, link) == "application/vc"
    assert media_type(office, f"{link}.jwt") == "application/vc+jwt"


def test_an_issuer_publishes_all_its_keys(office: Office, clock: Clock) -> None:
    """DID document, bare JWKs and key set agree, also about keys that were retired."""
    clock.advance(hours=1)
    with transaction(office.sessions) as session:
        rotate_keys(session, get_provider(session, "vbk-goteborg"), office.desk.keys, now=clock())
    did = "did:web:localhost%3A8000:issuers:vbk-goteborg"
    document = ControllerDocument.from_json(found(office, "/issuers/vbk-goteborg/did.json"), did)
    with reading(office.sessions) as session:
        records = keys_of(session, get_provider(session, "vbk-goteborg"))
    multikeys = [method for method in document.verification_methods if method.type is MethodType.MULTIKEY]
    assert [method.id for method in multikeys] == [record.method_id for record in records]
    assert [method.expires is None for method in multikeys] == [False, False, True, True]
    assert document.assertion_methods == {method.id for method in document.verification_methods}
    jwks = {f"{did}#{record.thumbprint}" for record in records if record.algorithm == Algorithm.P256}
    assert document.assertion_methods == {method.id for method in multikeys} | jwks
    key_set = {key["kid"]: key for key in found(office, "/.well-known/jwks.json")["keys"]}
    assert len(key_set) == 12
    for record in records:
        jwk = found(office, record.key_url)
        assert PublicKey.from_jwk(jwk).multikey == record.public_key
        assert jwk["kid"] == record.key_url
        assert key_set[record.key_url]["iss"] == did


def test_issuer_programme_and_achievement_are_linked_data(office: Office) -> None:
    """Each is readable by our own classes, and what a credential points at answers."""
    contexts = ["https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"]
    issuer = found(office, "/issuers/vbk-goteborg")
    assert issuer.pop("@context") == contexts
    assert Profile.from_json(issuer).address is not None
    achievement = found(office, "/achievements/VLT-HV1/1.0")
    assert achievement.pop("@context") == contexts
    described = Achievement.from_json(achievement)
    assert described.id == f"{BASE}/achievements/VLT-HV1/1.0"
    assert found(office, "/achievements/vlt-hv1") == found(office, "/achievements/VLT-HV1/1.0")
    assert described.creator is not None
    programme = found(office, described.creator.id)
    assert "Co-funded by the European Union" in programme["description"]
    assert len(found(office, "/achievements")["@graph"]) == 13


@pytest.mark.parametrize(
    "address",
    [
        pytest.param("/", id="the landing page is no document"),
        pytest.param("/issuers/nobody", id="no such issuer"),
        pytest.param("/issuers/nobody/did.json", id="no such DID document"),
        pytest.param("/issuers/vbk-goteborg/keys/" + "A" * 43, id="no such key"),
        pytest.param("/issuers/nobody/keys/" + "A" * 43, id="key of nobody"),
        pytest.param("/status/" + "A" * 22, id="no such list"),
        pytest.param("/achievements/VLT-HV1/9.9", id="no such version"),
        pytest.param("/programmes/NONE", id="no such programme"),
        pytest.param("/v/" + "A" * 22, id="no such credential"),
        pytest.param("/v/../issuers/vbk-goteborg", id="a path that climbs"),
        pytest.param("https://voltpass.example/issuers/vbk-goteborg", id="another host"),
        pytest.param("http://127.0.0.1:9999/issuers/vbk-goteborg", id="another port"),
        pytest.param("https://127.0.0.1:8000/issuers/vbk-goteborg", id="another scheme"),
        pytest.param(f"{BASE}@evil.example/issuers/vbk-goteborg", id="a user that looks like us"),
        pytest.param(f"{BASE}/issuers/vbk-goteborg?x=1", id="a query"),
        pytest.param("issuers/vbk-goteborg", id="no address at all"),
    ],
)
def test_what_is_not_ours_is_not_answered(office: Office, address: str) -> None:
    """The gate must ask the network for it, under its own rules."""
    assert office.documents.find(address) is None


def test_the_platform_goes_on_answering_for_its_old_address(tmp_path: Path, record: IssuedCredentialRecord) -> None:
    """Credentials name the address they were issued under, and must verify after a move."""
    moved = open_office(replace(settings_for(tmp_path), base_url="https://badges.example"), clock=Clock())
    report = examine_text(record.sealed_json, moved.policy(), now=moved.clock()).report
    assert report.verdict is Verdict.VALID
    with transaction(moved.sessions) as session:
        new = award(session, replace(ASA, achievement_code="VLT-CELL"), moved.desk, now=moved.clock())
    assert f"https://badges.example/v/{new.token}.png" in new.sealed_json
    for text in (new.sealed_json, new.sealed_jwt):
        assert examine_text(text, moved.policy(), now=moved.clock()).report.verdict is Verdict.VALID


def keeper_key(office: Office) -> PublicKey:
    with reading(office.sessions) as session:
        return PublicKey.from_multikey(keys_of(session, get_keeper(session))[-1].public_key)


def trust_text(office: Office) -> str:
    document = office.documents.find(TRUST_LIST_PATH)
    assert document is not None
    assert document.media_type == "application/voltpass-trust-list+jwt"
    return document.body.decode()


def test_the_trust_list_says_who_may_award_what(office: Office, clock: Clock) -> None:
    """As the catalogue authorises, signed by the programme owner with its P-256 key."""
    trust = open_trust_list(trust_text(office), keeper_key(office))
    by_issuer = {entry.issuer_id.rpartition(":")[2]: entry for entry in trust.entries}
    assert set(by_issuer) == {"vbk-goteborg", "ota-ostalb", "cfb-norte", "mak-ostrava"}
    assert "VLT-HV1" in by_issuer["vbk-goteborg"].achievements
    assert "PAS-ADA" not in by_issuer["vbk-goteborg"].achievements
    assert by_issuer["mak-ostrava"].country == "CZ"
    assert by_issuer["mak-ostrava"].valid_from == datetime(2024, 1, 1, tzinfo=UTC)
    assert (trust.keeper, trust.valid_until) == (
        "did:web:localhost%3A8000:issuers:asa-demo-office",
        clock() + VALID_FOR,
    )


def test_the_trust_list_is_signed_anew_when_something_changes(office: Office, clock: Clock) -> None:
    """An authorisation that ends, a new key of the keeper, or a day that passed; nothing else."""
    texts = [trust_text(office)]
    clock.advance(hours=1)
    assert trust_text(office) == texts[0]
    with transaction(office.sessions) as session:
        session.execute(update(AuthorisationRecord).values(valid_until=clock() + timedelta(days=900)))
    texts.append(trust_text(office))
    with transaction(office.sessions) as session:
        rotate_keys(session, get_keeper(session), office.desk.keys, now=clock())
    texts.append(trust_text(office))
    clock.advance(days=1)
    texts.append(trust_text(office))
    assert len(set(texts)) == 4
    assert open_trust_list(texts[-1], keeper_key(office)).entries[0].valid_until is not None


def test_an_authorisation_that_ended_keeps_its_time(
    office: Office, record: IssuedCredentialRecord, clock: Clock
) -> None:
    """What was awarded in that time stays trusted, and the gate notices the end at once."""
    clock.advance(days=1)
    with transaction(office.sessions) as session:
        session.execute(update(AuthorisationRecord).values(valid_until=clock()))
    assert examine_text(record.sealed_json, office.policy(), now=clock()).report.verdict is Verdict.VALID
    with transaction(office.sessions) as session:
        session.execute(update(AuthorisationRecord).values(valid_until=datetime(2026, 11, 1, tzinfo=UTC)))
    assert examine_text(record.sealed_json, office.policy(), now=clock()).report.verdict is Verdict.UNKNOWN_ISSUER


def test_an_empty_office_trusts_nobody(tmp_path: Path) -> None:
    """Without a programme owner there is no list, and a stranger's badge is no better than unknown."""
    empty = open_office(settings_for(tmp_path), clock=Clock())
    assert empty.documents.find(TRUST_LIST_PATH) is None
    assert empty.policy().trust == NOBODY
    assert NOBODY.entries == ()


@pytest.mark.parametrize("address", ["/v/AAAAAAAAAAAAAAAAAAAAAA", "/status/nothing", "/v/x?y=z"])
def test_the_platform_never_asks_itself_over_the_network(tmp_path: Path, clock: Clock, address: str) -> None:
    """An address of ours where nothing is published is answered at once; a worker that asked itself would wait."""
    office = demo_office(tmp_path, clock=clock)
    with pytest.raises(Unreachable) as raised:
        office.policy().documents.fetch(f"{BASE}{address}", accept="application/json", now=clock())
    assert raised.value.reason == "nothing is published there"


def test_the_host_itself_has_a_did_document(tmp_path: Path, clock: Clock) -> None:
    """did:web of the bare host leads to the keys of the office that keeps the trust list, under the host's own name."""
    office = demo_office(tmp_path, clock=clock)
    found = office.documents.find("/.well-known/did.json")
    assert found is not None
    document = ControllerDocument.from_json(json.loads(found.body), expected_id="did:web:localhost%3A8000")
    with reading(office.sessions) as session:
        own = {PublicKey.from_multikey(key.public_key) for key in keys_of(session, get_keeper(session))}
    methods = [document.get_assertion_method(name) for name in document.assertion_methods]
    assert {method.public_key for method in methods} == own
    assert {method.controller for method in methods} == {document.id}
