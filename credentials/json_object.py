"""One JSON object of the standard as a frozen dataclass: its annotations are the rules it is read and written by."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from functools import partial
from types import NoneType, UnionType
from typing import Annotated, Any, Self, TypeVar, Union, get_args, get_origin, get_type_hints

from credentials.errors import MalformedCredential, TooComplex
from credentials.json_values import Lone, Misfit, Rule, write_array

Read = Callable[[object], object]
Write = Callable[[Any], object] | None
T = TypeVar("T", bound="JsonObject")


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonObject:
    """An object that has the members of its class and no others.

    A member without default must be present in JSON. A tuple is a set: absent when empty, else an array (JSON-LD's
    bare single value is read too, and kept). Rules that tie members together stand in ``_check``.
    """

    @classmethod
    def from_json(cls, obj: Mapping[str, object]) -> Self:
        """Read and check the object; raises MalformedCredential with the JSON path of the first mistake."""
        try:
            return read_object(cls, obj)
        except Misfit as misfit:
            raise MalformedCredential(misfit.path, misfit.reason) from None
        except RecursionError as exc:
            raise TooComplex("the document is nested too deeply") from exc

    def to_json(self) -> dict[str, Any]:
        """Write the object, members in the order of the class. Checks nothing: ``from_json`` does."""
        return write_object(self)

    def _check(self) -> None:
        """Raise Misfit when members do not agree with each other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenObject(JsonObject):
    """An object that may carry members unknown to the standard; they are kept in ``extra`` and written last."""

    extra: Mapping[str, object] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class _Plan:
    readers: Mapping[str, tuple[str, Read]]
    writers: tuple[tuple[str, str, Write, bool], ...]
    required: tuple[str, ...]
    is_open: bool


def read_object(cls: type[T], obj: object) -> T:
    """Read one object; raises Misfit, whose path starts at this object."""
    if type(obj) is not dict and not isinstance(obj, Mapping):
        raise Misfit("expected an object")
    plan = _plan_of(cls)
    readers = plan.readers
    values: dict[str, object] = {}
    extra: dict[str, object] = {}
    for name, value in obj.items():
        reader = readers.get(name)
        try:
            if value is None:
                raise Misfit("null says nothing; leave the member out")
            if reader is None:
                extra[name] = _read_extension(name, value, plan.is_open)
            else:
                values[reader[0]] = reader[1](value)
        except Misfit as misfit:
            misfit.came_by(step_to(name))
            raise
    for name in plan.required:
        if name not in obj:
            raise Misfit("is missing", step_to(name))
    if extra:
        values["extra"] = extra
    read = cls(**values)
    read._check()
    return read


def write_object(obj: JsonObject) -> dict[str, Any]:
    plan = _plan_of(type(obj))
    written: dict[str, Any] = {}
    for attribute, name, write, is_set in plan.writers:
        value = getattr(obj, attribute)
        if value is None or (is_set and not value):
            continue
        written[name] = value if write is None else write(value)
    if isinstance(obj, OpenObject) and obj.extra:
        if known := obj.extra.keys() & plan.readers.keys():
            raise ValueError(f"extra members {sorted(known)} have attributes of their own")
        written.update(copy.deepcopy(dict(obj.extra)))
    return written


_plans: dict[type[JsonObject], _Plan] = {}


def _plan_of(cls: type[JsonObject]) -> _Plan:
    plan = _plans.get(cls)
    if plan is None:
        plan = _plans[cls] = _make_plan(cls)
    return plan


def _make_plan(cls: type[JsonObject]) -> _Plan:
    """Translate the annotations of a class into readers and writers."""
    hints = get_type_hints(cls, include_extras=True)
    readers: dict[str, tuple[str, Read]] = {}
    writers = []
    required = []
    for member in fields(cls):
        if member.name == "extra":
            continue
        name = "@context" if member.name == "context" else _camel_case(member.name)
        rule, is_set = _rule_of(hints[member.name])
        readers[name] = (member.name, rule.read)
        writers.append((member.name, name, rule.write, is_set))
        if rule.always or (member.default is MISSING and member.default_factory is MISSING):
            required.append(name)
    return _Plan(readers, tuple(writers), tuple(required), issubclass(cls, OpenObject))


def _rule_of(hint: Any) -> tuple[Rule, bool]:
    """The rule an annotation stands for, and whether it is a set."""
    origin = get_origin(hint)
    if origin is Annotated:
        return next(note for note in get_args(hint)[1:] if isinstance(note, Rule)), False
    if origin in (Union, UnionType):
        (inner,) = (option for option in get_args(hint) if option is not NoneType)
        return _rule_of(inner)
    if origin is tuple:
        rule, _ = _rule_of(get_args(hint)[0])
        return Rule(partial(_read_set, rule.read), partial(_write_set, rule.write)), True
    return Rule(partial(read_object, hint), write_object), False


def _read_set(read: Read, value: object) -> tuple[object, ...]:
    if type(value) is not list:
        return Lone((read(value),))
    if not value:
        raise Misfit("the array is empty; leave the member out")
    members = []
    for index, member in enumerate(value):
        try:
            members.append(read(member))
        except Misfit as misfit:
            misfit.came_by(f"[{index}]")
            raise
    return tuple(members)


def _write_set(write: Write, values: tuple[object, ...]) -> object:
    if write is None:
        return write_array(values)
    if type(values) is Lone:
        return write(values[0])
    return [write(value) for value in values]


def _read_extension(name: str, value: object, allowed: bool) -> object:
    """Copy a member that the standard does not know; whether a context defines it is decided when it is sealed."""
    if name.startswith("@"):
        raise Misfit("JSON-LD keywords stand only in @context at the top")
    if not allowed:
        raise Misfit("the standard allows no further member here")
    return _copy_extension(value)


def _copy_extension(value: object) -> object:
    if isinstance(value, Mapping):
        return {name: _copy_at(step_to(name), inner) for name, inner in value.items()}
    if isinstance(value, list):
        if not value:
            raise Misfit("the array is empty; leave the member out")
        return [_copy_at(f"[{index}]", inner) for index, inner in enumerate(value)]
    if value is None:
        raise Misfit("null says nothing; leave the member out")
    return value


def _copy_at(step: str, value: object) -> object:
    try:
        if step == "['@context']":
            raise Misfit("JSON-LD keywords stand only in @context at the top")
        return _copy_extension(value)
    except Misfit as misfit:
        misfit.came_by(step)
        raise


def step_to(name: str) -> str:
    """The step of a JSON path to a member; a name that nobody would write is shortened."""
    return f".{name}" if re.fullmatch(r"\w{1,60}", name) else f"['{name[:60]}']"


def _camel_case(name: str) -> str:
    head, *tail = name.split("_")
    return head + "".join(word.capitalize() for word in tail)
