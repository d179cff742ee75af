"""An issuer's keys over time, as published."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from keys import (
    Algorithm,
    ControllerDocument,
    KeyPeriod,
    MalformedControllerDocument,
    MemorySigner,
    MethodType,
    PublicKey,
    bare_jwk,
    controller_document,
    key_set,
)

ISSUER = "did:web:voltpass.example:issuers:test"
START = datetime(2026, 1, 1, tzinfo=UTC)
ROTATED = datetime(2026, 6, 1, 12, 0, 0, 500_000, tzinfo=UTC)
STOLEN = datetime(2026, 3, 1, 12, 0, 0, 500_000, tzinfo=UTC)


def _period() -> KeyPeriod:
    key = MemorySigner.generate(Algorithm.P256).public_key
    return KeyPeriod(key, f"{ISSUER}#{key.multikey}", f"https://x.example/keys/{key.thumbprint}", ISSUER, START)


def test_old_keys_stay_in_the_document() -> None:
    """A rotated key is published with the end of its use, so that what it signed verifies on."""
    old, new = replace(_period(), used_until=ROTATED), _period()
    document = controller_document(ISSUER, [old, new])
    assert document.get_assertion_method(old.method_id).expires == ROTATED.replace(microsecond=0) + timedelta(seconds=1)
    assert document.get_assertion_method(new.method_id).expires is None
    assert document.get_assertion_method(new.method_id).revoked is None


def test_a_distrusted_key_carries_the_moment() -> None:
    """Credentials proven before that moment stay valid, so the key stays too."""
    period = replace(_period(), distrusted_since=STOLEN)
    document = controller_document(ISSUER, [period])
    assert document.get_assertion_method(period.method_id).revoked == STOLEN
    assert document.to_json()["verificationMethod"][0]["revoked"] == "2026-03-01T12:00:00Z"  # type: ignore[index]


def test_a_key_for_tokens_stands_there_as_jwk_too() -> None:
    """JOSE looks for a JsonWebKey (VC-JOSE-COSE, 4.2); it ends and is distrusted when the Multikey is."""
    period = replace(_period(), used_until=ROTATED, distrusted_since=STOLEN)
    signer = MemorySigner.generate(Algorithm.ED25519).public_key
    other = replace(period, public_key=signer, method_id=f"{ISSUER}#{signer.multikey}")
    document = controller_document(ISSUER, [period, other])
    multikey, jwk, ed25519 = (document.get_assertion_method(m.id) for m in document.verification_methods)
    assert (multikey.type, jwk.type) == (MethodType.MULTIKEY, MethodType.JSON_WEB_KEY)
    assert jwk == replace(multikey, id=f"{ISSUER}#{period.public_key.thumbprint}", type=MethodType.JSON_WEB_KEY)
    assert jwk.to_json()["publicKeyJwk"] == period.public_key.to_jwk()
    assert "publicKeyMultibase" not in jwk.to_json()
    assert ed25519.type is MethodType.MULTIKEY
    read = ControllerDocument.from_json(document.to_json(), ISSUER).get_assertion_method(jwk.id)
    assert (read.public_key, read.type) == (period.public_key, MethodType.JSON_WEB_KEY)


def test_the_bare_key_is_named_by_its_address() -> None:
    """The document behind a kid is one JWK whose kid is that address."""
    period = _period()
    jwk = bare_jwk(period)
    assert jwk["kid"] == period.key_url
    assert PublicKey.from_jwk(jwk) == period.public_key


def test_the_key_set_dates_every_key() -> None:
    """nbf and exp frame the time a key may have signed in; distrust cuts it short."""
    open_end, rotated = _period(), replace(_period(), used_until=ROTATED)
    stolen = replace(_period(), used_until=ROTATED, distrusted_since=STOLEN)
    first, second, third = key_set([open_end, rotated, stolen])["keys"]
    assert (first["iss"], first["nbf"]) == (ISSUER, int(START.timestamp()))
    assert "exp" not in first
    assert second["exp"] == int(ROTATED.timestamp()) + 1
    assert third["exp"] == int(STOLEN.timestamp())


def test_a_key_of_another_issuer_is_refused() -> None:
    """No document publishes a neighbour's key."""
    with pytest.raises(MalformedControllerDocument):
        controller_document("did:web:other.example", [_period()])


def test_a_key_occurs_once() -> None:
    """Two periods of one key would give one name two meanings."""
    period = _period()
    with pytest.raises(MalformedControllerDocument):
        controller_document(ISSUER, [period, period])
