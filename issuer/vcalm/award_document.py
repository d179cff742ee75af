"""From what a provider's program sends to the claim that is sealed.

The catalogue has the say: what a program repeats of it must agree, what it leaves out is filled in. Where status,
picture and link of a badge lie is the office's affair.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from credentials.credential import AchievementCredential
from credentials.data_model import DataModel, read_version
from credentials.data_model_rules import check_data_model
from issuer.awards.blank import Blank
from issuer.awards.document import Numbers, badge_image, status_entry
from keys.instant import write_instant
from verifier.web.vcalm_request import VcalmRefused

OURS: Final = ("credentialStatus", "image", "proof")
_OPEN_BADGE: Final = frozenset({"OpenBadgeCredential", "AchievementCredential"})
_URN: Final = re.compile(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)


def check_document(given: Mapping[str, Any]) -> None:
    """Raise MalformedCredential or VcalmRefused unless this is a credential of version 2.0 that bears no proof yet."""
    check_data_model(given)
    if read_version(given) is not DataModel.V2:
        raise VcalmRefused("version_not_issued", "Credentials are issued in version 2.0 of the data model only.")
    if "proof" in given:
        raise VcalmRefused("proof_exists", "$.proof: the credential is sealed already")


def check_issuer(given: Mapping[str, Any], issuer_id: str) -> None:
    """Raise VcalmRefused unless the credential names the issuer of this instance."""
    issuer = given["issuer"]
    if (issuer.get("id") if isinstance(issuer, Mapping) else issuer) != issuer_id:
        raise VcalmRefused("issuer_mismatch", f"$.issuer: this instance issues for {issuer_id} only")


def named_achievement(given: Mapping[str, Any], base_url: str) -> str:
    """The catalogue's code of the achievement; raises VcalmRefused."""
    for name in OURS:
        if name in given:
            raise VcalmRefused("member_is_ours", f"$.{name}: the office writes this itself; leave it out")
    types = given["type"]
    if not _OPEN_BADGE & set(types if isinstance(types, list) else [types]):
        raise VcalmRefused("not_an_award", "$.type: this instance issues OpenBadgeCredential only")
    subject = given["credentialSubject"]
    if not isinstance(subject, Mapping):
        raise VcalmRefused("several_subjects", "$.credentialSubject: an award has one subject")
    achievement = subject.get("achievement")
    achievement_id = achievement.get("id") if isinstance(achievement, Mapping) else None
    if not isinstance(achievement_id, str):
        raise VcalmRefused("no_achievement", "$.credentialSubject.achievement.id: expected an achievement")
    found = re.fullmatch(rf"{re.escape(base_url)}/achievements/([A-Za-z0-9-]{{1,32}})/[0-9.]{{1,14}}", achievement_id)
    if found is None:
        detail = "$.credentialSubject.achievement.id: not an achievement that this provider is authorised for"
        raise VcalmRefused("provider_not_authorised", detail, status=403)
    return found[1]


def given_id(given: Mapping[str, Any], options: Mapping[str, Any]) -> str | None:
    """The id that the program chose for the credential, in the document or as an option; raises VcalmRefused."""
    chosen = {each for each in (given.get("id"), options.get("credentialId")) if each is not None}
    if len(chosen) > 1:
        raise VcalmRefused("two_ids", "$.options.credentialId: the credential has another id")
    for each in chosen:
        _check_urn(each, "$.id")
        return str(each)
    return None


def given_subject_id(given: Mapping[str, Any]) -> str | None:
    """The learner's pseudonym, if the program gives one; raises VcalmRefused."""
    subject_id = given["credentialSubject"].get("id")
    if subject_id is None:
        return None
    _check_urn(subject_id, "$.credentialSubject.id")
    return str(subject_id)


def complete(
    given: Mapping[str, Any], blank: Blank, numbers: Numbers, subject_id: str, *, now: datetime
) -> AchievementCredential:
    """The credential to seal. Raises VcalmRefused where it differs from the catalogue, and MalformedCredential."""
    subject = given["credentialSubject"]
    issuer, achievement = blank.issuer.to_json(), blank.achievement.to_json()
    if isinstance(given["issuer"], Mapping) and not _agrees(given["issuer"], issuer):
        raise VcalmRefused("issuer_differs", "$.issuer: says something else than the provider's profile")
    if not _agrees(subject["achievement"], achievement):
        detail = "$.credentialSubject.achievement: says something else than the catalogue"
        raise VcalmRefused("achievement_differs", detail)
    moment = write_instant(now.replace(microsecond=0))
    document = {
        "name": blank.achievement.name,
        "validFrom": moment,
        **given,
        "id": numbers.credential_id,
        "issuer": issuer,
        "credentialSubject": {**subject, "id": subject_id, "achievement": achievement},
    }
    credential = AchievementCredential.from_json(document)
    return replace(
        credential,
        image=badge_image(numbers.link, blank.achievement.name),
        credential_status=status_entry(numbers.index),
    )


def _check_urn(value: object, path: str) -> None:
    if not isinstance(value, str) or not _URN.fullmatch(value):
        raise VcalmRefused("id_not_accepted", f"{path}: expected urn:uuid: in lower case, or nothing")


def _agrees(given: object, own: object) -> bool:
    """Whether everything that is given stands in our own version too; a single value stands for a list of it."""
    if isinstance(given, Mapping) and isinstance(own, Mapping):
        return all(name in own and _agrees(value, own[name]) for name, value in given.items())
    if isinstance(own, list) and not isinstance(given, list):
        given = [given]
    return given == own
