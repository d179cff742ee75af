"""Endorsements: each verified as a credential of its own, reported apart, and never part of the verdict."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from credentials.errors import UnsignedTerm
from credentials.seal import seal
from credentials.status_list import StatusPurpose
from credentials.unverified import UnverifiedCredential, open_unverified
from credentials.vc_jwt import write_token
from keys.algorithm import Algorithm
from tests.simulator import BASE, CODE, CONTEXTS, Provider, RawDocument, Simulator, achievement, subject, tamper
from verifier.endorsements import ABOUT_ANOTHER, MOST_ENDORSEMENTS, TOO_MANY, EndorsementResult
from verifier.policy import Policy
from verifier.reasons import Outcome, Reason
from verifier.report import Verdict

ACHIEVEMENT = f"{BASE}/achievements/{CODE}/1"
PLACE = "$.credentialSubject.achievement.endorsement[0]"


class World:
    """A provider's badge, and a board that endorses things."""

    def __init__(self) -> None:
        self.sim = Simulator()
        self.board = self.sim.found_provider("board")

    def write(self, board: Provider | None = None, **changes: Any) -> dict[str, Any]:
        owner = board or self.board
        document = {
            "@context": CONTEXTS,
            "id": "urn:uuid:11111111-1111-4111-8111-111111111111",
            "type": ["VerifiableCredential", "EndorsementCredential"],
            "name": "Endorsement",
            "issuer": {"id": owner.issuer_id, "type": ["Profile"], "name": "The Board"},
            "validFrom": "2026-10-16T00:00:00Z",
            "validUntil": "2027-10-16T00:00:00Z",
            "credentialSubject": {
                "id": ACHIEVEMENT,
                "type": ["EndorsementSubject"],
                "endorsementComment": "We train to this.",
            },
        }
        return {name: value for name, value in {**document, **changes}.items() if value is not None}

    def endorse(self, algorithm: Algorithm = Algorithm.ED25519, board: Provider | None = None, **changes: Any) -> str:
        document = RawDocument(self.write(board, **changes))
        return seal(document, (board or self.board).signers[algorithm], created=self.sim.now).text

    def badge(self, *embedded: str, form: Algorithm = Algorithm.ED25519) -> str:
        written = [json.loads(each) for each in embedded]
        about = subject(achievement=achievement(endorsement=written))
        return self.sim.award(form, credentialSubject=about).text

    def results(self, paper: str) -> tuple[EndorsementResult, ...]:
        """The endorsements of a paper, whose verdict they never change."""
        report = self.sim.verify(paper)
        assert report.verdict is Verdict.VALID
        return report.endorsements

    def only(self, *embedded: str, policy: Policy | None = None) -> EndorsementResult:
        report = self.sim.verify(self.badge(*embedded), policy=policy)
        assert report.verdict is Verdict.VALID
        (result,) = report.endorsements
        return result


@pytest.mark.parametrize("form", list(Algorithm))
def test_a_good_endorsement_is_reported_with_its_evidence(form: Algorithm) -> None:
    """Who says what about which thing, and what that rests on; the badge's own results stay as they are."""
    world = World()
    (result,) = world.results(world.badge(world.endorse(), form=form))
    assert (result.outcome, result.reason) == (Outcome.PASSED, None)
    assert (result.place, result.about) == (PLACE, ACHIEVEMENT)
    assert (result.endorser_name, result.comment) == ("The Board", "We train to this.")
    assert (result.endorser_id, result.listed_as) == (world.board.issuer_id, f"{world.board.name} (listed)")
    assert not result.is_own
    assert world.sim.did_url(world.board) in {each.looked_at for each in result.evidence}


def test_an_endorsement_in_a_token_counts_in_a_badge_that_is_a_token() -> None:
    """endorsementJwt is no term of the context, so only a token covers it."""
    world = World()
    token = world.endorse(Algorithm.P256)
    about = subject(achievement=achievement(endorsementJwt=[token]))
    (result,) = world.results(world.sim.award(Algorithm.P256, credentialSubject=about).text)
    assert result.outcome is Outcome.PASSED
    assert result.place == "$.credentialSubject.achievement.endorsementJwt[0]"
    with pytest.raises(UnsignedTerm):
        world.sim.award(Algorithm.ED25519, credentialSubject=about)


def test_what_else_hides_under_that_name_is_not_let_through() -> None:
    """Only tokens may stand in a member that no context defines."""
    world = World()
    document = world.sim.document(endorsementJwt=[{"name": "unsigned"}])
    with pytest.raises(UnsignedTerm):
        world.sim.award_raw(document, Algorithm.P256)
    paper = write_token(document, world.sim.provider.signers[Algorithm.P256], created=world.sim.now)
    assert world.sim.verify(paper).deciding.reason is Reason.UNDEFINED_TERM


def test_every_depth_is_looked_at() -> None:
    """The badge, its issuer, and the endorser inside an endorsement can be endorsed as well."""
    world = World()
    named = {"id": world.board.issuer_id, "type": ["EndorsementSubject"]}
    inner = json.loads(world.endorse(board=world.sim.stranger(), credentialSubject=named))
    board = {"id": world.board.issuer_id, "type": ["Profile"], "name": "The Board", "endorsement": [inner]}
    outer = json.loads(world.endorse(issuer=board, credentialSubject={**named, "id": world.sim.provider.issuer_id}))
    issuer = {"id": world.sim.provider.issuer_id, "type": ["Profile"], "name": "VBK", "endorsement": [outer]}
    whole = {**named, "id": "urn:uuid:22222222-2222-4222-8222-222222222222"}
    own = json.loads(world.endorse(credentialSubject=whole))
    paper = world.sim.award(issuer=issuer, id=whole["id"], endorsement=[own]).text
    results = world.results(paper)
    assert {result.place: result.outcome for result in results} == {
        "$.endorsement[0]": Outcome.PASSED,
        "$.issuer.endorsement[0]": Outcome.PASSED,
        "$.issuer.endorsement[0].issuer.endorsement[0]": Outcome.PASSED,
    }
    assert results[-1].listed_as is None


def test_tokens_are_looked_into() -> None:
    """An endorsement inside a token is one, in either form; what cannot be opened hides nothing and harms nothing."""
    world = World()
    named = {"id": world.board.issuer_id, "type": ["EndorsementSubject"]}
    inner = world.endorse(Algorithm.P256, world.sim.stranger(), credentialSubject=named)
    embedded = json.loads(world.endorse(board=world.sim.stranger(), credentialSubject=named))
    board = {"id": world.board.issuer_id, "type": ["Profile"], "name": "The Board"}
    outer = world.endorse(Algorithm.P256, issuer={**board, "endorsementJwt": [inner], "endorsement": [embedded]})
    about = subject(achievement=achievement(endorsementJwt=["e30.e30.e30", outer]))
    results = world.results(world.sim.award(Algorithm.P256, credentialSubject=about).text)
    place = "$.credentialSubject.achievement.endorsementJwt"
    assert {each.place: each.outcome for each in results} == {
        f"{place}[0]": Outcome.INDETERMINATE,
        f"{place}[1]": Outcome.PASSED,
        f"{place}[1].issuer.endorsementJwt[0]": Outcome.PASSED,
        f"{place}[1].issuer.endorsement[0]": Outcome.PASSED,
    }


def revoked(world: World) -> str:
    url = world.board.list_url(StatusPurpose.REVOCATION)
    world.board.bits[StatusPurpose.REVOCATION].set(5, True)
    entry = {"id": f"{url}#5", "type": "BitstringStatusListEntry", "statusPurpose": "revocation",
             "statusListIndex": "5", "statusListCredential": url}  # fmt: skip
    return world.endorse(credentialStatus=entry)


def by_another_key(world: World) -> str:
    signer = world.sim.provider.signers[Algorithm.ED25519]
    return seal(RawDocument(world.write()), signer, created=world.sim.now).text


def unreachable(world: World) -> str:
    world.sim.override(world.sim.did_url(world.board), None)
    return world.endorse()


def changed(world: World) -> str:
    return tamper(world.endorse(), lambda paper: paper["credentialSubject"].update(endorsementComment="Better."))


@pytest.mark.parametrize(
    ("make", "outcome", "reason"),
    [
        pytest.param(changed, Outcome.FAILED, Reason.SEAL_BROKEN, id="comment changed"),
        pytest.param(by_another_key, Outcome.FAILED, Reason.KEY_NOT_AUTHORISED, id="key of the badge's issuer"),
        pytest.param(unreachable, Outcome.INDETERMINATE, Reason.KEY_UNREACHABLE, id="endorser out of reach"),
        pytest.param(revoked, Outcome.FAILED, Reason.REVOKED, id="withdrawn"),
        pytest.param(
            lambda world: world.endorse(validUntil="2026-11-01T00:00:00Z"), Outcome.FAILED, Reason.EXPIRED, id="expired"
        ),
        pytest.param(
            lambda world: world.endorse(validFrom="2027-01-01T00:00:00Z"),
            Outcome.FAILED,
            Reason.NOT_YET_VALID,
            id="not yet valid",
        ),
    ],
)
def test_an_endorsement_that_does_not_hold_is_said_to(
    make: Callable[[World], str], outcome: Outcome, reason: Reason
) -> None:
    """Its own issuer's key, its own dates, its own status; and the badge stays VALID."""
    world = World()
    result = world.only(make(world))
    assert (result.outcome, result.reason) == (outcome, reason.value)
    is_sealed = make not in {changed, by_another_key, unreachable}
    assert (result.endorser_id, result.endorser_name, result.comment) == (
        (world.board.issuer_id, "The Board", "We train to this.") if is_sealed else (None, None, None)
    )


def test_an_endorsement_of_something_else_is_not_lent() -> None:
    """The endorsement of one achievement, put on another, says nothing about it."""
    world = World()
    another = {"id": f"{BASE}/achievements/other/1", "type": ["EndorsementSubject"]}
    result = world.only(world.endorse(credentialSubject=another))
    assert (result.outcome, result.reason) == (Outcome.FAILED, ABOUT_ANOTHER)
    assert dict(result.evidence[0].facts) == {"endorses": another["id"], "put_on": ACHIEVEMENT}


def test_another_kind_of_credential_is_no_endorsement() -> None:
    """A badge in the place of an endorsement does not vouch for anything."""
    world = World()
    other = world.sim.award(Algorithm.P256, provider=world.board).text
    about = subject(achievement=achievement(endorsementJwt=[other, "e30.e30.e30"]))
    badge, junk = world.results(world.sim.award(Algorithm.P256, credentialSubject=about).text)
    assert (badge.outcome, badge.reason) == (Outcome.INDETERMINATE, "schema_violated")
    assert (junk.outcome, junk.reason, junk.endorser_id) == (Outcome.INDETERMINATE, "malformed", None)


def test_an_unlisted_mechanism_is_not_accepted_for_endorsements_either() -> None:
    """The policy's allow-list holds for every seal."""
    world = World()
    token = world.endorse(Algorithm.P256)
    about = subject(achievement=achievement(endorsementJwt=[token], endorsement=[json.loads(world.endorse())]))
    paper = world.sim.award(Algorithm.P256, credentialSubject=about).text
    policy = replace(world.sim.policy, accepted_mechanisms=frozenset({"ES256"}))
    results = world.sim.verify(paper, policy=policy).endorsements
    assert {each.reason for each in results} == {None, "unsupported_proof"}


def test_a_badge_that_endorses_itself_says_so() -> None:
    """Anybody can praise their own work, genuinely."""
    world = World()
    assert world.only(world.endorse(board=world.sim.provider)).is_own


def test_no_endorsement_is_judged_without_evidence() -> None:
    """As with the checks of a badge: whoever says how it came out says what that rests on."""
    judged = World().only(World().endorse())
    with pytest.raises(ValueError, match="evidence"):
        replace(judged, evidence=())


def test_endorsements_are_bounded_in_number() -> None:
    """The first are looked at, and the report says that the rest were not."""
    world = World()
    papers = [world.endorse(id=f"urn:uuid:11111111-1111-4111-8111-{number:012}") for number in range(11)]
    *looked_at, rest = world.results(world.badge(*papers))
    assert [each.outcome for each in looked_at] == [Outcome.PASSED] * MOST_ENDORSEMENTS
    assert (rest.outcome, rest.reason) == (Outcome.SKIPPED, TOO_MANY)


def test_the_endorsers_cannot_send_the_gate_around() -> None:
    """Endorsements share the look-ups of their badge, which come first."""
    world = World()
    boards = [world.sim.found_provider(f"b{number}") for number in range(20)]
    tokens = [world.endorse(Algorithm.P256, board) for board in boards[:MOST_ENDORSEMENTS]]
    about = subject(achievement=achievement(endorsementJwt=tokens))
    paper = world.sim.award(Algorithm.P256, credentialSubject=about).text
    world.sim.asked.clear()
    results = world.results(paper)
    assert len(world.sim.asked) <= 12
    assert {each.outcome for each in results} == {Outcome.PASSED, Outcome.INDETERMINATE}


def test_nothing_is_asked_for_a_badge_that_is_not_authentic() -> None:
    """Whoever changed the badge may have put any address into it."""
    world = World()
    paper = tamper(world.badge(world.endorse()), lambda document: document.update(name="Another"))
    world.sim.asked.clear()
    report = world.sim.verify(paper)
    assert report.verdict is Verdict.ALTERED
    assert report.endorsements == ()
    assert world.sim.did_url(world.board) not in world.sim.asked


def test_an_expired_badge_still_tells_its_endorsements() -> None:
    """They are reported whatever became of the badge."""
    world = World()
    paper = world.badge(world.endorse())
    world.sim.now += timedelta(days=3650)
    report = world.sim.verify(paper)
    assert report.verdict is Verdict.EXPIRED
    assert [each.reason for each in report.endorsements] == ["expired"]
    assert report.to_json()["endorsements"][0]["reason"] == "expired"


SERVICE = f"{BASE}/refresh/board"
REFRESHED: dict[str, Any] = {
    "@context": [*CONTEXTS, "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json"],
    "refreshService": {"id": SERVICE, "type": "1EdTechCredentialRefresh"},
}
NEWER: dict[str, Any] = {**REFRESHED, "validFrom": "2026-11-01T00:00:00Z"}


def refreshed(world: World, answer: str, *, follow: bool = True) -> EndorsementResult:
    """How an endorsement that has expired comes out when its refresh service answers this."""
    world.sim.override(SERVICE, answer)
    policy = replace(world.sim.policy, follow_refresh=follow)
    return world.only(world.endorse(validUntil="2026-11-10T00:00:00Z", **REFRESHED), policy=policy)


def test_the_newer_issue_of_an_endorsement_takes_its_place() -> None:
    """As with badges: what is told is what the newer one says, and the evidence tells where it came from."""
    world = World()
    about = {"id": ACHIEVEMENT, "type": ["EndorsementSubject"], "endorsementComment": "We still do."}
    result = refreshed(world, world.endorse(**NEWER, credentialSubject=about))
    assert (result.outcome, result.comment) == (Outcome.PASSED, "We still do.")
    assert SERVICE in {each.looked_at for each in result.evidence}


def test_the_endorser_is_not_asked_unless_the_policy_says_so() -> None:
    """Asking tells the endorser that somebody checks."""
    world = World()
    result = refreshed(world, world.endorse(**NEWER), follow=False)
    assert result.reason == Reason.EXPIRED
    assert SERVICE not in world.sim.asked


def test_the_refresh_of_an_endorsement_is_followed_once() -> None:
    """A newer issue that names another service is not asked to refresh itself."""
    world = World()
    other = {"id": f"{BASE}/refresh/other", "type": "1EdTechCredentialRefresh"}
    assert refreshed(world, world.endorse(**{**NEWER, "refreshService": other})).outcome is Outcome.PASSED
    assert world.sim.asked.count(SERVICE) == 1
    assert other["id"] not in world.sim.asked


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(lambda world: world.endorse(**NEWER, board=world.sim.provider), id="of another endorser"),
        pytest.param(lambda world: world.sim.award(provider=world.board, **NEWER).text, id="a badge"),
        pytest.param(
            lambda world: (
                world.sim.award(provider=world.board, id="urn:uuid:11111111-1111-4111-8111-111111111111", **NEWER).text
            ),
            id="a badge under its identifier",
        ),
        pytest.param(
            lambda world: tamper(world.endorse(**NEWER), lambda document: document.update(name="Other")), id="forged"
        ),
    ],
)
def test_whatever_is_no_newer_endorsement_leaves_the_old_one(answer: Callable[[World], str]) -> None:
    """The one that the badge carries stands, here as expired."""
    world = World()
    result = refreshed(world, answer(world))
    assert (result.outcome, result.reason, result.comment) == (Outcome.FAILED, Reason.EXPIRED, "We train to this.")
    assert "the original stands" in {each.facts.get("refresh") for each in result.evidence}


def test_a_newer_issue_that_speaks_of_something_else_is_not_lent() -> None:
    """The endorser's newest word is about another thing, so nothing is said of this one any more."""
    world = World()
    another = {"id": f"{BASE}/achievements/other/1", "type": ["EndorsementSubject"]}
    assert refreshed(world, world.endorse(**NEWER, credentialSubject=another)).reason == ABOUT_ANOTHER


def test_whose_key_it_is_counts_not_whose_it_was_handed_in_as(monkeypatch: pytest.MonkeyPatch) -> None:
    """Should a reader ever take another issuer out of an endorsement than the sealed one, ISSUER says so."""
    world = World()
    document = RawDocument(world.write())
    sealed = seal(document, world.sim.provider.signers[Algorithm.ED25519], created=world.sim.now).text

    def misread(text: str) -> UnverifiedCredential:
        return replace(open_unverified(text), unverified_issuer_id=world.sim.provider.issuer_id)

    monkeypatch.setattr("verifier.endorsements.open_unverified", misread)
    result = world.only(sealed)
    assert (result.outcome, result.reason) == (Outcome.FAILED, Reason.ISSUER_MISMATCH)
    assert result.endorser_id is None
