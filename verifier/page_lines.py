"""The lines of a certificate as the signed document has them, spelled as certificates spell them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from credentials.holder_name import NAME, choose_name
from credentials.settled_order import settle_order

_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_PICTURE: Final = ".png"
_LONGEST: Final = 300
"""No line of a certificate is longer; what is, does not fit on the page and will not be found there."""


@dataclass(frozen=True, slots=True)
class SignedLine:
    """One thing a certificate says: `key` is its stable name, `text` how it is spelled on the page."""

    key: str
    text: str


def signed_lines(document: Mapping[str, Any]) -> tuple[SignedLine, ...]:
    """What the document lets us compare, the holder's name first; absent claims give no line.

    The document is a verified one of any issuer, so nothing about its shape is taken for granted. The order of its
    arrays decides nothing.
    """
    document = settle_order(document)
    subject = _object(document.get("credentialSubject"))
    achievement = _object(subject.get("achievement"))
    found = {
        "name": _name(subject),
        "title": _text(achievement.get("name")),
        "issuer": _text(_object(document.get("issuer")).get("name")),
        "issued": _date(document.get("awardedDate") or document.get("validFrom")),
        "valid_until": _date(document.get("validUntil")),
        "credential": _text(document.get("id")),
        "link": _link(document),
        "result": _result(subject, achievement),
    }
    return tuple(SignedLine(key, text) for key, text in found.items() if text is not None)


def spelled_date(moment: datetime) -> str:
    """A day as certificates spell it: 16 October 2026."""
    day = moment.astimezone(UTC)
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def _name(subject: Mapping[str, Any]) -> str | None:
    chosen = choose_name(
        text
        for identity in _objects(subject.get("identifier"))
        if identity.get("identityType") == NAME and identity.get("hashed") is False
        if (text := _text(identity.get("identityHash"))) is not None
    )
    return chosen.name if chosen else None


def _date(stamp: object) -> str | None:
    if not isinstance(stamp, str):
        return None
    try:
        moment = datetime.fromisoformat(stamp)
    except ValueError:
        return None
    return spelled_date(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def _link(document: Mapping[str, Any]) -> str | None:
    """The address that the QR code leads to: the signed address of the badge picture without its ending."""
    picture = _object(document.get("image")).get("id")
    if not isinstance(picture, str) or not picture.endswith(_PICTURE):
        return None
    return _text(picture.removesuffix(_PICTURE).partition("://")[2])


def _result(subject: Mapping[str, Any], achievement: Mapping[str, Any]) -> str | None:
    """The first result as the certificate words it: a level by its name, a percentage with its sign, else the value."""
    result = next(_objects(subject.get("result")), {})
    scales = list(_objects(achievement.get("resultDescription")))
    for scale in scales:
        for level in _objects(scale.get("rubricCriterionLevel")):
            if level.get("id") is not None and level.get("id") == result.get("achievedLevel"):
                return _text(level.get("name"))
    value = _text(result.get("value")) or _text(result.get("status"))
    described = next((scale for scale in scales if scale.get("id") == result.get("resultDescription")), {})
    return f"{value} %" if value and described.get("resultType") == "Percent" else value


def _text(value: object) -> str | None:
    return value[:_LONGEST].strip() or None if isinstance(value, str) else None


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _objects(value: object) -> Iterator[Mapping[str, Any]]:
    """The objects of a set that may be spelled as one object, as an array, or not at all."""
    if isinstance(value, Mapping):
        yield value
    elif isinstance(value, list | tuple):
        yield from (item for item in value if isinstance(item, Mapping))
