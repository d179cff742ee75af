"""A credential inside an SVG (OB 3.0, Baked Badge): one ``openbadges:credential`` element right after the root's tag.

The SVG is read without expanding entities and without reaching for anything outside. The picture is not signed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat

from credentials.baking import LARGEST_IMAGE, LARGEST_TEXT, encode_text
from credentials.errors import MalformedImage, NoBakedCredential, TwoBakedCredentials

NAMESPACE: Final = "https://purl.imsglobal.org/ob/v3p0"
_ROOT: Final = "http://www.w3.org/2000/svg svg"
_ELEMENT: Final = f"{NAMESPACE} credential"
_PREFIX: Final = "openbadges"
_DECLARATION: Final = f' xmlns:{_PREFIX}="{NAMESPACE}"'
_MOST_EVENTS: Final = 500_000
_COMPACT_JWS: Final = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_TAG_NAME: Final = re.compile(rb"<[^\s/>]+")


def bake_svg(svg: bytes, text: str) -> bytes:
    """Write the sealed text into the SVG; a credential that is already there is replaced, all else stays as it is.

    JSON comes back equal as JSON, not always to the byte: ``]]>`` and what XML cannot hold are written as JSON escapes.
    Raises MalformedImage: no SVG in UTF-8, an SVG with declarations of its own, text that is neither JSON nor a JWS.
    """
    seen = _scan(svg)
    name_end, tag_end = seen.root_name_end, seen.root_tag_end
    is_declared = seen.root_prefixes.get(_PREFIX) == NAMESPACE
    is_taken = _PREFIX in seen.root_prefixes and not is_declared
    declaration = b"" if is_declared or is_taken else _DECLARATION.encode()
    element = _write_element(text, _DECLARATION if is_taken else "")
    rest = bytearray()
    position = tag_end
    for baked in seen.elements:
        rest += svg[position : baked.start]
        position = baked.end
    rest += svg[position:]
    return svg[:name_end] + declaration + svg[name_end:tag_end] + element + bytes(rest)


def unbake_svg(svg: bytes) -> str:
    """Read the sealed text, without white space around it; nothing is verified.

    Raises MalformedImage, NoBakedCredential or TwoBakedCredentials. The element is found by its namespace, whatever the
    prefix.
    """
    elements = _scan(svg).elements
    if not elements:
        raise NoBakedCredential
    if len(elements) > 1:
        raise TwoBakedCredentials
    body = "".join(elements[0].body).strip()
    token = (elements[0].token or "").strip()
    if bool(body) == bool(token):
        raise MalformedImage("the credential element holds both forms of a credential, or none")
    if len(body or token) > LARGEST_TEXT:
        raise MalformedImage(f"the text is longer than {LARGEST_TEXT} bytes")
    return body or token


@dataclass(slots=True)
class _Element:
    """A credential element: where it stands in the bytes, and what it holds."""

    start: int
    token: str | None
    body: list[str] = field(default_factory=list)
    end: int = 0


@dataclass(slots=True)
class _Seen:
    """What one pass over the SVG finds; positions are in bytes."""

    root_name_end: int = 0
    root_tag_end: int = 0
    root_prefixes: dict[str | None, str | None] = field(default_factory=dict)
    elements: list[_Element] = field(default_factory=list)


def _scan(svg: bytes) -> _Seen:
    if len(svg) > LARGEST_IMAGE:
        raise MalformedImage(f"the image is larger than {LARGEST_IMAGE} bytes")
    scanner = _Scanner(svg)
    try:
        svg.decode("utf-8")
        scanner.parser.Parse(svg, True)
    except (UnicodeDecodeError, expat.ExpatError) as exc:
        raise MalformedImage(f"not well-formed XML in UTF-8: {exc}") from exc
    if scanner.seen.root_tag_end == 0:
        raise MalformedImage("the SVG is empty")
    return scanner.seen


class _Scanner:
    """Handlers of one pass. A tag's end is where the next event begins; the parser tells only where events begin."""

    def __init__(self, svg: bytes) -> None:
        self.seen = _Seen()
        self.svg = svg
        self.events = 0
        self.depth = 0
        self.inside: _Element | None = None
        self.at_next_event: Callable[[int], None] | None = None
        # One encoding for all, whatever the document says, so that positions and text are what others see, too.
        self.parser = parser = expat.ParserCreate("UTF-8", " ")
        parser.XmlDeclHandler = self.xml_declaration
        parser.StartDoctypeDeclHandler = self.doctype
        parser.SkippedEntityHandler = self.entity
        parser.StartNamespaceDeclHandler = self.namespace
        parser.StartElementHandler = self.start
        parser.EndElementHandler = self.end
        parser.CharacterDataHandler = self.text
        parser.DefaultHandler = self.anything

    def arrive(self) -> int:
        """Note where this event begins."""
        self.events += 1
        if self.events > _MOST_EVENTS:
            raise MalformedImage(f"the SVG has more than {_MOST_EVENTS} parts")
        position = self.parser.CurrentByteIndex
        if self.at_next_event is not None:
            self.at_next_event(position)
            self.at_next_event = None
        return position

    def xml_declaration(self, _version: str, encoding: str | None, _standalone: int) -> None:
        if encoding is not None and encoding.lower() != "utf-8":
            raise MalformedImage("the SVG is not in UTF-8")

    def doctype(self, _name: str, _system: str | None, _public: str | None, has_subset: bool) -> None:
        # The DOCTYPE that drawing programs write is harmless; declarations inside it (entities, defaults) are not.
        if has_subset:
            raise MalformedImage("the SVG brings declarations of its own")

    def entity(self, name: str, _is_parameter: bool) -> None:
        raise MalformedImage(f"the SVG uses the entity {name[:40]!r}, which it cannot declare")

    def namespace(self, prefix: str | None, uri: str | None) -> None:
        if self.depth == 0:
            self.seen.root_prefixes[prefix] = uri

    def start(self, name: str, attributes: dict[str, str]) -> None:
        position = self.arrive()
        if self.inside is not None:
            raise MalformedImage("the credential element holds other elements")
        if self.depth == 0:
            self.start_root(name, position)
        elif name == _ELEMENT:
            self.inside = _Element(position, attributes.get("verify"))
        self.depth += 1

    def start_root(self, name: str, position: int) -> None:
        tag = _TAG_NAME.match(self.svg, position)
        if name != _ROOT or tag is None:
            raise MalformedImage("not an SVG")
        self.seen.root_name_end = tag.end()
        self.at_next_event = self.end_root_tag

    def end_root_tag(self, position: int) -> None:
        if self.svg[position - 2 : position] != b"/>":
            self.seen.root_tag_end = position

    def end(self, _name: str) -> None:
        self.arrive()
        self.depth -= 1
        if self.inside is not None:
            self.seen.elements.append(self.inside)
            self.at_next_event = self.end_element
            self.inside = None

    def end_element(self, position: int) -> None:
        self.seen.elements[-1].end = position

    def text(self, text: str) -> None:
        self.arrive()
        if self.inside is not None:
            self.inside.body.append(text)

    def anything(self, _text: str) -> None:
        self.arrive()


def _write_element(text: str, declaration: str) -> bytes:
    stripped = text.strip()
    if _COMPACT_JWS.fullmatch(stripped):
        return encode_text(f'<{_PREFIX}:credential{declaration} verify="{stripped}"></{_PREFIX}:credential>')
    if not stripped.startswith("{"):
        raise MalformedImage("the text is neither JSON nor a compact JWS")
    # Readers take the first piece of CDATA only, so it must not be split: these stand inside JSON strings alone.
    body = stripped.replace("]]>", "]]\\u003e").replace("\ufffe", "\\ufffe").replace("\uffff", "\\uffff")
    if re.search("[\x00-\x08\x0b\x0c\x0e-\x1f]", body):
        raise MalformedImage("the text holds control characters and cannot be JSON")
    return encode_text(f"<{_PREFIX}:credential{declaration}><![CDATA[{body}]]></{_PREFIX}:credential>")
