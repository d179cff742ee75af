"""In which encoding was a text file written? The letters say it: names and headings must look like a language."""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import Final

from issuer.awards.files.aliases import HeaderAliases
from issuer.awards.files.errors import EncodingUnknown, FileDamaged, FileTypeUnknown

_LATIN_WEST: Final = (
    "åäöéü",
    "æøåéö",
    "áðéíóúýþæö",
    "äöüßé",
    "àâæçéèêëîïôœùûüÿ",
    "áéíñóúüç",
    "áâãàçéêíóôõúü",
    "àèéìíîòóùú",
    "áéëïíóöüèê",
    "àçèéíïòóúü",
    "áéíóú",
)
_LATIN_CENTRAL: Final = (
    "áčďéěíňóřšťúůýž",
    "áäčďéíĺľňóôŕšťúýž",
    "ąćęłńóśźż",
    "áéíóöőúüű",
    "ăâîşţ",
    "čćđšž",
    "çë",
    "äöüßé",
)
_LATIN_TURKISH: Final = ("çğıöşüâîû",)
_LATIN_BALTIC: Final = ("āčēģīķļņšūž", "ąčęėįšųūž", "äõöüšž")
_CYRILLIC: Final = (
    "абвгдежзийклмнопрстуфхцчшщъьюя",
    "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
    "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя",
    "абвгдђежзијклљмнњопрстћуфхцчџшѓќѕ",
)
_GREEK: Final = ("αβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώϊϋ",)
_HEBREW: Final = ("".join(map(chr, range(0x5D0, 0x5EB))),)
_ARABIC: Final = ("".join(map(chr, (*range(0x621, 0x63B), *range(0x641, 0x64B)))) + "پچژگ",)

# in order of preference: when two fit equally well, the text is the same, or we take the one more offices write
_CANDIDATES: Final[dict[str, tuple[str, ...]]] = {
    "cp1252": _LATIN_WEST,
    "cp1250": _LATIN_CENTRAL,
    "cp1254": _LATIN_TURKISH,
    "cp1257": _LATIN_BALTIC,
    "cp1251": _CYRILLIC,
    "cp1253": _GREEK,
    "cp1255": _HEBREW,
    "cp1256": _ARABIC,
    "iso8859-2": _LATIN_CENTRAL,
    "iso8859-15": _LATIN_WEST,
    "iso8859-9": _LATIN_TURKISH,
    "iso8859-13": _LATIN_BALTIC,
    "iso8859-7": _GREEK,
    "iso8859-5": _CYRILLIC,
    "koi8-r": _CYRILLIC,
    "mac-roman": _LATIN_WEST,
    "mac-latin2": _LATIN_CENTRAL,
    "cp850": _LATIN_WEST,
    "cp852": _LATIN_CENTRAL,
}
_UNICODE: Final = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32")
_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

# no pattern here may look ahead for a letter: on a long run without one the work would grow with the square
_WORD: Final = re.compile(rb"[A-Za-z'\x80-\xff]+")
_CELL_END: Final = re.compile(rb"[,;\t|\r\n\"]+")
_UTF8_LETTER: Final = re.compile(rb"[\xc3-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}")
_HIGH_RUN: Final = re.compile(rb"[\x80-\xff]+")
_SAMPLE_BYTES: Final = 1024 * 1024
_SAMPLE_WORDS: Final = 3000
_SAMPLE_CELLS: Final = 500
_TYPOGRAPHY: Final = "’‘“”„–—…·´«»°º"

_COST_OTHER_LETTER: Final = 1
_COST_TYPOGRAPHY: Final = 1
_COST_SYMBOL: Final = 4
_COST_CASE: Final = 4
_COST_SMALL_START: Final = 1
_COST_MIXED_SCRIPTS: Final = 6
_GAIN_KNOWN_WORD: Final = 8
_CLEAR_LEAD: Final = 2


@dataclass(frozen=True)
class Encoding:
    """The encoding a file is read with; certain when the bytes allow no other, or a person said so."""

    name: str
    certain: bool


def find_encoding(data: bytes, aliases: HeaderAliases, wanted: str | None = None) -> Encoding:
    """Name the encoding of a text file, or check the one a person wants.

    Raises EncodingUnknown, FileTypeUnknown for what is no text, and FileDamaged for UTF-8 with broken letters.
    """
    if wanted is not None:
        return Encoding(_known_name(data, wanted), certain=True)
    for bom, name in _BOMS:
        if data.startswith(bom):
            return Encoding(name, certain=True)
    if b"\0" in data:
        return Encoding(_utf16_without_bom(data), certain=False)
    if _is_utf8(data):
        return Encoding("utf-8", certain=True)
    _refuse_broken_utf8(data)
    return _most_plausible(data, aliases)


def _known_name(data: bytes, wanted: str) -> str:
    try:
        name = codecs.lookup(wanted).name
    except (LookupError, ValueError) as exc:
        raise _unknown(wanted) from exc
    known = {codecs.lookup(candidate).name: candidate for candidate in (*_CANDIDATES, *_UNICODE, "iso8859-1")}
    if name not in known:
        raise _unknown(wanted)
    return "utf-8-sig" if known[name] == "utf-8" and data.startswith(codecs.BOM_UTF8) else known[name]


def _unknown(wanted: str) -> EncodingUnknown:
    choices = ", ".join((*_UNICODE, *_CANDIDATES))
    return EncodingUnknown(f"The encoding {wanted[:40]!r} is not one we read.", f"Choose one of {choices}.")


def _utf16_without_bom(data: bytes) -> str:
    sample = data[:4096]
    low, high = sample[0::2].count(0), sample[1::2].count(0)
    if len(data) % 2 == 0 and min(low, high) * 20 <= max(low, high) and max(low, high) * 3 >= len(sample) // 2:
        return "utf-16-le" if high > low else "utf-16-be"
    line = data.count(b"\n", 0, data.index(0)) + 1
    raise FileTypeUnknown(
        f"The file is not text: it holds zero bytes, the first on line {line}.",
        "Save the list as CSV or XLSX in your spreadsheet and upload that.",
    )


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _refuse_broken_utf8(data: bytes) -> None:
    """Stop when nearly every letter is UTF-8: read in another encoding, the many good ones would be ruined."""
    runs = _HIGH_RUN.findall(data[:_SAMPLE_BYTES])
    whole = sum(1 for run in runs if not _UTF8_LETTER.sub(b"", run))
    if len(runs) >= 4 and whole * 10 >= len(runs) * 8:
        try:
            data.decode("utf-8")
        except UnicodeDecodeError as exc:
            line = data.count(b"\n", 0, exc.start) + 1
            raise FileDamaged(
                f"Line {line}: a letter is broken; the rest of the file is UTF-8.",
                "Save the list again as “CSV UTF-8” or XLSX, or name the encoding yourself.",
            ) from exc


def _most_plausible(data: bytes, aliases: HeaderAliases) -> Encoding:
    sample = data[:_SAMPLE_BYTES]
    words = _foreign(_WORD.findall(sample), _SAMPLE_WORDS)
    cells = _foreign(_CELL_END.split(sample), _SAMPLE_CELLS)
    every_byte = bytes(set(data))
    readings: list[tuple[float, str, str]] = []
    for name, alphabets in _CANDIDATES.items():
        try:
            every_byte.decode(name)
        except UnicodeDecodeError:
            continue
        text = words.decode(name)
        known = sum(1 for cell in cells.decode(name).split("\n") if aliases.knows(cell))
        readings.append((_strangeness(text, alphabets) - known * _GAIN_KNOWN_WORD, name, text))
    # the two old Mac and DOS encodings give every byte a meaning, so there is always a reading
    least, best, reading = min(readings, key=lambda entry: entry[0])
    rivals = [cost for cost, _, text in readings if text != reading and cost < least + _CLEAR_LEAD]
    return Encoding(best, certain=not rivals)


def _foreign(pieces: list[bytes], most: int) -> bytes:
    """The first different pieces that are not plain ASCII, a line each."""
    return b"\n".join(islice(dict.fromkeys(piece for piece in pieces if not piece.isascii()), most))


def _strangeness(text: str, alphabets: tuple[str, ...]) -> float:
    """How little the words look like one of the languages: 0 when every letter belongs to its alphabet."""
    letters = Counter(character for character in text if character > "\x7f")
    by_alphabet = min(
        sum(count * _cost(character, alphabet) for character, count in letters.items()) for alphabet in alphabets
    )
    return by_alphabet + sum(_shape_cost(word) for word in text.split("\n"))


def _cost(character: str, alphabet: str) -> int:
    if character.lower() in alphabet or character == "\xa0" or (character == "İ" and "ı" in alphabet):
        return 0
    if character in _TYPOGRAPHY:
        return _COST_TYPOGRAPHY
    return _COST_OTHER_LETTER if unicodedata.category(character)[0] in "LM" else _COST_SYMBOL


def _shape_cost(word: str) -> int:
    """A capital inside a word, a name in small letters, two scripts in one word: the marks of a wrong encoding."""
    cost = _COST_SMALL_START if word[:1] > "\x7f" and word[:1].islower() else 0
    # the Icelandic þ opens words; inside one it is a Turkish ş read in the wrong encoding
    cost += _COST_OTHER_LETTER * word[1:].count("þ")
    if not word.isupper():
        for left, right in pairwise(word):
            if right.isupper() and right > "\x7f" and left.isalpha():
                cost += _COST_CASE
    scripts = {unicodedata.name(character, "?").split()[0] for character in word if character.isalpha()}
    return cost + (_COST_MIXED_SCRIPTS if len(scripts) > 1 else 0)
