"""The upper zone of the page: kind, title, name and sentence, from top to bottom."""

from __future__ import annotations

from dataclasses import dataclass

from issuer.certificates.errors import TextDoesNotFit
from issuer.certificates.face import CertificateFace
from issuer.certificates.fonts import SEMIBOLD
from issuer.certificates.labels import Text
from issuer.certificates.typesetting import MM_PER_POINT, SetText, Style, balance, balanced_lines, widest

WIDTH = 174.667
HEIGHT = 77.0
KIND_HEIGHT = 4.0
LATIN = Style(14.4, 7.0)
LATIN_GAP = 1.0

NAME_SIZES = (36.0, 32.4, 28.8, 25.2, 21.6)
"""Points: 100, 90, 80, 70 and 60 %. The smallest is still larger than the title, so the name stays first."""


@dataclass(frozen=True)
class SaidSetting:
    """One way to set the zone. Gaps in millimetres; `leading_deep` in sizes of the name."""

    name: str
    title: Style
    title_second: Style
    name_gap: float
    name_gap_deep: float
    leading_deep: float
    ability: Style
    ability_gap: float
    ability_width: float


SETTINGS = (
    SaidSetting("generous", Style(20.74, 9.0), Style(12, 6.0), 6.4, 4.2, 1.62, Style(14.4, 7.2), 6.4, 152.333),
    SaidSetting("roomy", Style(20.74, 9.0), Style(12, 6.0), 5.0, 3.0, 1.62, Style(12, 6.0), 5.0, 152.333),
    SaidSetting("tight", Style(20.74, 9.0), Style(12, 6.0), 2.6, 0.0, 1.5, Style(12, 5.6), 2.8, WIDTH),
    SaidSetting("compact", Style(17.28, 7.6), Style(10, 4.8), 2.0, 0.0, 1.5, Style(10, 4.6), 2.0, WIDTH),
)
MOST_TITLE_LINES = MOST_ABILITY_LINES = 2
"""A sentence takes a third line only when it has two in no setting."""


@dataclass(frozen=True)
class Said:
    """The zone as it is set; `height` in millimetres."""

    setting: str
    title: SetText
    title_second: SetText | None
    name: SetText
    name_latin: SetText | None
    ability: SetText | None
    height: float


def said_of(face: CertificateFace) -> Said:
    """Take the roomiest setting in which all texts fit. Raises TextDoesNotFit."""
    tried = [_said_in(setting, face) for setting in SETTINGS]
    fitting = [said for said in tried if said.height <= HEIGHT and len(said.title.lines) <= MOST_TITLE_LINES]
    short = [said for said in fitting if not said.ability or len(said.ability.lines) <= MOST_ABILITY_LINES]
    if tried[-1].height > HEIGHT:
        raise TextDoesNotFit("said", tried[-1].height, HEIGHT)
    return (short or fitting or tried[-1:])[0]


def fit_name(name: Text, leading_deep: float = SETTINGS[0].leading_deep) -> SetText:
    """A name in its size: one line down to 60 %, then broken at the spaces that make the lines most equal.

    Only a word that is wider than the zone at 60 % is set smaller still. Nothing is cut, hyphenated or letter-spaced.
    """
    for size in NAME_SIZES:
        style = _name_style(size, name, leading_deep)
        if style.width(name.words) <= WIDTH:
            return SetText(name, (name.words,), style)
    lines = balanced_lines(name.words, style, WIDTH)
    overrun = widest(lines, style) / WIDTH
    if overrun > 1:
        style = _name_style(int(style.size / overrun * 100) / 100, name, leading_deep)
    return SetText(name, lines, style)


def _name_style(size: float, name: Text, leading_deep: float) -> Style:
    """A joined script is never spaced and has deep letters; the smallest size needs no tightening."""
    is_smallest = size <= NAME_SIZES[-1]
    leading = leading_deep if name.is_deep else 1.2 if is_smallest else 1.25
    return Style(size, leading * size * MM_PER_POINT, SEMIBOLD, 0.0 if name.is_rtl or is_smallest else -0.008)


def _said_in(setting: SaidSetting, face: CertificateFace) -> Said:
    title = balance(face.title.first, setting.title, WIDTH)
    second = balance(face.title.second, setting.title_second, WIDTH) if face.title.second else None
    name = fit_name(face.name, setting.leading_deep)
    latin = balance(face.name_latin, LATIN, WIDTH) if face.name_latin else None
    ability = balance(face.ability, setting.ability, setting.ability_width) if face.ability else None
    height = KIND_HEIGHT + title.height + (second.height if second else 0.0)
    height += (setting.name_gap_deep if face.name.is_deep else setting.name_gap) + name.height
    height += LATIN_GAP + latin.height if latin else 0.0
    height += setting.ability_gap + ability.height if ability else 0.0
    return Said(setting.name, title, second, name, latin, ability, height)
