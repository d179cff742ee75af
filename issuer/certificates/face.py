"""What a certificate shows. Every claim on it comes from the signed credential; the look only dresses it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from itertools import chain

from credentials.check_words import check_words
from credentials.credential import AchievementCredential
from credentials.eu_elements import EuElements
from credentials.evidence import ASSESSED_BY
from credentials.holder_name import holder_name
from credentials.settled_order import settle_credential
from credentials.subject import AchievementSubject
from issuer.certificates.badge_art import ARC_COUNT, BadgeDesign, Family
from issuer.certificates.errors import MissingClaim, UndrawableText
from issuer.certificates.facts import Fact, facts_of
from issuer.certificates.fonts import is_right_to_left, uncovered
from issuer.certificates.labels import ENGLISH, Bilingual, Text, Tongue
from issuer.certificates.look import ProgrammeLook, ProviderLook

DEMO_NOTICE = Text("DEMO specimen. Invented person and provider, not an award.", ENGLISH)
SPECIMEN_NOTICE = Text("Specimen of a draft. Not signed, not an award.", ENGLISH)
BADGE_SUFFIX = ".png"
"""The credential's `image.id` is the badge picture under its link; without the suffix it is the link itself."""

_LIMIT = re.compile(r"(?<=[.!?])\s+(?=Not )")
_SCRIPTS = (("\u0370", "\u03ff", "el"), ("\u0400", "\u052f", "und-Cyrl"), ("\u0590", "\u05ff", "he"),
            ("\u0600", "\u077f", "ar"), ("\u10a0", "\u10ff", "ka"), ("\u1c90", "\u1cbf", "ka"),
            ("\u1f00", "\u1fff", "el"))  # fmt: skip


@dataclass(frozen=True)
class BadgeFace:
    """The drawing of the badge, its line beneath and its description for who does not see it."""

    design: BadgeDesign
    caption: Bilingual
    description: Text


@dataclass(frozen=True)
class IssuerFace:
    """Who stands for the certificate, and where; `approver` and `assessor` are names of persons."""

    id: str
    name: Text
    name_english: Text | None
    place: Bilingual | None
    approver: str | None
    assessor: str | None = None


@dataclass(frozen=True, kw_only=True)
class CertificateFace:
    """The texts of one certificate, slot by slot."""

    language: str
    colour: str
    logo: bytes | None
    is_demo: bool
    programme: ProgrammeLook
    tongue: Tongue
    title: Bilingual
    name: Text
    name_latin: Text | None
    ability: Text | None
    limit: Text | None
    outcomes: tuple[Text, ...]
    facts: tuple[Fact, ...]
    badge: BadgeFace
    link: str
    check_words: tuple[str, str, str]
    issuer: IssuerFace
    issued: Bilingual
    credential_id: str
    is_specimen: bool = False
    """Drawn to look at, from what nobody signed: the page says so."""

    @classmethod
    def of(cls, credential: AchievementCredential, look: ProviderLook) -> CertificateFace:
        """Take the face from what was signed, whatever the order of arrays; raises MissingClaim and UndrawableText."""
        credential = settle_credential(credential)
        tongue = Tongue.of(look.languages)
        subject = credential.credential_subject
        achievement = subject.achievement
        elements = EuElements.of(achievement)
        signed_in = achievement.in_language or ENGLISH
        name = learner_name(subject)
        ability, limit = _ability(subject, signed_in)
        face = cls(
            language=tongue.first.language,
            colour=look.colour,
            logo=look.logo,
            is_demo=look.is_demo,
            programme=look.programme,
            tongue=tongue,
            title=_title(achievement.name, signed_in, look, tongue),
            name=_in_its_script(name, tongue.first.language),
            name_latin=_latin_form(subject, tongue.first.language),
            ability=ability,
            limit=limit,
            outcomes=tuple(Text(_one_line(outcome.text), signed_in) for outcome in elements.learning_outcomes),
            facts=facts_of(credential, elements, tongue),
            badge=_badge(achievement.human_code or achievement.name, elements.eqf_level, look, tongue),
            link=credential_link(credential),
            check_words=check_words(credential.id),
            issuer=_issuer(credential, look, tongue),
            issued=tongue.date(credential.awarded_date or credential.valid_from),
            credential_id=credential.id,
        )
        face.check_drawable()
        return face

    @property
    def notice(self) -> Text | None:
        """What the page says of itself when it is no award."""
        if self.is_specimen:
            return SPECIMEN_NOTICE
        return DEMO_NOTICE if self.is_demo else None

    @property
    def is_single(self) -> bool:
        """Whether the page speaks one language only."""
        return self.tongue.second is None

    def check_drawable(self) -> None:
        """Raise UndrawableText for the first text that the shipped typefaces cannot draw."""
        texts = {
            "name": [self.name.words, self.name_latin.words if self.name_latin else ""],
            "title": _words(self.title),
            "issuer": [
                self.issuer.name.words,
                self.issuer.name_english.words if self.issuer.name_english else "",
                self.issuer.approver or self.issuer.assessor or "",
                *_words(self.issuer.place),
            ],
            "ability": [text.words for text in (self.ability, self.limit) if text],
            "outcome": [outcome.words for outcome in self.outcomes],
            "facts": list(chain.from_iterable(map(_fact_words, self.facts))),
            "programme": [self.programme.code, self.programme.title, self.programme.funding_notice or ""],
            "link": [self.link],
        }
        for slot, words in texts.items():
            for text in words:
                if missing := uncovered(text):
                    raise UndrawableText(slot, text, missing)


def learner_name(subject: AchievementSubject) -> str:
    """The learner's own name among the identities in the open, in its own script; raises MissingClaim."""
    found = holder_name(subject)
    if found is None:
        raise MissingClaim("learner's name")
    return found.name


def credential_link(credential: AchievementCredential) -> str:
    """The `/v/` link: a signed claim, because the credential's image lies under it. Raises MissingClaim."""
    if credential.image is None or not credential.image.id.endswith(BADGE_SUFFIX):
        raise MissingClaim("link (image.id ending in .png)")
    return credential.image.id.removesuffix(BADGE_SUFFIX)


def _latin_form(subject: AchievementSubject, language: str) -> Text | None:
    """What stands beneath the name: its signed form in Latin letters, or other signed names; nothing unsigned."""
    found = holder_name(subject)
    return Text(found.beneath, language) if found and found.beneath else None


def _in_its_script(name: str, language: str) -> Text:
    return Text(name, _script_language(name) or language)


def _script_language(name: str) -> str | None:
    """A language tag for a name's script, so that it is read aloud in that script; None for Latin letters."""
    for character in name:
        for first, last, language in _SCRIPTS:
            if first <= character <= last:
                return language
    return "und" if is_right_to_left(name) else None


def _title(signed: str, signed_in: str, look: ProviderLook, tongue: Tongue) -> Bilingual:
    issuing = tongue.first.language
    translated = look.titles.get(issuing)
    if issuing == signed_in or translated is None or translated == signed:
        return Bilingual(Text(signed, signed_in))
    return Bilingual(Text(translated, issuing), Text(signed, signed_in))


def _ability(subject: AchievementSubject, language: str) -> tuple[Text | None, Text | None]:
    """What the learner can do, and what the badge does not allow; the limit may stand in the description only."""
    description = _LIMIT.split(subject.achievement.description, maxsplit=1)
    said = _LIMIT.split(subject.narrative, maxsplit=1) if subject.narrative else description
    limit = (said[1:] or description[1:] or [None])[0]
    return Text(_one_line(said[0]), language), Text(_one_line(limit), language) if limit else None


def _badge(code: str, level: int | None, look: ProviderLook, tongue: Tongue) -> BadgeFace:
    programme = look.programme.code
    design = BadgeDesign.of(programme, code, level)
    say = partial(
        tongue.say, programme=programme, code=code, level=level, count=ARC_COUNT, place=(design.place or 0) + 1
    )
    caption = say("eqf") if level is not None else None
    key = design.family.value
    match design.family:
        case Family.CELL if level is not None:
            caption = say("eqf_of_eight")
        case Family.ARCS if design.place is not None:
            caption = say("one_of")
        case Family.CELL | Family.ARCS:
            key += "_plain"
    line = _after_code(code, caption) if caption else Bilingual(Text(code, ENGLISH))
    return BadgeFace(design, line, say(f"badge_{key}").first)


def _after_code(code: str, text: Bilingual) -> Bilingual:
    return Bilingual(Text(f"{code} · {text.first.words}", text.first.language), text.second)


def _issuer(credential: AchievementCredential, look: ProviderLook, tongue: Tongue) -> IssuerFace:
    profile = credential.issuer
    if not profile.name:
        raise MissingClaim("issuer's name")
    english = look.name_english if look.name_english and look.name_english != profile.name else None
    return IssuerFace(
        id=profile.id,
        name=Text(profile.name, tongue.first.language),
        name_english=Text(english, ENGLISH) if english else None,
        place=_place(credential, tongue),
        approver=look.approver,
        assessor=_assessor(credential),
    )


def _assessor(credential: AchievementCredential) -> str | None:
    """The person who assessed, as the signed evidence names them."""
    for evidence in credential.evidence:
        before, said, name = (evidence.narrative or "").partition(ASSESSED_BY)
        if said and not before:
            return name.strip() or None
    return None


def _place(credential: AchievementCredential, tongue: Tongue) -> Bilingual | None:
    """Town and country as signed; the country's name in the languages of the page when we know it by its code."""
    address = credential.issuer.address
    if address is None:
        return None
    code, town = address.address_country_code or "", address.address_locality
    countries = tuple(labels.find_country(code) or address.address_country or code for labels in tongue.voices)
    country = tongue.both(countries)
    parts = [part for part in (town, country.first.words) if part]
    return Bilingual(Text(", ".join(parts), country.first.language), country.second) if parts else None


def _one_line(text: str) -> str:
    return re.sub(r"[ \t\r\n]+", " ", text).strip(" ")


def _words(text: Bilingual | None) -> list[str]:
    return [part.words for part in (text.first, text.second) if part] if text else []


def _fact_words(fact: Fact) -> list[str]:
    return [*_words(fact.label), *_words(fact.value), *(note.words for note in fact.notes)]
