"""An office in memory for award files: the demonstration catalogue, and people put on file by the test."""

import csv
import io
import json
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from importlib.resources import files

from issuer.awards.files import FileAnswers, RowOutcome, assess, read_award_file
from issuer.awards.request import AchievementFacts, LearnerFacts
from issuer.catalogue.result_scale import read_result_scale

TODAY = date(2026, 11, 22)
PROVIDER = "vbk-goteborg"
HEADING = "given_name,family_name,email,achievement_code,completed_on,result,assessor,evidence_url,language,trainee_ref"

CLEAN_ROW = {
    "given_name": "Åsa",
    "family_name": "Öberg",
    "email": "asa.oberg@mail.example",
    "achievement_code": "VLT-HV1",
    "completed_on": "2026-10-16",
    "result": "Pass",
}


def demo(name: str) -> bytes:
    """One file of the demonstration data, from the package as it would be installed."""
    return files("issuer.demo").joinpath(name).read_bytes()


def demo_achievements() -> dict[str, AchievementFacts]:
    """The demonstration catalogue, as far as awards are held against it."""
    return {
        entry["code"]: AchievementFacts(
            code=entry["code"],
            title=entry["title"]["en"],
            result_scale=read_result_scale(entry["result_scale"]),
            authorised_providers=frozenset(entry["authorised_providers"]),
            prerequisites=tuple(entry["prerequisites"]),
            validity_months=entry["validity_months"],
        )
        for entry in json.loads(demo("catalogue.json"))["achievements"]
    }


@dataclass
class Office:
    """Answers the questions of the assessment from memory and keeps what it was asked to fetch."""

    achievements: dict[str, AchievementFacts] = field(default_factory=demo_achievements)
    by_reference: dict[tuple[str, str], LearnerFacts] = field(default_factory=dict)
    by_email: dict[str, LearnerFacts] = field(default_factory=dict)
    held: set[tuple[int, str]] = field(default_factory=set)
    prefetched: list[tuple[str, frozenset[str], frozenset[str]]] = field(default_factory=list)

    def put_on_file(
        self, given_name: str, family_name: str, email: str | None = None, reference: str | None = None
    ) -> LearnerFacts:
        """Make a person known."""
        number = len(self.by_reference) + len(self.by_email) + 1
        learner = LearnerFacts(id=number, given_name=given_name, family_name=family_name, email=email)
        if email:
            self.by_email[email] = learner
        if reference:
            self.by_reference[PROVIDER, reference] = learner
        return learner

    def prefetch(self, provider_slug: str, references: Collection[str], emails: Collection[str]) -> None:
        """Keep the question for the test."""
        self.prefetched.append((provider_slug, frozenset(references), frozenset(emails)))

    def achievement_codes(self) -> Collection[str]:
        """Every code of the catalogue."""
        return list(self.achievements)

    def find_achievement(self, code: str) -> AchievementFacts | None:
        """The achievement of exactly this code."""
        return self.achievements.get(code)

    def find_learner_by_reference(self, provider_slug: str, reference: str) -> LearnerFacts | None:
        """The person this provider knows by this reference."""
        return self.by_reference.get((provider_slug, reference))

    def find_learner_by_email(self, email: str) -> LearnerFacts | None:
        """The person with this address."""
        return self.by_email.get(email)

    def holds_valid(self, learner_id: int, achievement_code: str) -> bool:
        """What the test said is held."""
        return (learner_id, achievement_code) in self.held


def as_csv(*rows: dict[str, str], delimiter: str = ",") -> bytes:
    """Rows as a CSV file in UTF-8; the columns are those of all rows together."""
    columns = list(dict.fromkeys(column for row in rows for column in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="", delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode("utf-8")


def outcomes_of(
    *rows: dict[str, str], office: Office | None = None, answers: FileAnswers | None = None, provider: str = PROVIDER
) -> list[RowOutcome]:
    """Assess rows written as a CSV file."""
    table = read_award_file(as_csv(*rows), "test.csv", answers=answers)
    return assess(table, provider, office or Office(), today=TODAY)


def outcome_of(office: Office | None = None, answers: FileAnswers | None = None, /, **changes: str) -> RowOutcome:
    """Assess one clean row with changes."""
    (outcome,) = outcomes_of({**CLEAN_ROW, **changes}, office=office, answers=answers)
    return outcome
