"""Which of several signed names is the holder's: decided by what they are, never by where they stand.

The order of `credentialSubject.identifier` is not signed (JSON-LD sets have none).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from credentials.subject import AchievementSubject

NAME = "name"
"""The identityType of a name in the open."""


@dataclass(frozen=True, slots=True)
class HolderName:
    """The name to show, its form in Latin letters where one is signed, and names of which nothing says what they are.

    `others` is empty unless two names share a script: then `name` is merely the first in code point order, and whoever
    shows it must show the others too.
    """

    name: str
    latin: str | None = None
    others: tuple[str, ...] = ()

    @property
    def beneath(self) -> str | None:
        """What stands under the name: its Latin form, or all the other names."""
        return self.latin or " / ".join(self.others) or None


def choose_name(names: Iterable[str]) -> HolderName | None:
    """The name in its own script, with one in Latin letters as its Latin form; None when there is no name."""
    signed = {name.strip() for name in names} - {""}
    # Asa Oberg is how a machine without Swedish letters writes Åsa Öberg, not another name
    distinct = sorted(name for name in signed if not any(name != other and name == _plain(other) for other in signed))
    if not distinct:
        return None
    native = [name for name in distinct if not is_latin(name)]
    latin = [name for name in distinct if is_latin(name)]
    if len(native) == 1 and len(latin) == 1:
        return HolderName(native[0], latin[0])
    first, *others = native + latin
    return HolderName(first, others=tuple(others))


def holder_name(subject: AchievementSubject) -> HolderName | None:
    """The name among the identities in the open; hashed ones can only be compared, not shown."""
    return choose_name(one.identity_hash for one in subject.identifier if one.identity_type == NAME and not one.hashed)


def _plain(name: str) -> str:
    return "".join(letter for letter in unicodedata.normalize("NFKD", name) if not unicodedata.combining(letter))


def is_latin(name: str) -> bool:
    """Whether every letter is Latin; marks, digits and signs belong to any script."""
    letters = (letter for letter in unicodedata.normalize("NFKC", name) if letter.isalpha())
    return all(unicodedata.name(letter, "").startswith(("LATIN", "MODIFIER LETTER")) for letter in letters)
