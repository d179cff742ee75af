"""The two text encodings of bytes that keys, proofs and status lists use: base58btc and base64url."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Final

from keys.errors import MalformedKey

_BASE58_ALPHABET: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BASE58_VALUES: Final = {character: value for value, character in enumerate(_BASE58_ALPHABET)}
_BASE58_LIMIT: Final = 4096
_BASE64URL: Final = re.compile(r"[A-Za-z0-9_-]*", re.ASCII)


def base58btc_encode(data: bytes) -> str:
    """Write bytes in base58btc, without the multibase prefix "z"."""
    number = int.from_bytes(data, "big")
    digits = []
    while number:
        number, digit = divmod(number, 58)
        digits.append(_BASE58_ALPHABET[digit])
    leading_zeros = len(data) - len(data.lstrip(b"\0"))
    return "1" * leading_zeros + "".join(reversed(digits))


def base58btc_decode(text: str) -> bytes:
    """Read base58btc without the multibase prefix; at most 4,096 characters, because the work grows with the square."""
    if len(text) > _BASE58_LIMIT:
        raise MalformedKey(f"base58 text of {len(text)} characters is longer than {_BASE58_LIMIT}")
    number = 0
    try:
        for character in text:
            number = number * 58 + _BASE58_VALUES[character]
    except KeyError as exc:
        raise MalformedKey(f"{exc.args[0]!r} is not a base58 character") from exc
    leading_zeros = len(text) - len(text.lstrip("1"))
    return b"\0" * leading_zeros + number.to_bytes((number.bit_length() + 7) // 8, "big")


def base64url_encode(data: bytes) -> str:
    """Write bytes in base64url without padding (RFC 7515, section 2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def base64url_decode(text: str) -> bytes:
    """Read base64url without padding; padding, foreign characters and spare bits that are not zero are refused."""
    if not _BASE64URL.fullmatch(text):
        raise MalformedKey("the text is not base64url without padding")
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error as exc:
        raise MalformedKey(f"the text is not base64url: {exc}") from exc
    if len(text) % 4 and base64url_encode(data[-(len(data) % 3) :]) != text[-(len(text) % 4) :]:
        raise MalformedKey("the base64url text is not canonical: its spare bits are not zero")
    return data
