"""The order of arrays is not signed, so it decides nothing on a certificate."""

import random
from dataclasses import replace
from typing import Any

import pytest

from credentials.credential import AchievementCredential
from credentials.identity import name_identity
from credentials.result import Result, ResultDescription
from issuer.certificates.face import CertificateFace
from tests.certificates import award, look
from tests.shuffling import shuffled


def changed(credential: AchievementCredential, **changes: Any) -> AchievementCredential:
    """The credential with attributes of its subject replaced."""
    return replace(credential, credential_subject=replace(credential.credential_subject, **changes))


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("code", ["VLT-HV1", "PAS-TEAM"])
def test_shuffling_arrays_never_changes_the_face(code: str, seed: int) -> None:
    """Names, results, outcomes and the levels of a rubric stand where they stood."""
    credential = award(code)
    achievement = credential.credential_subject.achievement
    quiz = ResultDescription(id=f"{achievement.id}#quiz", name="Quiz", result_type="Percent")
    credential = changed(
        credential,
        identifier=(name_identity("Mohammed Al-Husseini"), name_identity("محمد الحسيني")),
        achievement=replace(achievement, result_description=(*achievement.result_description, quiz)),
        result=(Result(result_description=quiz.id, value="85.5"), *credential.credential_subject.result),
    )
    other = AchievementCredential.from_json(shuffled(credential.to_json(), random.Random(seed)))
    assert CertificateFace.of(other, look()) == CertificateFace.of(credential, look())


def test_a_rubric_whose_levels_have_no_rank_claims_none() -> None:
    """“Level 2 of 3” is said only where points or levels are signed; the order of the array is not."""
    credential = award("PAS-TEAM")
    achievement = credential.credential_subject.achievement
    scales = tuple(
        replace(scale, rubric_criterion_level=tuple(replace(one, level=None) for one in scale.rubric_criterion_level))
        for scale in achievement.result_description
    )
    bare = changed(credential, achievement=replace(achievement, result_description=scales))
    texts = [str(fact) for fact in CertificateFace.of(bare, look()).facts]
    assert not any("of 3" in text for text in texts)
    assert any("of 3" in str(fact) for fact in CertificateFace.of(credential, look()).facts)
