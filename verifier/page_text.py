"""Finding a signed text among what a page shows, whatever a typesetter and a text extractor did to it.

Compared are the letters and digits alone: compatibility forms, ligatures and presentation forms are resolved (NFKC),
case is folded, spaces, line breaks, hyphens and invisible characters are left out, and a right-to-left line may stand
in drawing order. That is lenient on purpose: exactness is the business of the drawing digest.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache

_LEFT_OUT = frozenset({"Zs", "Zl", "Zp", "Cc", "Cf", "Cn", "Co", "Cs", "Pd"})
_TATWEEL = "ـ"
_APOSTROPHES = str.maketrans("’ʼ‘´`", "'''''")
_LEAST_LETTERS = 12
_LONGEST_WORD = 300
"""Longer runs are cut: putting thousands of accents in order takes time that grows with their square."""
_MOST_WORDS = 1_500
"""As far as changed words are looked for; a certificate has some 300."""

ALIKE = 0.55
"""From this likeness on, a text on the page is taken for a changed form of the signed one."""


@dataclass(frozen=True, slots=True)
class ShownText:
    """The text of a page, ready to be searched: its words, all their letters, and where in these each word starts."""

    words: tuple[str, ...]
    letters: str
    starts: tuple[int, ...]

    @classmethod
    def of(cls, original: str) -> ShownText:
        """Prepare a text as it came out of the extractor."""
        words = [
            word[at : at + _LONGEST_WORD] for word in original.split() for at in range(0, len(word), _LONGEST_WORD)
        ]
        pieces, starts, length = [], [], 0
        for word in words:
            starts.append(length)
            pieces.append(fold(word))
            length += len(pieces[-1])
        return cls(tuple(words), "".join(pieces), tuple(starts))

    @property
    def has_text(self) -> bool:
        """Whether there is enough to compare; a scanned page has none."""
        return len(self.letters) >= _LEAST_LETTERS

    def shows(self, text: str) -> bool:
        """Whether the text stands there as words of its own, in reading order or, right to left, in drawing order."""
        return self._find(text) is not None

    def nearest(self, text: str, *, other_than: Sequence[str]) -> str | None:
        """What on the page looks most like the text, None when nothing does; `other_than` stand for themselves."""
        wanted = fold(text)
        best, best_score = None, 0.0
        matcher = SequenceMatcher(b=wanted, autojunk=False)
        for window, bonus in self._windows(len(text.split()), self._words_of(other_than)):
            matcher.set_seq1(fold(window))
            if min(matcher.real_quick_ratio(), matcher.quick_ratio()) < ALIKE:
                continue
            likeness = matcher.ratio()
            if likeness >= ALIKE and likeness + bonus > best_score:
                best, best_score = window, likeness + bonus
        return best

    def _find(self, text: str) -> tuple[int, int] | None:
        wanted = fold(text)
        for form in (wanted, wanted[::-1]) if _is_right_to_left(text) else (wanted,):
            start = self.letters.find(form) if form else -1
            while start >= 0:
                if self._is_edge(start) and self._is_edge(start + len(form)):
                    return start, start + len(form)
                start = self.letters.find(form, start + 1)
        return None

    def _is_edge(self, place: int) -> bool:
        if place in {0, len(self.letters)} or self.starts[bisect_right(self.starts, place) - 1] == place:
            return True
        return not (self.letters[place - 1].isalnum() and self.letters[place].isalnum())

    def _words_of(self, texts: Sequence[str]) -> set[int]:
        """Which words stand there for these texts."""
        taken: set[int] = set()
        for start, end in filter(None, map(self._find, texts)):
            taken.update(range(bisect_right(self.starts, start) - 1, bisect_left(self.starts, end)))
        return taken

    def _windows(self, length: int, taken: set[int]) -> Iterator[tuple[str, float]]:
        """Runs of about as many free words as the text has, across line breaks, and how much that length is liked.

        Without liking, a name of which one word was kept would be named by that word alone.
        """
        count = min(len(self.words), _MOST_WORDS)
        for size, bonus in ((length, 0.2), (length + 1, 0.1), (length - 1, 0.0)):
            for start in range(count - size + 1 if size else 0):
                if taken.isdisjoint(range(start, start + size)):
                    yield " ".join(self.words[start : start + size]), bonus


def _pieces(word: str) -> list[str]:
    return [word[at : at + _LONGEST_WORD] for at in range(0, len(word), _LONGEST_WORD)]


@lru_cache(maxsize=8192)
def fold(text: str) -> str:
    """The letters and digits that are compared."""
    composed = unicodedata.normalize("NFKC", text).translate(_APOSTROPHES).casefold()
    kept = "".join(
        letter for letter in composed if letter != _TATWEEL and unicodedata.category(letter) not in _LEFT_OUT
    )
    return unicodedata.normalize("NFC", kept)


def _is_right_to_left(text: str) -> bool:
    return any(unicodedata.bidirectional(letter) in {"R", "AL"} for letter in text)
