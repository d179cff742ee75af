"""STATUS: does the issuer still stand by the paper? Reads the status list it names, and the issuer's sibling lists.

A list counts only when the issuer's own key sealed it, when it is in force now, and when it is the list that was asked
for. What cannot be had, or cannot be trusted, leaves the question open: it never counts as good news.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar, Final

from credentials.errors import CredentialError
from credentials.status_entry import BitstringStatusListEntry, StatusMessage
from credentials.status_list import StatusListCredential, StatusPurpose
from credentials.unverified import UnverifiedCredential
from keys.instant import write_instant
from verifier.authenticity import paper_evidence
from verifier.documents import FetchedDocument
from verifier.errors import Unreachable, VerifierError
from verifier.issuers import Issuer, KeyRefused, check_in_force, check_not_disowned, find_key
from verifier.policy import Policy
from verifier.reasons import Check, Outcome, Reason
from verifier.report import CheckResult, Evidence
from verifier.revocation_list import REVOCATION_LIST, is_listed
from verifier.status_documents import open_sealed_list, read_list

STATUS_LIST_SERVICE: Final = "VoltpassStatusList"
ACCEPT_LIST: Final = "application/vc, application/vc+jwt;q=0.9, application/json;q=0.8, */*;q=0.1"
MOST_LISTS: Final = 4
MESSAGE: Final = "message"
"""A purpose that says something in words; whether that is good or bad news, a program cannot tell."""

_MEANING: Final[Mapping[str, tuple[Reason, str]]] = {
    StatusPurpose.REFRESH: (Reason.SUPERSEDED, "The issuer has replaced this credential by a newer one."),
    StatusPurpose.REVOCATION: (Reason.REVOKED, "The issuer has withdrawn this credential for good."),
    StatusPurpose.SUSPENSION: (Reason.SUSPENDED, "The issuer has suspended this credential for the time being."),
}
"""What a set bit means, heaviest first: superseding revokes as well, and says what to do."""

_HEAVIEST_FIRST: Final = [reason for reason, _ in _MEANING.values()]


class StatusOpen(VerifierError):
    """A list could not answer; `reason` is one of STATUS's that are INDETERMINATE, `detail` a plain sentence."""

    code: ClassVar[str] = "status_open"

    def __init__(self, reason: Reason, detail: str, evidence: Evidence) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail
        self.evidence = evidence


@dataclass(frozen=True, slots=True)
class Question:
    """One entry to be read: in which list, for which purpose, of how many bits, and what its values mean in words."""

    list_url: str
    purpose: str
    index: int
    size: int = 1
    messages: tuple[StatusMessage, ...] = ()

    def message(self, value: int) -> str | None:
        """What the issuer says that the value means; None when it does not say."""
        written = {f"0x{value:x}", f"0x{value:02x}"}
        return next((each.message for each in self.messages if each.status.lower() in written), None)


def check_status(unverified: UnverifiedCredential, issuer: Issuer, policy: Policy, *, now: datetime) -> CheckResult:
    """STATUS: nothing that the issuer publishes says that the paper was withdrawn, suspended or replaced.

    Every list is asked, whatever the others say; the heaviest answer counts, and all of them are evidence.
    """
    entry = unverified.document.get("credentialStatus")
    if entry is None:
        paper = paper_evidence(unverified, now, {"credentialStatus": "none: it cannot be withdrawn"})
        detail = "The credential carries no status, so the issuer has no way to withdraw it."
        return _unless_outdated(CheckResult.passed(Check.STATUS, detail, paper), policy, now)
    paper = paper_evidence(unverified, now, {"credentialStatus": "present"})
    try:
        if isinstance(entry, Mapping) and entry.get("type") == REVOCATION_LIST:
            return _ask_revocation_list(unverified, entry, policy, now)
        answers = [_answer(question, issuer, policy, now) for question in _questions(entry, issuer, paper)]
    except StatusOpen as doubt:
        return CheckResult.because(Check.STATUS, doubt.reason, doubt.detail, doubt.evidence)
    evidence = tuple(item for answer in answers for item in answer.evidence)
    return _unless_outdated(replace(min(answers, key=_rank), evidence=evidence), policy, now)


def _unless_outdated(answer: CheckResult, policy: Policy, now: datetime) -> CheckResult:
    """Good news out of a bundle counts while the bundle is young; bad news stays bad."""
    if answer.outcome is not Outcome.PASSED or policy.as_of is None or not policy.is_bundle_stale(now):
        return answer
    made = write_instant(policy.as_of)
    detail = f"Good as of {made}, when the bundle was made; what was withdrawn since, a bundle of that age cannot tell."
    return CheckResult.because(Check.STATUS, Reason.STATUS_STALE, detail, *answer.evidence)


def _rank(answer: CheckResult) -> int:
    """FAILED before INDETERMINATE before PASSED, and among the failures the heaviest first."""
    if answer.reason in _HEAVIEST_FIRST:
        return _HEAVIEST_FIRST.index(answer.reason)
    return len(_HEAVIEST_FIRST) + (answer.outcome is Outcome.PASSED)


def _questions(entry: object, issuer: Issuer, paper: Evidence) -> Iterator[Question]:
    """The list that the paper names, then the issuer's lists that accompany it and share its index."""
    try:
        own = BitstringStatusListEntry.from_json(entry)  # type: ignore[arg-type]  # whatever the paper holds there
    except CredentialError as exc:
        known = isinstance(entry, Mapping) and entry.get("type") == "BitstringStatusListEntry"
        reason = Reason.STATUS_INVALID if known else Reason.STATUS_UNSUPPORTED
        raise StatusOpen(reason, f"The status that the paper names cannot be read: {exc}.", paper) from exc
    size, messages = own.status_size or 1, own.status_message
    yield Question(own.status_list_credential, own.status_purpose, own.status_list_index, size, messages)
    accompanying = [
        service
        for service in issuer.controller.services
        if service.type == STATUS_LIST_SERVICE and service.properties.get("accompanies") == own.status_list_credential
    ]
    if len(accompanying) > MOST_LISTS:
        raise StatusOpen(Reason.STATUS_INVALID, "The issuer names too many status lists.", issuer.evidence)
    for service in accompanying:
        yield Question(service.endpoint, service.properties.get("statusPurpose", ""), own.status_list_index)


def _answer(question: Question, issuer: Issuer, policy: Policy, now: datetime) -> CheckResult:
    """What one list says."""
    try:
        document = _fetch(question.list_url, policy, now)
        listed, value = _read_value(question, document, issuer, policy, now)
    except StatusOpen as doubt:
        return CheckResult.because(Check.STATUS, doubt.reason, doubt.detail, doubt.evidence)
    message = question.message(value)
    facts = _facts(question) | {"bit": str(value)}
    if listed.valid_until is not None:
        facts["list_valid_until"] = write_instant(listed.valid_until)
    if message is not None:
        facts["message"] = message
    evidence = document.evidence(facts)
    if value and question.purpose in _MEANING:
        return CheckResult.because(Check.STATUS, *_MEANING[question.purpose], evidence)
    if question.size > 1 or question.purpose == MESSAGE:
        said = f"“{message}”" if message else f"value {value}, without words"
        detail = f"The issuer's status says: {said}. Whether the credential still holds is for you to judge."
        return CheckResult.because(Check.STATUS, Reason.STATUS_UNSUPPORTED, detail, evidence)
    return CheckResult.passed(Check.STATUS, "The issuer has not withdrawn, suspended or replaced it.", evidence)


def _fetch(url: str, policy: Policy, now: datetime) -> FetchedDocument:
    try:
        return policy.documents.fetch(url, accept=ACCEPT_LIST, now=now)
    except Unreachable as exc:
        evidence = Evidence(looked_at=exc.url, source="network", read_at=now, facts={"problem": exc.reason})
        detail = f"A status list of the issuer could not be had: {exc.reason}."
        raise StatusOpen(Reason.STATUS_UNREACHABLE, detail, evidence) from exc


def _read_value(
    question: Question, document: FetchedDocument, issuer: Issuer, policy: Policy, now: datetime
) -> tuple[StatusListCredential, int]:
    """The entry, after everything that makes the list the issuer's word of today; raises StatusOpen."""
    seen = document.evidence(_facts(question))
    if question.purpose not in _MEANING and question.purpose != MESSAGE:
        detail = f"What a status list for {question.purpose!r} means is not known here."
        raise StatusOpen(Reason.STATUS_UNSUPPORTED, detail, seen)
    try:
        unverified = read_list(document.body)
        if unverified.unverified_issuer_id != issuer.id:
            raise StatusOpen(Reason.STATUS_INVALID, "The status list is another issuer's.", seen)
        if unverified.rests_on or unverified.mechanism not in policy.accepted_mechanisms:
            raise StatusOpen(Reason.STATUS_INVALID, "The status list is sealed in a way not accepted here.", seen)
        key = find_key(issuer, unverified.unverified_key_id, policy, now=now)
        check_in_force(key, unverified.unverified_created)
        check_not_disowned(key, now=now)
        listed, bits = open_sealed_list(document.body, key.public_key)
        _check_is_the_list_asked_for(question, listed, seen)
        _check_is_of_today(listed, document, policy, now, seen)
        return listed, bits.value(question.index, question.size)
    except KeyRefused as exc:
        out_of_reach = exc.reason is Reason.KEY_UNREACHABLE
        reason = Reason.STATUS_UNREACHABLE if out_of_reach else Reason.STATUS_INVALID
        raise StatusOpen(reason, f"A status list is not sealed with the issuer's key: {exc.detail}", seen) from exc
    except CredentialError as exc:
        raise StatusOpen(Reason.STATUS_INVALID, f"A status list of the issuer cannot be used: {exc}.", seen) from exc


def _check_is_the_list_asked_for(question: Question, listed: StatusListCredential, seen: Evidence) -> None:
    """One list of the issuer must not be handed out in place of another."""
    if listed.id != question.list_url:
        raise StatusOpen(Reason.STATUS_INVALID, "Another status list came than the one asked for.", seen)
    if not listed.serves(question.purpose):
        raise StatusOpen(Reason.STATUS_INVALID, f"The status list is not one for {question.purpose}.", seen)


def _check_is_of_today(
    listed: StatusListCredential, document: FetchedDocument, policy: Policy, now: datetime, seen: Evidence
) -> None:
    """An old list knows nothing of what was withdrawn since; one in a bundle has to be of the bundle's day."""
    moment = policy.as_of or now
    if listed.valid_from is not None and moment + policy.clock_skew < listed.valid_from:
        raise StatusOpen(Reason.STATUS_STALE, "The status list is not in force yet.", seen)
    if listed.valid_until is not None and moment - policy.clock_skew > listed.valid_until:
        raise StatusOpen(Reason.STATUS_STALE, "The status list is out of date.", seen)
    if document.age_seconds > policy.max_status_age.total_seconds():
        raise StatusOpen(Reason.STATUS_STALE, "The copy of the status list is too old.", seen)


def _ask_revocation_list(
    unverified: UnverifiedCredential, entry: Mapping[str, object], policy: Policy, now: datetime
) -> CheckResult:
    """1EdTechRevocationList: nobody seals such a list, so it is believed when it says no and never when it says yes."""
    document = _fetch(str(entry.get("id", "")), policy, now)
    evidence = document.evidence({"type": REVOCATION_LIST, "sealed": "no"})
    try:
        listed = is_listed(document.body, unverified.unverified_id, unverified.unverified_issuer_id)
    except CredentialError as exc:
        detail = f"The revocation list of the issuer cannot be used: {exc}."
        raise StatusOpen(Reason.STATUS_INVALID, detail, evidence) from exc
    if not listed:
        detail = "The revocation list carries no seal, so nobody can tell whether it is complete."
        raise StatusOpen(Reason.STATUS_UNSUPPORTED, detail, evidence)
    return CheckResult.because(Check.STATUS, *_MEANING[StatusPurpose.REVOCATION], evidence)


def _facts(question: Question) -> dict[str, str]:
    return {"purpose": question.purpose, "index": str(question.index)}
