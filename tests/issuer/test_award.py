"""An award: what comes out at the gate is what went in at the desk, once for each award, and whole."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from credentials.credential import AchievementCredential
from credentials.eu_elements import EuElement, completeness
from credentials.identity import matches_email
from credentials.unverified import open_unverified
from issuer.awards.award import award, file_award
from issuer.awards.errors import AlreadyExpired, CompletedInFuture, GateRefused, StaleDraft
from issuer.awards.issue import issue_one
from issuer.awards.prepare import prepare_award
from issuer.awards.records import IssuedCredentialRecord
from issuer.awards.request import AwardRequest
from issuer.awards.run import AwardRun
from issuer.awards.sealing import seal_and_check
from issuer.catalogue.errors import ProviderNotAuthorised, UnknownAchievement, UnknownProvider
from issuer.catalogue.find import get_provider
from issuer.catalogue.records import AuthorisationRecord
from issuer.chance import Chance
from issuer.database import reading, transaction
from issuer.learners.errors import LearnerUnknown
from issuer.learners.records import LearnerRecord
from issuer.office import Office
from issuer.status.records import StatusEntryRecord
from keys.signer import MemorySigner
from tests.award_requests import ASA, TEAMWORK, TESTING
from tests.demo_files import NOW, demo_json
from tests.office import demo_office
from verifier.report import Check, Verdict
from verifier.verify import verify


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """An office with catalogue and keys."""
    opened = demo_office(tmp_path)
    yield opened
    opened.sessions.engine.dispose()


def awarded(office: Office, request: AwardRequest) -> IssuedCredentialRecord:
    with transaction(office.sessions) as session:
        record = award(session, request, office.desk, now=office.clock())
    return record


def claim(record: IssuedCredentialRecord) -> AchievementCredential:
    document = dict(open_unverified(record.sealed_json).document)
    document.pop("proof", None)
    return AchievementCredential.from_json(document)


@pytest.mark.parametrize("form", ["sealed_json", "sealed_jwt"])
@pytest.mark.parametrize(
    "request_", [pytest.param(ASA, id="pass"), pytest.param(TEAMWORK, id="level"), pytest.param(TESTING, id="percent")]
)
def test_what_comes_out_at_the_gate_is_what_went_in(office: Office, request_: AwardRequest, form: str) -> None:
    """Both sealed forms are VALID for a stranger who sees only what the platform publishes, and say the same."""
    record = awarded(office, request_)
    report = verify(open_unverified(getattr(record, form)), office.policy(), now=office.clock())
    assert report.verdict is Verdict.VALID
    assert report.accept() == claim(record)


def test_the_claim_says_what_the_award_said(office: Office) -> None:
    """Names, dates, result and assessor; dates are of the completion, not of the sealing."""
    record = awarded(office, ASA)
    credential = claim(record)
    subject = credential.credential_subject
    assert [one.identity_hash for one in subject.identifier if not one.hashed] == ["Åsa Öberg"]
    assert any(matches_email(one, "Asa.Oberg@mail.example") for one in subject.identifier)
    assert "asa.oberg" not in record.sealed_json
    assert credential.awarded_date == credential.valid_from == datetime(2026, 10, 16, tzinfo=UTC)
    assert credential.valid_until == datetime(2028, 10, 16, 23, 59, 59, tzinfo=UTC)
    assert open_unverified(record.sealed_json).unverified_created == NOW
    assert subject.narrative is not None
    assert subject.narrative.startswith("Can recognise high-voltage hazards")
    assert (subject.result[0].value, subject.result[0].status) == ("Pass", "Completed")
    assert [one.narrative for one in credential.evidence] == ["Assessed by Lovisa Ek"]
    assert credential.image is not None
    assert credential.image.id == f"http://127.0.0.1:8000/v/{record.token}.png"
    assert credential.issuer.id == "did:web:localhost%3A8000:issuers:vbk-goteborg"


def test_results_are_on_the_scale_of_the_achievement(office: Office) -> None:
    """A level by its id, a percentage as text; a description that begins "Assessed ability to" becomes "Can"."""
    team, tested = claim(awarded(office, TEAMWORK)), claim(awarded(office, TESTING))
    level = team.credential_subject.result[0].achieved_level
    assert level == f"{team.credential_subject.achievement.id}#result-proficient"
    assert team.credential_subject.narrative == "Can reach a shared goal with others."
    assert team.valid_until is None
    assert tested.credential_subject.result[0].value == "84"
    assert tested.credential_subject.credits_earned == 2
    assert [one.id for one in tested.evidence] == [None, "https://vbk.example/e/1"]


@pytest.mark.parametrize("entry", [pytest.param(a, id=a["code"]) for a in demo_json("catalogue.json")["achievements"]])
def test_all_sixteen_european_elements_are_there(office: Office, entry: dict[str, object]) -> None:
    """Also where there is nothing to say: no prerequisites, no EQF level."""
    scale, providers = entry["result_scale"], entry["authorised_providers"]
    assert isinstance(scale, dict)
    assert isinstance(providers, list)
    request = replace(ASA, provider_slug=providers[0], achievement_code=str(entry["code"]), result=str(scale["pass"]))
    assert completeness(claim(awarded(office, request))) == frozenset(EuElement)


def test_a_latin_form_stands_beside_another_script(office: Office) -> None:
    """Where the learner gave one, it is signed too; the name itself comes first."""
    record = awarded(office, replace(ASA, given_name="محمد", family_name="الحسيني"))
    with transaction(office.sessions) as session:
        session.get_one(LearnerRecord, record.learner_id).name_latin = "Mohammed Al-Husseini"
    again = awarded(office, replace(ASA, given_name="محمد", family_name="الحسيني", achievement_code="VLT-CELL"))
    names = [one.identity_hash for one in claim(again).credential_subject.identifier if not one.hashed]
    assert names == ["محمد الحسيني", "Mohammed Al-Husseini"]


def test_the_same_award_gives_the_same_credential(office: Office) -> None:
    """Provider, achievement, learner and day of completion make an award; nothing else does."""
    first = awarded(office, ASA)
    assert awarded(office, replace(ASA, result="Passed", assessor=None, email="ASA.oberg@mail.example")).id == first.id
    others = (
        replace(ASA, completed_on=date(2026, 10, 17)),
        replace(ASA, achievement_code="VLT-CELL"),
        replace(ASA, provider_slug="cfb-norte"),
        replace(ASA, email="another@mail.example", trainee_ref="T900"),
    )
    assert len({first.id, *(awarded(office, other).id for other in others)}) == 5


def test_nothing_in_two_credentials_can_be_compared(office: Office) -> None:
    """Each credential has an id, link, salt and status index of its own; only the learner's pseudonym is shared."""
    first, second = claim(awarded(office, ASA)), claim(awarded(office, replace(ASA, achievement_code="VLT-CELL")))
    salts = {one.salt for each in (first, second) for one in each.credential_subject.identifier if one.hashed}
    hashes = {one.identity_hash for each in (first, second) for one in each.credential_subject.identifier if one.hashed}
    assert len(salts) == len(hashes) == 2
    assert all(salt is not None and len(salt) == 22 for salt in salts)
    assert first.credential_subject.id == second.credential_subject.id
    assert first.credential_status != second.credential_status


def test_chance_comes_in_through_the_desk(tmp_path: Path) -> None:
    """With the same chance and the same keys the same credential comes out, so tests can be exact."""
    offices = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        offices.append(demo_office(tmp_path / name, chance=Chance(random.Random(7).getrandbits)))
    first, second = (awarded(office, ASA) for office in offices)
    assert first.sealed_json == second.sealed_json
    assert first.sealed_jwt == second.sealed_jwt
    assert len(first.token) == 22


@pytest.mark.parametrize(
    ("request_", "error"),
    [
        pytest.param(replace(ASA, provider_slug="nobody"), UnknownProvider, id="unknown provider"),
        pytest.param(replace(ASA, achievement_code="VLT-HV9"), UnknownAchievement, id="unknown achievement"),
        pytest.param(replace(ASA, achievement_code="PAS-ADA"), ProviderNotAuthorised, id="not authorised"),
        pytest.param(replace(ASA, email=None, trainee_ref=None), LearnerUnknown, id="only a name"),
        pytest.param(replace(ASA, completed_on=date(2026, 11, 23)), CompletedInFuture, id="completed tomorrow"),
        pytest.param(replace(ASA, completed_on=date(2024, 2, 29)), AlreadyExpired, id="has run out already"),
        pytest.param(replace(ASA, valid_until=date(2026, 10, 31)), AlreadyExpired, id="named end has passed"),
    ],
)
def test_what_is_refused_leaves_nothing_behind(office: Office, request_: AwardRequest, error: type[Exception]) -> None:
    """No credential, no learner, no status index."""
    with pytest.raises(error), transaction(office.sessions) as session:
        award(session, request_, office.desk, now=office.clock())
    with reading(office.sessions) as session:
        for record in (IssuedCredentialRecord, LearnerRecord, StatusEntryRecord):
            assert session.scalar(select(func.count()).select_from(record)) == 0


def test_nothing_is_filed_that_our_own_gate_refuses(office: Office) -> None:
    """Here the trust list says that the provider was not yet authorised on the day of completion."""
    with transaction(office.sessions) as session:
        session.execute(update(AuthorisationRecord).values(valid_from=datetime(2026, 11, 1, tzinfo=UTC)))
    with pytest.raises(GateRefused) as refused, transaction(office.sessions) as session:
        award(session, ASA, office.desk, now=office.clock())
    assert refused.value.report.verdict is Verdict.UNKNOWN_ISSUER
    assert refused.value.report.deciding.check is Check.TRUST
    with reading(office.sessions) as session:
        assert session.scalar(select(func.count()).select_from(IssuedCredentialRecord)) == 0


@pytest.mark.parametrize("form", ["ed25519", "p256"])
def test_the_gate_looks_at_both_forms(office: Office, form: str) -> None:
    """A key that is not the published one spoils the form it seals, and with it the award."""
    with reading(office.sessions) as session:
        signers = office.desk.signers.of(session, get_provider(session, "vbk-goteborg"))
    mine = getattr(signers, form)
    wrong = MemorySigner.generate(mine.public_key.algorithm, mine.verification_method)
    credential = claim(awarded(office, ASA))
    with pytest.raises(GateRefused) as refused:
        seal_and_check(credential, replace(signers, **{form: wrong}), office.policy(), now=NOW)
    assert refused.value.report.verdict is Verdict.ALTERED
    assert seal_and_check(credential, signers, office.policy(), now=NOW).as_json.text


def test_a_specimen_may_have_run_out_and_says_what_it_is(office: Office) -> None:
    """It exists to be looked at; everything else about it must be in order."""
    request = replace(ASA, completed_on=date(2024, 6, 14))
    record, is_new = issue_one(
        office.sessions, office.desk, AwardRun(office.desk), request, now=office.clock(), is_specimen=True
    )
    report = verify(open_unverified(record.sealed_json), office.policy(), now=office.clock())
    assert is_new
    assert report.verdict is Verdict.EXPIRED
    assert claim(record).evidence[0].name == "Specimen"


def test_a_draft_that_was_overtaken_is_not_filed(office: Office) -> None:
    """Two runs prepare an award for the same new learner: the second finds the first one's, and begins again."""
    run = AwardRun(office.desk)
    awarded(office, replace(ASA, email="somebody@mail.example", trainee_ref=None))
    with reading(office.sessions) as session:
        slow = prepare_award(session, ASA, office.desk, run, now=NOW)
    quick = awarded(office, ASA)
    assert not isinstance(slow, IssuedCredentialRecord)
    with pytest.raises(StaleDraft), transaction(office.sessions) as session:
        file_award(session, slow, now=NOW)
    record, is_new = issue_one(office.sessions, office.desk, run, ASA, now=NOW)
    assert (record.id, is_new) == (quick.id, False)


def test_an_award_made_while_a_draft_was_prepared_is_found(office: Office) -> None:
    """The learner is on file already: the second run's draft is dropped in favour of the first one's record."""
    awarded(office, replace(ASA, achievement_code="VLT-CELL"))
    with reading(office.sessions) as session:
        slow = prepare_award(session, ASA, office.desk, AwardRun(office.desk), now=NOW)
    quick = awarded(office, ASA)
    assert not isinstance(slow, IssuedCredentialRecord)
    with transaction(office.sessions) as session:
        assert file_award(session, slow, now=NOW).id == quick.id
