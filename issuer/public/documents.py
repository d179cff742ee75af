"""PublishedDocuments: every document of this platform, by its address.

The web serves them, and the gate reads them in process: both get exactly the same bytes.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from issuer.alliance import trust_list
from issuer.awards.seals import find_distrusted_key, sign_register
from issuer.catalogue.find import find_provider
from issuer.catalogue.records import ProviderRecord
from issuer.database import Sessions, reading, transaction
from issuer.desk import OpenSigners
from issuer.errors import IssuerError
from issuer.public import answers
from issuer.public.answers import VC, VC_JWT
from issuer.status import publish
from issuer.status.records import StatusListRecord
from keys.errors import VoltpassError
from keys.signer import Signer
from verifier.documents import PublishedDocument
from verifier.seal_register import SEAL_REGISTER_TYPE
from verifier.trust import TRUST_LIST_TYPE

_log = logging.getLogger(__name__)

TRUST_LIST_PATH: Final = "/trust-list"
_SLUG: Final = r"([a-z0-9-]{1,64})"
_CODE: Final = r"([A-Za-z0-9-]{1,32})"
_THUMBPRINT: Final = r"([A-Za-z0-9_-]{43})"
_RANDOM: Final = r"([A-Za-z0-9_-]{22})"


@dataclass(frozen=True, slots=True)
class _Question:
    """One request for a document: through which session, when, in which form, and whether new texts are filed."""

    session: Session
    now: datetime
    as_jwt: bool
    files: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedDocuments:
    """Finds what this platform publishes; signs status lists and the trust list anew when they are out of date.

    ``origins`` are the addresses (scheme, host, port) documents were ever published under; others are not ours.
    """

    sessions: Sessions
    signers: OpenSigners
    base_url: str
    origins: frozenset[str]
    clock: Callable[[], datetime]

    def find(self, address: str, *, accept: str = "") -> PublishedDocument | None:
        """The document at an address or path of ours; None when there is none.

        ``accept`` chooses between the two forms of a status list or credential as HTTP does; JSON is the default.
        """
        path = self._own_path(address)
        if path is None:
            return None
        with reading(self.sessions) as session:
            return self._answer(path, _Question(session, self.clock(), VC_JWT in accept.lower(), files=True))

    def within(self, session: Session) -> Callable[[str], PublishedDocument | None]:
        """A finder that reads through ``session``, also what is not committed yet, and files nothing."""

        def find(address: str) -> PublishedDocument | None:
            path = self._own_path(address)
            question = _Question(session, self.clock(), as_jwt=False, files=False)
            return None if path is None else self._answer(path, question)

        return find

    def is_ours(self, address: str) -> bool:
        """Whether an address lies on this platform, whatever is published there."""
        parts = urlsplit(address)
        return f"{parts.scheme}://{parts.netloc}" in self.origins

    def _own_path(self, address: str) -> str | None:
        if address.startswith("/"):
            return address
        parts = urlsplit(address)
        return parts.path if self.is_ours(address) and not parts.query else None

    def _answer(self, path: str, question: _Question) -> PublishedDocument | None:
        for pattern, answer in _ROUTES:
            if match := pattern.fullmatch(path):
                return answer(self, question, match)
        return None

    def _status_list(self, question: _Question, match: re.Match[str]) -> PublishedDocument | None:
        record = publish.find_list(question.session, match[1])
        if record is None:
            return None
        revision = publish.current_revision(question.session, record)
        sealed = publish.as_published(record, revision, now=question.now)
        if sealed is None:
            try:
                sealed = self._signed_anew(question, match[1])
            except VoltpassError as exc:
                _log.error("status list %s cannot be signed: %s", match[1], exc)
                return None
        text, media_type = (sealed.sealed_jwt, VC_JWT) if question.as_jwt else (sealed.sealed_json, VC)
        return PublishedDocument(body=text.encode(), media_type=media_type)

    def _signed_anew(self, question: _Question, slug: str) -> publish.SealedList:
        if not question.files:
            return self._seal_list(question.session, slug, question.now)
        with transaction(self.sessions) as session:
            sealed = self._seal_list(session, slug, question.now)
            record = publish.find_list(session, slug)
            assert record is not None
            publish.keep_published(session, record.id, sealed)
            return sealed

    def _seal_list(self, session: Session, slug: str, now: datetime) -> publish.SealedList:
        record = publish.find_list(session, slug)
        assert record is not None, "lists are never removed"
        provider = session.get_one(ProviderRecord, session.get_one(StatusListRecord, record.list_id).provider_id)
        return publish.seal_list(session, record, provider, self.signers.of(session, provider), now=now)

    def _trust_list(self, question: _Question, match: re.Match[str]) -> PublishedDocument | None:
        del match
        try:
            keeper = trust_list.get_keeper(question.session)
            signer = self.signers.of(question.session, keeper).p256
            jws = trust_list.as_published(question.session, keeper, signer, now=question.now)
            if jws is None:
                jws = trust_list.make_trust_list(question.session, keeper, signer, now=question.now)
                if question.files:
                    self._file_trust_list(keeper, signer, jws, question.now)
        except IssuerError as exc:
            _log.info("no trust list: %s", exc.code)
            return None
        return PublishedDocument(body=jws.encode(), media_type=f"application/{TRUST_LIST_TYPE}")

    def _file_trust_list(self, keeper: ProviderRecord, signer: Signer, jws: str, now: datetime) -> None:
        # another process may file its own at the same moment; one is as good as the other
        with suppress(IntegrityError), transaction(self.sessions) as session:
            trust_list.keep_trust_list(session, keeper, signer, jws, now=now)

    def _seal_register(self, question: _Question, match: re.Match[str]) -> PublishedDocument | None:
        provider = find_provider(question.session, match[1])
        key = None if provider is None else find_distrusted_key(question.session, provider, match[2])
        if provider is None or key is None:
            return None
        try:
            signer = self.signers.of(question.session, provider).p256
        except VoltpassError as exc:
            _log.error("the register of seals of %s cannot be signed: %s", provider.slug, exc)
            return None
        jws = sign_register(question.session, provider, key, match[3], signer, now=question.now)
        return PublishedDocument(body=jws.encode(), media_type=f"application/{SEAL_REGISTER_TYPE}")

    def _credential(self, question: _Question, match: re.Match[str]) -> PublishedDocument | None:
        as_jwt = match[2] == ".jwt" or (match[2] is None and question.as_jwt)
        return answers.credential(question.session, match[1], as_jwt=as_jwt)


_Answer = Callable[[PublishedDocuments, _Question, re.Match[str]], PublishedDocument | None]

_ROUTES: Final[tuple[tuple[re.Pattern[str], _Answer], ...]] = tuple(
    (re.compile(pattern, re.ASCII), answer)
    for pattern, answer in (
        (rf"/issuers/{_SLUG}/did\.json", lambda self, q, m: answers.did_document(q.session, m[1])),
        (rf"/status/{_RANDOM}", PublishedDocuments._status_list),
        (TRUST_LIST_PATH, PublishedDocuments._trust_list),
        (rf"/issuers/{_SLUG}/keys/{_THUMBPRINT}", lambda self, q, m: answers.key(q.session, m[1], m[2])),
        (rf"/issuers/{_SLUG}/seals/{_THUMBPRINT}/([0-9a-f])", PublishedDocuments._seal_register),
        (rf"/v/{_RANDOM}(\.json|\.jwt)?", PublishedDocuments._credential),
        (rf"/issuers/{_SLUG}", lambda self, q, m: answers.issuer(q.session, m[1])),
        (rf"/programmes/{_CODE}", lambda self, q, m: answers.programme(q.session, self.base_url, m[1])),
        (r"/\.well-known/did\.json", lambda self, q, m: answers.platform_did_document(q.session, self.base_url)),
        (r"/\.well-known/jwks\.json", lambda self, q, m: answers.keys(q.session)),
        (r"/achievements", lambda self, q, m: answers.achievements(q.session, self.base_url)),
        (
            rf"/achievements/{_CODE}(?:/([0-9.]{{1,14}}))?",
            lambda self, q, m: answers.achievement(q.session, self.base_url, m[1], m[2]),
        ),
    )
)
