"""What the windows of badges are asked in their addresses and forms, read into the words of the domain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final, TypeVar
from urllib.parse import urlencode

from werkzeug.datastructures import MultiDict

from issuer.awards.reasons import StatusReason
from issuer.badges.change import Deed, Order
from issuer.badges.search import BadgeOrder, BadgeSearch, BadgeState
from issuer.errors import IssuerError

REASONS: Final[Mapping[StatusReason, str]] = {
    StatusReason.NAME_ERROR: "The name is wrong",
    StatusReason.WRONG_RESULT: "The result is wrong",
    StatusReason.ISSUED_IN_ERROR: "It was issued by mistake",
    StatusReason.FRAUD: "Fraud",
    StatusReason.SAFETY: "Safety",
    StatusReason.HOLDER_REQUEST: "The holder asked for it",
    StatusReason.OTHER: "Something else, said below",
}
LONGEST_NOTE: Final = 1000
_LONGEST_TEXT: Final = 400
_FILTERS: Final = ("q", "state", "achievement", "programme", "from", "to", "batch", "key", "order")
_E = TypeVar("_E", bound=StrEnum)


class ReasonMissing(IssuerError):
    """No reason was chosen, or "something else" was, and nothing said."""

    code = "reason_missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The search of an address: as it was typed, as it was understood, and what was not understood."""

    typed: Mapping[str, str]
    search: BadgeSearch
    problem: str = ""

    @property
    def query(self) -> str:
        """The filters for another address, without the place in the list."""
        return urlencode(self.typed)

    @property
    def is_folded(self) -> bool:
        """Whether nothing but the field at the top is in use."""
        return not (self.typed.keys() - {"q", "state", "order"})


def read_search(args: MultiDict[str, str]) -> Asked:
    """The filters; what is no date or no number is left out and said."""
    typed = {name: args[name].strip()[:_LONGEST_TEXT] for name in _FILTERS if args.get(name, "").strip()}
    problems: list[str] = []
    search = BadgeSearch(
        text=typed.get("q", ""),
        achievement=typed.get("achievement", "").upper(),
        programme=typed.get("programme", "").upper(),
        state=_one_of(BadgeState, typed.get("state", "")),
        completed_from=read_day(typed.get("from", ""), problems),
        completed_to=read_day(typed.get("to", ""), problems),
        batch=_number(typed.get("batch", ""), problems),
        key=typed.get("key", ""),
        order=_one_of(BadgeOrder, typed.get("order", "")) or BadgeOrder.NEWEST,
    )
    return Asked(typed=typed, search=search, problem=" ".join(problems))


def read_day(text: str, problems: list[str]) -> date | None:
    """A day of a form; what is none is put among the problems."""
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        problems.append(f"“{text[:20]}” is no day; write it as 2026-10-16.")
        return None


def read_order(form: Mapping[str, str], deed: Deed) -> Order:
    """The deed with its reason; raises ReasonMissing."""
    reason, note = read_reason(form)
    return Order(deed=deed, reason=reason, note=note)


def read_reason(form: Mapping[str, str]) -> tuple[StatusReason, str]:
    """The reason and the note of a form; raises ReasonMissing."""
    reason = _one_of(StatusReason, form.get("reason", ""))
    note = form.get("note", "").strip()[:LONGEST_NOTE]
    if reason is None:
        raise ReasonMissing("Choose a reason. It is kept on file, and the public page of the badge shows it.")
    if reason is StatusReason.OTHER and not note:
        raise ReasonMissing("Say in a few words what happened; “something else” alone tells nobody anything.")
    return reason, note


def read_deed(text: str) -> Deed | None:
    """The deed of an address."""
    return _one_of(Deed, text)


def chosen_ids(values: Sequence[str]) -> list[int]:
    """The record ids that were ticked, each once."""
    return list(
        dict.fromkeys(int(value) for value in values if value.isascii() and value.isdigit() and len(value) < 19)
    )


def _one_of(kind: type[_E], text: str) -> _E | None:
    return kind(text) if text in set(kind) else None


def _number(text: str, problems: list[str]) -> int | None:
    if not text:
        return None
    if text.isascii() and text.isdigit() and len(text) < 10:
        return int(text)
    problems.append("The batch is a number, as the list of batches shows it.")
    return None
