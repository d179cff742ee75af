"""A credential inside an SVG: written as the standard says, read without expanding or fetching anything."""

import json
from contextlib import suppress
from xml.etree import ElementTree

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from credentials.baking import LARGEST_IMAGE, LARGEST_TEXT
from credentials.baking_svg import NAMESPACE, bake_svg, unbake_svg
from credentials.errors import CredentialError, MalformedImage, NoBakedCredential, TwoBakedCredentials

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><circle r="4"/></svg>'
DECLARED = b'xmlns:openbadges="https://purl.imsglobal.org/ob/v3p0"'
DOCTYPE = (
    b'<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" '
    b'"http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">\n'
)
TOKEN = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJ4In0.c2ln"


def svg_with(inside: str, attributes: str = 'xmlns:openbadges="https://purl.imsglobal.org/ob/v3p0"') -> bytes:
    return f'<svg xmlns="http://www.w3.org/2000/svg" {attributes}>{inside}<circle r="4"/></svg>'.encode()


def test_a_token_goes_into_the_attribute() -> None:
    """The namespace is declared on the root, the element stands right behind its tag, all else stays to the byte."""
    assert bake_svg(SVG, TOKEN) == (
        b"<svg " + DECLARED + b' xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">'
        b'<openbadges:credential verify="' + TOKEN.encode() + b'"></openbadges:credential><circle r="4"/></svg>'
    )


def test_json_goes_into_the_body() -> None:
    """In CDATA, without the attribute."""
    assert b'<openbadges:credential><![CDATA[{"name": "\xc3\x85"}]]></openbadges:credential><circle' in bake_svg(
        SVG, '{"name": "Å"}'
    )


@pytest.mark.parametrize(
    "picture",
    [
        pytest.param(SVG, id="plain"),
        pytest.param(DOCTYPE + SVG, id="doctype"),
        pytest.param(b"\xef\xbb\xbf" + DOCTYPE + SVG + b"\n", id="byte-order-mark"),
        pytest.param(b"<!-- \xc3\x85 <svg> -->" + SVG, id="comment-in-front"),
        pytest.param(
            b'<s:svg xmlns:s="http://www.w3.org/2000/svg" a="&gt;>"  ><s:g>\xc3\x85</s:g></s:svg>', id="prefix"
        ),
        pytest.param(b"<svg\n" + DECLARED + b' xmlns="http://www.w3.org/2000/svg"></svg>', id="declared-and-empty"),
        pytest.param(svg_with("<openbadges:assertion/>", 'xmlns:openbadges="http://openbadges.org"'), id="version-2"),
        pytest.param(svg_with('<openbadges:credential verify="a.b.c"/>'), id="baked"),
        pytest.param(svg_with("<openbadges:credential>{}</openbadges:credential><g/>" * 2), id="baked-twice"),
        pytest.param(svg_with('<g><ob:credential verify="a.b.c" xmlns:ob="' + NAMESPACE + '"/></g>'), id="baked-below"),
    ],
)
@pytest.mark.parametrize("text", [TOKEN, '{"name": "Åsa & <Öberg>"}'], ids=["token", "json"])
def test_what_was_baked_in_comes_out(picture: bytes, text: str) -> None:
    """Whatever SVG it is put into: one credential, the drawing as before, and baking again changes nothing."""
    baked = bake_svg(picture, text)
    assert unbake_svg(baked) == text
    assert bake_svg(bake_svg(baked, "{}"), text) == baked
    assert drawing(baked) == drawing(picture)


def drawing(svg: bytes) -> list[tuple[str, dict[str, str], str | None]]:
    """Every element but credentials, with attributes and text."""
    elements = ElementTree.fromstring(svg).iter()
    return [(one.tag, one.attrib, one.text) for one in elements if one.tag != f"{{{NAMESPACE}}}credential"]


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
JSON_VALUES = st.integers() | TEXTS | st.dictionaries(TEXTS, TEXTS, max_size=3)


@settings(max_examples=30, deadline=None)
@given(st.dictionaries(TEXTS, JSON_VALUES, max_size=5), st.booleans())
@example({"narrative": "]]>"}, False)
@example({"narrative": "]]]>]>\\]]>"}, False)
@example({"narrative": "\ufffe\uffff\x7f\x85\u2028"}, False)
def test_json_comes_out_as_the_same_json(document: dict[str, object], in_ascii: bool) -> None:
    """CDATA cannot hold its own end, XML not every character: these become escapes, and the document stays the same."""
    text = json.dumps(document, ensure_ascii=in_ascii)
    out = unbake_svg(bake_svg(SVG, text))
    assert json.loads(out) == document
    assert out == text or "]]>" in text or "\ufffe" in text or "\uffff" in text


def test_the_text_is_in_one_piece() -> None:
    """A known reader takes the first piece of CDATA only."""
    assert bake_svg(SVG, '{"a": "]]>"}').count(b"<![CDATA[") == 1


@pytest.mark.parametrize(
    ("picture", "error"),
    [
        pytest.param(SVG, NoBakedCredential, id="plain-picture"),
        pytest.param(svg_with('<openbadges:credential verify="a.b.c"/>', f'xmlns:openbadges="{NAMESPACE}/x"'),
                     NoBakedCredential, id="right-prefix-wrong-namespace"),
        pytest.param(svg_with('<openbadges:credential verify="a.b.c"/>' * 2), TwoBakedCredentials, id="two"),
        pytest.param(svg_with('<openbadges:credential verify="a.b.c">{}</openbadges:credential>'),
                     MalformedImage, id="both"),
        pytest.param(svg_with("<openbadges:credential> </openbadges:credential>"), MalformedImage, id="neither"),
        pytest.param(svg_with("<openbadges:credential>{}<g/></openbadges:credential>"),
                     MalformedImage, id="elements-inside"),
        pytest.param(svg_with(f"<openbadges:credential>{'x' * (LARGEST_TEXT + 1)}</openbadges:credential>"),
                     MalformedImage, id="text-too-long"),
        pytest.param(b"", MalformedImage, id="nothing"),
        pytest.param(b"<svg", MalformedImage, id="broken-off"),
        pytest.param(SVG + SVG, MalformedImage, id="two-roots"),
        pytest.param(b"<svg></svg>", MalformedImage, id="no-namespace"),
        pytest.param(b'<svg xmlns="http://www.w3.org/2000/svg"/>', MalformedImage, id="empty"),
        pytest.param(f'<o:credential xmlns:o="{NAMESPACE}">{{}}</o:credential>'.encode(),
                     MalformedImage, id="not-an-svg"),
        pytest.param(SVG.replace(b"circle", b"x:circle"), MalformedImage, id="prefix-not-declared"),
        pytest.param(b'<?xml version="1.0" encoding="utf-16"?>' + SVG, MalformedImage, id="says-utf-16"),
        pytest.param(b'<?xml version="1.0" encoding="latin-1"?>' + SVG, MalformedImage, id="says-latin-1"),
        pytest.param(SVG.decode().encode("utf-16"), MalformedImage, id="utf-16"),
        pytest.param(SVG.replace(b"</svg>", b"\xff</svg>"), MalformedImage, id="not-utf-8"),
        pytest.param(SVG + b" " * LARGEST_IMAGE, MalformedImage, id="too-large"),
        pytest.param(SVG.replace(b"<circle", b"<g/>" * 260_000 + b"<circle"), MalformedImage, id="too-many-parts"),
    ],
)  # fmt: skip
def test_a_broken_picture_is_refused(picture: bytes, error: type[CredentialError]) -> None:
    """One credential in one form, in a whole SVG; everything is bounded."""
    with pytest.raises(error) as caught:
        unbake_svg(picture)
    assert type(caught.value) is error


BOMB = "".join(f'<!ENTITY {name} "{f"&{inner};" * 10}">' for name, inner in ("ba", "cb", "dc", "ed", "fe"))


@pytest.mark.parametrize(
    "declaration",
    [
        pytest.param(f'<!DOCTYPE svg [<!ENTITY a "x">{BOMB}]>', id="entity-bomb"),
        pytest.param('<!DOCTYPE svg [<!ENTITY e SYSTEM "file:///etc/passwd">]>', id="entity-from-a-file"),
        pytest.param('<!DOCTYPE svg [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x"> %p;]>', id="entity-from-the-network"),
        pytest.param('<!DOCTYPE svg [<!ATTLIST svg verify CDATA "a.b.c">]>', id="default-attribute"),
        pytest.param("<!DOCTYPE svg []>", id="empty-declarations"),
    ],
)
def test_declarations_inside_the_picture_are_refused(declaration: str) -> None:
    """A DOCTYPE may name a type, and no more: nothing is expanded, and nothing is fetched."""
    for inside in ("&e;", "&f;", ""):
        with pytest.raises(MalformedImage, match="declarations"):
            unbake_svg(declaration.encode() + svg_with(f"<openbadges:credential>{inside}</openbadges:credential>"))


def test_an_entity_that_only_an_outside_type_could_explain_is_refused() -> None:
    """The DOCTYPE is not fetched, so the text would have a hole where others see words."""
    with pytest.raises(MalformedImage, match="entity"):
        unbake_svg(DOCTYPE + svg_with("<openbadges:credential>{&nbsp;}</openbadges:credential>").replace(b"<?xml", b""))


def test_a_plain_doctype_is_no_reason_to_refuse() -> None:
    """Drawing programs and 1EdTech's own samples write one."""
    assert unbake_svg(DOCTYPE + svg_with("<openbadges:credential>\n {}\n </openbadges:credential>")) == "{}"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("a.b", id="two-parts"),
        pytest.param("[]", id="array"),
        pytest.param("", id="nothing"),
        pytest.param('a.b.c" onload="x', id="attribute-breaking-out"),
        pytest.param('{"a": "\x01"}', id="control-character"),
        pytest.param('{"a": "\ud800"}', id="lone-surrogate"),
        pytest.param('{"a": "' + "x" * LARGEST_TEXT + '"}', id="too-long"),
    ],
)
def test_a_text_that_is_no_credential_is_not_baked(text: str) -> None:
    """Only a JSON object or a compact JWS, so nothing else can get into the picture."""
    with pytest.raises(MalformedImage):
        bake_svg(SVG, text)


@settings(deadline=None)
@given(
    st.binary(max_size=200) | st.text(max_size=200).map(lambda junk: svg_with(junk.encode(errors="replace").decode()))
)
def test_junk_raises_only_our_errors(junk: bytes) -> None:
    """Whatever file a stranger drops, nothing foreign comes out."""
    with suppress(CredentialError):
        unbake_svg(junk)
    with suppress(CredentialError):
        bake_svg(junk, TOKEN)
