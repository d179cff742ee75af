"""The trust list: opened with the keeper's pinned key and nothing else."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from keys.algorithm import Algorithm
from keys.multibase import base64url_encode
from keys.signer import MemorySigner
from verifier.errors import TrustListRejected
from verifier.trust import TRUST_LIST_TYPE, TrustEntry, TrustList, open_trust_list

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
KEEPER = MemorySigner.generate(Algorithm.P256)
ENTRY = TrustEntry(
    issuer_id="did:web:voltpass.example:issuers:vbk",
    name="West Sweden Battery Skills Centre",
    country="SE",
    achievements=frozenset({"VLT-HV1", "https://other.example/badges/7"}),
    valid_from=NOW - timedelta(days=100),
    valid_until=NOW + timedelta(days=100),
)
LIST = TrustList(
    entries=(ENTRY,),
    signed_at=NOW,
    keeper="https://voltpass.example",
    valid_until=NOW + timedelta(days=30),
)


def sign(claims: Any, *, signer: MemorySigner = KEEPER, **header: Any) -> str:
    head = {"alg": "ES256", "typ": TRUST_LIST_TYPE, **header}
    text = ".".join(base64url_encode(json.dumps(part).encode()) for part in (head, claims))
    return f"{text}.{base64url_encode(signer.sign(text.encode()))}"


@pytest.mark.parametrize(("algorithm", "name"), [(Algorithm.P256, "ES256"), (Algorithm.ED25519, "EdDSA")])
def test_what_the_keeper_signed_comes_out(algorithm: Algorithm, name: str) -> None:
    """The success path, for both kinds of keeper's key: the same entries, and evidence of where they are from."""
    keeper = MemorySigner.generate(algorithm)
    text = sign(LIST.to_json(), signer=keeper, alg=name)
    opened = open_trust_list(text, keeper.public_key, looked_at="https://voltpass.example/trust-list", source="network")
    assert opened.entries == LIST.entries
    assert (opened.keeper, opened.signed_at, opened.valid_until) == (LIST.keeper, LIST.signed_at, LIST.valid_until)
    evidence = opened.evidence(NOW + timedelta(hours=1), {"issuer": "x"})
    assert (evidence.looked_at, evidence.source) == ("https://voltpass.example/trust-list", "network")
    assert evidence.age_seconds == 3600
    assert evidence.digest is not None


def without(name: str, obj: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in obj.items() if key != name}


CLAIMS = LIST.to_json()
WRONG_LISTS = [
    pytest.param(sign(CLAIMS, signer=MemorySigner.generate(Algorithm.P256)), id="another key"),
    pytest.param(sign(CLAIMS)[:-4] + "AAAA", id="broken signature"),
    pytest.param(sign(CLAIMS, alg="none"), id="algorithm none"),
    pytest.param(sign(CLAIMS, alg="EdDSA"), id="algorithm of another key"),
    pytest.param(sign(CLAIMS, alg="HS256"), id="algorithm with a shared secret"),
    pytest.param(sign(CLAIMS, typ="voltpass-page+jwt"), id="signed for another purpose"),
    pytest.param(sign(CLAIMS, crit=["exp"]), id="critical extension"),
    pytest.param(sign([CLAIMS]), id="not an object"),
    pytest.param("", id="empty"),
    pytest.param("a.b", id="two parts"),
    pytest.param("ä.ö.ü", id="not base64url"),
    pytest.param(sign(CLAIMS).split(".")[0] + "..", id="no payload"),
    pytest.param(sign(without("iss", CLAIMS)), id="no keeper"),
    pytest.param(sign(without("iat", CLAIMS)), id="no time"),
    pytest.param(sign({**CLAIMS, "iat": "1"}), id="time in words"),
    pytest.param(sign({**CLAIMS, "iat": 10**20}), id="time out of the calendar"),
    pytest.param(sign({**CLAIMS, "iat": 10**15}), id="time beyond the last year"),
    pytest.param(sign({**CLAIMS, "exp": 10**15}), id="end beyond the last year"),
    pytest.param(sign({**CLAIMS, "exp": True}), id="end is no time"),
    pytest.param(sign(without("issuers", CLAIMS)), id="no entries"),
    pytest.param(sign({**CLAIMS, "issuers": "all"}), id="entries in words"),
    pytest.param(sign({**CLAIMS, "issuers": ["x"]}), id="entry is no object"),
    *(
        pytest.param(sign({**CLAIMS, "issuers": [without(name, ENTRY.to_json())]}), id=f"entry without {name}")
        for name in ("id", "name", "country", "achievements", "validFrom")
    ),
    pytest.param(sign({**CLAIMS, "issuers": [{**ENTRY.to_json(), "achievements": [7]}]}), id="achievement is no text"),
    pytest.param(sign({**CLAIMS, "issuers": [{**ENTRY.to_json(), "achievements": [""]}]}), id="achievement is empty"),
    pytest.param(sign({**CLAIMS, "issuers": [{**ENTRY.to_json(), "id": 7}]}), id="issuer is no text"),
    pytest.param(sign({**CLAIMS, "issuers": [{**ENTRY.to_json(), "id": ""}]}), id="issuer is empty"),
    pytest.param(sign({**CLAIMS, "issuers": 7}), id="entries are a number"),
    pytest.param(sign({**CLAIMS, "issuers": [{**ENTRY.to_json(), "validUntil": "soon"}]}), id="end is no date"),
    pytest.param(sign({**CLAIMS, "issuers": [{**ENTRY.to_json(), "validFrom": "2026-01-01"}]}), id="date without time"),
]


@pytest.mark.parametrize("text", WRONG_LISTS)
def test_a_list_that_is_not_the_keepers_is_refused(text: str) -> None:
    """One wrong thing and nobody on the list is trusted."""
    with pytest.raises(TrustListRejected):
        open_trust_list(text, KEEPER.public_key)


def test_a_member_named_twice_is_refused() -> None:
    """Two readers must not see two lists."""
    head = base64url_encode(json.dumps({"alg": "ES256", "typ": TRUST_LIST_TYPE}).encode())
    payload = base64url_encode(json.dumps(CLAIMS).replace('"iss"', '"iss": "x", "iss"', 1).encode())
    text = f"{head}.{payload}"
    with pytest.raises(TrustListRejected, match="twice"):
        open_trust_list(f"{text}.{base64url_encode(KEEPER.sign(text.encode()))}", KEEPER.public_key)


@pytest.mark.parametrize(
    ("achievement_id", "code", "listed"),
    [
        pytest.param("https://voltpass.example/achievements/VLT-HV1/1", "VLT-HV1", True, id="code and id agree"),
        pytest.param("https://voltpass.example/achievements/VLT-HV1", "VLT-HV1", True, id="without version"),
        pytest.param("https://voltpass.example/achievements/VLT-HV3/1", "VLT-HV1", False, id="id of another"),
        pytest.param("https://voltpass.example/achievements/VLT-HV1/1", "VLT-HV3", False, id="code of another"),
        pytest.param("https://voltpass.example/achievements/VLT-HV1/1", None, False, id="id without code"),
        pytest.param("https://voltpass.example/achievements/VLT-HV10/1", "VLT-HV1", False, id="longer id"),
        pytest.param("https://VLT-HV1/achievements/VLT-HV3/1", "VLT-HV1", False, id="code as host"),
        pytest.param("https://x.example/VLT-HV3/1#/VLT-HV1/", "VLT-HV1", False, id="code in the fragment"),
        pytest.param("https://x.example/VLT-HV3/1?/VLT-HV1/", "VLT-HV1", False, id="code in the query"),
        pytest.param(None, "VLT-HV1", False, id="code without id"),
        pytest.param("https://other.example/badges/7", None, True, id="listed address"),
        pytest.param("https://other.example/badges/7/2", "X", True, id="below a listed address"),
        pytest.param("https://other.example/badges/70", None, False, id="longer than a listed address"),
        pytest.param("https://other.example/badges", None, False, id="above a listed address"),
        pytest.param("https://other.example/badges/7/../8", None, False, id="away from a listed address"),
        pytest.param("https://other.example/badges/7/%2e%2e/8", None, False, id="away in disguise"),
        pytest.param("https://x.example/VLT-HV1/a/VLT-HV3/1", "VLT-HV1", False, id="code far from the end"),
        pytest.param("urn:uuid:1", "VLT-HV1", False, id="no address"),
        pytest.param("urn:VLT-HV1/VLT-HV1", "VLT-HV1", False, id="no web address"),
        pytest.param("https://[VLT-HV1/VLT-HV1", "VLT-HV1", False, id="broken address"),
    ],
)
def test_which_achievements_an_entry_covers(achievement_id: str | None, code: str | None, listed: bool) -> None:
    """A code counts only where code and identifier say the same; an address covers itself and what is below it."""
    assert ENTRY.lists(achievement_id, code) is listed


def test_an_entry_has_a_first_and_a_last_moment() -> None:
    """Both ends of the listed period belong to it."""
    assert ENTRY.valid_until is not None
    second = timedelta(seconds=1)
    assert ENTRY.is_in_force(ENTRY.valid_from)
    assert not ENTRY.is_in_force(ENTRY.valid_from - second)
    assert ENTRY.is_in_force(ENTRY.valid_until)
    assert not ENTRY.is_in_force(ENTRY.valid_until + second)


def test_entries_of_one_issuer() -> None:
    """Other issuers' entries are nobody else's."""
    assert LIST.find_entries(ENTRY.issuer_id) == (ENTRY,)
    assert LIST.find_entries("did:web:other.example") == ()
