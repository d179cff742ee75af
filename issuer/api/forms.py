"""Is a call of the right form? Says where it is not and what to do, and never what stood there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from credentials.errors import CredentialError, TooComplex
from credentials.strict_json import JsonLimits, parse_json
from issuer.api.errors import ApiRefused, Flaw

LARGEST: Final = 8 * 1024 * 1024
_MOST_FLAWS: Final = 50

_REMEDIES: Final[Mapping[str, str]] = {
    "missing": "This is required; give it.",
    "extra_forbidden": "A member or parameter here is not known. Leave it out.",
    "string_type": "Give a text.",
    "reason_missing": "Say why badges go ahead without their prerequisite; the audit log keeps it.",
    "string_too_short": "This is too short; give at least {min_length} characters.",
    "string_too_long": "This is too long; give at most {max_length} characters.",
    "string_pattern_mismatch": "This has characters, or a form, that it cannot have. See the description.",
    "too_short": "Give at least {min_length}.",
    "too_long": "Give at most {max_length}.",
    "enum": "Give one of: {expected}.",
    "literal_error": "Give one of: {expected}.",
    "int_type": "Give a whole number.",
    "int_parsing": "Give a whole number.",
    "int_from_float": "Give a whole number.",
    "float_type": "Give a number.",
    "greater_than_equal": "Give {ge} or more.",
    "less_than_equal": "Give {le} or less.",
    "date_type": "Give a day as year-month-day, such as 2026-10-16.",
    "date_parsing": "Give a day as year-month-day, such as 2026-10-16.",
    "date_from_datetime_parsing": "Give a day as year-month-day, such as 2026-10-16.",
    "date_from_datetime_inexact": "Give a day as year-month-day, such as 2026-10-16.",
    "list_type": "Give a list.",
    "model_type": "Give an object.",
    "model_attributes_type": "Give an object.",
}
_KINDS: Final = frozenset({"int", "str", "float", "date"})
_ANY_OTHER: Final = "This is not of the form that the description asks for."


def read_json(model: type[BaseModel], data: bytes) -> BaseModel:
    """What a body says; raises ApiRefused: 400 for what is not JSON, 413, and 422 for another form."""
    try:
        parse_json(data, limits=JsonLimits(size=LARGEST))
    except TooComplex as exc:
        raise ApiRefused(413, "too_large", "The body is larger or deeper than any call has to be.") from exc
    except CredentialError as exc:
        detail = "The body is no JSON object in UTF-8, or names a member twice. Nothing of it was used."
        raise ApiRefused(400, "malformed_json", detail) from exc
    try:
        return model.model_validate_json(data)
    except ValidationError as exc:
        raise _invalid(exc.errors(include_input=False, include_url=False), "$") from exc


def read_query(model: type[BaseModel], parameters: Mapping[str, Sequence[str]]) -> BaseModel:
    """What an address asks; raises ApiRefused."""
    twice = [name for name, values in parameters.items() if len(values) > 1 and name in model.model_fields]
    if twice:
        flaws = [Flaw(f"query.{name}", "Give it once.") for name in twice]
        raise ApiRefused(422, "invalid_request", "The address names a parameter twice.", flaws=flaws)
    try:
        return model.model_validate({name: values[0] for name, values in parameters.items()})
    except ValidationError as exc:
        raise _invalid(exc.errors(include_input=False, include_url=False), "query") from exc


def _invalid(errors: Sequence[ErrorDetails], root: str) -> ApiRefused:
    flaws = list(dict.fromkeys(Flaw(_place(each, root), _remedy(each)) for each in errors))
    detail = "The call is not of the form that the description at /api/docs asks for. Nothing was done."
    return ApiRefused(422, "invalid_request", detail, flaws=flaws[:_MOST_FLAWS])


def _place(error: ErrorDetails, root: str) -> str:
    """The way to what is wrong; the name of a member that nobody knows is the caller's own and is left out."""
    way: list[Any] = list(error["loc"])
    if error["type"] == "extra_forbidden":
        way = way[:-1]
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in way if not _is_kind(step))
    return root + "".join(steps)


def _is_kind(step: Any) -> bool:
    """Where a value may be of several kinds, the checker names the kind it tried; that is no place."""
    return isinstance(step, str) and (step in _KINDS or not step.replace("_", "a").isalnum())


def _remedy(error: ErrorDetails) -> str:
    words = _REMEDIES.get(error["type"], _ANY_OTHER)
    try:
        return words.format(**error.get("ctx", {}))
    except KeyError:
        return _ANY_OTHER
