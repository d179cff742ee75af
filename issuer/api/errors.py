"""What the interface refuses, with the HTTP status it answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from issuer.errors import IssuerError


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something wrong at one place of a call; what stood there is never repeated."""

    place: str
    remedy: str

    def to_json(self) -> dict[str, str]:
        """As the problem details have it."""
        return {"place": self.place, "remedy": self.remedy}


class ApiRefused(IssuerError):
    """A call that is answered with a problem. The message may be kept and logged: it names nobody."""

    code: str = "api_refused"  # type: ignore[misc]  # each instance carries its own

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        flaws: Sequence[Flaw] = (),
        facts: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.flaws = tuple(flaws)
        self.facts = dict(facts or {})
        self.headers = dict(headers or {})


class KeyReused(IssuerError):
    """The same Idempotency-Key came with another call."""

    code: ClassVar[str] = "idempotency_key_reused"

    def __init__(self) -> None:
        super().__init__(
            "This Idempotency-Key was used for another call before. Give each call its own key, and a repeated call "
            "exactly the same body."
        )


class CallInProgress(IssuerError):
    """The same call is being worked on at this moment."""

    code: ClassVar[str] = "request_in_progress"

    def __init__(self) -> None:
        super().__init__("The same call is being worked on. Ask again in a few seconds with the same key and body.")


class HandLost(IssuerError):
    """Somebody else has taken over this call, because it took too long; what was done here is undone."""

    code: ClassVar[str] = "request_in_progress"

    def __init__(self) -> None:
        super().__init__("Another try of the same call has taken over. Ask again in a few seconds.")


def not_found(what: str) -> ApiRefused:
    """There is no such thing, or it is another provider's; which of the two is told to nobody."""
    return ApiRefused(404, "not_found", f"There is no {what} of this id here.")
