"""STATUS in words: statuses of several bits and the purpose message are read and shown, and are never good news."""

from __future__ import annotations

from typing import Any

import pytest

from credentials.status_list import StatusList, StatusPurpose
from keys.algorithm import Algorithm
from tests.simulator import BASE, Simulator
from verifier.reasons import Check, Outcome, Reason
from verifier.report import CheckResult, Verdict

URL = f"{BASE}/status/words"
INDEX = 5


def ask(purpose: str, value: int, size: int | None = 2, *, entries: int = 131_072, **changes: Any) -> CheckResult:
    """The answer for a credential whose entry in a list of its own has this value."""
    world = Simulator()
    bits = StatusList.empty(entries * (size or 1))
    for position in range(size or 1):
        bits.set(INDEX * (size or 1) + position, bool(value >> ((size or 1) - 1 - position) & 1))
    sealed = world.sealed_list(StatusPurpose.REVOCATION, id=URL, purpose=purpose, encoded_list=bits.encode())
    world.override(URL, sealed)
    entry = {
        "id": f"{URL}#{INDEX}",
        "type": "BitstringStatusListEntry",
        "statusPurpose": purpose,
        "statusListIndex": str(INDEX),
        "statusListCredential": URL,
        "statusSize": size,
        "statusMessage": [{"status": hex(each), "message": f"word {each}"} for each in range(1 << (size or 1))],
        **changes,
    }
    written = {name: each for name, each in entry.items() if each is not None}
    report = world.verify(world.award_raw(world.document(credentialStatus=written), Algorithm.P256))
    assert report.verdict is not Verdict.VALID or report.result_of(Check.STATUS).outcome is Outcome.PASSED
    return report.result_of(Check.STATUS)


@pytest.mark.parametrize("value", [0, 1, 2, 3])
@pytest.mark.parametrize("size", [pytest.param(2, id="two bits"), pytest.param(4, id="four bits")])
def test_a_message_is_shown_and_leaves_the_question_open(value: int, size: int) -> None:
    """The issuer's own words for the value, the left-most bit first; nobody is told that all is well."""
    result = ask("message", value, size)
    assert (result.outcome, result.reason) == (Outcome.INDETERMINATE, Reason.STATUS_UNSUPPORTED)
    assert f"“word {value}”" in result.detail
    assert result.evidence[0].facts["message"] == f"word {value}"
    assert result.evidence[0].facts["bit"] == str(value)


def test_a_message_of_one_bit_is_no_good_news_either() -> None:
    """A list for messages has nothing to do with withdrawal."""
    result = ask("message", 0, None)
    assert (result.reason, "“word 0”" in result.detail) == (Reason.STATUS_UNSUPPORTED, True)


@pytest.mark.parametrize(
    ("purpose", "reason"),
    [("revocation", Reason.REVOKED), ("suspension", Reason.SUSPENDED), ("refresh", Reason.SUPERSEDED)],
)
@pytest.mark.parametrize("value", [1, 2, 3])
def test_any_value_but_zero_is_bad_news_for_the_other_purposes(purpose: str, reason: Reason, value: int) -> None:
    """Bitstring Status List 1.0, section 3.2: valid is true only for the status 0."""
    result = ask(purpose, value)
    assert result.reason is reason
    assert result.evidence[0].facts["message"] == f"word {value}"


def test_zero_of_several_bits_is_not_taken_for_good_news() -> None:
    """The issuer has words even for zero, and those may say anything."""
    assert ask("revocation", 0).reason is Reason.STATUS_UNSUPPORTED


def test_a_message_beside_a_plain_bit_is_shown() -> None:
    """With one bit the words only explain."""
    assert ask("revocation", 0, None).evidence[0].facts["message"] == "word 0"
    assert ask("revocation", 0, None).outcome is Outcome.PASSED
    assert ask("revocation", 1, None).reason is Reason.REVOKED


def test_a_list_of_several_bits_needs_as_many_entries() -> None:
    """Fewer entries than 131,072 hide nobody: the length counts in entries, not in bits."""
    assert ask("message", 1, 2, entries=65_536).reason is Reason.STATUS_INVALID


def test_zero_may_be_written_with_two_digits() -> None:
    """Issuers write 0x00 as well as 0x0."""
    words = [{"status": f"0X{each:02x}", "message": f"word {each}"} for each in range(4)]
    assert "“word 2”" in ask("message", 2, statusMessage=words).detail


def test_a_value_without_words_is_told_as_a_number() -> None:
    """The words may leave a value out."""
    words = [{"status": "0x0", "message": "same"}] * 4
    assert "value 2, without words" in ask("message", 2, statusMessage=words).detail
