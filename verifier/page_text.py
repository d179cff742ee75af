"""Finding a signed text among what a page shows, whatever a typesetter and a text extractor did to it.

Compared are the letters and digits alone: compatibility forms, ligatures and presentation forms are resolved (NFKC),
case is folded, spaces, line breaks, hyphens and invisible characters are left out, and a right-to-left line may stand
in drawing order. That is lenient on purpose: exactness is the business of the drawing digest.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache

_LEFT_OUT = frozenset({"Zs", "Zl", "Zp", "Cc", "Cf", "Cn", "Co", "Cs", "Pd"})
_TATWEEL = "ـ"
_APOSTROPHES = str.maketrans("’ʼ‘´`", "'''''")
_WORD = re.compile(r"\S+")
_MOST_WORDS = 1_500
"""As far as changed words are looked for; a certificate has some 300."""

ALIKE = 0.55
"""From this likeness on, a text on the page is taken for a changed form of the signed one."""


@dataclass(frozen=True, slots=True)
class ShownText:
    """The text of a page, ready to be searched; `gaps` are the places in `letters` before which there was a space."""

    original: str
    letters: str
    gaps: frozenset[int]

    @classmethod
    def of(cls, original: str) -> ShownText:
        """Prepare a text as it came out of the extractor."""
        pieces, gaps, length = [], set(), 0
        for word in _WORD.finditer(original):
            gaps.add(length)
            pieces.append(fold(word.group()))
            length += len(pieces[-1])
        return cls(original, "".join(pieces), frozenset(gaps))

    @property
    def has_text(self) -> bool:
        """Whether there is enough to compare; a scanned page has none."""
        return len(self.letters) >= 12

    def shows(self, text: str) -> bool:
        """Whether the text stands there as words of its own, in reading order or, right to left, in drawing order."""
        wanted = fold(text)
        forms = [wanted, wanted[::-1]] if _is_right_to_left(text) else [wanted]
        return any(self._stands(form) for form in forms if form)

    def _stands(self, wanted: str) -> bool:
        start = self.letters.find(wanted)
        while start >= 0:
            if self._is_edge(start) and self._is_edge(start + len(wanted)):
                return True
            start = self.letters.find(wanted, start + 1)
        return False

    def _is_edge(self, place: int) -> bool:
        if place in {0, len(self.letters)} or place in self.gaps:
            return True
        return not (self.letters[place - 1].isalnum() and self.letters[place].isalnum())

    def nearest(self, text: str, *, other_than: Sequence[str]) -> str | None:
        """What on the page looks most like the text, None when nothing does; `other_than` stand for themselves."""
        wanted, taken = fold(text), {fold(other) for other in other_than}
        best, best_score = None, 0.0
        matcher = SequenceMatcher(b=wanted, autojunk=False)
        for window, bonus in self._windows(len(text.split())):
            candidate = fold(window)
            if candidate in taken or candidate == wanted:
                continue
            matcher.set_seq1(candidate)
            if min(matcher.real_quick_ratio(), matcher.quick_ratio()) < ALIKE:
                continue
            likeness = matcher.ratio()
            if likeness >= ALIKE and likeness + bonus > best_score:
                best, best_score = window, likeness + bonus
        return best

    def _windows(self, words: int) -> Iterator[tuple[str, float]]:
        """Runs of about as many words as the text has, across line breaks, and how much a run of that length is liked.

        Without liking, a name of which one word was kept would be named by that word alone.
        """
        shown = self.original.split()[:_MOST_WORDS]
        for size, bonus in ((words, 0.2), (words + 1, 0.1), (words - 1, 0.0)):
            for start in range(len(shown) - size + 1 if size else 0):
                yield " ".join(shown[start : start + size]), bonus


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
