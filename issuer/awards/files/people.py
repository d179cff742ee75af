"""Who is meant by a row: on file, or on an earlier line of the same file. E-mail and trainee_ref tell, names never."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from issuer.awards.files.findings import Findings
from issuer.awards.files.names import PersonName
from issuer.awards.files.outcome import RowCode
from issuer.awards.files.row import RowValues
from issuer.awards.files.words import echo, letters_of
from issuer.awards.request import AwardLookup, LearnerFacts

_Key = tuple[str, str]


@dataclass(frozen=True)
class _EarlierLine:
    line: int
    letters: frozenset[str]
    will_be_issued: bool
    email: str | None


@dataclass
class People:
    """The people of one file so far, held against the office's files."""

    provider_slug: str
    lookup: AwardLookup
    _seen: dict[_Key, _EarlierLine] = field(default_factory=dict)
    _awarded: dict[tuple[_Key, str, date], _EarlierLine] = field(default_factory=dict)
    _earned: set[tuple[_Key, str]] = field(default_factory=set)

    def identify(self, values: RowValues) -> LearnerFacts | None:
        """The person on file whom e-mail or trainee_ref lead to under this name; doubts are noted."""
        found: list[LearnerFacts] = []
        for key in _keys(values):
            learner = self._find(key)
            if learner is not None and _is_same(values.name, learner):
                found.append(learner)
            elif learner is not None:
                _note_other_name(key, "is on file with another name", values.findings)
            elif self._is_used_above(key, values):
                line = self._seen[key].line
                _note_other_name(key, f"stands on line {line} with another name", values.findings)
        if values.reference and not values.email:
            self._note_no_email(("trainee_ref", values.reference), values)
        _check_address(values, found)
        self._check_address_above(values)
        return found[0] if found else None

    def check_duplicate(self, values: RowValues) -> None:
        """Note when an earlier line awards the same badge to the same person for the same day."""
        if values.achievement is None or values.completed_on is None:
            return
        badge = (values.achievement.code, values.completed_on)
        earlier = [self._awarded[key, *badge] for key in _keys(values) if (key, *badge) in self._awarded]
        letters = letters_of(values.name.full)
        both_agree = len(earlier) == 2 and earlier[0].line == earlier[1].line
        for other in earlier:
            if both_agree or _alike(other.letters, letters):
                values.findings.note(
                    RowCode.DUPLICATE_ROW,
                    f"line {other.line} has the same badge for the same person and day. Delete one of the two.",
                )
                return

    def has_earned(self, values: RowValues, code: str) -> bool:
        """An earlier line that needs no answer awards this badge to the same person."""
        return any((key, code) in self._earned for key in _keys(values))

    def remember(self, values: RowValues, *, will_be_issued: bool) -> None:
        """Keep a row that is no error, for the rows that follow."""
        if values.achievement is None or values.completed_on is None:
            return
        letters = letters_of(values.name.full)
        here = _EarlierLine(values.row.line, letters, will_be_issued, values.email)
        for key in _keys(values):
            self._seen.setdefault(key, here)
            self._awarded.setdefault((key, values.achievement.code, values.completed_on), here)
            if will_be_issued:
                self._earned.add((key, values.achievement.code))

    def _find(self, key: _Key) -> LearnerFacts | None:
        kind, value = key
        if kind == "email":
            return self.lookup.find_learner_by_email(value)
        return self.lookup.find_learner_by_reference(self.provider_slug, value)

    def _note_no_email(self, key: _Key, values: RowValues) -> None:
        on_file, above = self._find(key), self._seen.get(key)
        known = True
        if on_file is not None and on_file.email:
            text = "there is no e-mail; the one on file for this trainee_ref is used. Add one if it has changed."
        elif on_file is None and above is not None and above.will_be_issued and above.email:
            text = f"there is no e-mail; the one of line {above.line} is used. Add one if it is another."
        elif on_file is not None:
            text = "there is no e-mail here or on file, so the learner gets a printed letter. Add one if there is one."
        else:
            text = "there is no e-mail address, and this trainee_ref is new. Add the address, or have a letter printed."
            known = False
        values.findings.note(RowCode.EMAIL_MISSING, text, needs_answer=not known)

    def _check_address_above(self, values: RowValues) -> None:
        """One reference with two addresses: only one of them can be its learner's."""
        above = self._seen.get(("trainee_ref", values.reference or ""))
        if above is not None and above.email and values.email and above.email != values.email:
            values.findings.note(
                RowCode.EMAIL_OTHER_THAN_ON_FILE,
                f"the trainee_ref {echo(values.reference or '')} stands on line {above.line} with another e-mail. "
                "Correct one of the two.",
                suggestion=above.email,
            )

    def _is_used_above(self, key: _Key, values: RowValues) -> bool:
        other = self._seen.get(key)
        return other is not None and not _alike(other.letters, letters_of(values.name.full))


def _keys(values: RowValues) -> list[_Key]:
    keys = [("email", values.email), ("trainee_ref", values.reference)]
    return [(kind, value) for kind, value in keys if value]


def _is_same(name: PersonName, learner: LearnerFacts) -> bool:
    return _alike(letters_of(name.full), letters_of(f"{learner.given_name} {learner.family_name}"))


def _alike(left: frozenset[str], right: frozenset[str]) -> bool:
    """The same words but for accents, case and order; one of the two may leave out middle names."""
    shorter, longer = sorted((left, right), key=len)
    return left == right or (len(shorter) >= 2 and shorter <= longer)


def _note_other_name(key: _Key, where: str, findings: Findings) -> None:
    kind, value = key
    code, what = {
        "email": (RowCode.EMAIL_USED_BY_OTHER_NAME, "e-mail"),
        "trainee_ref": (RowCode.TRAINEE_REF_USED_BY_OTHER_NAME, "trainee_ref"),
    }[kind]
    findings.note(code, f"the {what} {echo(value)} {where}. Correct it, or say that both are the same person.")


def _check_address(values: RowValues, found: list[LearnerFacts]) -> None:
    """Two people on file, or one with another address: a mistyped reference must not give away somebody's badge."""
    if not values.email or not values.reference or not found:
        return
    other = found[-1]
    if len({learner.id for learner in found}) > 1 or (other.email and other.email != values.email):
        values.findings.note(
            RowCode.EMAIL_OTHER_THAN_ON_FILE,
            f"the trainee_ref {echo(values.reference)} is on file with another e-mail. Correct one of the two.",
            suggestion=other.email or "",
        )
