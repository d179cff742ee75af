"""JSON-LD expansion through PyLD: every term and type must be defined, and nothing may be dropped on the way."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from threading import Lock
from typing import Any, Final

from pyld import jsonld
from pyld.context_resolver import ContextResolver

from credentials.compact_form import places_in
from credentials.contexts import ContextLibrary
from credentials.errors import CredentialError, MalformedCredential, TooComplex, UnsignedTerm

# A credential needs about 25 different combinations of contexts; each new one costs a millisecond.
LARGEST_CONTEXT_WORK: Final = 150
_REMEMBERED_CONTEXTS: Final = 1_000
_PLACES_TRIED: Final = 8


class Expander:
    """Expands documents with the contexts of one library; safe to share between threads."""

    def __init__(self, library: ContextLibrary) -> None:
        self._library = library
        # PyLD's caches are not made for threads; expansion only computes, so a lock costs no throughput.
        self._lock = Lock()
        self._resolver = ContextResolver({}, self._load)
        self._contexts = _ContextMemory()

    def expand(self, document: Mapping[str, object]) -> dict[str, Any]:
        """The one node of a document in compacted form (see compact_form), in expanded form.

        Identifiers stay as they are written: a relative one is not resolved, so that it can be found and refused.
        Raises UnsignedTerm for a member that no context defines, MalformedCredential for what JSON-LD forbids, and
        TooComplex when the types ask for too many combinations of contexts.
        """
        expanded, dropped = self._expand(document)
        if dropped:
            raise UnsignedTerm(self._place_of(dropped[0], document, dropped.count(dropped[0])), dropped[0])
        if len(expanded) != 1 or not isinstance(expanded[0], dict):
            raise MalformedCredential("$", "the document describes nothing")
        return expanded[0]

    def _expand(self, document: Mapping[str, object]) -> tuple[list[Any], list[str]]:
        """The expanded document, and the names of the members that PyLD dropped."""
        dropped: list[str] = []
        with self._lock:
            processor = _Processor(self._contexts, dropped)
            options = {"base": None, "contextResolver": self._resolver, "documentLoader": self._load}
            try:
                return processor.expand(dict(document), options), dropped  # type: ignore[no-untyped-call]
            except jsonld.JsonLdError as exc:
                raise _own_error(exc) from exc

    def _place_of(self, term: str, document: Mapping[str, object], count: int) -> str:
        """Where the term is dropped: it may be defined in one place and not in another, so each place is tried."""
        members = (place.path for place in places_in(document) if place.name == term and not place.in_array)
        places = list(islice(members, _PLACES_TRIED))
        for index, place in enumerate(places[:-1]):
            _, still_dropped = self._expand(_without(document, term, index))
            if still_dropped.count(term) < count:
                return place
        return places[-1] if places else "$"

    def _load(self, url: str, _options: object) -> dict[str, object]:
        document = self._library.get(url)
        # The tag allows PyLD to keep the parsed context.
        return {"contentType": "application/ld+json", "contextUrl": None, "documentUrl": url, "document": document,
                "tag": "static"}  # fmt: skip


class _ContextMemory:
    """Contexts that were worked out before, by the context they build upon.

    PyLD's own memory misses every context that comes with a type, and working those out again is nine tenths of its
    time. The keys are identities; the objects are kept, so an identity cannot come to mean another object.
    """

    def __init__(self) -> None:
        self._results: dict[tuple[object, ...], tuple[object, object, Any]] = {}

    def find(self, key: tuple[object, ...]) -> Any:
        found = self._results.get(key)
        return found[2] if found else None

    def keep(self, key: tuple[object, ...], active: object, local: object, result: Any) -> None:
        if len(self._results) >= _REMEMBERED_CONTEXTS:
            self._results.clear()
        self._results[key] = (active, local, result)


class _Processor(jsonld.JsonLdProcessor):
    """PyLD's processor with a memory for contexts and a bound on how many new ones one document may ask for."""

    def __init__(self, memory: _ContextMemory, dropped: list[str]) -> None:
        super().__init__(on_property_dropped=lambda name: dropped.append(str(name)))
        self._memory = memory
        self._work = 0

    def _process_context(
        self,
        active_ctx: Any,
        local_ctx: Any,
        options: Any,
        override_protected: bool = False,
        propagate: bool = True,
        validate_scoped: bool = True,
        cycles: Any = None,
    ) -> Any:
        work_out = super()._process_context
        if cycles is not None:  # PyLD tries the contexts inside a context, once for each
            return work_out(active_ctx, local_ctx, options, override_protected, propagate, validate_scoped, cycles)  # type: ignore[no-untyped-call]
        key = (id(active_ctx), _name_of(local_ctx), override_protected, propagate)
        result = self._memory.find(key)
        if result is None:
            self._work += 1
            if self._work > LARGEST_CONTEXT_WORK:
                raise TooComplex(f"the document combines contexts in more than {LARGEST_CONTEXT_WORK} ways")
            result = work_out(active_ctx, local_ctx, options, override_protected, propagate)  # type: ignore[no-untyped-call]
            self._memory.keep(key, active_ctx, local_ctx, result)
        return result


def _name_of(context: object) -> object:
    """Contexts given by URL are the same when their URLs are; those inside another context are the same object."""
    if isinstance(context, list) and all(isinstance(url, str) for url in context):
        return tuple(context)
    return context if isinstance(context, str) else id(context)


def _own_error(error: BaseException) -> CredentialError:
    """Our own error if one is the cause (an unknown context met while loading), else what JSON-LD objects to."""
    reason = "JSON-LD refuses the document"
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, CredentialError):
            return cause
        code = getattr(cause, "code", None)
        reason = f"JSON-LD refuses the document: {code}" if code else reason
        cause = cause.__cause__
    return MalformedCredential("$", reason)


def _without(document: Mapping[str, object], term: str, skip: int) -> dict[str, object]:
    """A copy in which one occurrence of a member, counted as places_in meets them, is left out."""
    seen = -1

    def copy(value: object) -> object:
        nonlocal seen
        if isinstance(value, list):
            return [copy(item) for item in value]
        if not isinstance(value, dict):
            return value
        kept = {}
        for name, inner in value.items():
            if name == term:
                seen += 1
                if seen == skip:
                    continue
            kept[name] = copy(inner)
        return kept

    copied = copy(dict(document))
    assert isinstance(copied, dict)
    return copied
