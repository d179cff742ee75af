"""One report as the verdict page shows it: everything a template needs, in words, and nothing it has to decide."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC

from markupsafe import Markup

from credentials.check_words import check_words
from credentials.credential import AchievementCredential
from verifier.report import Check, Verdict, VerificationReport
from verifier.web.advice import Advice, give_advice
from verifier.web.checks import CheckRow, check_rows
from verifier.web.claims import BadgeView, Row, own_page, read_claims
from verifier.web.compare import Comparison, read_comparison
from verifier.web.endorsed import EndorsementRow, endorsement_rows
from verifier.web.gate import Gate, StatusNote
from verifier.web.proof import proof_rows
from verifier.web.words import Words

KINDS: Mapping[Verdict, str] = {
    Verdict.VALID: "valid",
    Verdict.EXPIRED: "lapsed",
    Verdict.NOT_YET_VALID: "lapsed",
    Verdict.SUPERSEDED: "lapsed",
    Verdict.REVOKED: "failed",
    Verdict.SUSPENDED: "failed",
    Verdict.ALTERED: "failed",
    Verdict.UNKNOWN_ISSUER: "unsure",
    Verdict.UNREADABLE: "unsure",
    Verdict.COULD_NOT_CHECK: "unsure",
}
"""The pattern of the band. Only VALID is valid; every verdict has exactly one."""

WITHDRAWN = {
    Verdict.REVOKED: "label.withdrawn",
    Verdict.SUSPENDED: "label.suspended",
    Verdict.SUPERSEDED: "label.replaced",
}
"""What the issuer takes back, with the label of the day it did."""


def icon_of(verdict: Verdict) -> str:
    """The outline beside the word: the pattern's own, but ALTERED has one to itself."""
    return "altered" if verdict is Verdict.ALTERED else KINDS[verdict]


@dataclass(frozen=True, slots=True)
class FileLink:
    """A form of the badge that can be taken away: its address and the key of its words."""

    href: str
    word: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonForm:
    """The box that compares an e-mail address: `text` is the sealed badge to send back where no address names it."""

    action: str
    text: str | None = None
    answer: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was asked about, and how.

    `item` names a file or a pasted text and `leads_to` the address that a QR code on it led to; `link` is the badge's
    own address on this site, when the question came that way.
    """

    item: str | None = None
    leads_to: str | None = None
    link: str | None = None
    person_answer: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictPage:
    """The verdict page."""

    verdict: Verdict
    kind: str
    icon: str
    word: str
    stamp: str
    time: str
    date: str
    advice: Advice | None
    badge: BadgeView | None
    art: Markup | None
    dates: tuple[Row, ...]
    comparison: Comparison | None
    checks: tuple[CheckRow, ...]
    endorsements: tuple[EndorsementRow, ...]
    proof: tuple[Row, ...]
    paper: tuple[str, ...]
    person: PersonForm | None
    files: tuple[FileLink, ...]
    texts: tuple[FileLink, ...]
    own_page: str | None
    item: str | None
    issuer_label: str
    spoken: Markup
    receipt: str | None = None
    has_receipt_paper: bool = False

    @property
    def is_valid(self) -> bool:
        """Whether everything holds."""
        return self.verdict is Verdict.VALID

    @property
    def is_altered(self) -> bool:
        """Whether it is not what was signed."""
        return self.verdict is Verdict.ALTERED

    @property
    def is_issuer_unknown(self) -> bool:
        """Whether the issuer's name is only the badge's own word."""
        return self.verdict is Verdict.UNKNOWN_ISSUER

    @property
    def is_from_desk(self) -> bool:
        """Whether this came in over the counter and not by its own address."""
        return self.item is not None


def verdict_page(report: VerificationReport, gate: Gate, words: Words, base_url: str, asked: Asked) -> VerdictPage:
    """Put a report into words. Claims are shown only when authentic; files are offered only when VALID."""
    verdict, claims = report.verdict, report.authentic
    note = gate.notes(claims.id) if claims is not None and verdict in WITHDRAWN else None
    checked_at = report.checked_at.astimezone(UTC)
    is_valid = verdict is Verdict.VALID
    return VerdictPage(
        verdict=verdict,
        kind=KINDS[verdict],
        icon=icon_of(verdict),
        word=words(f"verdict.{verdict.value}"),
        stamp=checked_at.isoformat(timespec="seconds"),
        time=f"{checked_at:%H:%M:%S}",
        date=words.date(checked_at),
        advice=give_advice(report, words, note=note, again=asked.link, leads_to=asked.leads_to),
        badge=read_claims(claims, words) if claims is not None else None,
        art=gate.art(claims) if claims is not None and verdict not in WITHDRAWN else None,
        dates=_dates(report, note, words),
        comparison=read_comparison(report.result_of(Check.APPEARANCE), words),
        checks=check_rows(report, words),
        endorsements=endorsement_rows(report.endorsements, words),
        proof=proof_rows(report, words),
        paper=check_words(claims.id) if is_valid and claims is not None else (),
        person=_person(report, asked),
        files=tuple(_links(asked.link, ("pdf", "png", "svg"))) if is_valid else (),
        texts=tuple(_links(asked.link, ("json", "jwt"))) if claims is not None else (),
        own_page=own_page(claims, base_url) if claims is not None and asked.link is None else None,
        item=asked.item,
        spoken=_spoken(claims, words),
        receipt=gate.receipt(report),
        has_receipt_paper=gate.receipt_paper is not None,
        issuer_label=words("label.calls_itself" if verdict is Verdict.UNKNOWN_ISSUER else "label.issued_by"),
    )


def _spoken(claims: AchievementCredential | None, words: Words) -> Markup:
    """The lang attribute of what the badge says, where the page speaks another language."""
    language = claims.credential_subject.achievement.in_language if claims is not None else None
    if language is None or language == words.language:
        return Markup()
    return Markup(' lang="{}"').format(language)


def _links(link: str | None, endings: tuple[str, ...]) -> list[FileLink]:
    return [FileLink(f"{link}.{ending}", f"files.{ending}") for ending in endings] if link else []


def _dates(report: VerificationReport, note: StatusNote | None, words: Words) -> tuple[Row, ...]:
    claims = report.authentic
    if claims is None:
        return ()
    issued = (words("label.issued"), words.date(claims.awarded_date or claims.valid_from))
    if note is not None:
        return issued, (words(WITHDRAWN[report.verdict]), words.date(note.at))
    if report.verdict is Verdict.NOT_YET_VALID:
        return issued, (words("label.starts"), words.date(claims.valid_from))
    label = {Verdict.VALID: "label.valid_until", Verdict.EXPIRED: "label.was_valid_until"}
    until = words.date(claims.valid_until) if claims.valid_until else words("label.no_end")
    return issued, (words(label.get(report.verdict, "label.states_valid_until")), until)


def _person(report: VerificationReport, asked: Asked) -> PersonForm | None:
    """The e-mail box, where the badge names an e-mail at all and still stands for its holder."""
    claims = report.authentic
    if claims is None or KINDS[report.verdict] == "failed" or report.unverified is None:
        return None
    if not any(each.identity_type == "emailAddress" for each in claims.credential_subject.identifier):
        return None
    if asked.link is not None:
        return PersonForm(action=asked.link, answer=asked.person_answer)
    return PersonForm(action="/verify", text=report.unverified.text, answer=asked.person_answer)
