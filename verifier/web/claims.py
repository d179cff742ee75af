"""What a genuine badge says, in plain words: every line comes from the signed claims and from nowhere else."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from credentials.achievement import Achievement
from credentials.credential import AchievementCredential
from credentials.eu_elements import EuElements
from credentials.evidence import Evidence
from credentials.holder_name import holder_name
from credentials.profile import Profile
from credentials.result import STATUS
from credentials.settled_order import settle_credential
from credentials.subject import AchievementSubject
from verifier.web.words import Words

SHORT_NAME, MIDDLE_NAME = 18, 40
"""Characters up to which a name fits a phone's line at full size, and up to which one step smaller is enough."""

ASSESSMENT = "Assessment"
"""The name of the evidence that says who assessed."""

Row = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class BadgeView:
    """The claims of one badge as the pages show them."""

    name: str | None
    latin: str | None
    title: str
    can: str | None
    issuer: str
    issuer_id: str
    place: str | None
    assessed: str
    result: str | None
    outcomes: tuple[str, ...]
    rows: tuple[Row, ...]

    @property
    def name_size(self) -> str:
        """How large the name may be set; it wraps at spaces and is never cut."""
        length = len(self.name or "")
        return "short" if length <= SHORT_NAME else "middle" if length <= MIDDLE_NAME else "long"


def read_claims(credential: AchievementCredential, words: Words) -> BadgeView:
    """Put the claims of an authentic credential into words; the order of its arrays decides nothing."""
    credential = settle_credential(credential)
    subject = credential.credential_subject
    elements = EuElements.of(subject.achievement)
    name, latin = holder_names(subject)
    return BadgeView(
        name=name,
        latin=latin,
        title=subject.achievement.name,
        can=subject.narrative or None,
        issuer=credential.issuer.name or credential.issuer.id,
        issuer_id=credential.issuer.id,
        place=_place(credential.issuer, words),
        assessed=_assessed(elements, words),
        result=result_text(subject, words),
        outcomes=tuple(outcome.text for outcome in elements.learning_outcomes),
        rows=tuple(_rows(credential, elements, words)),
    )


def holder_names(subject: AchievementSubject) -> tuple[str | None, str | None]:
    """The name as signed, and what stands under it: its Latin form, or other names of which nothing says more."""
    found = holder_name(subject)
    return (found.name, found.beneath) if found else (None, None)


def result_text(subject: AchievementSubject, words: Words) -> str | None:
    """The result where it says more than that the badge was earned."""
    for result in subject.result:
        described = next(
            (each for each in subject.achievement.result_description if each.id == result.result_description), None
        )
        level = described.find_level(result.achieved_level) if described and result.achieved_level else None
        if level is not None:
            return words.term(level.name)
        if result.value is not None and (described is None or described.result_type != STATUS):
            return f"{result.value} %" if described and described.result_type == "Percent" else result.value
    return None


def _place(issuer: Profile, words: Words) -> str | None:
    if issuer.address is None:
        return None
    country = words.country(issuer.address.address_country_code, issuer.address.address_country)
    return ", ".join(part for part in (issuer.address.address_locality, country) if part) or None


def _assessed(elements: EuElements, words: Words) -> str:
    kinds = words.listed([words.term(term.name) for term in elements.assessment_types])
    supervised = words.term(elements.supervision.name) if elements.supervision else ""
    text = ", ".join(part for part in (kinds, supervised) if part)
    return text[:1].upper() + text[1:]


def _rows(credential: AchievementCredential, elements: EuElements, words: Words) -> list[Row]:
    achievement = credential.credential_subject.achievement
    found = [
        ("label.level", _level(elements, words)),
        ("label.hours", _hours(elements, words)),
        ("label.credits", words("label.credits.value", n=_short(elements.ects)) if elements.ects else None),
        ("label.to_pass", achievement.criteria.narrative or achievement.criteria.id),
        ("label.programme", _programme(achievement, words)),
        ("label.quality", "; ".join(term.description or term.name for term in elements.quality_assurance)),
        ("label.field", elements.isced.name if elements.isced else None),
        ("label.skills", ", ".join(term.name for term in elements.skills)),
        ("label.prerequisites", ", ".join(term.name for term in elements.prerequisites)),
    ]
    shown = [(words(key), value) for key, value in found if value]
    return shown + [(_heading(each, words), each.narrative) for each in credential.evidence if each.narrative]


def _heading(evidence: Evidence, words: Words) -> str:
    return words("label.assessor") if evidence.name == ASSESSMENT else evidence.name or words("label.evidence")


def _level(elements: EuElements, words: Words) -> str | None:
    if elements.eqf_level is not None:
        return words("label.level.stated", level=elements.eqf_level)
    return elements.no_level_because


def _hours(elements: EuElements, words: Words) -> str | None:
    parts = []
    if elements.workload_hours:
        whole = int(elements.workload_hours)
        if whole == elements.workload_hours:
            parts.append(words.count("label.hours.value", whole))
        else:
            parts.append(words("label.hours.value.other", n=_short(elements.workload_hours)))
    if elements.participation:
        parts.append(words.term(elements.participation.name))
    return ", ".join(parts) or None


def _programme(achievement: Achievement, words: Words) -> str | None:
    if achievement.human_code is None:
        return None
    programme = achievement.creator.name if achievement.creator and achievement.creator.name else None
    version = achievement.version or "–"
    if programme is None:
        return words("label.achievement.value", code=achievement.human_code, version=version)
    return words("label.programme.value", programme=programme, code=achievement.human_code, version=version)


def _short(number: float) -> str:
    return f"{number:g}"


def own_page(credential: AchievementCredential, base_url: str) -> str | None:
    """The address that the badge itself names as its page, when it is one of ours; the link is a signed claim."""
    if credential.image is None:
        return None
    link = credential.image.id.removesuffix(".png")
    ours, theirs = urlsplit(base_url), urlsplit(link)
    is_ours = (theirs.scheme, theirs.netloc) == (ours.scheme, ours.netloc) and theirs.path.startswith("/v/")
    return link if is_ours else None
