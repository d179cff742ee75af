"""What awarding many badges in a row need not look up again for each of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from typing import Final

from sqlalchemy.orm import Session

from issuer.awards.blank import Blank, make_blank
from issuer.catalogue.find import get_offer, get_provider
from issuer.desk import Desk
from issuer.signing.provider_keys import ProviderSigners
from verifier.documents import Documents, FetchedDocument
from verifier.policy import Policy

REMEMBERED_FOR: Final = timedelta(seconds=60)
"""A change of keys, authorisations or catalogue meets a long run within this time."""


class AwardRun:
    """The blanks and the gate's documents of one run; made for one thread, and given up at its end."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._blanks: dict[tuple[str, str], tuple[datetime, Blank]] = {}
        self._policies: dict[frozenset[str], tuple[datetime, Policy, _Remembered]] = {}

    def blank(self, session: Session, provider_slug: str, code: str, *, now: datetime) -> Blank:
        """The blank of an achievement; raises what ``get_provider`` and ``get_offer`` raise."""
        key = (provider_slug, code)
        kept = self._blanks.get(key)
        if kept is None or now - kept[0] > REMEMBERED_FOR:
            provider = get_provider(session, provider_slug)
            offer = get_offer(session, provider, code, now=now)
            kept = self._blanks[key] = now, make_blank(session, provider, offer, self._desk.base_url)
        return kept[1]

    def policy(self, session: Session, signers: ProviderSigners, *, now: datetime) -> Policy:
        """What a stranger's gate would demand; after a rotation of keys it looks everything up again."""
        kept = self._policies.get(signers.thumbprints)
        if kept is None or now - kept[0] > REMEMBERED_FOR:
            policy, remembered = self._desk.policy(session), _Remembered()
            self._policies[signers.thumbprints] = now, policy, remembered
            return replace(policy, documents=remembered.reading(lambda: policy.documents))
        _, policy, remembered = kept
        return replace(policy, documents=remembered.reading(cache(lambda: self._desk.policy(session).documents)))


class _Remembered:
    """Documents fetched once; what is not remembered is fetched through the session of the moment."""

    def __init__(self) -> None:
        self._documents: dict[tuple[str, str], FetchedDocument] = {}
        self._open: Callable[[], Documents] | None = None

    def reading(self, opener: Callable[[], Documents]) -> _Remembered:
        self._open = opener
        return self

    def fetch(self, url: str, *, accept: str, now: datetime) -> FetchedDocument:
        """The document as it was a moment ago; raises Unreachable."""
        found = self._documents.get((url, accept))
        if found is None:
            assert self._open is not None
            found = self._documents[(url, accept)] = self._open().fetch(url, accept=accept, now=now)
            return found
        age = int((now - found.fetched_at).total_seconds())
        return replace(found, source="cache", age_seconds=max(0, age))
