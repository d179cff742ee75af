"""One order for what has none: arrays whose order no signature over statements covers.

RDF keeps the order of lists only, and in Open Badges nearly every array is a set, the levels of a rubric included: two
papers that differ in the order of their results bear the same seal. Whoever shows a credential puts it into settled
order first, so that shuffling arrays never changes what is shown. What was signed stays as it is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from credentials.contexts import SHIPPED
from credentials.credential import AchievementCredential

_NUMBERS: Final = re.compile(r"(\d+)", re.ASCII)


def settle_order(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document with every unordered array sorted by what its items say; numbers inside texts count as numbers.

    Levels of a rubric stand by their points, or else by their level, which are signed; results that say how it came out
    stand before marks and scores. Left alone are @context and the arrays that a shipped context calls lists.
    """
    return {name: _settled(value, is_list=name in SHIPPED.list_terms) for name, value in document.items()}


def settle_credential(credential: AchievementCredential) -> AchievementCredential:
    """The same credential with its sets in settled order."""
    return AchievementCredential.from_json(settle_order(credential.to_json()))


def _settled(value: Any, *, is_list: bool = False) -> Any:
    if isinstance(value, Mapping):
        return settle_order(value)
    if isinstance(value, list):
        items = [_settled(item) for item in value]
        return items if is_list else sorted(items, key=_sort_key)
    return value


def _sort_key(item: Any) -> list[str | int]:
    """Texts and numbers alternate, so that any two keys can be compared."""
    rank = _rank(item) if isinstance(item, Mapping) else ""
    spelled = f"{rank} " + json.dumps(item, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    parts = _NUMBERS.split(spelled)
    return [int(part[:300]) if index % 2 else part for index, part in enumerate(parts)]


def _rank(item: Mapping[str, Any]) -> object:
    """A level goes by its points or level; a result that says how it came out stands before marks and scores."""
    if "achievedLevel" in item or "status" in item:
        return 0
    return item.get("points") or item.get("level") or 1
