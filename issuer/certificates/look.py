"""How a provider's certificates look and in which languages they speak: everything on the page that is not a claim."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from issuer.certificates.errors import IncompleteLook
from issuer.certificates.logo import read_logo

PAPER = "#FFFFFF"
LEAST_CONTRAST = 4.5
"""WCAG 2.2, 1.4.3: text in the accent colour stands on white."""

_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")


@dataclass(frozen=True, kw_only=True)
class ProgrammeLook:
    """The programme a certificate belongs to. Raises IncompleteLook when made of unusable parts."""

    code: str
    title: str
    colour: str
    funding_notice: str | None
    is_erasmus: bool = True

    def __post_init__(self) -> None:
        check_accent("programme colour", self.colour)
        if self.is_erasmus and not (self.funding_notice or "").strip():
            raise IncompleteLook("funding notice", f"{self.code} is an Erasmus+ programme and must show one")


@dataclass(frozen=True, kw_only=True)
class ProviderLook:
    """What the provider adds to the signed claims. Raises IncompleteLook or UnusableLogo when made of unusable parts.

    `languages` names the issuing language first; `titles` are translations of the achievement's title by language.
    """

    programme: ProgrammeLook
    languages: tuple[str, ...] = ("en",)
    titles: Mapping[str, str] = field(default_factory=dict)
    name_english: str | None = None
    approver: str | None = None
    logo: bytes | None = None
    accent: str | None = None
    is_demo: bool = False

    def __post_init__(self) -> None:
        if self.accent is not None:
            check_accent("accent colour", self.accent)
        if self.logo is not None:
            read_logo(self.logo)

    @property
    def colour(self) -> str:
        """The one colour of the page: the provider's accent, else the programme's."""
        return self.accent or self.programme.colour


def check_accent(field_name: str, colour: str) -> None:
    """Raise IncompleteLook unless `colour` is #RRGGBB and dark enough for text on white paper."""
    if not _COLOUR.fullmatch(colour):
        raise IncompleteLook(field_name, f"{colour!r} is not a colour of the form #RRGGBB")
    ratio = contrast(colour, PAPER)
    if ratio < LEAST_CONTRAST:
        raise IncompleteLook(
            field_name, f"{colour} has a contrast of {ratio:.1f} to white; at least {LEAST_CONTRAST} is needed"
        )


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours #RRGGBB, from 1 to 21 (WCAG 2.2)."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    channels = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
