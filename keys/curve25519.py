"""Is a 32-byte text a point of the Ed25519 curve that can serve as a key?

The library behind us takes any 32 bytes for a key. A key of small order would let one signature fit many messages, so
that a sealed text no longer names one document.
"""

from __future__ import annotations

from typing import Final

from keys.errors import MalformedKey

_P: Final = 2**255 - 19
_D: Final = -121665 * pow(121666, -1, _P) % _P
_SMALL_ORDER_Y: Final = frozenset(
    {
        0,
        1,
        _P - 1,
        int.from_bytes(bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little"),
        int.from_bytes(bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"), "little"),
    }
)


def check_point(raw: bytes) -> None:
    """Raise MalformedKey unless raw encodes, canonically (RFC 8032, 5.1.3), a point that is not of small order."""
    y = int.from_bytes(raw, "little") & (2**255 - 1)
    if y >= _P:
        raise MalformedKey("the Ed25519 key is not written canonically")
    if y in _SMALL_ORDER_Y:
        raise MalformedKey("the Ed25519 key is a point of small order")
    # x² = (y² - 1) / (dy² + 1); a quotient is a square exactly when the product is
    product = (y * y - 1) * (_D * y * y + 1) % _P
    if pow(product, (_P - 1) // 2, _P) != 1:
        raise MalformedKey("the bytes are no point of Ed25519")
