"""What others say about the badge: each endorsement is a credential of its own, verified as one and reported apart.

An endorsement never makes a badge better or worse. It counts as genuine when its own issuer sealed it, it follows the
standard, it speaks of the very thing it sits on, and it holds today. Whether its issuer is anybody is another question:
`listed_as` says what the trust list calls it.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from credentials.endorsement_tokens import MEMBER as TOKENS
from credentials.endorsement_tokens import tokens_in
from credentials.errors import CredentialError
from credentials.profile import EndorsementCredential
from credentials.unverified import UnverifiedCredential, open_unverified
from verifier.authenticity import check_form, check_issuer, paper_evidence
from verifier.policy import Policy
from verifier.reasons import Check, Outcome, Reason
from verifier.refresh import Issue, find_newest_issue
from verifier.report import CheckResult, Evidence
from verifier.seals import try_seals
from verifier.standing import check_validity
from verifier.status import check_status

MOST_ENDORSEMENTS: Final = 8
EMBEDDED: Final = "endorsement"
ABOUT_ANOTHER: Final = "about_another"
TOO_MANY: Final = "too_many"


@dataclass(frozen=True, slots=True, kw_only=True)
class EndorsementResult:
    """How one endorsement came out.

    `place` is where it stands in the badge and `about` the identifier of what it stands on. `reason` is a value of
    `Reason`, `about_another` (it speaks of something else) or `too_many` (this and what follows was not looked at);
    None when PASSED. `endorser_id`, `endorser_name` and `comment` are the endorser's own word, and there only when it
    sealed them. `listed_as` is its name on the trust list; `is_own` says that the badge's issuer endorses itself.
    """

    place: str
    about: str
    outcome: Outcome
    reason: str | None
    detail: str
    evidence: tuple[Evidence, ...]
    endorser_id: str | None = None
    endorser_name: str | None = None
    comment: str | None = None
    listed_as: str | None = None
    is_own: bool = False

    def __post_init__(self) -> None:
        if not self.evidence:
            raise ValueError("an endorsement is not judged without evidence")

    def to_json(self) -> dict[str, Any]:
        """The result as in the public report."""
        return {
            "place": self.place,
            "about": self.about,
            "outcome": self.outcome.value,
            "reason": self.reason,
            "detail": self.detail,
            "endorser": {"id": self.endorser_id, "name": self.endorser_name, "listed_as": self.listed_as},
            "is_own": self.is_own,
            "comment": self.comment,
            "evidence": [{"looked_at": each.looked_at, **each.to_json()} for each in self.evidence],
        }


@dataclass(frozen=True, slots=True)
class _Carried:
    """An endorsement as the badge carries it, not yet opened."""

    place: str
    about: str
    text: str


def check_endorsements(
    unverified: UnverifiedCredential, policy: Policy, *, now: datetime
) -> tuple[EndorsementResult, ...]:
    """Every endorsement of an authentic badge, at any depth, in embedded form or as token; at most MOST_ENDORSEMENTS.

    Those inside an endorsement are looked at too, whatever came of the outer one.
    """
    results: list[EndorsementResult] = []
    for carried in _carried_by(unverified.signed_document):
        if len(results) == MOST_ENDORSEMENTS:
            results.append(_too_many(carried, unverified, now))
            break
        results.append(_judge(carried, unverified.unverified_issuer_id, policy, now))
    return tuple(results)


def _carried_by(document: Mapping[str, Any]) -> Iterator[_Carried]:
    """The endorsements in a document, the outer before those inside them."""
    waiting: deque[tuple[str, object]] = deque([("$", document)])
    while waiting:
        place, value = waiting.popleft()
        if isinstance(value, list):
            waiting.extend((f"{place}[{index}]", each) for index, each in enumerate(value))
        if not isinstance(value, Mapping):
            continue
        about = value.get("id")
        about = about if isinstance(about, str) else ""
        for name, inner in value.items():
            here = f"{place}.{name}"
            for index, text in enumerate(_texts(name, inner)):
                yield _Carried(f"{here}[{index}]", about, text)
                if name == TOKENS:
                    waiting.append((f"{here}[{index}]", _content(text)))
            waiting.append((here, inner))


def _content(token: str) -> Mapping[str, Any]:
    """What a token holds; nothing where it cannot be opened, which its own result says."""
    try:
        return open_unverified(token).signed_document
    except CredentialError:
        return {}


def _texts(name: str, value: object) -> tuple[str, ...]:
    if name == TOKENS:
        return tokens_in(value)
    if name != EMBEDDED:
        return ()
    return tuple(json.dumps(each, ensure_ascii=False) for each in (value if isinstance(value, list) else [value]))


def _judge(carried: _Carried, badge_issuer: str, policy: Policy, now: datetime) -> EndorsementResult:
    """Is it authentic, as a badge would be? If so: what it says, in its newest issue where the policy asks for that."""
    try:
        paper = open_unverified(carried.text)
    except CredentialError as exc:
        at_hand = Evidence(looked_at="the endorsement", source="carrier", read_at=now, facts={"problem": str(exc)})
        return _result(
            carried, CheckResult.because(Check.FORM, Reason.MALFORMED, f"It cannot be read: {exc}.", at_hand)
        )
    form = check_form(paper, policy, now=now)
    if not form.is_in_order:
        return _result(carried, form)
    seal = try_seals(paper, policy, now=now)
    if seal.key is None or seal.proof is None or not seal.proof.is_in_order:
        return _result(carried, seal.proof or seal.key_listed)
    issuer = check_issuer(seal.paper, seal.key, policy, now=now)
    if not issuer.is_in_order:
        return _result(carried, issuer)
    newest = find_newest_issue(seal.paper, seal.key.issuer, policy, now=now, kind=_check_schema)
    judged = _judge_content(carried, newest, (seal.key_listed, seal.proof, issuer), policy, now)
    return replace(judged, **_told(newest.paper, badge_issuer, policy))


def _judge_content(
    carried: _Carried, newest: Issue, authentic: tuple[CheckResult, ...], policy: Policy, now: datetime
) -> EndorsementResult:
    """Is it an endorsement of this; does it hold today?"""
    schema = _check_schema(newest.paper, now)
    if not schema.is_in_order:
        return _result(carried, schema)
    if _about(newest.paper) != carried.about:
        return _about_another(carried, newest.paper, now)
    status = check_status(newest.paper, newest.issuer, policy, now=now)
    validity = check_validity(newest.paper, policy, now=now)
    validity = replace(validity, evidence=(*validity.evidence, *newest.evidence))
    return _result(carried, status, validity, *authentic, schema)


def _check_schema(paper: UnverifiedCredential, now: datetime) -> CheckResult:
    """SCHEMA, with the rules of another kind of credential: an achievement is no endorsement."""
    rules = {"rules": "Open Badges 3.0, EndorsementCredential", "data_model": paper.version.value}
    try:
        EndorsementCredential.from_json(paper.document)
    except CredentialError as exc:
        evidence = paper_evidence(paper, now, {**rules, "problem": str(exc)})
        detail = f"It is not an endorsement as Open Badges 3.0 wants it: {exc}."
        return CheckResult.because(Check.SCHEMA, Reason.SCHEMA_VIOLATED, detail, evidence)
    return CheckResult.passed(Check.SCHEMA, "It follows Open Badges 3.0.", paper_evidence(paper, now, rules))


def _about(paper: UnverifiedCredential) -> str:
    """The identifier of what is endorsed, in a document that follows the standard."""
    return str(paper.document["credentialSubject"]["id"])


def _told(paper: UnverifiedCredential, badge_issuer: str, policy: Policy) -> dict[str, Any]:
    """What an authentic endorsement says of itself, and what the trust list says of its issuer."""
    issuer, subject = paper.document.get("issuer"), paper.document.get("credentialSubject")
    name = issuer.get("name") if isinstance(issuer, Mapping) else None
    comment = subject.get("endorsementComment") if isinstance(subject, Mapping) else None
    listed = sorted({entry.name for entry in policy.trust.find_entries(paper.unverified_issuer_id)})
    return {
        "endorser_id": paper.unverified_issuer_id,
        "endorser_name": name if isinstance(name, str) else None,
        "comment": comment if isinstance(comment, str) else None,
        "listed_as": listed[0] if listed else None,
        "is_own": paper.unverified_issuer_id == badge_issuer,
    }


def _result(carried: _Carried, *asked: CheckResult) -> EndorsementResult:
    """The first check that failed decides, else the first that is open; the evidence of all stays."""
    decider = min(asked, key=lambda each: (Outcome.FAILED, Outcome.INDETERMINATE, Outcome.PASSED).index(each.outcome))
    passed = decider.outcome is Outcome.PASSED
    return EndorsementResult(
        place=carried.place,
        about=carried.about,
        outcome=decider.outcome,
        reason=decider.reason.value if decider.reason else None,
        detail="Its issuer sealed it, it speaks of this, and it holds today." if passed else decider.detail,
        evidence=tuple(item for each in asked for item in each.evidence),
    )


def _about_another(carried: _Carried, paper: UnverifiedCredential, now: datetime) -> EndorsementResult:
    return EndorsementResult(
        place=carried.place,
        about=carried.about,
        outcome=Outcome.FAILED,
        reason=ABOUT_ANOTHER,
        detail="It is an endorsement of something else than what it was put on.",
        evidence=(paper_evidence(paper, now, {"endorses": _about(paper), "put_on": carried.about}),),
    )


def _too_many(carried: _Carried, unverified: UnverifiedCredential, now: datetime) -> EndorsementResult:
    return EndorsementResult(
        place=carried.place,
        about=carried.about,
        outcome=Outcome.SKIPPED,
        reason=TOO_MANY,
        detail=f"No more than {MOST_ENDORSEMENTS} endorsements of one badge are looked at.",
        evidence=(paper_evidence(unverified, now, {"looked_at": str(MOST_ENDORSEMENTS)}),),
    )
