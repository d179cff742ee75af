"""Many results at once: a tally, who holds what, every item with what to do, and the same as a table for Excel."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from verifier.examine import Examination
from verifier.report import Verdict
from verifier.spreadsheet import csv_text
from verifier.web.advice import give_advice
from verifier.web.claims import BadgeView, read_claims
from verifier.web.gate import Gate, StatusNote
from verifier.web.verdict import KINDS, WITHDRAWN, icon_of
from verifier.web.words import Words

URGENCY = ("failed", "unsure", "lapsed", "valid")
"""Those that need somebody come first."""

WIDEST_MATRIX = 6
"""Badges beside each other that can still be read; with more, the list of items has to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemRow:
    """One file or line that was handed in."""

    item: str
    verdict: Verdict
    kind: str
    icon: str
    word: str
    name: str | None
    latin: str | None
    holder: str | None
    badge: str | None
    issuer: str | None
    until: str | None
    advice: str | None
    note: str | None
    credential_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRow:
    """One person and what they hold, in the order of the columns; None where no file was handed in."""

    name: str
    latin: str | None
    cells: tuple[ItemRow | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ManyPage:
    """The page for more than one item."""

    title: str
    when: str
    tally: tuple[tuple[str, str, str, int], ...]
    badges: tuple[str, ...]
    people: tuple[PersonRow, ...]
    rows: tuple[ItemRow, ...]
    csv: str


def many_page(examined: Sequence[Examination], gate: Gate, words: Words, checked_at: datetime) -> ManyPage:
    """Put many reports into words."""
    rows = sorted((_row(each, gate, words) for each in examined), key=lambda row: URGENCY.index(row.kind))
    badges = tuple(dict.fromkeys(row.badge for row in rows if row.badge))
    moment = checked_at.astimezone(UTC)
    return ManyPage(
        title=words.count("many.title", len(rows)),
        when=words("many.when", date=words.date(moment), time=f"{moment:%H:%M:%S}"),
        tally=tuple((kind, kind, words(f"many.{kind}"), _how_many(rows, kind)) for kind in reversed(URGENCY)),
        badges=badges,
        people=_people(rows, badges) if len(badges) <= WIDEST_MATRIX else (),
        rows=tuple(rows),
        csv=base64.b64encode(_csv(rows, words)).decode("ascii"),
    )


def _row(examined: Examination, gate: Gate, words: Words) -> ItemRow:
    report = examined.report
    claims = report.authentic
    view: BadgeView | None = read_claims(claims, words) if claims is not None else None
    note = gate.notes(claims.id) if claims is not None and report.verdict in WITHDRAWN else None
    advice = give_advice(report, words, note=note)
    until = claims.valid_until if claims is not None else None
    return ItemRow(
        item=examined.item,
        verdict=report.verdict,
        kind=KINDS[report.verdict],
        icon=icon_of(report.verdict),
        word=words(f"verdict.{report.verdict.value}"),
        name=view.name if view else None,
        latin=view.latin if view else None,
        holder=claims.credential_subject.id if claims is not None else None,
        badge=view.title if view else None,
        issuer=view.issuer if view else None,
        until=_until(report.verdict, until, note, words),
        advice=f"{advice.lead} {advice.text}" if advice else None,
        note=_note(report.verdict, until, words),
        credential_id=claims.id if claims is not None else None,
    )


def _until(verdict: Verdict, until: datetime | None, note: StatusNote | None, words: Words) -> str | None:
    """How long it holds or held; of what was withdrawn since when it does not, of anything else nothing."""
    if note is not None:
        return f"{words(WITHDRAWN[verdict])} {words.date(note.at)}"
    if KINDS[verdict] in {"valid", "lapsed"}:
        return words.date(until) if until else words("label.no_end")
    return None


def _note(verdict: Verdict, until: datetime | None, words: Words) -> str | None:
    if verdict is Verdict.VALID:
        return words("many.until", date=words.date(until)) if until else words("label.no_end")
    return words("many.on", date=words.date(until)) if verdict is Verdict.EXPIRED and until else None


def _how_many(rows: Sequence[ItemRow], kind: str) -> int:
    return sum(1 for row in rows if row.kind == kind)


def _people(rows: Sequence[ItemRow], badges: Sequence[str]) -> tuple[PersonRow, ...]:
    """Namesakes stay apart: a person is the holder that the badge names by id, not the letters of a name."""
    held: dict[str, dict[str, ItemRow]] = {}
    for row in rows:
        if row.badge is not None and row.name is not None:
            cells = held.setdefault(row.holder or row.name, {})
            cells[row.badge] = _better(cells.get(row.badge), row)
    people = []
    for cells in held.values():
        first = next(iter(cells.values()))
        people.append(PersonRow(name=first.name or "", latin=first.latin, cells=tuple(map(cells.get, badges))))
    return tuple(sorted(people, key=lambda person: person.name.casefold()))


def _better(known: ItemRow | None, new: ItemRow) -> ItemRow:
    """Of two files with the same badge of one person, the one that counts for the holder."""
    return new if known is None or URGENCY.index(new.kind) > URGENCY.index(known.kind) else known


def _csv(rows: Sequence[ItemRow], words: Words) -> bytes:
    """Semicolons and a byte order mark: what a double click in Excel opens right in most of Europe."""
    heads = ("label.file", "many.verdict", "many.person", "many.badge", "label.issued_by", "label.valid_until")
    columns = [*(words(head) for head in heads), words("many.what"), words("proof.credential"), "verdict"]
    cells = (
        (row.item, row.word, row.name, row.badge, row.issuer, row.until, row.advice, row.credential_id, row.verdict)
        for row in rows
    )
    text = csv_text(columns, ([cell or "" for cell in row] for row in cells), delimiter=";")
    return ("\ufeff" + text).encode()
