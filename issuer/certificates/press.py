"""From HTML to one file that is PDF/A-3a and PDF/UA-1: the only module that knows WeasyPrint.

WeasyPrint writes either standard; what it leaves out for both at once is added here: the second identification in the
metadata, the language of each text, the scope of row headings, the media type of the attachment.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from io import BytesIO
from itertools import takewhile
from typing import Any

import weasyprint
from weasyprint import CSS, HTML, Attachment, Document
from weasyprint.css import ColorProfile
from weasyprint.pdf.metadata import DocumentMetadata
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from issuer.certificates.errors import ForeignResource
from issuer.certificates.fonts import font_faces
from issuer.certificates.qr import MODULES, Loop
from issuer.certificates.sheet import AttachedFile, Page
from issuer.certificates.spelling import runs_right_to_left, spell

SCHEME = "certificate:"
POINTS = 0.75
"""In a pixel of CSS."""

LOGO = f"{SCHEME}logo.png"
VARIANT = "pdf/a-3a"
PLAIN_VARIANT = "pdf/ua-1"
OUTPUT_INTENT = "certificate"
"""Of our own name: for "srgb" WeasyPrint would open the profile anew for each file and leave it open."""

PDF_UA = b"""<rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/">
<pdfuaid:part>1</pdfuaid:part></rdf:Description>
<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>PDF/UA identification schema</pdfaSchema:schema>
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
<pdfaProperty:name>part</pdfaProperty:name><pdfaProperty:valueType>Integer</pdfaProperty:valueType>
<pdfaProperty:category>internal</pdfaProperty:category>
<pdfaProperty:description>Part of ISO 14289 the file conforms to</pdfaProperty:description>
</rdf:li></rdf:Seq></pdfaSchema:property></rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>
</rdf:RDF>"""
"""PDF/A knows no identification of PDF/UA, so the schema is described where it is used (ISO 19005-3, 6.6.2.3.3)."""


def print_page(page: Page, attached: AttachedFile, *, created: datetime) -> bytes:
    """Lay out and write one page. Same input, same bytes; nothing is read but our own fonts and the given logo.

    Raises ForeignResource when the page asks for more.
    """
    with _LOCK:
        try:
            return _press().print_page(page, attached, created)
        except FatalURLFetchingError as exc:  # a BaseException, which no handler further up expects
            raise ForeignResource(str(exc)) from exc


def print_papers(html: str, codes: Sequence[tuple[Loop, ...]]) -> bytes:
    """Write pages that nobody seals as one PDF/UA-1 file; ``svg.qr`` number n of them is filled with ``codes[n]``.

    Raises ForeignResource as ``print_page`` does.
    """
    with _LOCK:
        try:
            return _press().print_papers(html, codes)
        except FatalURLFetchingError as exc:
            raise ForeignResource(str(exc)) from exc


def warm_up() -> None:
    """Read fonts and style sheet now."""
    with _LOCK:
        _press()


_LOCK = threading.Lock()
"""Pango's font map is shared between calls and not made for several threads."""


@cache
def _press() -> _Press:
    return _Press()


class _SealedFetcher(URLFetcher):
    """Answers from a table and refuses every other address, on disk or on the network."""

    def __init__(self, resources: dict[str, bytes]) -> None:
        super().__init__(fail_on_errors=True)  # type: ignore[no-untyped-call]
        self._resources = resources

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
        del headers
        if url not in self._resources:
            raise ValueError(f"a certificate may not load {url}")
        return URLFetcherResponse(url, self._resources[url])


class _Press:
    """Fonts and style sheet, read once and used for every certificate of the process."""

    def __init__(self) -> None:
        self._fonts = FontConfiguration()
        resources = {f"{SCHEME}{face.file.name}": face.file.read_bytes() for face in font_faces()}
        style = (files("templates") / "certificate" / "certificate.css").read_text(encoding="utf-8")
        self._style = CSS(string=style, url_fetcher=_SealedFetcher(resources), font_config=self._fonts)
        self._colours = _Profile((files("weasyprint.pdf") / "sRGB2014.icc").read_bytes())

    def print_page(self, page: Page, attached: AttachedFile, created: datetime) -> bytes:
        fetcher = _SealedFetcher({LOGO: page.logo} if page.logo else {})
        source = HTML(string=page.html, base_url=SCHEME, url_fetcher=fetcher)
        options = {"pdf_variant": VARIANT, "output_intent": OUTPUT_INTENT}
        document = source.render(font_config=self._fonts, stylesheets=[self._style], **options)
        document.color_profiles[OUTPUT_INTENT] = self._colours
        document.metadata = _DualMetadata(**vars(document.metadata))  # type: ignore[no-untyped-call]
        document.pages = [_SpeakingPage(laid_out, page.qr) for laid_out in document.pages]
        attachment = Attachment(
            file_obj=BytesIO(attached.content),
            name=attached.name,
            description=attached.description,
            relationship="Source",
            created=created,
            modified=created,
        )
        written: bytes = document.write_pdf(finisher=_Finisher(attached), attachments=[attachment], **options)
        return written

    def print_papers(self, html: str, codes: Sequence[tuple[Loop, ...]]) -> bytes:
        source = HTML(string=html, base_url=SCHEME, url_fetcher=_SealedFetcher({}))
        document = source.render(font_config=self._fonts, stylesheets=[self._style], pdf_variant=PLAIN_VARIANT)
        for page in document.pages:
            for box in page._page_box.descendants(placeholders=True):
                if box.element is not None and box.element.get("class") == "qr":
                    box.replacement = _Outlines(codes[int(box.element.get("data-code"))])
        written: bytes = document.write_pdf(pdf_variant=PLAIN_VARIANT)
        return written


class _Profile(ColorProfile):
    """sRGB, embedded as it is: written anew by the colour library, the second time differs from the first."""

    def __init__(self, data: bytes) -> None:
        channels = (["r"], ["g"], ["b"])
        super().__init__(BytesIO(data), None, "relative-colorimetric", channels)  # type: ignore[no-untyped-call]
        self._data = data

    @property
    def content(self) -> bytes:
        return self._data


class _DualMetadata(DocumentMetadata):
    """Metadata that name both standards."""

    def generate_rdf_metadata(self, *arguments: Any) -> bytes:
        rdf: bytes = super().generate_rdf_metadata(*arguments)  # type: ignore[no-untyped-call]
        return rdf.replace(b"</rdf:RDF>", PDF_UA)


class _SpeakingPage(weasyprint.Page):
    """A page that remembers in which language each marked piece of content was written."""

    def __init__(self, page: weasyprint.Page, qr: tuple[Loop, ...]) -> None:
        super().__init__(page._page_box)  # type: ignore[no-untyped-call]
        self.languages: dict[int, str] = {}
        self.spelled: dict[int, str] = {}
        for box in page._page_box.descendants(placeholders=True):
            if box.element is not None and box.element.get("class") == "qr":
                box.replacement = _Outlines(qr)

    def paint(self, stream: Any, scale: float = 1) -> None:
        super().paint(stream, scale)  # type: ignore[no-untyped-call]
        marked = {mark["mcid"]: box for box, mark in stream._tags.items()}
        self.languages = {number: box.style["lang"] for number, box in marked.items() if box.style["lang"]}
        texts = {number: box.text for number, box in marked.items() if getattr(box, "text", "")}
        self.spelled = {number: text for number, text in texts.items() if runs_right_to_left(text)}
        stream.stream = list(_spelled(stream.stream, texts, list(stream._fonts.values())))


def _spelled(operations: Sequence[Any], texts: Mapping[int, str], fonts: list[Any]) -> Iterator[Any]:
    """The operations of a page with every text seen to that it reads back."""
    remaining = iter(operations)
    for operation in remaining:
        number = operation.get("MCID", -1) if isinstance(operation, dict) else -1
        if number not in texts:
            yield operation
            continue
        inside = [_written(one) for one in takewhile(lambda one: one != b"EMC", remaining)]
        spelling = spell(inside, texts[number], fonts)
        if spelling.actual_text is not None:
            operation["ActualText"] = _text_string(spelling.actual_text)
        yield from (operation, *spelling.operations, b"EMC")


def _text_string(text: str) -> str:
    return f"<feff{text.encode('utf-16-be').hex()}>"


@dataclass(frozen=True)
class _Outlines:
    """Drawn in place of an SVG, whose paths WeasyPrint takes a quarter of the whole time to read."""

    loops: tuple[Loop, ...]

    def get_intrinsic_size(self, *_: Any) -> tuple[float, float, float]:
        return MODULES, MODULES, 1

    def draw(self, stream: Any, width: float, height: float, style: Any) -> None:
        del style
        stream.transform(a=width / MODULES, d=height / MODULES)
        stream.set_color_rgb(0, 0, 0)
        for (x, y), *rest in self.loops:
            stream.move_to(x, y)
            for corner in rest:
                stream.line_to(*corner)
            stream.close()
        stream.fill(even_odd=True)


def _written(operation: bytes | str) -> str:
    return operation if isinstance(operation, str) else operation.decode("latin-1")


@dataclass(frozen=True)
class _Finisher:
    """The last touches on the objects of the file before it is written."""

    attached: AttachedFile

    def __call__(self, document: Document, pdf: Any) -> None:
        page = document.pages[0]
        for entry in pdf.objects:
            if not isinstance(entry, dict):
                self._name_media_type(entry)
            elif entry.get("Type") == "/StructElem":
                self._speak(entry, page, document.metadata.lang)
        files_ = pdf.catalog["AF"]
        files_[:] = dict.fromkeys(files_)

    def _name_media_type(self, entry: Any) -> None:
        if getattr(entry, "extra", {}).get("Type") == "/EmbeddedFile":
            entry.extra["Subtype"] = "/" + self.attached.media_type.replace("/", "#2f").replace("+", "#2b")

    def _speak(self, element: dict[str, Any], page: _SpeakingPage, default: str) -> None:
        for kid in element["K"]:
            language = page.languages.get(kid, default) if isinstance(kid, int) else default
            if language != default:
                element["Lang"] = f"({language})"
            if kid in page.spelled:
                element["ActualText"] = _text_string(page.spelled[kid])
        if element["S"] == "/Figure":
            left, top, right, bottom = element["A"]["BBox"]
            corners = (left, page.height - bottom, right, page.height - top)
            element["A"]["BBox"][:] = [round(corner * POINTS, 3) for corner in corners]
        if element["S"] == "/TH":
            element["A"]["Scope"] = "/Row"
            element.pop("ID", None)
        if element["S"] == "/TD" and "A" in element:
            element["A"].pop("Headers", None)
