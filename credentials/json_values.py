"""The value types of the standard: how one JSON value is read, and how it is written again."""

from __future__ import annotations

import math
import re
import reprlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Any, Final, NoReturn

from keys.instant import read_instant

# Characters beyond ASCII may stand in a URI (RFC 3987); spaces and the delimiters of RFC 3986 may not.
_ABSOLUTE_URI = re.compile(r'[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>"{}|\\^`\x7f]+')


class Misfit(Exception):
    """A value breaks its rule; steps of the JSON path are added from the inside out. Never leaves this room."""

    def __init__(self, reason: str, *steps: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.steps = list(steps)

    def came_by(self, step: str) -> None:
        """Add the step (``.name`` or ``[0]``) that led to the value."""
        self.steps.append(step)

    @property
    def path(self) -> str:
        return "$" + "".join(reversed(self.steps))


@dataclass(frozen=True, slots=True)
class Rule:
    """How a value is read and written; ``always`` marks a member that JSON needs though Python has a default for it."""

    read: Callable[[object], object]
    write: Callable[[Any], object] | None = None
    always: bool = False


class Lone(tuple[Any, ...]):
    """The one member of a set that was written without brackets, which JSON-LD allows; equal to the plain tuple."""

    __slots__ = ()


class Instant(datetime):
    """A moment, in UTC, that remembers how its document wrote it; what is computed from it is no longer a quotation."""

    text: str | None = None

    @classmethod
    def parse(cls, text: str) -> Instant:
        """Raise ValueError unless the text is a dateTimeStamp: date, time and zone."""
        moment = read_instant(text)
        instant = cls.combine(moment.date(), moment.time(), UTC)
        instant.text = text
        return instant

    def __reduce_ex__(self, protocol: Any) -> str | tuple[Any, ...]:
        return super().__reduce_ex__(protocol) if self.text is None else (Instant.parse, (self.text,))


def write_array(values: tuple[object, ...]) -> object:
    return values[0] if type(values) is Lone else list(values)


def read_text(value: object) -> str:
    if type(value) is not str:
        refuse_text(value, "a string")
    return value


def read_non_empty_text(value: object) -> str:
    if type(value) is not str or not value.strip():
        refuse_text(value, "a non-empty string")
    return value


def read_uri(value: object) -> str:
    if type(value) is not str or not _ABSOLUTE_URI.fullmatch(value):
        refuse_text(value, "an absolute URI")
    return value


def refuse_text(value: object, wanted: str) -> NoReturn:
    """Say what was wanted; a language map gets its own sentence, for the published schema would let it pass."""
    if isinstance(value, Mapping):
        # JSON-LD drops the strings of a map that no context declares: the signature would not cover them.
        raise Misfit(f"expected {wanted}; one document has one language, see inLanguage and related")
    raise Misfit(f"expected {wanted}")


def matching(pattern: str, wanted: str) -> Rule:
    """A string that the whole pattern describes."""
    fits = re.compile(pattern, re.ASCII).fullmatch

    def read(value: object) -> str:
        if type(value) is not str or not fits(value):
            refuse_text(value, wanted)
        return value

    return Rule(read)


def extensible(*terms: str) -> Rule:
    """A term of a vocabulary that others extend with ``ext:`` (OB 3.0, Extending Enumerated Vocabularies)."""
    known = frozenset(terms)
    # The published pattern has no hyphen in first place and, by a slip, the bar, which is left out here.
    extension = re.compile(r"ext:[A-Za-z0-9._][A-Za-z0-9._-]*").fullmatch

    def read(value: object) -> str:
        if type(value) is not str or (value not in known and not extension(value)):
            raise Misfit(f"{reprlib.repr(value)} is neither a term of the vocabulary nor an extension (ext:...)")
        return value

    return Rule(read)


def one_of(*terms: str) -> Rule:
    """A term of a closed vocabulary."""
    known = frozenset(terms)

    def read(value: object) -> str:
        if type(value) is not str or value not in known:
            raise Misfit(f"expected one of {', '.join(terms)}")
        return value

    return Rule(read)


def constant(term: str) -> Rule:
    """The ``type`` of an object whose standard allows this one string."""

    def read(value: object) -> str:
        if value != term:
            raise Misfit(f"expected {term!r}")
        return term

    return Rule(read, always=True)


def types(*groups: tuple[str, ...]) -> Rule:
    """The ``type`` of an object: any set of terms that holds at least one of each group, usually the first."""
    usual = [group[0] for group in groups]
    as_usual = tuple(usual)

    def read(value: object) -> tuple[str, ...]:
        if value == usual:
            return as_usual
        names = [value] if type(value) is str else value
        if not isinstance(names, list) or not names or not all(type(name) is str and name for name in names):
            raise Misfit("expected an array of type names")
        for group in groups:
            if not any(name in names for name in group):
                raise Misfit(f"the type {' or '.join(group)} is missing")
        return tuple(names) if names is value else Lone(names)

    return Rule(read, write_array, always=True)


def read_number(value: object) -> float:
    if (type(value) is not int and type(value) is not float) or not math.isfinite(value):
        raise Misfit("expected a number")
    return value


def read_flag(value: object) -> bool:
    if value is not True and value is not False:
        raise Misfit("expected true or false")
    return value


def read_date_time(value: object) -> Instant:
    try:
        return Instant.parse(value)  # type: ignore[arg-type]
    except ValueError as exc:
        raise Misfit("expected a date and time with a time zone, such as 2026-10-16T00:00:00Z") from exc


def write_date_time(moment: datetime) -> str:
    """Write an aware moment; a quotation as it stood, anything else in UTC. Raises ValueError when it has no zone."""
    if isinstance(moment, Instant) and moment.text is not None:
        return moment.text
    if moment.tzinfo is None:
        raise ValueError("a date-time of a credential needs a time zone")
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def read_date(value: object) -> date:
    if type(value) is str and len(value) == 10:
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise Misfit("expected a date, such as 2026-10-16")


Uri = Annotated[str, Rule(read_uri)]
Text = Annotated[str, Rule(read_text)]
NonEmptyText = Annotated[str, Rule(read_non_empty_text)]
Number = Annotated[float, Rule(read_number)]
Flag = Annotated[bool, Rule(read_flag)]
DateTime = Annotated[datetime, Rule(read_date_time, write_date_time)]
Date = Annotated[date, Rule(read_date, date.isoformat)]
Language = Annotated[str, matching(r"[a-z]{2,4}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?", "a language tag such as sv")]
CountryCode = Annotated[str, matching(r"[A-Za-z]{2}", "a country code of two letters (ISO 3166-1)")]
CompactJws = Annotated[str, matching(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]+", "a compact JWS")]

IDENTIFIER_TYPES: Final = (
    "name", "sourcedId", "systemId", "productId", "userName", "accountId", "emailAddress", "nationalIdentityNumber",
    "isbn", "issn", "lisSourcedId", "oneRosterSourcedId", "sisSourcedId", "ltiContextId", "ltiDeploymentId",
    "ltiToolId", "ltiPlatformId", "ltiUserId", "identifier",
)  # fmt: skip
IdentifierType = Annotated[str, extensible(*IDENTIFIER_TYPES)]
