"""For each of the nine checks an input that only this check stops: delete the check, and the input becomes VALID.

The table also holds one line for every rule inside a check that could be lost alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from credentials.page_seal import seal_page
from credentials.sealed import SecuringForm
from credentials.status_list import StatusPurpose
from credentials.unverified import UnverifiedCredential, open_unverified
from keys.algorithm import Algorithm
from keys.signer import MemorySigner
from tests.simulator import BASE, Simulator, achievement, subject, tamper
from verifier.authenticity import check_appearance, check_form, check_issuer, check_key, check_proof
from verifier.errors import CredentialRejected
from verifier.issuers import resolve_key
from verifier.page import PageReading
from verifier.policy import Policy
from verifier.reasons import Check
from verifier.report import CheckResult, VerificationReport
from verifier.standing import check_schema, check_trust, check_validity
from verifier.status import check_status
from verifier.verify import verify

DRAWING = "ab" * 32


class Case:
    """A world in which everything is in order, until a cause spoils one thing."""

    def __init__(self) -> None:
        self.sim = Simulator()
        self.own_signer = self.sim.provider.signers[Algorithm.ED25519]
        self.award = self.sim.award()
        self.unverified: UnverifiedCredential = open_unverified(self.award.text)
        self.policy_changes: dict[str, Any] = {}
        self.page: PageReading | None = page_of(self)

    @property
    def policy(self) -> Policy:
        return replace(self.sim.policy, **self.policy_changes)

    def verify(self) -> VerificationReport:
        return verify(self.unverified, self.policy, now=self.sim.now, page=self.page)

    def ask_each(self) -> list[CheckResult]:
        """All nine questions, each asked on its own whatever the others say."""
        paper, policy, now = self.unverified, self.policy, self.sim.now
        key = resolve_key(paper.unverified_issuer_id, paper.unverified_key_id, policy, now=now)
        return [
            check_form(paper, policy, now=now),
            check_key(paper, policy, now=now)[0],
            check_proof(paper, key, now=now),
            check_issuer(paper, key, policy, now=now),
            check_appearance(self.page, paper, key, now=now),
            check_validity(paper, policy, now=now),
            check_status(paper, key.issuer, policy, now=now),
            check_schema(paper, now=now)[0],
            check_trust(paper, policy, now=now),
        ]


def page_of(case: Case, *, drawing: str = DRAWING, text: str | None = None, digest: str | None = None) -> PageReading:
    """What a sealed page of this credential reads like."""
    seal = seal_page(
        case.award.credential.id,
        case.sim.provider.issuer_id,
        digest or case.award.sealed.digest,
        drawing,
        case.sim.provider.signers[Algorithm.P256],
        case.sim.now,
    )
    words = text or "\n".join(
        [
            "Åsa Lindström",
            "High-Voltage Awareness",
            "Battery Skills Centre vbk",
            "16 October 2026",
            "16 October 2028",
            case.award.credential.id,
        ]
    )
    return PageReading(text=words, drawing_digest=DRAWING, unverified_seal=seal, pages=1)


def seal_again(case: Case, document: dict[str, Any]) -> None:
    case.unverified = open_unverified(case.sim.award_raw(document))
    case.page = None


def form_not_accepted(case: Case) -> None:
    case.policy_changes = {"accepted_forms": frozenset({SecuringForm.VC_JWT})}


def end_old_keys(case: Case, **end: Any) -> None:
    """New keys seal the lists of today; the keys of the credential ended before it was sealed."""
    old = case.sim.provider.periods
    case.sim.provider.take_new_keys()
    new = case.sim.provider.periods[len(old) :]
    case.sim.provider.periods = [*(replace(period, **end) for period in old), *new]
    case.page = None


def key_disowned(case: Case) -> None:
    end_old_keys(case, distrusted_since=case.sim.now)


def key_out_of_use(case: Case) -> None:
    end_old_keys(case, used_until=case.sim.now - timedelta(seconds=2))


def word_changed(case: Case) -> None:
    text = tamper(case.award.text, lambda document: document.update(name="High-Voltage Master"))
    case.unverified = open_unverified(text)
    case.page = None


def another_signed(case: Case) -> None:
    """The issuer's key is named, a forger's made the signature."""
    forger = MemorySigner.generate(Algorithm.ED25519)
    forger.verification_method = case.sim.provider.signers[Algorithm.ED25519].verification_method
    case.sim.provider.signers[Algorithm.ED25519] = forger
    case.unverified = open_unverified(case.sim.award().text)
    case.sim.provider.signers[Algorithm.ED25519] = case.own_signer
    case.page = None


def issuer_is_another(case: Case) -> None:
    """The key is that of the issuer it was handed in under; the sealed document names another."""
    other = case.sim.found_provider("other")
    sealed = case.sim.award(provider=other, issuer={"id": f"did:web:{BASE[8:]}:issuers:vbk", "type": ["Profile"]})
    case.unverified = replace(open_unverified(sealed.text), unverified_issuer_id=other.issuer_id)
    case.page = None


def page_shows_another_name(case: Case) -> None:
    page = page_of(case)
    case.page = replace(page, text=(page.text or "").replace("Åsa Lindström", "Åsa Lindqvist"))


def page_drawn_anew(case: Case) -> None:
    case.page = page_of(case, drawing="cd" * 32)


def page_of_another(case: Case) -> None:
    case.page = page_of(case, digest="ef" * 32)


def expired(case: Case) -> None:
    case.sim.expire(case.award)


def revoked(case: Case) -> None:
    case.sim.revoke(case.award)


def suspended(case: Case) -> None:
    case.sim.suspend(case.award)


def replaced(case: Case) -> None:
    """Only the refresh bit is set, as by an issuer that forgot to revoke."""
    case.sim.mark(case.award, StatusPurpose.REFRESH)


def list_out_of_reach(case: Case) -> None:
    case.sim.override(case.sim.provider.list_url(StatusPurpose.REVOCATION), None)


def against_the_standard(case: Case) -> None:
    bare = achievement()
    del bare["description"]
    seal_again(case, case.sim.document(credentialSubject=subject(achievement=bare)))


def stranger(case: Case) -> None:
    case.sim.distrust()


def another_achievement(case: Case) -> None:
    other = achievement(id=f"{BASE}/achievements/VLT-CELL/1", humanCode="VLT-CELL")
    seal_again(case, case.sim.document(credentialSubject=subject(achievement=other)))


STOPPED_BY_ONE_CHECK = [
    pytest.param(form_not_accepted, Check.FORM, id="form: not accepted by the policy"),
    pytest.param(key_disowned, Check.KEY, id="key: disowned"),
    pytest.param(key_out_of_use, Check.KEY, id="key: out of use"),
    pytest.param(word_changed, Check.PROOF, id="proof: a word changed"),
    pytest.param(another_signed, Check.PROOF, id="proof: signed by another"),
    pytest.param(issuer_is_another, Check.ISSUER, id="issuer: not the holder of the key"),
    pytest.param(page_shows_another_name, Check.APPEARANCE, id="appearance: another name on the page"),
    pytest.param(page_drawn_anew, Check.APPEARANCE, id="appearance: drawn anew"),
    pytest.param(page_of_another, Check.APPEARANCE, id="appearance: page of another credential"),
    pytest.param(expired, Check.VALIDITY, id="validity: expired"),
    pytest.param(revoked, Check.STATUS, id="status: revoked"),
    pytest.param(suspended, Check.STATUS, id="status: suspended"),
    pytest.param(replaced, Check.STATUS, id="status: replaced"),
    pytest.param(list_out_of_reach, Check.STATUS, id="status: list out of reach"),
    pytest.param(against_the_standard, Check.SCHEMA, id="schema: against the standard"),
    pytest.param(stranger, Check.TRUST, id="trust: nobody's friend"),
    pytest.param(another_achievement, Check.TRUST, id="trust: not for this achievement"),
]


def test_without_a_cause_everything_is_in_order() -> None:
    """The world of the table is VALID as long as nothing spoils it, with a page and without."""
    case = Case()
    assert all(result.is_in_order for result in case.verify().checks)
    assert case.verify().accept() == case.award.credential
    case.page = None
    assert case.verify().accept() == case.award.credential


@pytest.mark.parametrize(("cause", "check"), STOPPED_BY_ONE_CHECK)
def test_only_this_check_stops_it(cause: Callable[[Case], None], check: Check) -> None:
    """Eight of the nine questions, asked on their own, come out well: without the ninth the paper would be accepted."""
    case = Case()
    cause(case)
    apart = case.ask_each()
    assert [result.check for result in apart] == list(Check)
    assert [result.check for result in apart if not result.is_in_order] == [check]
    report = case.verify()
    assert report.deciding == report.result_of(check) == apart[list(Check).index(check)]
    with pytest.raises(CredentialRejected):
        report.accept()


def test_every_check_has_an_input_of_its_own() -> None:
    """The table leaves no check out."""
    assert {parameters.values[1] for parameters in STOPPED_BY_ONE_CHECK} == set(Check)
