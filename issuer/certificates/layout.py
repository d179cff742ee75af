"""Which of a few prepared settings each zone of the page takes, so that every text fits and none is cut.

The zones are fixed boxes. Their sizes and the styles are those of `templates/certificate/certificate.css`; a test holds
the two together by measuring rendered pages.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from issuer.certificates.errors import TextDoesNotFit
from issuer.certificates.face import CertificateFace
from issuer.certificates.fonts import SEMIBOLD
from issuer.certificates.labels import ENGLISH, Text
from issuer.certificates.rows import Rows, rows_of
from issuer.certificates.said import Said, said_of
from issuer.certificates.typesetting import SMALL, TEXT, SetText, Style, fill, filled_lines

COLUMN = 85.333
HALF_COLUMN = 40.667
OUTCOMES_HEIGHT = 77.0
OUTCOMES_HEAD = 4.4
MORE_GAP = 2.8
LIMIT_GAP, LIMIT_WIDTH = 3.0, COLUMN - 3.8
OUTCOMES_SHOWN = 6

LARGE = Style(10, 5.0)
TEXT_BOLD = Style(8.33, 4.0, SEMIBOLD)
LINK_SIZES = (8.33, 7.9, 7.5, 7.2, 6.94)
MOST_LINK_LINES = 3

PROGRAMME_WIDTH, PROGRAMME_LINES = 130.0, 2
FUNDING_WIDTH, FUNDING_LINES = 152.333, 4
ISSUER_HEIGHT, ISSUER_HEIGHT_LONG = 11.5, 16.8
APPROVER_LINES = SEAL_LINES = 2


@dataclass(frozen=True)
class Outcomes:
    """The learning outcomes that are printed, how many are not, and what the badge does not allow."""

    setting: str
    shown: tuple[SetText, ...]
    left: int
    limit: SetText | None


@dataclass(frozen=True)
class Signed:
    """The issuer's block."""

    issuer: SetText
    english: SetText | None
    approver: SetText | None
    seal: tuple[SetText, ...]
    is_long: bool


@dataclass(frozen=True)
class Layout:
    """Every text of one page with the lines it is broken into."""

    said: Said
    outcomes: Outcomes
    facts: Rows
    link: SetText
    signed: Signed
    programme: SetText
    funding: SetText | None

    @property
    def words_in_line(self) -> bool:
        """Whether a long link leaves the check words one line only."""
        return len(self.link.lines) > MOST_LINK_LINES


def layout(face: CertificateFace, seal: Sequence[Text]) -> Layout:
    """Choose the roomiest setting of each zone; `seal` are the lines about the seal. Raises TextDoesNotFit."""
    programme = fill(Text(face.programme.title, ENGLISH), Style(6.94, 4.0), PROGRAMME_WIDTH)
    _check("programme", (programme,), PROGRAMME_LINES)
    funding = None
    if face.programme.funding_notice:
        funding = fill(Text(face.programme.funding_notice, ENGLISH), SMALL, FUNDING_WIDTH)
        _check("funding", (funding,), FUNDING_LINES)
    return Layout(
        said=said_of(face),
        outcomes=_outcomes(face),
        facts=rows_of(face.facts, is_single=face.is_single),
        link=_link(face.link),
        signed=_signed(face, seal),
        programme=programme,
        funding=funding,
    )


def _outcomes(face: CertificateFace) -> Outcomes:
    """All outcomes in the large style, else in the text style, else as many as fit and a line that counts the rest."""
    limit = fill(face.limit, TEXT_BOLD, LIMIT_WIDTH) if face.limit else None
    more = MORE_GAP + len(face.tongue.voices) * SMALL.leading
    room = OUTCOMES_HEIGHT - OUTCOMES_HEAD - (LIMIT_GAP + limit.height if limit else 0.0)
    for setting, style, gap in (("large", LARGE, 2.4), ("text", TEXT, 2.0)):
        texts = tuple(fill(outcome, style, COLUMN) for outcome in face.outcomes)
        shown = texts[:OUTCOMES_SHOWN]
        rest = 0.0 if shown == texts else more
        if sum(gap + text.height for text in shown) + rest <= room:
            return Outcomes(setting, shown, len(texts) - len(shown), limit)
    while shown and sum(gap + text.height for text in shown) + more > room:
        shown = shown[:-1]
    if not shown:
        raise TextDoesNotFit("outcomes", gap + texts[0].height + more, room)
    return Outcomes(setting, shown, len(texts) - len(shown), limit)


def _signed(face: CertificateFace, seal: Sequence[Text]) -> Signed:
    issuer = fill(face.issuer.name, TEXT_BOLD, COLUMN)
    english = fill(face.issuer.name_english, SMALL, COLUMN) if face.issuer.name_english else None
    height = 1.0 + issuer.height + (english.height if english else 0.0)
    if face.issuer.place:
        height += len(filled_lines(face.issuer.place.in_line, SMALL, COLUMN)) * SMALL.leading
    if height > ISSUER_HEIGHT_LONG:
        raise TextDoesNotFit("signed", height, ISSUER_HEIGHT_LONG)
    person = face.issuer.approver or face.issuer.assessor
    approver = fill(Text(person, face.language), TEXT, HALF_COLUMN) if person else None
    if approver:
        _check("approver", (approver,), APPROVER_LINES)
    sealed = tuple(fill(line, SMALL, COLUMN) for line in seal)
    _check("seal", sealed, SEAL_LINES)
    return Signed(issuer, english, approver, sealed, height > ISSUER_HEIGHT)


def _link(link: str) -> SetText:
    """The link in words: cut after slashes and dots, the token whole on a line of its own, smaller when it is wide."""
    _, _, shown = link.partition("://")
    start, slash, token = shown.rpartition("/")
    pieces = (start + slash).replace(".", ".\n").replace("/", "/\n").split("\n")
    for size in LINK_SIZES:
        style = Style(size, TEXT.leading)
        lines = [""]
        for piece in (*pieces, "\n", token):
            if piece == "\n" or (lines[-1] and style.width(lines[-1] + piece) > HALF_COLUMN):
                lines.append("")
            lines[-1] += piece.strip()
        if style.width(token) <= HALF_COLUMN:
            break
    return SetText(Text(link, ENGLISH), tuple(line for line in lines if line), style)


def _check(zone: str, texts: Sequence[SetText], most_lines: int) -> None:
    lines = sum(len(text.lines) for text in texts)
    if lines > most_lines:
        leading = texts[0].style.leading
        raise TextDoesNotFit(zone, lines * leading, most_lines * leading)
