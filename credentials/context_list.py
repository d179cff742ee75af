"""@context of an Open Badges 3.0 document: which contexts, and in which order."""

from __future__ import annotations

import re
from typing import Annotated, Final

from credentials.json_values import Misfit, Rule, write_array

VC_2: Final = "https://www.w3.org/ns/credentials/v2"
OPEN_BADGES: Final = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
OPEN_BADGES_EXTENSIONS: Final = "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json"

_ANY_OPEN_BADGES = re.compile(r"https://purl\.imsglobal\.org/spec/ob/v3p0/context(-3\.[0-9]\.[0-9])*\.json")


def _read_contexts(value: object) -> tuple[str, ...]:
    """The first two are fixed and ordered; a context written out in the document could redefine what was signed."""
    if not isinstance(value, list) or len(value) < 2:
        raise Misfit("expected an array of at least two contexts")
    for index, context in enumerate(value):
        if type(context) is not str or not context:
            raise Misfit("expected the URL of a context; contexts written out are not accepted", f"[{index}]")
        if context in value[:index]:
            # says nothing new, so the proof would not notice that somebody added it
            raise Misfit("the same context a second time", f"[{index}]")
    if value[0] != VC_2:
        raise Misfit(f"expected {VC_2!r}", "[0]")
    if not _ANY_OPEN_BADGES.fullmatch(value[1]):
        raise Misfit("expected the context of Open Badges 3.0", "[1]")
    return tuple(value)


ContextList = Annotated[tuple[str, ...], Rule(_read_contexts, write_array, always=True)]
