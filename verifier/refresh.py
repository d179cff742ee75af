"""A newer issue of an authentic paper, from the refresh service that it names (1EdTechCredentialRefresh 1.0).

Asking tells the issuer that somebody checks this paper, so it happens only where the policy says so. Whatever goes
wrong on the way, the paper at hand stands as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from credentials.errors import CredentialError
from credentials.unverified import UnverifiedCredential, open_unverified
from verifier.authenticity import check_form, check_issuer, paper_evidence
from verifier.documents import FetchedDocument
from verifier.errors import Unreachable
from verifier.issuers import Issuer
from verifier.policy import Policy
from verifier.report import CheckResult, Evidence
from verifier.seals import TriedSeal, try_seals
from verifier.standing import check_schema, read_moment

REFRESH: Final = "1EdTechCredentialRefresh"
ACCEPT_ISSUE: Final = "application/vc, application/vc+jwt;q=0.9, application/json;q=0.8"


@dataclass(frozen=True, slots=True)
class Issue:
    """The issue of a paper that stands, the issuer behind it, and what was done to find it."""

    paper: UnverifiedCredential
    issuer: Issuer
    evidence: tuple[Evidence, ...] = ()


class _NotNewer(Exception):
    """Why what the service answered does not replace the paper."""


CheckSchema = Callable[[UnverifiedCredential, datetime], CheckResult]


def check_badge_schema(paper: UnverifiedCredential, now: datetime) -> CheckResult:
    """SCHEMA for a badge, without the credential that comes out."""
    return check_schema(paper, now=now)[0]


def find_newest_issue(
    unverified: UnverifiedCredential,
    issuer: Issuer,
    policy: Policy,
    *,
    now: datetime,
    kind: CheckSchema = check_badge_schema,
) -> Issue:
    """The paper itself, or the newer issue that its refresh service has: followed once, and only if the policy says so.

    The newer one must be authentic, follow the standard (that of a badge, or the `kind` given), have the same issuer
    and identifier, and begin later, though not after now.
    """
    service = unverified.document.get("refreshService")
    if not isinstance(service, Mapping) or service.get("type") != REFRESH or not policy.follow_refresh:
        return Issue(unverified, issuer)
    url = str(service.get("id", ""))
    try:
        document = policy.documents.fetch(url, accept=ACCEPT_ISSUE, now=now)
    except Unreachable as exc:
        return Issue(unverified, issuer, (paper_evidence(unverified, now, _stands(url, exc.reason)),))
    try:
        seal, found = _read_newer(document, unverified, policy, now)
        if not kind(seal.paper, now).is_in_order:
            raise _NotNewer("the answer does not follow Open Badges 3.0")
    except (CredentialError, ValueError, _NotNewer) as exc:
        return Issue(unverified, issuer, (document.evidence(_stands(url, str(exc))),))
    facts = {"refresh": "this newer issue stands", "in_place_of": unverified.digest}
    return Issue(seal.paper, found, (document.evidence(facts), *seal.key_listed.evidence))


def _read_newer(
    document: FetchedDocument, old: UnverifiedCredential, policy: Policy, now: datetime
) -> tuple[TriedSeal, Issuer]:
    """The answer under the seal that holds, and its issuer; raises CredentialError, ValueError or _NotNewer."""
    newer = open_unverified(document.body)
    if newer.unverified_issuer_id != old.unverified_issuer_id:
        raise _NotNewer("the answer has another issuer")
    if old.unverified_id is None or newer.unverified_id != old.unverified_id:
        raise _NotNewer("the answer is another credential")
    begins, began = read_moment(newer.document, "validFrom"), read_moment(old.document, "validFrom")
    if begins is None or began is None or not began < begins <= now + policy.clock_skew:
        raise _NotNewer("the answer is not newer, or not in force yet")
    if not check_form(newer, policy, now=now).is_in_order:
        raise _NotNewer("the answer is secured in a way that is not accepted here")
    seal = try_seals(newer, policy, now=now)
    if seal.key is None or not seal.holds:
        raise _NotNewer((seal.proof or seal.key_listed).detail)
    if not check_issuer(seal.paper, seal.key, policy, now=now).is_in_order:
        raise _NotNewer("the answer names another issuer than the holder of its key")
    return seal, seal.key.issuer


def _stands(url: str, why: str) -> dict[str, str]:
    return {"refresh": "the original stands", "service": url, "problem": why}
