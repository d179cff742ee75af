"""APPEARANCE: does the paper show what was signed, and is it still the paper that the issuer made?

Green needs two independent answers. The issuer's page seal covers the digest of everything the PDF draws, says and
carries, so it finds every change. The text on the page is compared with the signed claims line by line, so that a
reader learns which words were changed. Text inside pictures is not read; the seal covers the pictures.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from credentials.errors import CredentialError
from credentials.page_seal import PageSeal, open_page_seal
from credentials.unverified import UnverifiedCredential
from keys.algorithm import Algorithm
from keys.instant import write_instant
from keys.public_key import PublicKey
from verifier.page_lines import SignedLine, signed_lines
from verifier.page_text import ShownText
from verifier.reasons import Check, Reason
from verifier.report import CheckResult, Evidence

_MUST_SHOW: Final = frozenset({"name", "title"})
"""Without these a page is not this certificate, whoever laid it out."""
_MAY_BE_REWORDED: Final = frozenset({"result"})
_WORDS: Final[Mapping[str, str]] = {
    "name": "name",
    "title": "badge",
    "issuer": "issuer",
    "issued": "date of issue",
    "valid_until": "“valid until” date",
    "credential": "badge number",
    "link": "link",
    "result": "result",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PageReading:
    """What a PDF or a picture shows, as read; nothing of it is verified.

    `text` is None where none could be read. `is_sound` says that the file was read without any repair. `overlays`
    counts notes laid over the pages. `carries_record` is False when the credential did not come from the paper itself
    but from where its QR code leads.
    """

    text: str | None
    drawing_digest: str | None
    unverified_seal: str | None
    pages: int
    is_sound: bool = True
    overlays: int = 0
    carries_record: bool = True

    @classmethod
    def of_picture(cls) -> PageReading:
        """A photo or scan: something is shown, and none of it can be compared."""
        return cls(text=None, drawing_digest=None, unverified_seal=None, pages=1, carries_record=False)

    @classmethod
    def from_glovebox(cls, answer: Mapping[str, Any], *, carries_record: bool) -> PageReading:
        """The page as the glovebox describes it."""
        return cls(
            text=answer["text"],
            drawing_digest=answer["drawing_digest"],
            unverified_seal=answer["unverified_seal"],
            pages=answer["pages"],
            is_sound=answer["is_sound"],
            overlays=answer["overlays"],
            carries_record=carries_record,
        )

    def is_sealed_by(self, keys: Iterable[PublicKey]) -> bool:
        """Whether one of these keys made the page seal, whatever it says."""
        try:
            open_page_seal(self.unverified_seal or "", keys)
        except CredentialError:
            return False
        return True


@dataclass(frozen=True, slots=True)
class ComparedLine:
    """One signed line and what the page shows in its place: the same, something like it, or nothing (None)."""

    signed: SignedLine
    shown: str | None

    @property
    def is_same(self) -> bool:
        """Whether the page shows the line as it was signed."""
        return self.shown == self.signed.text


def judge_page(
    page: PageReading, *, unverified: UnverifiedCredential, keys: Sequence[PublicKey], now: datetime
) -> CheckResult:
    """Compare a page with the credential whose seal was found intact, under the issuer's own keys.

    1. The visible text is compared with the signed lines.
    2. The page seal, where there is one, must be made by one of `keys` (P-256), for this credential and these bytes
       of it, over the drawing digest of this file, in a file that needed no repair.
    3. FAILED (page_differs) where words differ, FAILED (page_changed) where the seal does not fit; INDETERMINATE
       where there is no seal or no text; PASSED where both fit.
    """
    shown = ShownText.of(page.text or "")
    lines = compare_lines(shown, signed_lines(unverified.document))
    evidence = [_page_evidence(page, lines, now)]
    problem, seal = None, None
    if page.unverified_seal is not None:
        seal, problem = _open_seal(page, unverified, keys)
    if seal is not None:
        evidence.append(_seal_evidence(page, seal, now))
    differing = _differing(lines, shown, page, is_sealed=seal is not None)
    if differing:
        return CheckResult.because(Check.APPEARANCE, Reason.PAGE_DIFFERS, _in_words(differing), *evidence)
    if problem is not None:
        return CheckResult.because(Check.APPEARANCE, Reason.PAGE_CHANGED, problem, *evidence)
    if seal is None or not page.carries_record:
        return CheckResult.because(Check.APPEARANCE, Reason.PAGE_NOT_SEALED, _not_sealed(page, shown), *evidence)
    if not shown.has_text:
        detail = "The page is sealed, but its text cannot be read here, so it was not compared."
        return CheckResult.because(Check.APPEARANCE, Reason.PAGE_UNREADABLE, detail, *evidence)
    detail = "The page is as the issuer made it, and its words are those that were signed."
    return CheckResult.passed(Check.APPEARANCE, detail, *evidence)


def compare_lines(shown: ShownText, signed: Sequence[SignedLine]) -> tuple[ComparedLine, ...]:
    """Look for each signed line on the page, and for what stands in its place where it is missing."""
    same = {line.key for line in signed if shown.shows(line.text)}
    standing = [line.text for line in signed if line.key in same]
    return tuple(
        ComparedLine(line, line.text if line.key in same else shown.nearest(line.text, other_than=standing))
        for line in signed
    )


def _open_seal(
    page: PageReading, unverified: UnverifiedCredential, keys: Sequence[PublicKey]
) -> tuple[PageSeal | None, str | None]:
    """The page seal if it is the issuer's and fits, else what is wrong with it in one sentence."""
    speakers = [key for key in keys if key.algorithm is Algorithm.P256]
    try:
        seal = open_page_seal(page.unverified_seal or "", speakers)
    except CredentialError:
        return None, "The seal of the page is not the issuer's."
    named = (seal.credential_digest, seal.credential_id, seal.issuer_id)
    if named != (unverified.digest, unverified.unverified_id, unverified.unverified_issuer_id):
        return None, "The page was made for another badge than the one attached to it."
    if seal.drawing_digest != page.drawing_digest:
        return None, "The file was changed after the issuer made it."
    if not page.is_sound:
        return None, "The file was damaged or changed after the issuer made it: it can only be read by repairing it."
    return seal, None


def _differing(
    lines: Sequence[ComparedLine], shown: ShownText, page: PageReading, *, is_sealed: bool
) -> list[ComparedLine]:
    """The lines that speak against the page. A page of another make need not show all of them, or in our words."""
    if not shown.has_text:
        return []
    changed = [line for line in lines if not line.is_same]
    if is_sealed:
        return [line for line in changed if line.shown is not None or line.signed.key not in _MAY_BE_REWORDED]
    same = {line.signed.key for line in lines if line.is_same}
    if {"credential", "link"} & same:
        return [line for line in changed if line.shown is not None or line.signed.key in _MUST_SHOW]
    if page.carries_record or "title" in same:
        return [line for line in changed if line.signed.key in _MUST_SHOW]
    return []


def _in_words(differing: Sequence[ComparedLine]) -> str:
    first = differing[0]
    what = _WORDS[first.signed.key]
    if first.shown is None:
        sentence = f"The page does not show the {what} that was signed: “{first.signed.text}”."
    else:
        sentence = f"The page shows “{first.shown}” where “{first.signed.text}” was signed as the {what}."
    others = ", ".join(_WORDS[line.signed.key] for line in differing[1:])
    return f"{sentence} Also different: {others}." if others else sentence


def _not_sealed(page: PageReading, shown: ShownText) -> str:
    if not page.carries_record:
        return (
            "The paper itself carries no signed record; its code leads to one. Nobody can say that this paper shows"
            " what was signed: compare it line by line, or ask for the original file."
        )
    if page.overlays:
        return "The issuer did not seal the page, and notes were laid over it. Compare it line by line."
    agree = "Its words agree with the signed record, but" if shown.has_text else "It has no text to compare, and"
    return f"The issuer did not seal the page. {agree} the rest of it could have been changed."


def _page_evidence(page: PageReading, lines: Sequence[ComparedLine], now: datetime) -> Evidence:
    """Every line that was compared, and the digest of all that the file draws."""
    facts = {"pages": str(page.pages)}
    for line in lines:
        if line.shown is None and line.signed.key in _MAY_BE_REWORDED:
            continue
        facts[f"signed {line.signed.key}"] = line.signed.text
        if line.shown is not None:
            facts[f"shown {line.signed.key}"] = line.shown
    return Evidence(looked_at="the page", source="carrier", read_at=now, digest=page.drawing_digest, facts=facts)


def _seal_evidence(page: PageReading, seal: PageSeal, now: datetime) -> Evidence:
    facts = {"issuer": seal.issuer_id, "sealed_at": write_instant(seal.created), "digest": seal.drawing_digest}
    return Evidence(looked_at="the page seal", source="carrier", read_at=now, digest=page.drawing_digest, facts=facts)
