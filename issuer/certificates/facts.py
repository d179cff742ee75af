"""The table of facts: each read from the signed claims, each left out when the credential does not say it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from credentials.achievement import Achievement
from credentials.credential import AchievementCredential
from credentials.eu_elements import EuElements, Term
from credentials.result import Result, ResultDescription
from issuer.certificates.labels import ENGLISH, NO_BREAK, Bilingual, Labels, Text, Tongue

PERCENT = "Percent"
OPEN_BADGES = "Open Badges 3.0"


@dataclass(frozen=True)
class Fact:
    """One row: what it is, what it says, and further small lines beneath."""

    label: Bilingual
    value: Bilingual
    notes: tuple[Text, ...] = ()


def facts_of(credential: AchievementCredential, elements: EuElements, tongue: Tongue) -> tuple[Fact, ...]:
    """The rows in the order in which a person at a gate asks for them."""
    achievement = credential.credential_subject.achievement
    rows = [
        *_results(credential, tongue),
        _terms("assessment", elements.assessment_types, tongue),
        _terms("supervision", (elements.supervision,) if elements.supervision else (), tongue),
        _level(elements, tongue),
        _workload(elements, tongue),
        _validity(credential, tongue),
        _standard(achievement, tongue),
    ]
    return tuple(row for row in rows if row is not None)


def _results(credential: AchievementCredential, tongue: Tongue) -> Iterator[Fact]:
    """The first result is the fact; further ones stand beneath it by the names that their scales have."""
    subject = credential.credential_subject
    described = {one.id: one for one in subject.achievement.result_description}
    found = [
        (described.get(result.result_description or ""), fact)
        for result in subject.result
        if (fact := _result(result, described.get(result.result_description or ""), subject.achievement, tongue))
    ]
    if found:
        _, first = found[0]
        others = tuple(
            Text(f"{scale.name}: {fact.value.first.words}" if scale else fact.value.first.words, ENGLISH)
            for scale, fact in found[1:]
        )
        yield Fact(first.label, first.value, first.notes + others)


def _result(result: Result, scale: ResultDescription | None, achievement: Achievement, tongue: Tongue) -> Fact | None:
    label = tongue.say("result")
    if result.achieved_level:
        return _rubric(label, result.achieved_level, achievement.result_description, tongue)
    if result.value and scale is not None and scale.result_type == PERCENT:
        notes: tuple[Text, ...] = ()
        if scale.required_value:
            marks = tuple(
                labels.say("pass_mark", value=_percent(labels, scale.required_value)) for labels in tongue.voices
            )
            notes = _lines(tongue.both(marks))
        return Fact(label, tongue.both(tuple(_percent(labels, result.value) for labels in tongue.voices)), notes)
    said = result.value or result.status
    return Fact(label, _term_line((said,), tongue)) if said else None


def _rubric(label: Bilingual, level_id: str, scales: Sequence[ResultDescription], tongue: Tongue) -> Fact | None:
    """The level by its signed name, where it stands on its scale, and the whole scale in the words of the provider."""
    for scale in scales:
        level = scale.find_level(level_id)
        if level is None:
            continue
        levels = scale.rubric_criterion_level
        if not all(one.points or one.level for one in levels):
            # the order of the array is not signed, so nothing says where the level stands
            return Fact(label, Bilingual(Text(level.name, ENGLISH)))
        rank = levels.index(level) + 1
        places = [labels.say("level_of", rank=rank, count=len(levels)) for labels in tongue.voices]
        scale_words = Text(f"{_capitalised(places[-1])}: {', '.join(one.name for one in levels)}", ENGLISH)
        if tongue.second is None:
            return Fact(label, Bilingual(Text(level.name, ENGLISH), scale_words))
        return Fact(label, Bilingual(Text(f"{level.name}, {places[0]}", tongue.first.language), scale_words))
    return None


def _terms(key: str, terms: Sequence[Term], tongue: Tongue) -> Fact | None:
    if not terms:
        return None
    return Fact(tongue.say(key), _term_line(tuple(term.name for term in terms), tongue))


def _term_line(names: Sequence[str], tongue: Tongue) -> Bilingual:
    """Terms side by side; when one of them has no translation all stand in the English that was signed."""
    return _sentence(tongue, [tuple(labels.find_term(name) for labels in tongue.voices) for name in names], names)


def _sentence(tongue: Tongue, translated: Sequence[tuple[str | None, ...]], signed: Sequence[str]) -> Bilingual:
    english = [words[-1] or name for words, name in zip(translated, signed, strict=True)]
    issuing = [words[0] for words in translated]
    if any(words is None for words in issuing):
        return Bilingual(Text(_capitalised(", ".join(english)), ENGLISH))
    lines = [", ".join(str(words) for words in issuing), ", ".join(english)]
    return tongue.both(tuple(_capitalised(line) for line in lines[: len(tongue.voices)]))


def _level(elements: EuElements, tongue: Tongue) -> Fact:
    if elements.eqf_level is None:
        return Fact(tongue.say("level"), tongue.say("not_referenced"))
    return Fact(tongue.say("level_stated"), tongue.say("eqf", level=elements.eqf_level))


def _workload(elements: EuElements, tongue: Tongue) -> Fact | None:
    """Hours, credits and form of participation, as far as they are said."""
    if elements.workload_hours is None and elements.ects is None:
        return None
    lines = []
    for labels in tongue.voices:
        parts = []
        if elements.workload_hours is not None:
            parts.append(labels.count("hours", elements.workload_hours).replace(" ", NO_BREAK))
        if elements.ects is not None:
            parts.append(labels.say("ects", count=labels.number(elements.ects)).replace(" ", NO_BREAK))
        if elements.participation is not None:
            parts.append(labels.find_term(elements.participation.name) or elements.participation.name)
        lines.append(", ".join(parts))
    return Fact(tongue.say("workload"), tongue.both(tuple(lines)))


def _validity(credential: AchievementCredential, tongue: Tongue) -> Fact:
    end = credential.valid_until
    return Fact(tongue.say("valid_until"), tongue.say("no_expiry") if end is None else tongue.date(end))


def _standard(achievement: Achievement, tongue: Tongue) -> Fact:
    code = achievement.human_code or achievement.name
    versions = [labels.say("version", version=achievement.version) for labels in tongue.voices[:1]]
    value = f"{code}, {versions[0]}" if achievement.version else code
    return Fact(tongue.say("standard"), Bilingual(Text(value, tongue.first.language), Text(OPEN_BADGES, ENGLISH)))


def _percent(labels: Labels, value: str) -> str:
    return f"{value.replace('.', labels.words['decimal'])}{NO_BREAK}%"


def _lines(text: Bilingual) -> tuple[Text, ...]:
    return (text.first,) if text.second is None else (text.first, text.second)


def _capitalised(words: str) -> str:
    return words[:1].upper() + words[1:]
