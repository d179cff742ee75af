"""The badge as a picture with its words: SVG and PNG, plain or with the sealed credential baked in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

import resvg_py

from credentials.baking import bake_png
from credentials.baking_svg import bake_svg
from credentials.credential import AchievementCredential
from credentials.eu_elements import EuElements
from issuer.certificates.badge_art import SIZE, BadgeDesign, drawing
from issuer.certificates.errors import MissingClaim, UndrawableText
from issuer.certificates.face import learner_name
from issuer.certificates.fonts import REGULAR, SEMIBOLD, faces_for, is_right_to_left, uncovered
from issuer.certificates.look import ProviderLook
from issuer.certificates.typesetting import MM_PER_POINT, Style, balanced_lines, widest

SIDE = 512
TEXT_WIDTH = 432
PNG_SIDE = 1024
LARGEST_DRAWING = 272
MARGIN, GAP = 28, 26
"""White above the drawing and below the words at least, and between the two."""

DEEPER = 0.2
"""Arabic letters reach further down than the leading allows for, in sizes."""

INK, SECOND, PAPER = "#16202A", "#4A5560", "#FFFFFF"
_PIXELS = 1 / MM_PER_POINT
"""Styles measure points in millimetres; here a point of size is a pixel, so that widths come out in pixels."""


@dataclass(frozen=True)
class _Line:
    """How one kind of words is set: sizes from large to small, tried until `most_lines` are enough."""

    sizes: tuple[int, ...]
    most_lines: int
    weight: int
    colour: str
    leading: float
    gap: float


_CODE = _Line((16,), 1, REGULAR, SECOND, 1.2, 0)
_TITLE = _Line((32, 29, 26, 23), 2, SEMIBOLD, "", 1.2, 12)
_NAME = _Line((26, 23, 20, 18), 2, SEMIBOLD, INK, 1.25, 16)
_ISSUER = _Line((16, 15, 14), 2, REGULAR, SECOND, 1.25, 8)


@dataclass(frozen=True)
class BadgeWords:
    """What a badge says, all of it signed."""

    code: str
    title: str
    name: str
    issuer: str

    @classmethod
    def of(cls, credential: AchievementCredential) -> BadgeWords:
        """Take the words from the credential. Raises MissingClaim and UndrawableText."""
        achievement = credential.credential_subject.achievement
        if not credential.issuer.name:
            raise MissingClaim("issuer's name")
        words = cls(
            code=achievement.human_code or "",
            title=achievement.name,
            name=learner_name(credential.credential_subject),
            issuer=credential.issuer.name,
        )
        for slot, text in vars(words).items():
            if missing := uncovered(text):
                raise UndrawableText(slot, text, missing)
        return words


def badge_svg(credential: AchievementCredential, look: ProviderLook) -> bytes:
    """The badge as an SVG of 512 units; its words are real text. Raises CertificateError."""
    words = BadgeWords.of(credential)
    level = EuElements.of(credential.credential_subject.achievement).eqf_level
    design = BadgeDesign.of(look.programme.code, words.code or words.title, level)
    texts = list(_set(words, look.colour))
    height = texts[-1].baseline
    side = min(LARGEST_DRAWING, SIDE - 2 * MARGIN - GAP - height)
    top = (SIDE - side - GAP - height) / 2
    title = ", ".join(filter(None, (words.title, words.name, words.code, words.issuer)))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIDE} {SIDE}" width="{SIDE}" height="{SIDE}"',
        f' role="img"><title>{escape(title)}</title>',
        f'<rect width="{SIDE}" height="{SIDE}" rx="28" fill="{PAPER}"/>',
        f'<g transform="translate({(SIDE - side) / 2:.2f} {top:.2f}) scale({side / SIZE:.4f})">',
        *drawing(design, look.colour),
        f'</g><g text-anchor="middle" transform="translate({SIDE // 2} {top + side + GAP:.2f})">',
        *(text.to_svg() for text in texts),
        "</g></svg>",
    ]
    return "".join(parts).encode()


def badge_png(credential: AchievementCredential, look: ProviderLook, *, side: int = PNG_SIDE) -> bytes:
    """The badge as a PNG of `side` pixels, drawn with our own faces alone. Raises CertificateError."""
    words = " ".join(vars(BadgeWords.of(credential)).values())
    faces = {face for weight in (REGULAR, SEMIBOLD) for face in faces_for(words, weight)}
    png = resvg_py.svg_to_bytes(
        svg_string=badge_svg(credential, look).decode(),
        width=side,
        height=side,
        skip_system_fonts=True,
        font_files=sorted(str(face.file) for face in faces),
    )
    return bytes(png)


def badge_svg_baked(credential: AchievementCredential, look: ProviderLook, sealed_text: str) -> bytes:
    """The SVG with the sealed text inside (OB 3.0, Baked Badge)."""
    return bake_svg(badge_svg(credential, look), sealed_text)


def badge_png_baked(
    credential: AchievementCredential, look: ProviderLook, sealed_text: str, *, side: int = PNG_SIDE
) -> bytes:
    """The PNG with the sealed text inside (OB 3.0, Baked Badge)."""
    return bake_png(badge_png(credential, look, side=side), sealed_text)


@dataclass(frozen=True)
class _SetLine:
    """One line of text at its place; `baseline` counts from the top of all lines."""

    text: str
    size: float
    line: _Line
    colour: str
    baseline: float

    def to_svg(self) -> str:
        families = ", ".join(f"'{face.family.own_name}'" for face in faces_for(self.text, self.line.weight))
        direction = ' direction="rtl"' if is_right_to_left(self.text) else ""
        spacing = ' letter-spacing="1.2"' if self.line is _CODE else ""
        return (
            f'<text y="{self.baseline:.2f}" font-family="{families}, sans-serif" font-size="{self.size:g}"'
            f' font-weight="{self.line.weight}" fill="{self.colour}"{spacing}{direction}>{escape(self.text)}</text>'
        )


def _set(words: BadgeWords, accent: str) -> Iterator[_SetLine]:
    """The lines from top to bottom; what is empty takes no room."""
    baseline = 0.0
    for line, text in ((_CODE, words.code), (_TITLE, words.title), (_NAME, words.name), (_ISSUER, words.issuer)):
        if not text:
            continue
        parts, size = _fitted(text, line)
        baseline += line.gap if baseline else -size * (line.leading - 1)
        for part in parts:
            baseline += size * line.leading
            yield _SetLine(part, size, line, line.colour or accent, baseline)
            baseline += size * DEEPER if is_right_to_left(part) else 0


def _fitted(text: str, line: _Line) -> tuple[tuple[str, ...], float]:
    """The lines of a text and their size; a word that is too wide even at the smallest size is set smaller still."""
    for size in line.sizes:
        style = Style(size * _PIXELS, 0, line.weight)
        parts = balanced_lines(text, style, TEXT_WIDTH)
        if len(parts) <= line.most_lines and widest(parts, style) <= TEXT_WIDTH:
            return parts, size
    return parts, min(size, int(size * TEXT_WIDTH / widest(parts, style) * 10) / 10)
