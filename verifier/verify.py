"""The algorithm of the gate, from a paper that nobody believes yet to a report with evidence.

Words used in this room. A *paper* is a credential as somebody handed it in; whatever is read from it is called
`unverified…`, because until its seal held it is only what the paper says of itself. A *seal* is the signature on it: an
embedded proof, or the signature of a token. A *policy* is what this gate demands: whom to trust, where to look
documents up, which algorithms count. A *check* is one of nine questions, and its result is an outcome, a reason, a
sentence, and the evidence it rests on:

* PASSED: found to be in order.
* FAILED: found not to be.
* INDETERMINATE: not found out, for example because a list could not be had. Never good news, and no accusation.
* SKIPPED: not asked, because an earlier answer ended the work, or because there is nothing to ask about.

The verdict ("VALID", "ALTERED", "REVOKED" …) is no further step: the report derives it from the nine results (see
`VerificationReport.verdict`), and only where all are in order is it VALID.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from credentials.unverified import UnverifiedCredential
from verifier.authenticity import check_appearance, check_form, check_issuer
from verifier.endorsements import check_endorsements
from verifier.errand import Errand
from verifier.page import PageReading
from verifier.policy import Policy
from verifier.refresh import find_newest_issue
from verifier.report import Check, CheckResult, VerificationReport, not_reached
from verifier.seals import try_seals
from verifier.standing import check_schema, check_trust, check_validity
from verifier.status import check_status


def verify(
    unverified: UnverifiedCredential, policy: Policy, *, now: datetime, page: PageReading | None = None
) -> VerificationReport:
    """Check one paper as a stranger would, and report what was found and where.

    Is it authentic? Five questions, of which each rests on the one before; the first that is not answered with yes ends
    the work. A forger writes what he likes into a paper, so up to here nobody is asked but the issuer that it names.

    1. FORM: the paper was read without doubt and bears a seal of a kind that the policy accepts.
    2. KEY: the issuer that the paper names lists, in a document of its own, the key that the seal names; the key could
       speak for the issuer when the paper was sealed. Where the issuer has disowned the key since, its register must
       show the seal, because a thief writes any date. Only the issuer's own key documents are fetched for this.
    3. PROOF: that key sealed exactly this content. A paper may bear several seals: 2 and 3 are asked for one after the
       other, and one that holds is enough. A seal that rests on earlier ones (a proof chain) holds when they all do;
       their keys are looked up after the issuer's own seal was found good.
    4. ISSUER: the issuer named inside the sealed content is the holder of the key.
    5. APPEARANCE: the page of a PDF (`page`) shows what was sealed. Other carriers have none: SKIPPED.

    Now it is known that the issuer sealed these words. Where the policy follows refresh services, a newer issue of the
    paper may take its place here, once, after passing 1 to 4 itself; the evidence of 6 says so.

    Does it hold? Four questions that do not depend on each other: all are asked, whatever the others say. Addresses in
    the paper may be asked now, for the issuer vouches for them.

    6. VALIDITY: now is between its dates, and within the time that the seal itself may have been given.
    7. STATUS: the issuer has not withdrawn, suspended or replaced it, as the lists say that the paper and the issuer
       name.
    8. SCHEMA: it follows Open Badges 3.0, on version 2.0 or 1.1 of the VC Data Model.
    9. TRUST: the policy's trust list says that this issuer may award this, and might when it did. Everything before
       shows who speaks; only this says whether to listen.

    What do others say? It changes nothing above.

    10. Endorsements that the paper carries: each is verified as a paper of its own and reported apart.

    All of it is one errand: each address is asked once, and a paper cannot send the gate around for long.

    Never raises for anything a paper or an issuer can do. Not checked: who holds the paper (compare the learner's name
    with the person), evidence behind links.
    """
    policy = replace(policy, documents=Errand(policy.documents))
    # 1 FORM
    form = check_form(unverified, policy, now=now)
    if not form.is_in_order:
        return _ended(unverified, now, form)
    # 2 KEY and 3 PROOF, for one seal after the other until one holds. From here on the paper is what that seal covers,
    # which may be less than was handed in.
    seal = try_seals(unverified, policy, now=now)
    unverified, key_listed, key, proof = seal.paper, seal.key_listed, seal.key, seal.proof
    if key is None or proof is None:  # without a key there was nothing to hold the content against
        return _ended(unverified, now, form, key_listed)
    if not proof.is_in_order:
        return _ended(unverified, now, form, key_listed, proof)
    # 4 ISSUER
    issuer = check_issuer(unverified, key, policy, now=now)
    if not issuer.is_in_order:
        return _ended(unverified, now, form, key_listed, proof, issuer)
    # 5 APPEARANCE
    appearance = check_appearance(page, unverified, key, now=now)
    if not appearance.is_in_order:
        return _ended(unverified, now, form, key_listed, proof, issuer, appearance)
    # authentic; a newer issue may take its place, and is what the rest is about
    newest = find_newest_issue(unverified, key.issuer, policy, now=now)
    unverified = newest.paper
    # 6 VALIDITY
    validity = check_validity(unverified, policy, now=now)
    validity = replace(validity, evidence=(*validity.evidence, *newest.evidence))
    # 7 STATUS
    status = check_status(unverified, newest.issuer, policy, now=now)
    # 8 SCHEMA; where it is followed, the claims come out as objects that the rest of the house works with
    schema, claims = check_schema(unverified, now=now)
    # 9 TRUST
    trust = check_trust(unverified, policy, now=now)
    # 10 endorsements, apart
    endorsements = check_endorsements(unverified, policy, now=now)
    return VerificationReport(
        checks=(form, key_listed, proof, issuer, appearance, validity, status, schema, trust),
        checked_at=now,
        unverified=unverified,
        unverified_claims=claims,
        endorsements=endorsements,
    )


def _ended(unverified: UnverifiedCredential, now: datetime, *asked: CheckResult) -> VerificationReport:
    """The report of a paper whose authenticity could not be shown: the questions asked so far, the rest SKIPPED."""
    rest = tuple(not_reached(check, asked[-1]) for check in list(Check)[len(asked) :])
    return VerificationReport(checks=(*asked, *rest), checked_at=now, unverified=unverified)
