"""The certificate as HTML, from its face and its layout."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from issuer.certificates.badge_art import SIZE, badge_mark, ink_left
from issuer.certificates.face import CertificateFace
from issuer.certificates.labels import ENGLISH, Text
from issuer.certificates.layout import layout

_NOT_SEALED = Text("Not sealed. Whoever checks this page is told that it proves nothing.", ENGLISH)
BADGE_SIDE = 50.0
"""Millimetres."""


@dataclass(frozen=True)
class Colophon:
    """What the file says about itself; `created` in the form of XMP."""

    title: str
    subject: str
    created: str

    @classmethod
    def of(cls, face: CertificateFace, created: datetime) -> Colophon:
        """The document's title is what a window or a list of files shows, so it names award and person."""
        mark = " (SPECIMEN)" if face.is_specimen else " (DEMO)" if face.is_demo else ""
        signed_title = face.title.second or face.title.first
        return cls(
            title=f"{face.title.first.words} – {face.name.words}{mark}",
            subject=face.notice.words if face.notice else f"{signed_title.words}, {face.credential_id}",
            created=created.strftime("%Y-%m-%dT%H:%M:%SZ"),
        )


def certificate_html(face: CertificateFace, *, created: datetime) -> str:
    """The whole document; it names no outside resource but `certificate:logo.png`. Raises CertificateError."""
    return _template().render(
        face=face,
        layout=layout(face, _seal_lines(face, created)),
        colophon=Colophon.of(face, created),
        badge=Markup(badge_mark(face.badge.design, face.badge.description.words, colour=face.colour)),  # noqa: S704
        badge_shift=-ink_left(face.badge.design) * BADGE_SIDE / SIZE,
        say=face.tongue.say,
        count=face.tongue.count,
    )


def _seal_lines(face: CertificateFace, created: datetime) -> list[Text]:
    """When it was sealed, in each language; a page in one language has room to say where paper finds the record."""
    if face.is_specimen:
        return [_NOT_SEALED]
    tongue = face.tongue
    lines = [Text(labels.say("sealed", date=labels.date(created)), labels.language) for labels in tongue.voices]
    if face.is_single:
        lines.append(tongue.say("on_paper").first)
    return lines


@cache
def _environment() -> Environment:
    folder = str(files("templates") / "certificate")
    environment = Environment(loader=FileSystemLoader(folder), autoescape=True, undefined=StrictUndefined)
    return environment


def _template() -> Template:
    return _environment().get_template("certificate.html")
