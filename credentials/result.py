"""ResultDescription and Result: the scale of an achievement, and where on it the learner stands (OB 3.0)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Final

from credentials.alignment import Alignment
from credentials.json_object import OpenObject
from credentials.json_values import Misfit, NonEmptyText, Text, Uri, extensible, one_of, types

STATUS: Final = "Status"

ResultType = Annotated[
    str,
    extensible(
        "GradePointAverage", "LetterGrade", "Percent", "PerformanceLevel", "PredictedScore", "RawScore", "Result",
        "RubricCriterion", "RubricCriterionLevel", "RubricScore", "ScaledScore", STATUS,
    ),
]  # fmt: skip
ResultStatus = Annotated[
    str, one_of("Completed", "Enrolled", "Failed", "InProgress", "OnHold", "Provisional", "Withdrew")
]


@dataclass(frozen=True, slots=True, kw_only=True)
class RubricCriterionLevel(OpenObject):
    """One level of a rubric."""

    id: Uri
    type: Annotated[tuple[str, ...], types(("RubricCriterionLevel",))] = ("RubricCriterionLevel",)
    name: NonEmptyText
    level: Text | None = None
    points: Text | None = None
    description: Text | None = None
    alignment: tuple[Alignment, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultDescription(OpenObject):
    """A result that learners may have, and what is required to pass."""

    id: Uri
    type: Annotated[tuple[str, ...], types(("ResultDescription",))] = ("ResultDescription",)
    name: NonEmptyText
    result_type: ResultType
    allowed_value: tuple[Text, ...] = ()
    value_min: Text | None = None
    value_max: Text | None = None
    required_value: Text | None = None
    rubric_criterion_level: tuple[RubricCriterionLevel, ...] = ()
    required_level: Uri | None = None
    alignment: tuple[Alignment, ...] = ()

    def _check(self) -> None:
        lowest, highest = _number(self.value_min), _number(self.value_max)
        if lowest is not None and highest is not None and highest < lowest:
            raise Misfit("is less than valueMin", ".valueMax")
        if self.required_value is not None and (problem := self.problem_with_value(self.required_value)):
            raise Misfit(problem, ".requiredValue")
        if self.required_level is not None and self.find_level(self.required_level) is None:
            raise Misfit("is not the id of a level of this result", ".requiredLevel")

    def find_level(self, level_id: str) -> RubricCriterionLevel | None:
        return next((level for level in self.rubric_criterion_level if level.id == level_id), None)

    def problem_with_value(self, value: str) -> str | None:
        """Say why the value cannot be a result of this kind; values that are not numbers have no range."""
        if self.allowed_value and value not in self.allowed_value:
            return "is not one of allowedValue"
        number = _number(value)
        if number is None:
            return None
        lowest, highest = _number(self.value_min), _number(self.value_max)
        if (lowest is not None and number < lowest) or (highest is not None and number > highest):
            return "lies outside valueMin and valueMax"
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Result(OpenObject):
    """What the learner reached: a value, a level or a status."""

    type: Annotated[tuple[str, ...], types(("Result",))] = ("Result",)
    result_description: Uri | None = None
    value: Text | None = None
    achieved_level: Uri | None = None
    status: ResultStatus | None = None
    alignment: tuple[Alignment, ...] = ()

    def check_against(self, descriptions: Sequence[ResultDescription]) -> None:
        """Raise Misfit unless the result is one that the achievement describes; no schema checks these links."""
        # Of any description, not only the linked one: the complete example of the standard itself mixes them up.
        if self.achieved_level is not None and not any(one.find_level(self.achieved_level) for one in descriptions):
            raise Misfit("is not the id of a level that this achievement describes", ".achievedLevel")
        if self.result_description is None:
            return
        described = next((one for one in descriptions if one.id == self.result_description), None)
        if described is None:
            raise Misfit("is not the id of a result that this achievement describes", ".resultDescription")
        if described.result_type == STATUS and self.status is None:
            raise Misfit("is missing, and the result is described as a status", ".status")
        if self.value is not None and (problem := described.problem_with_value(self.value)):
            raise Misfit(problem, ".value")


def _number(text: str | None) -> Decimal | None:
    if text is None or not re.fullmatch(r"[+-]?[0-9]{1,30}(\.[0-9]{1,30})?", text.strip()):
        return None
    return Decimal(text.strip())
