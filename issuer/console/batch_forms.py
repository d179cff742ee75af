"""What people type into the windows of batches, read into the words of the domain; and the lists they choose from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from flask import Request

from issuer.awards.files import FileAnswers, Reading
from issuer.batches.look_through import Upload
from issuer.errors import IssuerError

PASTED: Final = "Pasted list"
ENCODINGS: Final[Sequence[tuple[str, str]]] = (
    ("utf-8", "UTF-8"),
    ("cp1252", "Western European (Windows)"),
    ("cp1250", "Central European (Windows)"),
    ("cp1254", "Turkish (Windows)"),
    ("cp1257", "Baltic (Windows)"),
    ("cp1253", "Greek (Windows)"),
    ("cp1251", "Cyrillic (Windows)"),
    ("cp1255", "Hebrew (Windows)"),
    ("cp1256", "Arabic (Windows)"),
    ("utf-16", "Unicode text of Excel (UTF-16)"),
    ("iso8859-15", "Western European (ISO 8859-15)"),
    ("iso8859-2", "Central European (ISO 8859-2)"),
    ("koi8-r", "Cyrillic (KOI8-R)"),
    ("mac-roman", "Western European (Macintosh)"),
    ("mac-latin2", "Central European (Macintosh)"),
    ("cp850", "Western European (DOS)"),
    ("cp852", "Central European (DOS)"),
)
DELIMITERS: Final[Sequence[tuple[str, str, str]]] = (
    ("comma", ",", "commas"),
    ("semicolon", ";", "semicolons"),
    ("tab", "\t", "tabs"),
    ("bar", "|", "vertical bars"),
)
_SPELLINGS: Final = {"utf-8-sig": "utf-8", "utf-16-le": "utf-16", "utf-16-be": "utf-16"}
_DELIMITER_OF: Final = {word: sign for word, sign, _ in DELIMITERS}
_DAY_FIRST: Final = {"day": True, "month": False}


class NothingHandedIn(IssuerError):
    """Neither a file nor a pasted list."""

    code = "nothing_handed_in"


class DateNotRead(IssuerError):
    """The date for the whole file is none."""

    code = "date_not_read"


@dataclass(frozen=True, slots=True)
class Told:
    """What a form says about the whole file, as it was typed, to be shown again."""

    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    dates: str = ""
    achievement: str = ""
    completed_on: str = ""
    all_passed: bool = False

    @classmethod
    def from_form(cls, form: Mapping[str, str]) -> Told:
        """Every field that is there."""
        return cls(
            encoding=form.get("encoding", ""),
            delimiter=form.get("delimiter", ""),
            sheet=form.get("sheet", ""),
            dates=form.get("dates", ""),
            achievement=form.get("achievement", ""),
            completed_on=form.get("completed_on", ""),
            all_passed="all_passed" in form,
        )

    @classmethod
    def from_batch(cls, told: Mapping[str, Any]) -> Told:
        """What was said to a batch before."""
        words = {sign: word for word, sign in _DELIMITER_OF.items()}
        return cls(
            encoding=told.get("encoding") or "",
            delimiter=words.get(told.get("delimiter") or "", ""),
            sheet=told.get("sheet") or "",
            dates={True: "day", False: "month"}.get(told.get("day_first"), ""),  # type: ignore[arg-type]
            achievement=told.get("achievement_code") or "",
            completed_on=told.get("completed_on") or "",
            all_passed=bool(told.get("all_passed")),
        )

    def read(self) -> tuple[Reading, FileAnswers]:
        """In the words of the domain; raises DateNotRead."""
        try:
            completed_on = date.fromisoformat(self.completed_on.strip()) if self.completed_on.strip() else None
        except ValueError as exc:
            raise DateNotRead(
                f"{self.completed_on[:40]!r} is not a date. Write the day the course was completed as year-month-day, "
                "such as 2026-10-16."
            ) from exc
        reading = Reading(
            encoding=self.encoding or None, delimiter=_DELIMITER_OF.get(self.delimiter), sheet=self.sheet or None
        )
        answers = FileAnswers(
            day_first=_DAY_FIRST.get(self.dates),
            achievement_code=self.achievement.strip() or None,
            completed_on=completed_on,
            all_passed=self.all_passed,
        )
        return reading, answers


def upload_of(request: Request) -> Upload:
    """The file, or the pasted list when there is no file; raises NothingHandedIn and DateNotRead."""
    reading, answers = Told.from_form(request.form).read()
    file, pasted = request.files.get("file"), request.form.get("pasted", "")
    if file is not None and file.filename:
        name = file.filename.replace("\\", "/").rpartition("/")[2]
        return Upload(data=file.stream.read(), name=name, reading=reading, answers=answers)
    if pasted.strip():
        return Upload(data=pasted.encode("utf-8", "replace"), name=PASTED, reading=reading, answers=answers)
    raise NothingHandedIn("There is no file and no pasted list yet. Choose a file, or paste the rows of your sheet.")


def encoding_label(name: str | None) -> str:
    """What people call an encoding."""
    plain = _SPELLINGS.get(name or "", name or "")
    return dict(ENCODINGS).get(plain, plain)


def delimiter_label(sign: str | None) -> str:
    """What people call a delimiter."""
    return next((label for _, each, label in DELIMITERS if each == sign), "")
