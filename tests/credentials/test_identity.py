"""IdentityObject: names are plain, e-mail addresses are hashed as the standard says."""

import hashlib
import unicodedata

import pytest

from credentials.identity import IdentityObject, hash_email, matches_email, name_identity

# SHA-256 over "Asa@Mail.Exampletest", written in capitals.
HASHED_IN_CAPITALS = IdentityObject(
    identity_type="emailAddress",
    hashed=True,
    identity_hash="sha256$8D9C89CA977EE4775903894C7A697163344B485A82100A58123729FF4A284C47",
    salt="test",
)
# md5 over "a@example.com".
MD5_OF_A = IdentityObject(
    identity_type="emailAddress", hashed=True, identity_hash="md5$b418773a2c51fb9777a1648346fa7394"
)


@pytest.mark.parametrize(
    ("email", "salt", "digest"),
    [
        pytest.param(
            "a@example.com",
            "Kosher",
            "b5809d8a92f8858436d7e6b87c12ebc0ae1eac4baecc2c0b913aee2c922ef399",
            id="implementation-guide-1",
        ),
        pytest.param(
            "jjefferson18@example.com",
            "FleurDeSel",
            "658625b25ab3d75d613ca97d9a5a77f70e2192feca5557f4ad09a4d4f121f5fc",
            id="implementation-guide-2",
        ),
    ],
)
def test_the_published_hashes_come_out(email: str, salt: str, digest: str) -> None:
    """sha256$ and the hexadecimal SHA-256 over the address followed by the salt."""
    identity = hash_email(email, salt)
    assert identity == IdentityObject(
        identity_type="emailAddress", hashed=True, identity_hash=f"sha256${digest}", salt=salt
    )
    assert matches_email(identity, email)
    assert not matches_email(identity, "b@example.com")


def test_letter_case_and_white_space_do_not_hide_a_match() -> None:
    """The address is hashed trimmed and in lower case, and tried as typed and in lower case."""
    assert hash_email(" Asa.Oberg@Mail.Example ", "test") == hash_email("asa.oberg@mail.example", "test")
    assert matches_email(hash_email("asa.oberg@mail.example", "test"), " Asa.Oberg@MAIL.example\n")


def test_an_address_hashed_in_capitals_by_somebody_else_is_recognised_as_typed() -> None:
    """Other issuers hash the address as they got it."""
    assert matches_email(HASHED_IN_CAPITALS, "Asa@Mail.Example")
    assert not matches_email(HASHED_IN_CAPITALS, "asa@mail.example")


def test_an_address_hashed_with_its_white_space_is_recognised_as_given() -> None:
    """Another issuer may have hashed what stood in its file, a space and all."""
    digest = hashlib.sha256(b" a@example.com" + b"test").hexdigest()
    identity = IdentityObject(
        identity_type="emailAddress", hashed=True, identity_hash=f"sha256${digest.upper()}", salt="test"
    )
    assert matches_email(identity, " a@example.com")
    assert not matches_email(identity, "a@example.com")


def test_nothing_typed_matches_nothing() -> None:
    """The hash of an empty address is nobody's."""
    assert not matches_email(hash_email("", "test"), " ")


def test_the_other_defined_algorithm_is_read() -> None:
    """The standard defines md5 as well; this program never writes it."""
    assert matches_email(MD5_OF_A, "a@example.com")
    assert not matches_email(MD5_OF_A, "b@example.com")


def test_a_plain_address_is_compared_as_it_is() -> None:
    """Not every issuer hashes."""
    identity = IdentityObject(identity_type="emailAddress", hashed=False, identity_hash="A@example.com")
    assert matches_email(identity, "a@example.com")
    assert not matches_email(identity, "b@example.com")


def test_a_name_is_no_address() -> None:
    """Only an identity of type emailAddress can match."""
    assert not matches_email(name_identity("a@example.com"), "a@example.com")


def test_a_name_is_plain_and_composed() -> None:
    """A letter and its ring become one character, so that two spellings of a name are one."""
    identity = name_identity(" " + unicodedata.normalize("NFD", "Åsa Öberg"))
    assert identity == IdentityObject(identity_type="name", hashed=False, identity_hash="Åsa Öberg")
    assert identity.to_json() == {
        "type": "IdentityObject",
        "identityType": "name",
        "hashed": False,
        "identityHash": "Åsa Öberg",
    }
