"""What `--trust` and `--keeper-key` name: a trust list, signed or plain, or a whole bundle."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from credentials.errors import CredentialError
from credentials.strict_json import parse_json
from keys.errors import KeyMaterialError
from keys.public_key import PublicKey
from verifier.bundle import LARGEST_BUNDLE, Bundle, BundleRejected, KeysAt, looks_like_bundle, open_bundle
from verifier.errors import TrustListRejected
from verifier.trust import TrustList, open_trust_list


def read_trust(
    file: Path | None, keeper_key: str | None, keeper_keys: KeysAt | None, *, now: datetime
) -> TrustList | Bundle | None:
    """Open the file; raises click.UsageError. `keeper_keys` are used where no key is named on the command line."""
    if file is None:
        if keeper_key is not None:
            raise click.UsageError("--keeper-key belongs to a --trust FILE.")
        return None
    try:
        data = _read(file)
        if looks_like_bundle(data):
            return open_bundle(data, _keys(keeper_key, keeper_keys), looked_at=str(file))
        text = data.decode("utf-8").strip()
        if keeper_key is not None:
            return open_trust_list(text, read_public_key(keeper_key), looked_at=str(file))
        return _vouched_for(text, now)
    except (OSError, UnicodeDecodeError, TrustListRejected, BundleRejected, CredentialError, KeyMaterialError) as exc:
        raise click.UsageError(f"--trust {file}: {exc}") from exc


def read_public_key(spelled: str) -> PublicKey:
    """A key as Multikey (z…), as JWK, or as the name of a file that holds either."""
    text = spelled.strip()
    if not text.startswith(("z", "{")) or Path(text).is_file():
        text = Path(text).read_text(encoding="utf-8").strip()
    return PublicKey.from_jwk(parse_json(text)) if text.startswith("{") else PublicKey.from_multikey(text)


def _read(file: Path) -> bytes:
    with file.open("rb") as opened:
        data = opened.read(LARGEST_BUNDLE + 1)
    if len(data) > LARGEST_BUNDLE:
        raise BundleRejected("it is larger than any bundle")
    return data


def _keys(keeper_key: str | None, keeper_keys: KeysAt | None) -> KeysAt:
    """Where the keeper's keys come from: the command line first, then whoever wired the command; never the file."""
    if keeper_key is not None:
        key = read_public_key(keeper_key)
        return lambda _: [key]
    if keeper_keys is None:
        raise BundleRejected("the bundle is signed; name its keeper's key with --keeper-key")
    return keeper_keys


def _vouched_for(text: str, now: datetime) -> TrustList:
    """A list without signature, which whoever runs the command answers for: the claims of one, or its entries alone."""
    if text.startswith("["):
        heading = f'"iss": "whoever runs this command", "iat": {int(now.timestamp())}'
        text = f'{{{heading}, "issuers": {text}}}'
    if not text.startswith("{"):
        raise TrustListRejected("the list is signed; name its keeper's key with --keeper-key")
    return TrustList.from_json(parse_json(text))
