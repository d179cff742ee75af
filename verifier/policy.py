"""What a relying party demands before it accepts a credential."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from credentials.sealed import SecuringForm
from credentials.unverified import MECHANISMS, UnverifiedCredential
from verifier.documents import Documents
from verifier.trust import TrustList


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The rules of one gate; whom to trust and where to look documents up have no default.

    `clock_skew` is how far two clocks may differ, `max_status_age` how old the copy of a status list may be.
    `accepted_mechanisms` is the allow-list of cryptosuites and JOSE algorithms; a paper names its own, but the key that
    the issuer lists decides. `allow_loopback` lets issuers live on this machine (`did:web:localhost…`), for
    development. `receipts_from` names the gates whose receipts are believed. `as_of` is set when documents and trust
    list come from a bundle: the moment it was made. Nothing passes on one older than `max_bundle_age`.
    `follow_refresh` asks the refresh service that a paper names for a newer issue, which tells its issuer of the check.
    """

    documents: Documents
    trust: TrustList
    clock_skew: timedelta = timedelta(seconds=60)
    max_status_age: timedelta = timedelta(hours=1)
    accepted_forms: frozenset[SecuringForm] = frozenset(SecuringForm)
    accepted_mechanisms: frozenset[str] = MECHANISMS
    allow_loopback: bool = False
    follow_refresh: bool = False
    receipts_from: frozenset[str] = frozenset()
    as_of: datetime | None = None
    max_bundle_age: timedelta = timedelta(days=7)

    def is_bundle_stale(self, now: datetime) -> bool:
        """Whether the bundle behind this policy is too old for now, or younger than the moment asked about."""
        if self.as_of is None:
            return False
        return not -self.clock_skew <= now - self.as_of <= self.max_bundle_age

    def accepts(self, paper: UnverifiedCredential) -> bool:
        """Whether the seal under which the paper is read, and each it rests on, is of an accepted kind."""
        accepted = paper.form in self.accepted_forms and paper.mechanism in self.accepted_mechanisms
        return accepted and all(self.accepts(earlier) for earlier in paper.rests_on)
