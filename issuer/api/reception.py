"""The reception of the interface: every call goes through the same doors, in the same order.

1. token, pace, scope  2. address and parameters  3. body: kind, size, form  4. Idempotency-Key  5. the work
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import IO, Any, Final

from issuer.api.admission import admit
from issuer.api.call import ApiParts, Call
from issuer.api.errors import ApiRefused, CallInProgress, Flaw, HandLost, not_found
from issuer.api.forms import LARGEST, read_json, read_query
from issuer.api.idempotency import Hand, KeptAnswer, KeyedCall, keep_answer, let_go, take_key
from issuer.api.operations import OPERATIONS, Operation
from issuer.api.refusals import as_refusal, problem_answer
from issuer.database import transaction
from keys.errors import VoltpassError
from verifier.web.pace import Pace

JSON: Final = "application/json"
CSV: Final = "text/csv"
_KEY: Final = re.compile(r"[\x21-\x7e]{1,200}", re.ASCII)
_PATH_ARGUMENT: Final = re.compile(r"[A-Za-z0-9:._-]{1,64}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """A call as it came in over HTTP."""

    operation: str
    target: str
    """Method and path: a key that was used for one operation is not good for another."""
    path: Mapping[str, str]
    parameters: Mapping[str, Sequence[str]]
    authorization: str | None
    key: str | None
    media_type: str
    length: int | None
    stream: IO[bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reception:
    """Answers calls. Raises what is not the caller's affair: a bug, or the operator's."""

    parts: ApiParts
    pace: Pace

    def answer(self, incoming: Incoming) -> KeptAnswer:
        """The answer to a call, or the problem."""
        try:
            return self._answer(OPERATIONS[incoming.operation], incoming)
        except VoltpassError as exc:
            refused = as_refusal(exc)
            if refused is None:
                raise
            return problem_answer(refused)

    def _answer(self, operation: Operation, incoming: Incoming) -> KeptAnswer:
        office = self.parts.office
        now = office.clock()
        caller = admit(office.sessions, incoming.authorization, operation.scope, self.pace, now=now)
        if not all(_PATH_ARGUMENT.fullmatch(value) for value in incoming.path.values()):
            raise not_found("thing")
        query = _read_parameters(operation, incoming)
        body, said = _read_body(operation, incoming)
        call = Call(parts=self.parts, caller=caller, now=now, path=incoming.path, query=query, body=body)
        if incoming.key is None or not operation.is_keyed:
            return operation.act(call).to_keep()
        if not _KEY.fullmatch(incoming.key):
            flaw = Flaw("header.Idempotency-Key", "Give 1 to 200 printable ASCII characters without spaces.")
            raise ApiRefused(422, "invalid_request", "The key has a form that it cannot have.", flaws=[flaw])
        # a kept answer with a learner's link is none for a token that may not see it
        sight = b"" if caller.may_see_links else b"without links"
        whole = b"\0".join((incoming.target.encode(), incoming.media_type.encode() + sight, said))
        parts = self.parts
        keyed = KeyedCall(provider_id=caller.provider_id, key=incoming.key, said=whole, hash_key=parts.hash_key)
        hand = take_key(office.sessions, parts.box, keyed, now=now)
        if isinstance(hand, KeptAnswer):
            return replace(hand, headers={**hand.headers, "Idempotency-Replayed": "true"})
        return self._work(operation, replace(call, hand=hand), hand)

    def _work(self, operation: Operation, call: Call, hand: Hand) -> KeptAnswer:
        """Do the work under a key; what was refused is kept too, what failed is not."""
        office = self.parts.office
        try:
            return operation.act(call).to_keep()
        except (HandLost, CallInProgress):
            raise
        except VoltpassError as exc:
            refused = as_refusal(exc)
            if refused is None:
                let_go(office.sessions, hand, now=office.clock())
                raise
            answer = problem_answer(refused)
            with transaction(office.sessions) as session:
                keep_answer(session, self.parts.box, hand, answer)
            return answer
        except BaseException:
            let_go(office.sessions, hand, now=office.clock())
            raise


def _read_parameters(operation: Operation, incoming: Incoming) -> Any:
    if operation.asks is not None:
        return read_query(operation.asks, incoming.parameters)
    if incoming.parameters:
        flaw = Flaw("query", "Leave all parameters out.")
        raise ApiRefused(422, "invalid_request", "This operation has no parameters.", flaws=[flaw])
    return None


def _read_body(operation: Operation, incoming: Incoming) -> tuple[Any, bytes]:
    """What the body says, and its bytes."""
    if operation.takes is None:
        return None, b""
    kinds = (JSON, CSV) if operation.takes_csv else (JSON,)
    if incoming.media_type not in kinds:
        raise ApiRefused(415, "unsupported_media_type", f"Send {' or '.join(kinds)}.")
    if (incoming.length or 0) > LARGEST:
        raise _too_large()
    said = incoming.stream.read(LARGEST + 1)
    if len(said) > LARGEST:
        raise _too_large()
    return (said if incoming.media_type == CSV else read_json(operation.takes, said)), said


def _too_large() -> ApiRefused:
    return ApiRefused(413, "too_large", f"A call has at most {LARGEST // 1024 // 1024} MB. Divide it into several.")
