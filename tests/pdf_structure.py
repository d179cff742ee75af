"""What a test can hold of PDF/A-3a and PDF/UA-1 without their validator: structure, metadata, fonts, content."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pikepdf

_SHOWING = {"Tj", "TJ", "'", '"'}
_PAINTING = {"S", "s", "f", "F", "f*", "B", "B*", "b", "b*", "sh", "Do", "EI"}
_FORBIDDEN_ACTIONS = {"/JavaScript", "/Launch", "/Sound", "/Movie", "/ResetForm", "/ImportData", "/SubmitForm"}
_INVISIBLE = 3


def problems(data: bytes) -> list[str]:
    """Everything that speaks against a file's claim to be PDF/A-3a and PDF/UA-1; empty is good."""
    with pikepdf.open(io.BytesIO(data), attempt_recovery=False) as pdf:
        found = [*_catalogue(pdf), *_metadata(pdf), *_attachments(pdf), *_objects(pdf), *_tree(pdf)]
        for page in pdf.pages:
            found += _content(pdf, page)
        return [*found, *pdf.get_warnings()]


def glyphs(data: bytes) -> Iterator[tuple[str, int]]:
    """The glyphs that are shown, with the name of their font."""
    with pikepdf.open(io.BytesIO(data)) as pdf:
        fonts: Any = pdf.pages[0].Resources.Font
        name = ""
        for instruction in pikepdf.parse_content_stream(pdf.pages[0]):
            operands, operator = instruction.operands, str(instruction.operator)
            if operator == "Tf":
                name = str(fonts[str(operands[0])].BaseFont)
            elif operator in _SHOWING:
                strings = operands[0] if operator == "TJ" else operands
                for text in strings:
                    if isinstance(text, pikepdf.String):
                        code = bytes(text)
                        yield from ((name, int.from_bytes(code[at : at + 2], "big")) for at in range(0, len(code), 2))


def _catalogue(pdf: pikepdf.Pdf) -> Iterator[str]:
    root: Any = pdf.Root
    if pdf.is_encrypted:
        yield "encrypted"
    if "/ID" not in pdf.trailer:
        yield "the trailer has no ID"
    if pdf.pdf_version != "1.7":
        yield f"version {pdf.pdf_version}"
    intents = root.get("/OutputIntents", ())
    if not any(one.get("/S") == "/GTS_PDFA1" and "/DestOutputProfile" in one for one in intents):
        yield "no output intent"
    if not root.get("/MarkInfo", {}).get("/Marked"):
        yield "not marked"
    if "/Lang" not in root:
        yield "no language"
    if not root.get("/ViewerPreferences", {}).get("/DisplayDocTitle"):
        yield "the title is not displayed"
    if "/OpenAction" in root or "/AA" in root:
        yield "an action when opened"


def _metadata(pdf: pikepdf.Pdf) -> Iterator[str]:
    with pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as xmp:
        if xmp.pdfa_status != "3A":
            yield f"PDF/A {xmp.pdfa_status!r}"
        if xmp.get("pdfuaid:part") != "1":
            yield "no PDF/UA part"
        for key, entry in {"dc:title": "/Title", "xmp:CreateDate": None, "pdf:Producer": "/Producer"}.items():
            if not xmp.get(key):
                yield f"no {key}"
            elif entry and str(pdf.docinfo[entry]) != xmp[key]:
                yield f"{key} and {entry} differ"


def _attachments(pdf: pikepdf.Pdf) -> Iterator[str]:
    associated = [one.objgen for one in pdf.Root.get("/AF", ())]
    if len(associated) != len(set(associated)):
        yield "an associated file is listed twice"
    for name, attachment in pdf.attachments.items():
        described: Any = attachment.obj
        if described.objgen not in associated:
            yield f"{name} is not associated"
        if "/AFRelationship" not in described or "/UF" not in described:
            yield f"{name} has no relationship or no name"
        if "/Subtype" not in described.EF.F:
            yield f"{name} has no media type"


def _objects(pdf: pikepdf.Pdf) -> Iterator[str]:
    for one in pdf.objects:
        if not isinstance(one, (pikepdf.Dictionary, pikepdf.Stream)):
            continue
        entry: Any = one
        if entry.get("/Type") == "/Font" and entry.get("/Subtype") in (
            "/TrueType",
            "/Type1",
            "/CIDFontType0",
            "/CIDFontType2",
        ):
            described = entry.get("/FontDescriptor", {})
            if not any(key in described for key in ("/FontFile", "/FontFile2", "/FontFile3")):
                yield f"{entry.get('/BaseFont')} is not embedded"
        if entry.get("/Subtype") == "/Type0" and "/ToUnicode" not in entry:
            yield f"{entry.get('/BaseFont')} has no Unicode values"
        if entry.get("/S") in _FORBIDDEN_ACTIONS:
            yield f"an action {entry.get('/S')}"
        if entry.get("/Subtype") == "/Link" and "/Contents" not in entry:
            yield "a link without description"
        if "/SMask" in entry and entry.get("/Subtype") == "/Image":
            yield "a transparent image"


def _tree(pdf: pikepdf.Pdf) -> Iterator[str]:
    root: Any = pdf.Root.get("/StructTreeRoot")
    if root is None:
        yield "no structure tree"
        return
    for element in elements(pdf):
        kind = str(element.get("/S"))
        if kind == "/Figure" and not str(element.get("/Alt", "")):
            yield "a figure without words"
        if kind == "/TH" and element.get("/A", {}).get("/Scope") not in ("/Row", "/Column"):
            yield "a table heading without scope"


def elements(pdf: pikepdf.Pdf) -> Iterator[Any]:
    """The structure elements in reading order."""
    root: Any = pdf.Root.get("/StructTreeRoot", {})
    pending: list[Any] = [root.get("/K")]
    while pending:
        one = pending.pop()
        if isinstance(one, pikepdf.Array):
            pending += reversed(list(one))
        elif isinstance(one, pikepdf.Dictionary) and one.get("/Type") != "/OBJR":
            yield one
            if "/K" in one:
                pending.append(one.K)


def _content(pdf: pikepdf.Pdf, page: pikepdf.Page) -> Iterator[str]:
    """All that is drawn is either marked with a number of the structure tree or an artifact."""
    numbered = {int(kid) for one in elements(pdf) for kid in _kids(one) if isinstance(kid, int)}
    inside: list[str | int] = []
    seen: set[int] = set()
    for instruction in pikepdf.parse_content_stream(page):
        operands, operator = instruction.operands, str(instruction.operator)
        if operator == "BMC":
            inside.append(str(operands[0]))
        elif operator == "BDC":
            number = int(operands[1].get("/MCID", -1))
            inside.append(number if number >= 0 else str(operands[0]))
            seen.add(number)
        elif operator == "EMC":
            inside.pop()
        elif operator in _SHOWING | _PAINTING and not any(one == "/Artifact" or isinstance(one, int) for one in inside):
            yield f"{operator} outside of marked content"
    if inside:
        yield "marked content is not closed"
    if seen != numbered:
        yield f"content {sorted(seen ^ numbered)} is not in the structure tree, or the other way round"


def _kids(element: Any) -> list[Any]:
    kids = element.get("/K")
    return list(kids) if isinstance(kids, pikepdf.Array) else [kids]
