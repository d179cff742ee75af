"""The fast way to the canonical form, for documents whose shape was seen before.

Credentials of one kind differ in a few texts only. Two documents have the same shape when they have the same members in
the same order, arrays of the same length, and the same contexts, types, numbers and truth values; all other texts may
differ. What JSON-LD and RDFC-1.0 make of such documents differs only in those texts, so it is worked out once, with
marks in place of the texts, and kept as a template (see shape_template).

Where a text could matter beyond being copied, the fast way gives up and the slow way decides, also about errors.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Final

from pyoxigraph import Quad

from credentials.compact_form import LARGEST_DEPTH
from credentials.contexts import ContextLibrary
from credentials.errors import CredentialError
from credentials.shape_template import MARK, ShapeTemplate, make_template, mark

# A template of the largest shape takes about half a megabyte, that of a credential a tenth of it.
_LARGEST_SHAPE: Final = 2_000
_LARGEST_MEMORY: Final = 100

# Names of members and texts of a shape are strings, so these can mean nothing else.
_OBJECT, _END, _ARRAY, _TEXT, _FIXED = range(5)


class _NoShape(Exception):
    """The document is not of the plain kind that has a shape."""


@dataclass(frozen=True, slots=True)
class ShapedDocument:
    """A document taken apart: its shape, and the texts that the shape leaves open, in order."""

    document: Mapping[str, object]
    shape: tuple[object, ...]
    texts: Sequence[str]


class ShapeMemory:
    """Templates by shape, for the contexts of one library; safe to share between threads."""

    def __init__(self, library: ContextLibrary, statements: Callable[[Mapping[str, object]], Sequence[Quad]]) -> None:
        """Remember what ``statements``, the slow way, makes of the shapes met."""
        self._fixed_members = library.vocabulary_terms | {"@context", "@language"}
        self._prefixes = library.prefixes
        self._statements = statements
        self._templates: OrderedDict[tuple[object, ...], ShapeTemplate | None] = OrderedDict()
        self._met_once: OrderedDict[int, None] = OrderedDict()
        self._lock = Lock()

    def find_shape(self, document: Mapping[str, object]) -> ShapedDocument | None:
        """Take a document apart; None when it is too large or holds anything but plain JSON."""
        shape: list[object] = []
        texts: list[str] = []
        try:
            self._take_object(document, shape, texts, 1)
        except _NoShape:
            return None
        return ShapedDocument(document, tuple(shape), texts)

    def find_canonical(self, shaped: ShapedDocument) -> str | None:
        """The canonical form if the shape is known and the texts are plain; None when the slow way must decide."""
        with self._lock:
            template = self._templates.get(shaped.shape)
            if template is not None:
                self._templates.move_to_end(shaped.shape)
        return template.fill(shaped.texts) if template is not None else None

    def learn(self, shaped: ShapedDocument) -> None:
        """Make a template for the shape of a document that the slow way accepted, when it is met the second time."""
        with self._lock:
            if shaped.shape in self._templates or not self._is_met_again(hash(shaped.shape)):
                return
            self._templates[shaped.shape] = None  # so that no other thread begins the same work
            if len(self._templates) > _LARGEST_MEMORY:
                self._templates.popitem(last=False)
        template = self._make_template(shaped)
        with self._lock:
            if shaped.shape in self._templates:
                self._templates[shaped.shape] = template

    def _is_met_again(self, shape_hash: int) -> bool:
        if shape_hash in self._met_once:
            del self._met_once[shape_hash]
            return True
        self._met_once[shape_hash] = None
        if len(self._met_once) > _LARGEST_MEMORY:
            self._met_once.popitem(last=False)
        return False

    def _make_template(self, shaped: ShapedDocument) -> ShapeTemplate | None:
        if any(isinstance(part, str) and MARK in part for part in shaped.shape):
            return None
        marked = _Marker(self._fixed_members).write(shaped.document)
        try:
            return make_template(self._statements(marked), len(shaped.texts), frozenset(self._prefixes))
        except CredentialError:
            return None  # a mark is refused where the text was not, or the other way round

    def _take_object(self, obj: Mapping[str, object], shape: list[object], texts: list[str], depth: int) -> None:
        if depth > LARGEST_DEPTH or len(shape) > _LARGEST_SHAPE:
            raise _NoShape
        shape.append(_OBJECT)
        for name, value in obj.items():
            shape.append(name)
            if name in self._fixed_members:
                _take_fixed(value, shape)
            elif type(value) is str:
                shape.append(_TEXT)
                texts.append(value)
            else:
                self._take(value, shape, texts, depth)
        shape.append(_END)

    def _take(self, value: object, shape: list[object], texts: list[str], depth: int) -> None:
        if type(value) is str:
            shape.append(_TEXT)
            texts.append(value)
        elif type(value) is dict:
            self._take_object(value, shape, texts, depth + 1)
        elif type(value) is list:
            if depth > LARGEST_DEPTH or len(value) > _LARGEST_SHAPE:
                raise _NoShape
            shape.append(_ARRAY)
            for item in value:
                self._take(item, shape, texts, depth + 1)
            shape.append(_END)
        else:
            _take_fixed(value, shape)


def _take_fixed(value: object, shape: list[object]) -> None:
    """A value that belongs to the shape itself: a text, a number, a truth value, or an array of texts."""
    if type(value) is list:
        shape.append(_ARRAY)
        for item in value:
            if type(item) is not str:
                raise _NoShape
            shape.append(item)
        shape.append(_END)
    elif type(value) in (str, int, float, bool):
        shape += (_FIXED, type(value), value if type(value) is str else repr(value))
    else:
        raise _NoShape


class _Marker:
    """Writes a document again with marks in place of the texts that its shape leaves open."""

    def __init__(self, fixed_members: frozenset[str]) -> None:
        self._fixed_members = fixed_members
        self._count = 0

    def write(self, obj: Mapping[str, object]) -> dict[str, object]:
        """The object with marks numbered in the order of the texts."""
        return {name: value if name in self._fixed_members else self._value(value) for name, value in obj.items()}

    def _value(self, value: object) -> object:
        if isinstance(value, str):
            self._count += 1
            return mark(self._count - 1)
        if isinstance(value, dict):
            return self.write(value)
        if isinstance(value, list):
            return [self._value(item) for item in value]
        return value
