"""Keys of an issuer that has a web address and no controller document: the JWK set of its host.

Several issuers may share a host, so a key counts for the one that its `iss` names, and for nobody where there is none.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final

from credentials.errors import CredentialError, MalformedCredential
from credentials.strict_json import parse_json
from keys.controller_document import ControllerDocument
from keys.errors import KeyMaterialError
from keys.method import VerificationMethod
from keys.public_key import PublicKey

WELL_KNOWN: Final = "/.well-known/jwks.json"
MOST_KEYS: Final = 256
_OF_CONTROLLERS: Final = frozenset({"verificationMethod", "assertionMethod", "authentication", "capabilityInvocation"})


def names_keys(body: bytes) -> bool:
    """Whether what an issuer's address answered is a controller document, good or bad; a page or a profile is none."""
    try:
        return not _OF_CONTROLLERS.isdisjoint(parse_json(body))
    except CredentialError:
        return False


@lru_cache(maxsize=64)
def read_key_set(body: bytes, issuer_id: str) -> ControllerDocument:
    """The keys in the set that are this issuer's, as it would list them itself; raises CredentialError.

    `iss` stands at each key or at the whole set; where both say something, both must name the issuer. Keys of kinds
    that are not checked here are passed over. `nbf` begins and `exp` ends what a key may have sealed.
    """
    key_set = parse_json(body)
    written = key_set.get("keys")
    if not isinstance(written, list) or len(written) > MOST_KEYS:
        raise MalformedCredential("$.keys", f"expected a list of at most {MOST_KEYS} keys")
    methods: dict[str, VerificationMethod] = {}
    for jwk in written:
        said = [each["iss"] for each in (key_set, jwk) if isinstance(each, Mapping) and "iss" in each]
        if not said or any(each != issuer_id for each in said) or not isinstance(jwk, Mapping):
            continue
        method = _method(jwk, issuer_id)
        if method is not None:
            methods.setdefault(method.id, method)
    return ControllerDocument(
        id=issuer_id, verification_methods=tuple(methods.values()), assertion_methods=frozenset(methods)
    )


def _method(jwk: Mapping[str, Any], issuer_id: str) -> VerificationMethod | None:
    try:
        key = PublicKey.from_jwk(jwk)
    except KeyMaterialError:
        return None
    begins, expires = _moment(jwk, "nbf"), _moment(jwk, "exp")
    return VerificationMethod(f"{issuer_id}#{key.thumbprint}", issuer_id, key, expires=expires, begins=begins)


def _moment(jwk: Mapping[str, Any], name: str) -> datetime | None:
    if name not in jwk:
        return None
    seconds = jwk[name]
    try:
        if isinstance(seconds, bool):
            raise TypeError
        return datetime.fromtimestamp(seconds, UTC)
    except (TypeError, ValueError, OverflowError, OSError) as exc:
        raise MalformedCredential(f"$.keys[].{name}", "expected a number of seconds") from exc
