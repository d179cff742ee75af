"""Names and e-mail addresses of people in an award file."""

import pytest

from issuer.awards.files import RowCode, RowState
from issuer.awards.files.words import is_one_edit_apart, tidy
from tests.award_office import outcome_of


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a@mail.example", RowCode.CLEAN),
        ("A.B+c@Mail.Example", RowCode.CLEAN),
        ("a@xn--bcher-kva.example", RowCode.CLEAN),
        ("a@bücher.example", RowCode.CLEAN),
        ("mail.example", RowCode.EMAIL_INVALID),
        ("a@", RowCode.EMAIL_INVALID),
        ("@mail.example", RowCode.EMAIL_INVALID),
        ("a@mail", RowCode.EMAIL_INVALID),
        ("a@b@mail.example", RowCode.EMAIL_INVALID),
        ("a b@mail.example", RowCode.EMAIL_INVALID),
        ("a..b@mail.example", RowCode.EMAIL_INVALID),
        (".a@mail.example", RowCode.EMAIL_INVALID),
        ("å@mail.example", RowCode.EMAIL_INVALID),
        ("a@mail..example", RowCode.EMAIL_INVALID),
        ("a@-mail.example", RowCode.EMAIL_INVALID),
        ("a@10.0.0.1", RowCode.EMAIL_INVALID),
        ("a@mail.example,b@mail.example", RowCode.EMAIL_INVALID),
        ("<a@mail.example>", RowCode.EMAIL_INVALID),
        ("a\u202e@mail.example", RowCode.EMAIL_INVALID),
        ("a\u00adb@mail.example", RowCode.EMAIL_INVALID),
        (f"{'a' * 65}@mail.example", RowCode.EMAIL_INVALID),
        (f"a@{'m.' * 130}example", RowCode.EMAIL_INVALID),
        ("a@gmial.example", RowCode.EMAIL_DOMAIN_SUSPICIOUS),
        ("a@hotnail.com", RowCode.EMAIL_DOMAIN_SUSPICIOUS),
        ("a@outlok.com", RowCode.EMAIL_DOMAIN_SUSPICIOUS),
        ("a@gmaill.com", RowCode.EMAIL_DOMAIN_SUSPICIOUS),
        ("a@gmail.con", RowCode.EMAIL_DOMAIN_SUSPICIOUS),
        ("a@gmail.com", RowCode.CLEAN),
        ("a@googlemail.com", RowCode.CLEAN),
        ("a@email.cz", RowCode.CLEAN),
        ("a@ymail.com", RowCode.CLEAN),
    ],
)
def test_addresses(text: str, code: RowCode) -> None:
    """The form is checked, and the slips people make with the large providers; nothing is looked up."""
    assert outcome_of(email=text).code is code


@pytest.mark.parametrize(
    ("text", "suggestion"),
    [
        ("Åsa Öberg <Asa@Mail.Example>", "asa@mail.example"),
        ("mailto:asa@mail.example", "asa@mail.example"),
        ("a@hotnail.com", "a@hotmail.com"),
        ("a@yaho.con", "a@yahoo.com"),
        ("nobody", ""),
    ],
)
def test_addresses_that_can_be_mended(text: str, suggestion: str) -> None:
    """An address inside other text is proposed alone; a slip is proposed mended."""
    assert outcome_of(email=text).suggestion == suggestion


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"email": "mail.example"}, "has no @"),
        ({"email": "a@"}, "has no domain"),
        ({"email": "a@mail"}, "has no dot in its domain"),
        ({"email": "a@b@mail.example"}, "more than one @"),
        ({"email": "a b@mail.example"}, "a space or an invisible character"),
        ({"email": "å@mail.example"}, "before the @"),
        ({"email": f"{'a' * 65}@mail.example"}, "too long"),
        ({"email": "a@mail..example"}, "domain that cannot exist"),
        ({"given_name": "=1"}, "spreadsheet formula"),
        ({"given_name": "#N/A"}, "error message of the spreadsheet"),
        ({"given_name": "<b>A</b>"}, "markup"),
        ({"given_name": "A\u202e"}, "turns the writing direction (U+202E)"),
        ({"given_name": "A\nB"}, "line break"),
        ({"given_name": "A\u00adB"}, "invisible"),
        ({"given_name": "a@mail.example"}, "an address"),
        ({"given_name": "Bj?rn"}, "lost a letter"),
        ({"given_name": "12345"}, "no letter"),
    ],
)
def test_the_sentence_says_what_is_wrong(changes: dict[str, str], words: str) -> None:
    """Nobody has to guess which of the rules a value broke."""
    assert words in outcome_of(**changes).sentence


def test_an_address_is_kept_in_lower_case() -> None:
    """One person has one address, however it was typed."""
    request = outcome_of(email=" Asa.OBERG@Mail.Example\u00a0").request
    assert request is not None
    assert request.email == "asa.oberg@mail.example"


@pytest.mark.parametrize(
    "name",
    [
        "=1+1", "+1", "-Anna", "@Anna", "'=1+1", "＝1+1",
        "<b>Anna</b>", "Anna &amp; Bo", "{Anna}", "Anna\\Bo", "Anna>",
        "Anna\u202e", "Anna\u200e", "An\u2066na", "An\u061cna",
        "An\x01na", "An\nna", "An\u2028na", "An\x7fna", "An\u0085na",
        "An\u200bna", "An\u00adna", "An\u200dna", "An\ue000na", "An\U000e0041na", "An\u0378na",
        "a@mail.example", "www.anna.example", "http://anna",
        "Bj?rn", "Bj\ufffdrn", "12345", "#N/A", "#NAME?", "---",
    ],
)  # fmt: skip
def test_names_that_are_refused(name: str) -> None:
    """Formulas, markup, controls, hidden characters, addresses and lost letters never reach a certificate."""
    assert outcome_of(given_name=name).code is RowCode.NAME_NOT_ALLOWED
    assert outcome_of(given_name="", family_name=name).code is RowCode.NAME_NOT_ALLOWED


@pytest.mark.parametrize(
    "name",
    [
        "'t Hooft", "O'Brien-Smith", "D’Ávila", "Bar·celó", "Jr.", "de la Cruz", "X", "김", "Ștefan", "İpek",
        "Nguyễn Thị", "محمد", "שרה", "ნინო", "می\u200cخواهم", "John 3rd", "Núñez (Sr)", "L\u2019Hôpital",
    ],
)  # fmt: skip
def test_names_that_are_people(name: str) -> None:
    """Names of all kinds pass as they are."""
    outcome = outcome_of(given_name=name)
    assert outcome.outcome is RowState.READY
    assert outcome.request is not None
    assert outcome.request.given_name == tidy(name)


def test_names_are_put_in_one_form() -> None:
    """NFC, single spaces, nothing at the ends."""
    request = outcome_of(
        given_name=" Begon\u0303a \u00a0 Mari\u0301a\u200b", family_name="\ufeffIba\u0301n\u0303ez"
    ).request
    assert request is not None
    assert (request.given_name, request.family_name) == ("Bego\u00f1a Mar\u00eda", "Ib\u00e1\u00f1ez")


@pytest.mark.parametrize(
    ("full", "given", "family"),
    [
        pytest.param("Åsa Öberg", "Åsa Öberg", "", id="kept whole: where it divides is not ours to guess"),
        pytest.param("Öberg, Åsa", "Åsa", "Öberg", id="a comma says where"),
        pytest.param("A, B, C", "A, B, C", "", id="two commas say nothing"),
    ],
)
def test_full_names(full: str, given: str, family: str) -> None:
    """A full name is divided only where the file says how; separate parts win over it."""
    outcome = outcome_of(given_name="", family_name="", name=full)
    assert outcome.request is not None
    assert (outcome.request.given_name, outcome.request.family_name) == (given, family)
    both = outcome_of(name="Somebody Else").request
    assert both is not None
    assert (both.given_name, both.family_name) == ("Åsa", "Öberg")


def test_long_names() -> None:
    """Two hundred characters are a name, two hundred and one are not."""
    assert outcome_of(given_name="X" * 199, family_name="").code is RowCode.CLEAN
    assert outcome_of(given_name="X" * 198, family_name="Y").code is RowCode.CLEAN
    assert outcome_of(given_name="X" * 199, family_name="Y").code is RowCode.NAME_TOO_LONG


def test_a_garbled_name_is_asked() -> None:
    """UTF-8 that was saved as Windows-1252 is recognised, and the right name proposed."""
    outcome = outcome_of(given_name="Ã…sa", family_name="Ã–berg")
    assert (outcome.code, outcome.needs_answer, outcome.suggestion) == (RowCode.NAME_GARBLED, True, "Åsa Öberg")


@pytest.mark.parametrize(
    ("left", "right", "apart"),
    [
        ("gmail", "gmial", True),
        ("gmail", "gmal", True),
        ("gmail", "gmaill", True),
        ("gmail", "gnail", True),
        ("gmail", "gmail", False),
        ("gmail", "gmlia", False),
        ("gmail", "gma", False),
        ("ab", "ba", True),
        ("", "a", True),
        ("", "", False),
    ],
)
def test_one_slip_of_the_keyboard(left: str, right: str, apart: bool) -> None:
    """One letter added, lost, changed or swapped, in either direction."""
    assert is_one_edit_apart(left, right) is apart
    assert is_one_edit_apart(right, left) is apart
