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
        findings = values.findings
        by_email = self.lookup.find_learner_by_email(values.email) if values.email else None
        by_reference = (
            self.lookup.find_learner_by_reference(self.provider_slug, values.reference) if values.reference else None
        )
        same_email = by_email is not None and _is_same(values.name, by_email)
        same_reference = by_reference is not None and _is_same(values.name, by_reference)
        if by_email is not None and not same_email:
            findings.note(
                RowCode.EMAIL_USED_BY_OTHER_NAME,
                f"the e-mail {echo(values.email or '')} is on file with another name. "
                "Correct it, or say that both are the same person.",
            )
        if by_reference is not None and not same_reference:
            findings.note(
                RowCode.TRAINEE_REF_USED_BY_OTHER_NAME,
                f"the trainee_ref {echo(values.reference or '')} is on file with another name. "
                "Correct it, or say that both are the same person.",
            )
        self._compare_with_earlier_lines(values)
        if same_reference and by_reference is not None:
            self._check_address(values, by_reference)
        if not values.email and values.reference:
            _note_no_email(by_reference, findings)
        return by_email if same_email else by_reference if same_reference else None

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
        here = _EarlierLine(values.row.line, letters_of(values.name.full))
        for key in _keys(values):
            self._seen.setdefault(key, here)
            self._awarded.setdefault((key, values.achievement.code, values.completed_on), here)
            if will_be_issued:
                self._earned.add((key, values.achievement.code))

    def _compare_with_earlier_lines(self, values: RowValues) -> None:
        letters = letters_of(values.name.full)
        for key, code in zip(
            _keys(values),
            (RowCode.EMAIL_USED_BY_OTHER_NAME, RowCode.TRAINEE_REF_USED_BY_OTHER_NAME)
            if values.email
            else (RowCode.TRAINEE_REF_USED_BY_OTHER_NAME,),
            strict=False,
        ):
            other = self._seen.get(key)
            known = {finding.code for finding in values.findings.noticed}
            if other is not None and code not in known and not _alike(other.letters, letters):
                what = "e-mail" if code is RowCode.EMAIL_USED_BY_OTHER_NAME else "trainee_ref"
                values.findings.note(
                    code,
                    f"the {what} {echo(key[1])} stands on line {other.line} with another name. "
                    "Correct it, or say that both are the same person.",
                )

    def _check_address(self, values: RowValues, on_file: LearnerFacts) -> None:
        if values.email and on_file.email and values.email != on_file.email:
            values.findings.note(
                RowCode.EMAIL_OTHER_THAN_ON_FILE,
                f"for the trainee_ref {echo(values.reference or '')} another e-mail is on file. "
                "Correct one of the two, or say that the address has changed.",
                suggestion=on_file.email,
            )


def _keys(values: RowValues) -> list[_Key]:
    keys = [("email", values.email), ("trainee_ref", values.reference)]
    return [(kind, value) for kind, value in keys if value]


def _is_same(name: PersonName, learner: LearnerFacts) -> bool:
    return _alike(letters_of(name.full), letters_of(f"{learner.given_name} {learner.family_name}"))


def _alike(left: frozenset[str], right: frozenset[str]) -> bool:
    """The same words but for accents, case and order; one of the two may leave out middle names."""
    shorter, longer = sorted((left, right), key=len)
    return left == right or (len(shorter) >= 2 and shorter <= longer)


def _note_no_email(on_file: LearnerFacts | None, findings: Findings) -> None:
    if on_file is None:
        findings.note(
            RowCode.EMAIL_MISSING,
            "there is no e-mail, and this trainee_ref is new. Add one, or say that the learner gets a printed letter.",
        )
    elif on_file.email:
        findings.note(
            RowCode.EMAIL_MISSING,
            "there is no e-mail; the one on file for this trainee_ref is used. Add one if it has changed.",
            needs_answer=False,
        )
    else:
        findings.note(
            RowCode.EMAIL_MISSING,
            "there is no e-mail here or on file, so the learner gets a printed letter. Add one if there is one.",
            needs_answer=False,
        )
