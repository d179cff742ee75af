"""A verifiable presentation before it is believed: who shows which credentials, and the proofs that say so."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from credentials.contexts import CREDENTIALS_V1, CREDENTIALS_V2
from credentials.data_integrity import AUTHENTICATION, ProofSet, read_proofs
from credentials.errors import MalformedCredential, TooComplex

MOST_CREDENTIALS: Final = 50

_ENVELOPE: Final = re.compile(r"data:application/vc\+jwt,([A-Za-z0-9_-]+\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]+)", re.ASCII)


@dataclass(frozen=True, slots=True)
class UnverifiedPresentation:
    """A presentation as it was read. ``document`` is without its proofs, ``credentials`` are texts to be opened each.

    ``proofs`` is None where the presentation bears none.
    """

    document: Mapping[str, Any]
    holder: str | None
    credentials: tuple[str, ...]
    proofs: ProofSet | None


def open_presentation(secured: Mapping[str, Any]) -> UnverifiedPresentation:
    """Read a presentation (VC Data Model 2.0, section 4.13, or 1.1); proofs are those made for authentication.

    Checks the form only. Raises MalformedCredential, UnsupportedProof or TooComplex.
    """
    contexts = secured.get("@context")
    if not isinstance(contexts, list) or contexts[:1] not in ([CREDENTIALS_V2], [CREDENTIALS_V1]):
        raise MalformedCredential("$['@context']", "expected an array that begins with the context of credentials")
    types = secured.get("type")
    if "VerifiablePresentation" not in (types if isinstance(types, list) else [types]):
        raise MalformedCredential("$.type", "expected VerifiablePresentation")
    shown = secured.get("verifiableCredential", [])
    members = shown if isinstance(shown, list) else [shown]
    if len(members) > MOST_CREDENTIALS:
        raise TooComplex(f"the presentation shows more than {MOST_CREDENTIALS} credentials")
    return UnverifiedPresentation(
        document={name: value for name, value in secured.items() if name != "proof"},
        holder=_read_holder(secured),
        credentials=tuple(
            credential_text(member, f"$.verifiableCredential[{index}]") for index, member in enumerate(members)
        ),
        proofs=read_proofs(secured, purpose=AUTHENTICATION) if "proof" in secured else None,
    )


def credential_text(member: object, path: str) -> str:
    """The text of a credential that stands in another document: the token of an enveloped one, else its JSON."""
    if not isinstance(member, Mapping):
        raise MalformedCredential(path, "expected an object")
    types = member.get("type")
    if "EnvelopedVerifiableCredential" not in (types if isinstance(types, list) else [types]):
        return json.dumps(member, ensure_ascii=False)
    enveloped = _ENVELOPE.fullmatch(str(member.get("id")))
    if enveloped is None:
        raise MalformedCredential(f"{path}.id", "expected data:application/vc+jwt, and a token")
    contexts = member.get("@context")
    if CREDENTIALS_V2 not in (contexts if isinstance(contexts, list) else [contexts]):
        raise MalformedCredential(f"{path}['@context']", "expected the context of credentials")
    return enveloped[1]


def _read_holder(secured: Mapping[str, Any]) -> str | None:
    if "holder" not in secured:
        return None
    holder = secured["holder"]
    path, holder_id = ("$.holder.id", holder.get("id")) if isinstance(holder, Mapping) else ("$.holder", holder)
    if not isinstance(holder_id, str) or not holder_id:
        raise MalformedCredential(path, "expected the identifier of the holder")
    return holder_id
