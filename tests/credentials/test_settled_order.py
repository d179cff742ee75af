"""The order of arrays is not signed, so it decides nothing that is shown."""

import json
import random

import pytest

from credentials.canonical import canonicalize
from credentials.contexts import SHIPPED
from credentials.holder_name import HolderName, choose_name, holder_name, is_latin
from credentials.settled_order import settle_credential, settle_order
from tests.complete_document import complete_document
from tests.example_credentials import example_credential
from tests.shuffling import shuffled


def test_a_complete_document_settles_to_the_same_statements() -> None:
    """Settling moves only what is not signed, and does so once."""
    document = complete_document()
    settled = settle_order(document)
    assert settle_order(settled) == settled
    assert settled["@context"] == document["@context"]
    assert settle_order(shuffled(document, random.Random(7))) == settled


def test_lists_keep_their_order_and_numbers_count() -> None:
    """allowedValue is a list; codes with numbers stand as people count; levels stand by their points or level."""
    levels = [
        {"name": name, "level": level} for name, level in (("Advanced", "10"), ("Foundation", "1"), ("Good", "2"))
    ]
    settled = settle_order({"allowedValue": ["b", "a"], "tag": ["LO10", "LO2"], "rubricCriterionLevel": levels})
    assert settled["allowedValue"] == ["b", "a"]
    assert settled["tag"] == ["LO2", "LO10"]
    assert [each["name"] for each in settled["rubricCriterionLevel"]] == ["Foundation", "Good", "Advanced"]
    assert SHIPPED.list_terms >= {"@context", "allowedValue"}


def test_how_it_came_out_stands_before_marks() -> None:
    """The first result is the one that is shown large."""
    status, level = {"value": "Pass", "status": "Completed"}, {"achievedLevel": "urn:x:2"}
    marks = [{"resultDescription": "urn:x:a", "value": "85"}, {"value": "9"}]
    for results in ([*marks, status], [status, *marks]):
        assert settle_order({"result": results})["result"][0] == status
    assert settle_order({"result": [*marks, level]})["result"][0] == level


def test_a_settled_credential_is_the_same_credential() -> None:
    """Only arrays move."""
    settled = settle_credential(example_credential())
    assert canonicalize(settled.to_json()) == canonicalize(example_credential().to_json())
    assert json.dumps(settled.to_json()) == json.dumps(settle_order(example_credential().to_json()))


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        pytest.param(["Åsa Öberg"], HolderName("Åsa Öberg"), id="one"),
        pytest.param(["محمد", "Mohammed"], HolderName("محمد", "Mohammed"), id="native-and-latin"),
        pytest.param(["ნინო", "Nino"], HolderName("ნინო", "Nino"), id="georgian"),
        pytest.param(["Åsa Öberg", "Asa Oberg"], HolderName("Åsa Öberg"), id="plain-spelling"),
        pytest.param(["Åsa Öberg", "Åsa Öberg "], HolderName("Åsa Öberg"), id="said-twice"),
        pytest.param(["Eva Novák", "Eva Svoboda"], HolderName("Eva Novák", others=("Eva Svoboda",)), id="two-latin"),
        pytest.param(["Иван", "محمد"], HolderName("Иван", others=("محمد",)), id="two-native"),
        pytest.param(
            ["Иван", "محمد", "Ivan"], HolderName("Иван", others=("محمد", "Ivan")), id="two-native-and-latin"
        ),
        pytest.param(["", " "], None, id="empty"),
        pytest.param([], None, id="none"),
    ],
)  # fmt: skip
def test_the_name_does_not_depend_on_its_place(names: list[str], expected: HolderName | None) -> None:
    """Script decides; two of one script are both shown, because nothing says which is the name."""
    assert choose_name(names) == expected
    assert choose_name(reversed(names)) == expected


def test_what_stands_beneath_a_name() -> None:
    """Its Latin form, or else every other name, so that nobody is left out by a guess."""
    assert HolderName("محمد", "Mohammed").beneath == "Mohammed"
    assert HolderName("A", others=("B", "C")).beneath == "B / C"
    assert HolderName("A").beneath is None


def test_hashed_names_are_not_shown() -> None:
    """Only identities in the open, and only names, can be shown."""
    subject = example_credential().credential_subject
    found = holder_name(subject)
    assert found is not None
    assert found.name in {one.identity_hash for one in subject.identifier if one.identity_type == "name"}


@pytest.mark.parametrize(
    ("name", "latin"),
    [
        ("Åsa-Lena O'Brien III", True), ("Nguyễn", True), ("", True),
        ("王芳", False), ("Li 王", False), ("Ελένη", False),
    ],
)  # fmt: skip
def test_latin_letters(name: str, latin: bool) -> None:
    """Marks and figures belong to any script; one letter of another script makes a name of another script."""
    assert is_latin(name) is latin
