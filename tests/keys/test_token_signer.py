"""Keys in a token: they sign as keys in files do, and what is wrong is said in our words. SoftHSM is the token."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from credentials.seal import seal
from credentials.unverified import open_unverified, verify_seal
from keys.algorithm import Algorithm
from keys.errors import (
    KeyNotFound,
    MalformedKey,
    SignatureMismatch,
    TokenFailed,
    TokenNotFound,
    UnknownKeyScheme,
    UnsupportedKeyType,
    WrongKeySecret,
)
from keys.store import open_signer
from tests.simulator import START, RawDocument, Simulator

PIN = "a test pin of the test token"
METHOD = "did:web:test.example#key"
LIBRARY = next(
    (
        path
        for path in map(Path, ("/usr/lib/softhsm/libsofthsm2.so", "/usr/lib64/softhsm/libsofthsm2.so"))
        if path.exists()
    ),
    None,
)
if LIBRARY is None:
    pytest.skip("SoftHSM (Debian package softhsm2) is not installed", allow_module_level=True)
QUERY = f"?module-path={LIBRARY}"


@pytest.fixture(scope="module")
def token(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A token of our own with a key of each kind, and one of a kind that nothing is signed with here."""
    folder = tmp_path_factory.mktemp("token")
    (folder / "tokens").mkdir()
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder / 'tokens'}\nlog.level = ERROR\n")
    # the library reads it when it is loaded, which is once in a process
    os.environ["SOFTHSM2_CONF"] = str(folder / "softhsm2.conf")
    tool = shutil.which("softhsm2-util")
    assert tool
    initialize = [tool, "--init-token", "--free", "--label", "voltpass test", "--so-pin", "a test so pin", "--pin", PIN]
    subprocess.run(initialize, check=True, capture_output=True)
    _make_keys()
    yield
    del os.environ["SOFTHSM2_CONF"]


def _make_keys() -> None:
    import pkcs11
    from pkcs11 import Attribute, KeyType, Mechanism
    from pkcs11.util.ec import encode_named_curve_parameters

    held = pkcs11.lib(str(LIBRARY)).get_token(token_label="voltpass test")
    with held.open(user_pin=PIN, rw=True) as session:

        def make(kind: Any, curve: bytes, label: str, number: bytes, **how: Any) -> None:
            parameters = session.create_domain_parameters(kind, {Attribute.EC_PARAMS: curve}, local=True)
            parameters.generate_keypair(store=True, label=label, id=number, **how)

        make(KeyType.EC, encode_named_curve_parameters("secp256r1"), "p256", b"\x01")
        edwards = Mechanism.EC_EDWARDS_KEY_PAIR_GEN
        make(KeyType.EC_EDWARDS, bytes.fromhex("06032b6570"), "ed25519", b"\x02", mechanism=edwards)
        make(KeyType.EC, encode_named_curve_parameters("secp384r1"), "p384", b"\x03")
        make(KeyType.EC, encode_named_curve_parameters("secp256r1"), "twins", b"\x04")
        make(KeyType.EC, encode_named_curve_parameters("secp256r1"), "twins", b"\x05")


def address(key: str, token: str = "voltpass%20test") -> str:
    return f"pkcs11:token={token};{key}{QUERY}"


BOTH = [
    pytest.param("object=p256", Algorithm.P256, id="P-256 by its label"),
    pytest.param("id=%01", Algorithm.P256, id="P-256 by its id"),
    pytest.param("object=ed25519;id=%02", Algorithm.ED25519, id="Ed25519 by both"),
]


@pytest.mark.usefixtures("token")
@pytest.mark.parametrize(("key", "algorithm"), BOTH)
def test_a_key_in_a_token_signs_what_anybody_can_verify(key: str, algorithm: Algorithm) -> None:
    """64 bytes in both kinds; a credential sealed with it is like any other."""
    signer = open_signer(address(key), secret=PIN, verification_method=METHOD)
    assert signer.public_key.algorithm is algorithm
    signature = signer.sign(b"a test message")
    assert len(signature) == 64
    signer.public_key.verify_signature(signature, b"a test message")
    with pytest.raises(SignatureMismatch):
        signer.public_key.verify_signature(signature, b"another test message")
    sealed = seal(RawDocument(Simulator().document()), signer, created=START)
    verify_seal(open_unverified(sealed.text), signer.public_key)
    assert signer.verification_method == METHOD
    assert PIN not in repr(signer)


REFUSED = [
    pytest.param(address("object=nothing"), PIN, KeyNotFound, id="no such key"),
    pytest.param(address("object=twins"), PIN, KeyNotFound, id="two keys of one label"),
    pytest.param(address("object=p384"), PIN, UnsupportedKeyType, id="key of another kind"),
    pytest.param(address("object=p256", "other"), PIN, TokenNotFound, id="token not present"),
    pytest.param(address("object=p256"), "a wrong test pin", WrongKeySecret, id="wrong pin, the token being open"),
    pytest.param(address("object=p256"), "", WrongKeySecret, id="no pin"),
    pytest.param(
        "pkcs11:token=x;object=y?module-path=/nowhere/test.so", PIN, TokenNotFound, id="library of the maker missing"
    ),
    pytest.param(f"{address('object=p256')}&pin-value=test", PIN, MalformedKey, id="pin in the URI"),
    pytest.param(f"{address('object=p256')}&pin-source=file:test", PIN, MalformedKey, id="place of the pin in the URI"),
    pytest.param(f"{address('object=p256')}&more=1", PIN, MalformedKey, id="unknown attribute"),
    pytest.param(f"pkcs11:token=voltpass%20test{QUERY}", PIN, MalformedKey, id="no key named"),
    pytest.param(f"pkcs11:object=p256{QUERY}", PIN, MalformedKey, id="no token named"),
    pytest.param("pkcs11:token=voltpass%20test;object=p256", PIN, MalformedKey, id="no library named"),
]


@pytest.mark.usefixtures("token")
@pytest.mark.parametrize(("uri", "pin", "error"), REFUSED)
def test_what_is_wrong_is_said_in_our_words(uri: str, pin: str, error: type[Exception]) -> None:
    """No error of the library comes through, and no message holds the pin."""
    open_signer(address("object=p256"), secret=PIN, verification_method=METHOD)
    with pytest.raises(error) as caught:
        open_signer(uri, secret=pin, verification_method=METHOD)
    assert type(caught.value) is error
    assert not pin or pin not in str(caught.value)


OPEN = """
import sys
from keys.store import open_signer
open_signer(sys.argv[1], secret=sys.argv[2], verification_method="")
"""


@pytest.mark.usefixtures("token")
def test_a_wrong_pin_is_said_at_the_first_opening_too() -> None:
    """In a process that has no session on the token yet."""
    command = [sys.executable, "-c", OPEN, address("object=p256"), "a wrong test pin"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "WrongKeySecret: the secret is not the pin" in done.stderr
    command[-1] = PIN
    assert subprocess.run(command, check=False).returncode == 0


def test_without_the_package_the_scheme_is_unknown() -> None:
    """It is an extra (hsm); an office with keys in files need not have it."""
    without = f"import sys; sys.modules['pkcs11'] = None\n{OPEN}"
    done = subprocess.run(
        [sys.executable, "-c", without, address("object=p256"), PIN], capture_output=True, text=True, check=False
    )
    assert UnknownKeyScheme.__name__ in done.stderr


@pytest.mark.usefixtures("token")
def test_a_token_that_fails_while_signing_is_said() -> None:
    """As when it is pulled out."""
    import pkcs11

    signer = open_signer(address("id=%05"), secret=PIN, verification_method=METHOD)
    held = pkcs11.lib(str(LIBRARY)).get_token(token_label="voltpass test")
    with held.open(rw=True) as session:
        session.get_key(object_class=pkcs11.ObjectClass.PRIVATE_KEY, id=b"\x05").destroy()
    with pytest.raises(TokenFailed):
        signer.sign(b"a test message")
