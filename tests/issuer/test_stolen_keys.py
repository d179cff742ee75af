"""A stolen key: distrusted from a time on, its holders listed and served in one job, the gate told in documents."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from click.testing import CliRunner, Result
from sqlalchemy import func, select, update

from credentials.seal import seal
from credentials.unverified import open_unverified
from issuer.awards.award import award, file_award
from issuer.awards.distrust import KEY_REPLACED, ReissueState, distrust, list_affected, reissue_affected
from issuer.awards.errors import StaleDraft
from issuer.awards.prepare import prepare_award
from issuer.awards.reasons import StatusReason
from issuer.awards.records import IssuedCredentialRecord, SealRecord, StatusChangeRecord
from issuer.awards.run import AwardRun
from issuer.awards.seals import count_seals
from issuer.awards.status_changes import revoke, suspend
from issuer.awards.supersede import Correction, supersede
from issuer.catalogue.find import get_provider
from issuer.catalogue.records import AuthorisationRecord
from issuer.cli import main
from issuer.commands.door import Door
from issuer.database import reading, transaction
from issuer.migrations import run
from issuer.signing.errors import DistrustInFuture, KeyNotInUse, UnknownSigningKey
from issuer.signing.key_life import get_key, retire_key
from issuer.signing.provider_keys import keys_of
from issuer.signing.records import SigningKeyRecord
from keys.algorithm import Algorithm
from keys.multibase import base64url_decode
from keys.signer import Signer
from keys.store import create_key
from tests.award_requests import ASA
from tests.office import KEY_SECRET, Clock, demo_office, reopened
from tests.shell import shell_env
from verifier.documents import NoDocuments
from verifier.examine import examine_text
from verifier.fetcher import Fetcher
from verifier.report import Check, Reason, Verdict, VerificationReport

DAY = timedelta(days=1)
CELL = replace(ASA, achievement_code="VLT-CELL")
BO = replace(ASA, given_name="Bo", family_name="Ek", email="bo.ek@mail.example", trainee_ref="T002")


class Theft:
    """Åsa's badge was issued before the key was stolen, Bo's after; between them lies ``since``."""

    def __init__(self, folder: Path) -> None:
        self.clock = Clock()
        self.office = demo_office(folder, clock=self.clock)
        with transaction(self.office.sessions) as session:
            self.signers = self.office.desk.signers.of(session, get_provider(session, "vbk-goteborg"))
            self.before = award(session, ASA, self.office.desk, now=self.clock())
        self.since = self.clock.advance(days=1)
        self.clock.advance(days=1)
        with transaction(self.office.sessions) as session:
            self.after = award(session, BO, self.office.desk, now=self.clock())
        self.clock.advance(days=1)

    def key(self, algorithm: Algorithm = Algorithm.ED25519) -> SigningKeyRecord:
        with reading(self.office.sessions) as session:
            keys = keys_of(session, get_provider(session, "vbk-goteborg"))
        return next(key for key in keys if key.algorithm == algorithm)

    def discover(self, algorithm: Algorithm = Algorithm.ED25519) -> SigningKeyRecord:
        stolen = self.key(algorithm)
        with transaction(self.office.sessions) as session:
            provider = get_provider(session, "vbk-goteborg")
            key = get_key(session, provider, stolen.public_key)
            distrust(session, provider, key, self.since, self.office.desk, now=self.clock())
        return self.key(algorithm)

    def verify(self, text: str) -> VerificationReport:
        return examine_text(text, self.office.policy(), now=self.clock()).report

    def states(self) -> list[ReissueState]:
        office = self.office
        return [each.state for each in reissue_affected(office.sessions, office.desk, self.key(), self.clock)]

    def forged(self, signer: Signer) -> str:
        """A thief seals Åsa's claim again under another id, at the very moment of hers."""
        genuine = open_unverified(self.before.sealed_json)
        report = self.verify(self.before.sealed_json)
        assert report.authentic is not None
        assert genuine.unverified_created is not None
        claim = replace(report.authentic, name="A better badge")
        return seal(claim, signer, created=genuine.unverified_created).text


@pytest.fixture
def theft(tmp_path: Path) -> Iterator[Theft]:
    """A theft that nobody has noticed yet."""
    made = Theft(tmp_path)
    yield made
    made.office.sessions.engine.dispose()


@pytest.mark.parametrize("algorithm", list(Algorithm))
def test_what_is_on_record_from_before_stays_valid_and_later_ones_fail(theft: Theft, algorithm: Algorithm) -> None:
    """Only the form that the stolen key sealed is concerned; a thief who dates back fails too."""
    is_json = algorithm is Algorithm.ED25519
    forged = theft.forged(theft.signers.ed25519 if is_json else theft.signers.p256)
    assert theft.verify(forged).verdict is Verdict.VALID
    theft.discover(algorithm)
    for record, concerned in ((theft.before, False), (theft.after, True)):
        for text, is_this_form in ((record.sealed_json, is_json), (record.sealed_jwt, not is_json)):
            fails = concerned and is_this_form
            assert theft.verify(text).verdict is (Verdict.ALTERED if fails else Verdict.VALID)
    assert theft.verify(forged).result_of(Check.KEY).reason is Reason.SEAL_NOT_REGISTERED


def test_the_gate_needs_no_database(theft: Theft) -> None:
    """What is published is enough; without it the question stays open."""
    theft.discover()
    unverified = open_unverified(theft.before.sealed_json)
    report = theft.verify(theft.before.sealed_json)
    *_, evidence = report.result_of(Check.KEY).evidence
    assert evidence.looked_at.endswith(f"/{unverified.seal_digest[0]}")
    published = theft.office.documents.find(evidence.looked_at)
    assert published is not None
    assert published.media_type == "application/voltpass-seals+jwt"
    without = Fetcher(published=lambda url: None if "/seals/" in url else theft.office.documents.find(url))
    policy = replace(theft.office.policy(), documents=without)
    cut_off = examine_text(theft.before.sealed_json, policy, now=theft.clock()).report
    assert cut_off.result_of(Check.KEY).reason is Reason.SEAL_REGISTER_UNREACHABLE
    assert cut_off.verdict is Verdict.COULD_NOT_CHECK
    nothing = replace(theft.office.policy(), documents=NoDocuments())
    assert examine_text(theft.before.sealed_json, nothing, now=theft.clock()).report.verdict is Verdict.COULD_NOT_CHECK


def test_a_register_is_published_for_distrusted_keys_only(theft: Theft) -> None:
    """Nobody learns what other keys sealed; a key of another provider is not found under this one."""
    key = theft.key()
    address = f"/issuers/vbk-goteborg/seals/{key.thumbprint}/0"
    assert theft.office.documents.find(address) is None
    theft.discover()
    assert theft.office.documents.find(address) is not None
    for wrong in ("ota-ostalb", "nobody"):
        assert theft.office.documents.find(address.replace("vbk-goteborg", wrong)) is None
    assert theft.office.documents.find(address.removesuffix("0") + "g") is None
    with transaction(theft.office.sessions) as session:
        session.execute(update(SigningKeyRecord).values(used_until=theft.clock()))
    assert theft.office.documents.find(address) is None


def test_the_register_ends_with_the_moment_of_distrust(theft: Theft) -> None:
    """What the office filed later is not in it, whatever its own date says."""
    key = theft.discover()
    for record, is_listed in ((theft.before, True), (theft.after, False)):
        digest = open_unverified(record.sealed_json).seal_digest
        part = theft.office.documents.find(f"/issuers/vbk-goteborg/seals/{key.thumbprint}/{digest[0]}")
        assert part is not None
        claims = json.loads(base64url_decode(part.body.decode().split(".")[1]))
        assert (digest in claims["seals"]) is is_listed


def test_the_key_in_use_gets_a_successor_and_signs_no_list_of_today(theft: Theft) -> None:
    """Awards go on at once, and so does the status of everything."""
    stolen = theft.discover()
    assert stolen.used_until == theft.clock()
    assert stolen.distrusted_since == theft.since
    with transaction(theft.office.sessions) as session:
        new = award(session, CELL, theft.office.desk, now=theft.clock())
    assert theft.verify(new.sealed_json).verdict is Verdict.VALID
    theft.discover()
    with reading(theft.office.sessions) as session:
        assert len(keys_of(session, get_provider(session, "vbk-goteborg"))) == 3


def test_holders_are_listed_and_served_in_one_job(theft: Theft) -> None:
    """Bo gets a new badge that says the same; the old one is superseded, and a second run does nothing."""
    key = theft.discover()
    with reading(theft.office.sessions) as session:
        (listed,) = list_affected(session, key, theft.office.desk)
    assert (listed.credential_id, listed.name, listed.state) == (theft.after.credential_id, "Bo Ek", "affected")
    assert listed.link == theft.office.desk.link(theft.after.token)
    assert theft.states() == [ReissueState.REISSUED]
    assert theft.states() == [ReissueState.REPLACED_BEFORE]
    with reading(theft.office.sessions) as session:
        new = session.scalars(
            select(IssuedCredentialRecord).where(IssuedCredentialRecord.supersedes_id == theft.after.id)
        ).one()
        (change,) = session.scalars(select(StatusChangeRecord)).all()
    assert (change.act, change.reason, change.note) == ("superseded", "other", KEY_REPLACED)
    old, now = (open_unverified(each.sealed_json).document for each in (theft.after, new))
    assert old["credentialSubject"]["result"] == now["credentialSubject"]["result"]
    assert old["credentialSubject"]["achievement"] == now["credentialSubject"]["achievement"]
    assert (old["awardedDate"], old["id"] == now["id"]) == (now["awardedDate"], False)
    for text in (new.sealed_json, new.sealed_jwt):
        assert theft.verify(text).verdict is Verdict.VALID
    with transaction(theft.office.sessions) as session:
        assert award(session, BO, theft.office.desk, now=theft.clock()).id == new.id


def test_a_job_that_was_killed_goes_on_where_it_stopped(theft: Theft) -> None:
    """Each credential is replaced whole or not at all."""
    for request in (CELL, replace(BO, achievement_code="VLT-CELL")):
        with transaction(theft.office.sessions) as session:
            award(session, request, theft.office.desk, now=theft.clock())
    key = theft.discover()
    job = reissue_affected(theft.office.sessions, theft.office.desk, key, theft.clock)
    assert next(job).state is ReissueState.REISSUED
    job.close()  # type: ignore[attr-defined]
    assert theft.states() == [ReissueState.REPLACED_BEFORE, ReissueState.REISSUED, ReissueState.REISSUED]
    assert set(theft.states()) == {ReissueState.REPLACED_BEFORE}


def test_what_was_taken_back_is_left_alone(theft: Theft) -> None:
    """A revoked badge concerns nobody any more; a suspended one waits; a corrected one's successor is looked at."""
    with transaction(theft.office.sessions) as session:
        revoke(session, theft.after.credential_id, StatusReason.FRAUD, theft.office.desk, now=theft.clock())
        held = award(session, replace(BO, achievement_code="VLT-CELL"), theft.office.desk, now=theft.clock())
        suspend(session, held.credential_id, StatusReason.SAFETY, theft.office.desk, now=theft.clock())
    theft.discover()
    assert theft.states() == [ReissueState.SUSPENDED]


def test_a_correction_after_the_theft_is_served_once(theft: Theft) -> None:
    """The corrected badge was sealed with the stolen key as well."""
    with transaction(theft.office.sessions) as session:
        changed = Correction(family_name="Eek")
        supersede(
            session,
            theft.after.credential_id,
            StatusReason.NAME_ERROR,
            theft.office.desk,
            now=theft.clock(),
            correction=changed,
        )
    theft.discover()
    assert theft.states() == [ReissueState.REPLACED_BEFORE, ReissueState.REISSUED]


def test_what_may_not_be_issued_any_more_is_said(theft: Theft) -> None:
    """The gate refuses a badge that its provider may not award now; the others are served."""
    with transaction(theft.office.sessions) as session:
        award(session, replace(BO, achievement_code="VLT-CELL"), theft.office.desk, now=theft.clock())
        version = theft.after.achievement_version_id
        achievement = session.get_one(IssuedCredentialRecord, theft.after.id).achievement_version.achievement_id
        assert version
        session.execute(
            update(AuthorisationRecord)
            .where(AuthorisationRecord.achievement_id == achievement)
            .values(valid_until=theft.since - 400 * DAY, valid_from=theft.since - 500 * DAY)
        )
    theft.discover()
    assert theft.states() == [ReissueState.REFUSED, ReissueState.REISSUED]


def test_a_draft_under_a_key_that_is_gone_is_not_filed(theft: Theft) -> None:
    """Or a seal of the stolen key would enter the register after all."""
    with reading(theft.office.sessions) as session:
        draft = prepare_award(session, CELL, theft.office.desk, AwardRun(theft.office.desk), now=theft.clock())
    theft.discover()
    assert not isinstance(draft, IssuedCredentialRecord)
    with pytest.raises(StaleDraft), transaction(theft.office.sessions) as session:
        file_award(session, draft, now=theft.clock())


def test_a_key_can_be_distrusted_only_from_a_time_that_has_passed(theft: Theft) -> None:
    """And only a key that the provider has; a retired key is retired once."""
    with transaction(theft.office.sessions) as session:
        provider = get_provider(session, "vbk-goteborg")
        key = get_key(session, provider, theft.key().thumbprint)
        with pytest.raises(DistrustInFuture):
            distrust(session, provider, key, theft.clock() + DAY, theft.office.desk, now=theft.clock())
    with pytest.raises(UnknownSigningKey, match="keys list ota-ostalb"), reading(theft.office.sessions) as session:
        get_key(session, get_provider(session, "ota-ostalb"), theft.key().public_key)
    with transaction(theft.office.sessions) as session:
        provider = get_provider(session, "vbk-goteborg")
        key = get_key(session, provider, theft.key().method_id)
        assert get_key(session, provider, key.key_url) is key
        retire_key(session, provider, key, theft.office.desk.keys, now=theft.clock())
        with pytest.raises(KeyNotInUse):
            retire_key(session, provider, key, theft.office.desk.keys, now=theft.clock())
    for text in (theft.before.sealed_json, theft.after.sealed_json):
        assert theft.verify(text).verdict is Verdict.VALID


def test_the_register_counts_what_each_key_sealed(theft: Theft) -> None:
    """Two seals for each credential, one by each key."""
    with reading(theft.office.sessions) as session:
        counts = count_seals(session, get_provider(session, "vbk-goteborg").id)
        assert count_seals(session, get_provider(session, "ota-ostalb").id) == {}
    assert counts == {theft.key(algorithm).thumbprint: 2 for algorithm in Algorithm}


def test_an_older_office_enters_what_it_had_issued(theft: Theft, tmp_path: Path) -> None:
    """The migration makes the same register out of the sealed texts."""
    columns = (SealRecord.credential_record_id, SealRecord.key_thumbprint, SealRecord.digest, SealRecord.filed_at)
    with reading(theft.office.sessions) as session:
        before = {tuple(row) for row in session.execute(select(*columns))}
    config = Config()
    config.set_main_option("script_location", str(Path(run.__file__).parent))
    with theft.office.sessions.writing_engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0001")
    again = reopened(tmp_path, clock=theft.clock)
    with reading(again.sessions) as session:
        assert {tuple(row) for row in session.execute(select(*columns))} == before
        assert session.scalar(select(func.count()).select_from(SealRecord)) == 4
    again.sessions.engine.dispose()


@pytest.fixture
def voltpass(theft: Theft, tmp_path: Path) -> Callable[..., Result]:
    """The command, in the office of the theft."""
    env = shell_env(tmp_path)

    def run_command(*arguments: str) -> Result:
        return CliRunner().invoke(main, list(arguments), obj=Door(env, theft.clock), catch_exceptions=False)

    return run_command


def test_the_command_distrusts_lists_and_serves(theft: Theft, voltpass: Callable[..., Result]) -> None:
    """One command; run again it says what has been done."""
    key, since = theft.key().public_key, f"{theft.since:%Y-%m-%dT%H:%M:%SZ}"
    first = voltpass("keys", "distrust", "vbk-goteborg", key, "--since", since)
    assert first.exit_code == 0
    assert f"{theft.after.credential_id}  Bo Ek  {theft.office.desk.link(theft.after.token)}  to be" in first.output
    assert "1 affected" in first.output
    assert theft.before.credential_id not in first.output
    assert "1 reissued" in voltpass("keys", "distrust", "vbk-goteborg", key, "--since", since, "--reissue").output
    assert "1 replaced_before" in voltpass("keys", "distrust", "vbk-goteborg", key, "--since", since).output
    listed = voltpass("keys", "list", "vbk-goteborg").output.splitlines()
    assert [line.split("sealed ")[1] for line in listed] == ["2", "3", "1"]
    assert f"distrusted since {theft.since:%Y-%m-%d %H:%M:%S}Z" in listed[0]


def test_the_command_retires_a_key(theft: Theft, voltpass: Callable[..., Result]) -> None:
    """The old line and the new one; nobody is affected by a key that sealed nothing since."""
    retired = voltpass("keys", "retire", "vbk-goteborg", theft.key().public_key)
    assert [("until" in line, "in use" in line) for line in retired.output.splitlines()] == [
        (True, False),
        (False, True),
    ]
    assert voltpass("keys", "retire", "vbk-goteborg", theft.key().public_key).exit_code == 1
    new = retired.output.splitlines()[1].split()[1]
    assert "No holder" in voltpass("keys", "distrust", "vbk-goteborg", new, "--since", "2026-01-01").output
    assert voltpass("keys", "distrust", "vbk-goteborg", new, "--since", "soon").exit_code == 2


@pytest.mark.parametrize("algorithm", list(Algorithm))
def test_a_key_is_replaced_by_one_that_exists_already(
    theft: Theft, voltpass: Callable[..., Result], algorithm: Algorithm
) -> None:
    """As one in a token; it must be of the same kind, and nobody else's."""
    made = create_key(theft.office.settings.key_directory, algorithm, KEY_SECRET)
    retire = ("keys", "retire", "vbk-goteborg", theft.key().public_key, "--successor", made.uri)
    retired = voltpass(*retire)
    if algorithm is Algorithm.P256:
        assert "one of P-256" in retired.output
        return
    assert made.public_key.multikey in retired.output
    with transaction(theft.office.sessions) as session:
        new = award(session, CELL, theft.office.desk, now=theft.clock())
    assert made.public_key.multikey in new.sealed_json
    again = voltpass("keys", "retire", "vbk-goteborg", made.public_key.multikey, "--successor", made.uri)
    assert "no two issuers" in again.output


def test_the_command_says_when_something_was_refused(theft: Theft, voltpass: Callable[..., Result]) -> None:
    """Exit status 1, with the reason in the line of the credential."""
    with transaction(theft.office.sessions) as session:
        session.execute(
            update(AuthorisationRecord).values(valid_until=theft.since - 400 * DAY, valid_from=theft.since - 500 * DAY)
        )
    since = f"{theft.since:%Y-%m-%dT%H:%M:%SZ}"
    refused = voltpass("keys", "distrust", "vbk-goteborg", theft.key().public_key, "--since", since, "--reissue")
    assert refused.exit_code == 1
    assert "was not issued anew: The gate refuses" in refused.output
