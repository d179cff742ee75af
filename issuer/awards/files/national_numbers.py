"""Is a text a national identity number? Told by its form, its birth date and its check digits.

Known are those of Sweden, Finland, Norway, Denmark, Czechia, Slovakia, Poland, Bulgaria, Spain and Türkiye.
A heading such as "id" does not say what stands under it; a column of such numbers must not be kept either.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Final

_SWEDEN: Final = re.compile(r"(?:19|20)?(\d{2})(\d{2})(\d{2})[-+]?(\d{4})", re.ASCII)
_FINLAND: Final = re.compile(r"(\d{2})(\d{2})(\d{2})[-+ABCDEFYXWVU](\d{3})([0-9A-Y])", re.ASCII)
_CZECHIA: Final = re.compile(r"(\d{2})(\d{2})(\d{2})/?(\d{4})", re.ASCII)
_DENMARK: Final = re.compile(r"(\d{2})(\d{2})(\d{2})-\d{4}", re.ASCII)
_SPAIN: Final = re.compile(r"([XYZ]?)(\d{7,8})-?([A-Z])", re.ASCII)
_TEN_DIGITS: Final = re.compile(r"\d{10}", re.ASCII)
_ELEVEN_DIGITS: Final = re.compile(r"\d{11}", re.ASCII)

_FINNISH_LETTERS: Final = "0123456789ABCDEFHJKLMNPRSTUVWXY"
_SPANISH_LETTERS: Final = "TRWAGMYFPDXBNJZSQVHLCKE"
_POLISH_WEIGHTS: Final = (1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1)
_BULGARIAN_WEIGHTS: Final = (2, 4, 8, 5, 10, 9, 7, 3, 6)
_NORWEGIAN_WEIGHTS: Final = ((3, 7, 6, 1, 8, 9, 4, 5, 2, 1, 0), (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1))


def is_national_number(text: str) -> bool:
    """Any of them; a Danish number has no check digit, so its hyphen must be there."""
    number = text.replace(" ", "").upper()
    return (
        _is_swedish(number)
        or _is_finnish(number)
        or _is_czech(number)
        or _is_danish(number)
        or _is_spanish(number)
        or (_TEN_DIGITS.fullmatch(number) is not None and _is_bulgarian(_digits(number)))
        or (_ELEVEN_DIGITS.fullmatch(number) is not None and _has_eleven(_digits(number)))
    )


def _has_eleven(digits: list[int]) -> bool:
    return _is_polish(digits) or _is_norwegian(digits) or _is_turkish(digits)


def _is_swedish(number: str) -> bool:
    match = _SWEDEN.fullmatch(number)
    if not match or not _is_day(int(match[1]), int(match[2]), int(match[3]) % 60):
        return False
    doubled = (digit * (2 - place % 2) for place, digit in enumerate(_digits("".join(match.groups()))))
    return sum(sum(divmod(value, 10)) for value in doubled) % 10 == 0


def _is_finnish(number: str) -> bool:
    match = _FINLAND.fullmatch(number)
    if not match or not _is_day(int(match[3]), int(match[2]), int(match[1])):
        return False
    return _FINNISH_LETTERS[int("".join(match.groups()[:4])) % 31] == match[5]


def _is_czech(number: str) -> bool:
    match = _CZECHIA.fullmatch(number)
    if not match:
        return False
    month = next((int(match[2]) - shift for shift in (70, 50, 20, 0) if int(match[2]) > shift), 0)
    return _is_day(int(match[1]), month, int(match[3])) and int("".join(match.groups())) % 11 == 0


def _is_danish(number: str) -> bool:
    match = _DENMARK.fullmatch(number)
    return match is not None and _is_day(int(match[3]), int(match[2]), int(match[1]))


def _is_spanish(number: str) -> bool:
    match = _SPAIN.fullmatch(number)
    if not match or len(match[1]) + len(match[2]) != 8:
        return False
    first = {"": "", "X": "0", "Y": "1", "Z": "2"}[match[1]]
    return _SPANISH_LETTERS[int(first + match[2]) % 23] == match[3]


def _is_bulgarian(digits: list[int]) -> bool:
    month = digits[2] * 10 + digits[3]
    month -= 40 if month > 40 else 20 if month > 20 else 0
    if not _is_day(digits[0] * 10 + digits[1], month, digits[4] * 10 + digits[5]):
        return False
    return _weighted(digits, _BULGARIAN_WEIGHTS) % 11 % 10 == digits[9]


def _is_polish(digits: list[int]) -> bool:
    month = (digits[2] * 10 + digits[3]) % 20
    day = digits[4] * 10 + digits[5]
    return _is_day(digits[0] * 10 + digits[1], month, day) and _weighted(digits, _POLISH_WEIGHTS) % 10 == 0


def _is_norwegian(digits: list[int]) -> bool:
    day = (digits[0] * 10 + digits[1]) % 40
    if not _is_day(digits[4] * 10 + digits[5], digits[2] * 10 + digits[3], day):
        return False
    return all(_weighted(digits, weights) % 11 == 0 for weights in _NORWEGIAN_WEIGHTS)


def _is_turkish(digits: list[int]) -> bool:
    tenth = (sum(digits[0:9:2]) * 7 - sum(digits[1:8:2])) % 10
    return digits[0] != 0 and digits[9] == tenth and digits[10] == sum(digits[:10]) % 10


def _weighted(digits: Sequence[int], weights: Sequence[int]) -> int:
    return sum(digit * weight for digit, weight in zip(digits, weights, strict=False))


def _digits(text: str) -> list[int]:
    return [int(digit) for digit in text]


def _is_day(year: int, month: int, day: int) -> bool:
    """A day of some century; 2000 lets 29 February pass for year 00."""
    try:
        date(2000 + year, month, day)
    except ValueError:
        return False
    return True
