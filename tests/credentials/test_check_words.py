"""Three words that two people can compare on the telephone."""

import hashlib

from credentials.check_words import WORDS, check_words
from tests.example_credentials import CREDENTIAL_ID


def test_there_is_one_word_for_every_byte() -> None:
    """256 words, all different."""
    assert len(WORDS) == len(set(WORDS)) == 256


def test_the_words_are_easy_to_say_and_to_tell_apart() -> None:
    """Short, in plain letters, and no two begin alike or differ in a single letter."""
    assert all(word.isascii() and word.isalpha() and word.islower() and 3 <= len(word) <= 8 for word in WORDS)
    assert len({word[:4] for word in WORDS}) == len(WORDS)
    without_one_letter = [{word[:i] + "." + word[i + 1 :] for i in range(len(word))} for word in WORDS]
    assert sum(len(shapes) for shapes in without_one_letter) == len(set().union(*without_one_letter))


def test_the_words_belong_to_the_id() -> None:
    """The first three bytes of SHA-256 over the id choose them; another id has other words."""
    digest = hashlib.sha256(CREDENTIAL_ID.encode()).digest()
    assert check_words(CREDENTIAL_ID) == (WORDS[digest[0]], WORDS[digest[1]], WORDS[digest[2]])
    assert check_words(CREDENTIAL_ID) == ("mushroom", "garage", "fox")
    assert check_words(CREDENTIAL_ID[:-1] + "7") != check_words(CREDENTIAL_ID)
