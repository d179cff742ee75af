"""Small secrets under lock."""

from __future__ import annotations

import pytest

from keys.strongbox import Strongbox, StrongboxRefused, derive_key


def test_what_is_locked_opens_with_the_same_secret_and_purpose_only() -> None:
    """The text comes back; another secret, another purpose or a changed letter gives nothing."""
    locked = Strongbox("a test secret", "codes").lock("test-Å")
    assert Strongbox("a test secret", "codes").open(locked) == "test-Å"
    assert "test" not in locked
    changed = locked[:-5] + ("A" if locked[-5] != "A" else "B") + locked[-4:]
    for box, text in (
        (Strongbox("another test secret", "codes"), locked),
        (Strongbox("a test secret", "webhooks"), locked),
        (Strongbox("a test secret", "codes"), changed),
        (Strongbox("a test secret", "codes"), "ÅÄÖ"),
    ):
        with pytest.raises(StrongboxRefused):
            box.open(text)


def test_a_purpose_has_its_own_key() -> None:
    """Keys for two purposes differ, the same purpose gives the same key."""
    assert derive_key("a test secret", "a") == derive_key("a test secret", "a")
    assert derive_key("a test secret", "a") != derive_key("a test secret", "b")
