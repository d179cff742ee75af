"""``endorsementJwt``: a term of the standard that the context of Open Badges 3.0.3 no longer defines.

A token covers it byte by byte, an embedded proof would not cover it at all. So it is allowed in tokens, and the check
that every term is defined looks at the rest.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

MEMBER: Final = "endorsementJwt"
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")


def without_endorsement_tokens(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document of a token without its endorsements in tokens; what else stands under that name is left there."""
    return {name: _inside(value) for name, value in document.items() if name != MEMBER or not tokens_in(value)}


def tokens_in(value: object) -> tuple[str, ...]:
    """The tokens that a member of that name holds, one or several; none when anything else is among them."""
    written = value if isinstance(value, list) else [value]
    tokens = tuple(each for each in written if isinstance(each, str) and _TOKEN.fullmatch(each))
    return tokens if len(tokens) == len(written) else ()


def _inside(value: Any) -> Any:
    if isinstance(value, Mapping):
        return without_endorsement_tokens(value)
    return [_inside(each) for each in value] if isinstance(value, list) else value
