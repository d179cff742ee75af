"""From the desk to the gate: what the learner carries is good until the office says otherwise, and nothing else is."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from credentials.credential import AchievementCredential
from credentials.seal import seal
from credentials.unverified import open_unverified
from issuer.awards.issue import IssuedRow, issue_rows, open_award_file
from issuer.awards.reasons import StatusReason
from issuer.awards.status_changes import reinstate, revoke, suspend
from issuer.commands.outputs import write_files
from issuer.database import transaction
from issuer.office import Office
from keys.algorithm import Algorithm
from keys.did import did_key
from keys.signer import MemorySigner
from tests.demo_files import demo_bytes
from tests.office import Clock, demo_office
from verifier.examine import examine, examine_text
from verifier.fetcher import Fetcher
from verifier.report import Check, Outcome, Verdict

CARRIERS = (".json", ".jwt", ".pdf", ".png")


@dataclass(frozen=True)
class Journey:
    """One learner's badge on the way: its row, and the files as the learner has them."""

    office: Office
    row: IssuedRow
    folder: Path
    files: dict[str, str]

    def carried(self, suffix: str) -> bytes:
        return (self.folder / self.files[suffix]).read_bytes()

    def verdicts(self) -> dict[str, Verdict]:
        """What the gate says of every carrier, and of the link."""
        policy, now = self.office.policy(), self.office.clock()
        found = {
            suffix: examine(self.carried(suffix), name, policy, now=now).report.verdict
            for suffix, name in self.files.items()
        }
        return {**found, "link": examine_text(self.row.link or "", policy, now=now).report.verdict}


@pytest.fixture(scope="module")
def journey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Journey]:
    """The first two rows of an award file, issued and written; the first one travels."""
    folder = tmp_path_factory.mktemp("journey")
    office = demo_office(folder, clock=Clock())
    data = b"".join(demo_bytes("awards_hv1_goteborg.csv").splitlines(keepends=True)[:2])
    file = open_award_file(office.sessions, "vbk-goteborg", data, "awards.csv", now=office.clock())
    (row,) = issue_rows(office.sessions, office.desk, file, office.clock)
    written = write_files(office, row, folder)
    assert written.problem == ""
    yield Journey(office, row, folder, {Path(name).suffix: name for name in written.files})
    office.sessions.engine.dispose()


def test_everything_the_learner_carries_is_valid(journey: Journey) -> None:
    """PDF, PNG, JSON, JWT and link."""
    assert set(journey.files) == set(CARRIERS)
    assert set(journey.verdicts().values()) == {Verdict.VALID}


def test_the_office_s_word_reaches_every_carrier_at_once(journey: Journey) -> None:
    """Suspended, then given back: the files in the learner's hands are the same, the verdict is not."""
    for act, verdict in ((suspend, Verdict.SUSPENDED), (reinstate, Verdict.VALID)):
        with transaction(journey.office.sessions) as session:
            act(
                session,
                journey.row.link or "",
                StatusReason.SAFETY,
                journey.office.desk,
                now=journey.office.clock(),
            )
        assert set(journey.verdicts().values()) == {verdict}


@pytest.mark.parametrize(
    ("suffix", "before", "after"),
    [
        pytest.param(".json", "Åsa Öberg", "Åsa Oberg", id="name in the JSON"),
        pytest.param(".json", "2028-10-16T23:59:59Z", "2038-10-16T23:59:59Z", id="date in the JSON"),
        pytest.param(".png", "Lovisa Ek", "Lovisa Ok", id="assessor in the PNG"),
    ],
)
def test_one_changed_letter_is_found(journey: Journey, suffix: str, before: str, after: str) -> None:
    """ALTERED, or UNREADABLE where the file no longer parses; never green."""
    data = journey.carried(suffix)
    assert before.encode() in data
    changed = data.replace(before.encode(), after.encode())
    report = examine(changed, f"changed{suffix}", journey.office.policy(), now=journey.office.clock()).report
    assert report.verdict in {Verdict.ALTERED, Verdict.UNREADABLE}
    assert report.authentic is None


@pytest.mark.parametrize("part", [0, 1, 2], ids=["header", "payload", "signature"])
def test_no_part_of_a_token_can_be_changed(journey: Journey, part: int) -> None:
    """One character in the middle of each part."""
    parts = journey.carried(".jwt").decode().split(".")
    middle = len(parts[part]) // 2
    other = "A" if parts[part][middle] != "A" else "B"
    parts[part] = parts[part][:middle] + other + parts[part][middle + 1 :]
    report = examine_text(".".join(parts), journey.office.policy(), now=journey.office.clock()).report
    assert report.verdict in {Verdict.ALTERED, Verdict.UNREADABLE}


def _claim(journey: Journey) -> AchievementCredential:
    document = dict(open_unverified(journey.carried(".json")).document)
    document.pop("proof", None)
    return AchievementCredential.from_json(document)


def test_a_stranger_who_seals_the_same_words_is_unknown(journey: Journey) -> None:
    """The seal is in order and the stranger's own; nobody we trust vouches for the stranger."""
    stranger = MemorySigner.generate(Algorithm.ED25519)
    claim = _claim(journey)
    forged = replace(claim, issuer=replace(claim.issuer, id=did_key(stranger.public_key)), credential_status=None)
    text = seal(forged, stranger, created=journey.office.clock()).text
    report = examine_text(text, journey.office.policy(), now=journey.office.clock()).report
    assert report.verdict is Verdict.UNKNOWN_ISSUER


def test_a_stranger_who_takes_the_provider_s_name_is_found_out(journey: Journey) -> None:
    """The same words under the provider's identifier, sealed with another key: ALTERED at the key."""
    claim = _claim(journey)
    thief = MemorySigner.generate(Algorithm.ED25519)
    posing = MemorySigner.generate(Algorithm.ED25519, f"{claim.issuer.id}#{thief.public_key.multikey}")
    text = seal(claim, posing, created=journey.office.clock()).text
    report = examine_text(text, journey.office.policy(), now=journey.office.clock()).report
    assert report.verdict is Verdict.ALTERED
    assert report.result_of(Check.KEY).outcome is Outcome.FAILED


def test_without_its_status_list_nothing_is_green(journey: Journey) -> None:
    """The paper is authentic, and whether it still holds could not be found out."""
    office = journey.office
    cut_off = Fetcher(published=lambda url: None if "/status/" in url else office.documents.find(url))
    policy = replace(office.policy(), documents=cut_off)
    report = examine(journey.carried(".pdf"), "certificate.pdf", policy, now=office.clock()).report
    assert report.verdict is Verdict.COULD_NOT_CHECK
    assert report.authentic is not None


def test_revoked_is_revoked_everywhere(journey: Journey) -> None:
    """The last act of this journey: one command, and no carrier is green any more."""
    with transaction(journey.office.sessions) as session:
        revoke(
            session,
            journey.row.credential_id or "",
            StatusReason.WRONG_RESULT,
            journey.office.desk,
            now=journey.office.clock(),
        )
    assert set(journey.verdicts().values()) == {Verdict.REVOKED}
