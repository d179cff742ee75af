"""Dates as people and spreadsheets write them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from issuer.awards.files.words import comparable, tidy


class DateFlaw(StrEnum):
    """Why a text is not simply a date."""

    UNREADABLE = "unreadable"
    SHORT_YEAR = "short_year"
    AMBIGUOUS = "ambiguous"
    EXCEL_SERIAL = "excel_serial"


@dataclass(frozen=True, slots=True)
class DateReading:
    """A date, or what stands in its way; proposals are the dates that may be meant."""

    day: date | None
    flaw: DateFlaw | None = None
    proposals: tuple[date, ...] = ()


_TIME: Final = r"(?:[T ]\s*\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?\s*(?:Z|[+-]\d{2}:?\d{2}|[ap]\.?m\.?)?)?"
_YEAR_FIRST: Final = re.compile(r"(\d{4})\s*([-/.])\s*(\d{1,2})\s*\2\s*(\d{1,2})\.?" + _TIME, re.ASCII | re.IGNORECASE)
_COMPACT: Final = re.compile(r"(20\d{2}|19\d{2})(\d{2})(\d{2})", re.ASCII)
_YEAR_LAST: Final = re.compile(r"(\d{1,2})\s*([-/.])\s*(\d{1,2})\s*\2\s*(\d{4})\.?" + _TIME, re.ASCII | re.IGNORECASE)
_SHORT_YEAR: Final = re.compile(r"\d{1,2}\s*([-/.])\s*\d{1,2}\s*\1\s*\d{2}", re.ASCII)
_SERIAL: Final = re.compile(r"(\d{5})(?:[.,]\d+)?", re.ASCII)
_WITH_MONTH_NAME: Final = re.compile(r"(\d{1,2})[\s.-]*(?:de\s+)?([^\W\d_]+)[\s.,-]*(?:de\s+)?(\d{4})")
_MONTH_NAME_FIRST: Final = re.compile(r"([^\W\d_]+)\.?\s+(\d{1,2})\s*,?\s+(\d{4})")

_FIRST_SERIAL_DAY: Final = date(1899, 12, 30)
_MONTH_NAMES: Final = (
    "jan january januari januar janeiro ledna leden",
    "feb february februari februar fev fevereiro února únor",
    "mar march mars mär märz março března březen",
    "apr april abr abril dubna duben",
    "may maj mai maio května květen",
    "jun june juni junho června červen",
    "jul july juli julho července červenec",
    "aug august augusti ago agosto srpna srpen",
    "sep sept september set setembro září",
    "oct october okt oktober out outubro října říjen",
    "nov november novembro listopadu listopad",
    "dec december dez dezember dezembro prosince prosinec",
)
_MONTHS: Final = {name: number for number, names in enumerate(_MONTH_NAMES, start=1) for name in names.split()}


def read_date(value: str | date, day_first: bool | None) -> DateReading:
    """Read a date; a time of day behind it is dropped.

    d.m.yyyy is always day first. With slashes or hyphens the order counts as known when one part is larger than 12 or
    both are equal; otherwise day_first decides, and None makes it ambiguous.
    """
    if not isinstance(value, str):
        return DateReading(value)
    text = tidy(value)
    if match := _YEAR_FIRST.fullmatch(text):
        return _checked(int(match[1]), int(match[3]), int(match[4]))
    if match := _COMPACT.fullmatch(text):
        return _checked(int(match[1]), int(match[2]), int(match[3]))
    if match := _YEAR_LAST.fullmatch(text):
        return _year_last(int(match[1]), int(match[3]), int(match[4]), True if match[2] == "." else day_first)
    if match := _SERIAL.fullmatch(text):
        return DateReading(None, DateFlaw.EXCEL_SERIAL, (_FIRST_SERIAL_DAY + timedelta(days=int(match[1])),))
    if _SHORT_YEAR.fullmatch(text):
        return DateReading(None, DateFlaw.SHORT_YEAR)
    return _with_month_name(comparable(text))


def _year_last(first: int, second: int, year: int, day_first: bool | None) -> DateReading:
    if day_first is None and first <= 12 and second <= 12 and first != second:
        proposals = [reading.day for reading in (_checked(year, second, first), _checked(year, first, second))]
        return DateReading(None, DateFlaw.AMBIGUOUS, tuple(proposal for proposal in proposals if proposal))
    day_leads = first > 12 or (second <= 12 and day_first is not False)
    return _checked(year, second, first) if day_leads else _checked(year, first, second)


def _with_month_name(text: str) -> DateReading:
    if (match := _WITH_MONTH_NAME.fullmatch(text)) and (month := _MONTHS.get(match[2])):
        return _checked(int(match[3]), month, int(match[1]))
    if (match := _MONTH_NAME_FIRST.fullmatch(text)) and (month := _MONTHS.get(match[1])):
        return _checked(int(match[3]), month, int(match[2]))
    return DateReading(None, DateFlaw.UNREADABLE)


def _checked(year: int, month: int, day: int) -> DateReading:
    try:
        return DateReading(date(year, month, day))
    except ValueError:
        return DateReading(None, DateFlaw.UNREADABLE)
