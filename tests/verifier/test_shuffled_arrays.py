"""The order of arrays is not signed, so it changes nothing that anybody is shown."""

import random
from typing import Any

import pytest

from credentials.canonical import canonicalize
from credentials.credential import AchievementCredential
from credentials.identity import hash_email, name_identity
from credentials.settled_order import settle_order
from tests.example_credentials import example_credential
from tests.shuffling import shuffled
from verifier.page_lines import signed_lines
from verifier.web.claims import read_claims
from verifier.web.words import ENGLISH, catalogue


def rich_document() -> dict[str, Any]:
    """The example with several names, results and levels."""
    document = example_credential().to_json()
    subject = document["credentialSubject"]
    subject["identifier"] = [
        each.to_json()
        for each in (
            name_identity("محمد الحسيني"),
            name_identity("Mohammed Al-Husseini"),
            hash_email("a@example.com", "salt"),
        )
    ]
    subject["achievement"]["tag"] = ["b10", "b9", "a"]
    document["evidence"] = [
        {"type": ["Evidence"], "name": "Assessment", "narrative": f"Assessed by {name}"}
        for name in ("B. Berg", "A. Alm")
    ]
    subject["achievement"]["alignment"] = [
        *subject["achievement"].get("alignment", []),
        *(
            {
                "type": ["Alignment"],
                "targetType": "ext:LearningOutcome",
                "targetCode": f"LO{number}",
                "targetName": f"Outcome {number}",
                "targetUrl": f"https://voltpass.example/a#LO{number}",
            }
            for number in (2, 10, 1)
        ),
    ]
    subject["result"] = [{"type": ["Result"], "value": value} for value in ("88", "Pass", "With distinction")]
    return document


@pytest.mark.parametrize("seed", range(12))
def test_shuffling_arrays_never_changes_what_is_shown(seed: int) -> None:
    """The same statements, whatever the order: the same page, the same lines to compare, the same settled document."""
    document = rich_document()
    other = shuffled(document, random.Random(seed))
    assert canonicalize(other) == canonicalize(document)
    assert settle_order(other) == settle_order(document)
    assert signed_lines(other) == signed_lines(document)
    views = [read_claims(AchievementCredential.from_json(each), catalogue(ENGLISH)) for each in (document, other)]
    assert views[0] == views[1]
