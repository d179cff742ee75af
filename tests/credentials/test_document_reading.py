"""Reading an Open Badges document: what conforms is read, and a mistake has a place and a reason."""

import copy
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from credentials.credential import AchievementCredential
from credentials.errors import MalformedCredential, TooComplex
from credentials.json_object import step_to
from credentials.profile import EndorsementCredential, Profile
from credentials.status_entry import BitstringStatusListEntry, CredentialStatus
from tests.complete_document import complete_document
from tests.example_credentials import COMPLETED, LEARNER_NAME, STATUS_INDEX, example_credential
from tests.vectors import needs_vectors, read_vector

ACHIEVEMENT = ("credentialSubject", "achievement")
REMOVED = object()
MESSAGES = "$.credentialStatus.statusMessage"
TAG = "$.credentialSubject.achievement.tag"


def replaced(path: tuple[str | int, ...], value: object) -> dict[str, Any]:
    """The complete document with one value replaced, or removed."""
    document = complete_document()
    place: Any = document
    for step in path[:-1]:
        place = place[step]
    if value is REMOVED:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return document


def case(name: str, path: tuple[str | int, ...], value: object, reason: str, *, where: str = "") -> Any:
    """One way to fail; it is found where the change was made unless another place is named."""
    steps = "".join(f"[{step}]" if isinstance(step, int) else step_to(step) for step in path)
    return pytest.param(path, value, where or f"${steps}", reason, id=name)


VC = "https://www.w3.org/ns/credentials/v2"
OB = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
STATUS = ("credentialStatus",)
FIRST_RESULT = ("credentialSubject", "result", 0)
SCORE = (*ACHIEVEMENT, "resultDescription", 1)
GRADE = (*ACHIEVEMENT, "resultDescription", 2)
EMAIL = ("credentialSubject", "identifier", 1)


@pytest.mark.parametrize(
    ("path", "value", "where", "reason"),
    [
        case("no-context", ("@context",), REMOVED, "is missing"),
        case("one-context", ("@context",), [VC], "at least two contexts"),
        case("context-order", ("@context",), [OB, VC], VC, where="$['@context'][0]"),
        case("context-between", ("@context",), [VC, "urn:x:1", OB], "Open Badges 3.0", where="$['@context'][1]"),
        case("context-of-version-1", ("@context", 0), "https://www.w3.org/2018/credentials/v1", VC),
        case("context-look-alike", ("@context", 1), OB + "\n", "Open Badges 3.0"),
        case("context-inline", ("@context",), [VC, OB, {"a": "b:c"}], "written out", where="$['@context'][2]"),
        case("no-type", ("type",), REMOVED, "is missing"),
        case("type-without-vc", ("type",), ["OpenBadgeCredential"], "VerifiableCredential is missing"),
        case("type-without-badge", ("type",), ["VerifiableCredential"], "OpenBadgeCredential or Achievement"),
        case("type-empty", ("type",), [], "array of type names"),
        case("no-id", ("id",), REMOVED, "is missing"),
        case("id-relative", ("id",), "credentials/1", "absolute URI"),
        case("id-with-space", ("id",), "urn:uuid:1 2", "absolute URI"),
        case("id-a-list", ("id",), ["urn:uuid:1"], "absolute URI"),
        case("no-issuer", ("issuer",), REMOVED, "is missing"),
        case("issuer-a-string", ("issuer",), "https://x.example", "expected an object"),
        case("issuer-null", ("issuer",), None, "null"),
        case("issuer-a-list", ("issuer",), [{"id": "urn:x:1", "type": ["Profile"]}], "expected an object"),
        case("issuer-no-id", ("issuer", "id"), REMOVED, "is missing"),
        case("issuer-type", ("issuer", "type"), ["Organisation"], "Profile is missing"),
        case("no-valid-from", ("validFrom",), REMOVED, "is missing"),
        case("valid-from-no-zone", ("validFrom",), "2026-10-16T00:00:00", "time zone"),
        case("valid-from-a-date", ("validFrom",), "2026-10-16", "time zone"),
        case("valid-from-no-day", ("validFrom",), "2026-02-30T00:00:00Z", "time zone"),
        case("valid-from-a-number", ("validFrom",), 1792108800, "time zone"),
        case("valid-until-before", ("validUntil",), "2026-10-15T23:59:59Z", "before validFrom"),
        case("awarded-no-zone", ("awardedDate",), "2026-10-16T00:00:00", "time zone"),
        case("no-subject", ("credentialSubject",), REMOVED, "is missing"),
        case("two-subjects", ("credentialSubject",), [{}, {}], "expected an object"),
        case("subject-type", ("credentialSubject", "type"), ["Person"], "AchievementSubject"),
        case("no-achievement", ACHIEVEMENT, REMOVED, "is missing"),
        case("name-empty", (*ACHIEVEMENT, "name"), " ", "a non-empty string"),
        case("name-a-map", (*ACHIEVEMENT, "name"), {"en": "x"}, "one language"),
        case("no-description", (*ACHIEVEMENT, "description"), REMOVED, "is"),
        case("no-criteria", (*ACHIEVEMENT, "criteria"), REMOVED, "is missing"),
        case("criteria-empty", (*ACHIEVEMENT, "criteria"), {}, "an id or a narr"),
        case("achievement-type", (*ACHIEVEMENT, "achievementType"), "Microcredential", "vocabulary"),
        case("language", (*ACHIEVEMENT, "inLanguage"), "English", "language tag"),
        case("credits-a-text", (*ACHIEVEMENT, "creditsAvailable"), "5 ECTS", "a number"),
        case("credits-a-flag", (*ACHIEVEMENT, "creditsAvailable"), True, "a number"),
        case("image-a-string", ("image",), "https://x.example/1.png", "expected an object"),
        case("image-with-more", ("image", "width"), 100, "no further member"),
        case("image-type-a-list", ("image", "type"), ["Image"], "expected 'Image'"),
        case("identity-with-more", (*EMAIL, "hint"), "a@", "no further member"),
        case("identity-not-hashed-said", (*EMAIL, "hashed"), REMOVED, "is missing"),
        case("identity-hashed-a-text", (*EMAIL, "hashed"), "true", "true or false"),
        case("identity-type-email", (*EMAIL, "identityType"), "email", "vocabulary"),
        case("identity-hash-plain", (*EMAIL, "identityHash"), "asa@x.example", "sha256$"),
        case("identifier-entry-with-more", ("issuer", "otherIdentifier", 0, "x"), 1, "no further"),
        case("target-type", (*ACHIEVEMENT, "alignment", 0, "targetType"), "ESCO", "vocabulary"),
        case("no-target-name", (*ACHIEVEMENT, "alignment", 0, "targetName"), REMOVED, "is missing"),
        case("country", ("issuer", "address", "addressCountryCode"), "SWE", "two letters"),
        case("birth-date", ("issuer", "dateOfBirth"), "1990-02-30", "expected a date"),
        case("birth-date-short", ("issuer", "dateOfBirth"), "19900228", "expected a date"),
        case("result-value-a-number", ("credentialSubject", "result", 1, "value"), 18, "a string"),
        case("result-of-nothing", (*FIRST_RESULT, "resultDescription"), "urn:x:1", "not the id of a result"),
        case("result-level", (*FIRST_RESULT, "achievedLevel"), "urn:x:1", "not the id of a level"),
        case("result-no-status", (*FIRST_RESULT, "status"), REMOVED, "described as a status"),
        case("result-status", (*FIRST_RESULT, "status"), "Passed", "expected one of"),
        case("result-too-high", ("credentialSubject", "result", 1, "value"), "21", "outside"),
        case("result-too-low", ("credentialSubject", "result", 1, "value"), "-1", "outside"),
        case("result-not-allowed", ("credentialSubject", "result", 2, "value"), "Merit", "allowedValue"),
        case("scale-upside-down", (*SCORE, "valueMax"), "-5", "less than"),
        case("required-value", (*SCORE, "requiredValue"), "20.5", "outside"),
        case("required-grade", (*GRADE, "requiredValue"), "A", "allowedValue"),
        case("required-level", (*GRADE, "requiredLevel"), "urn:x:1", "not the id"),
        case("result-type", (*SCORE, "resultType"), "Points", "vocabulary"),
        case("two-statuses", STATUS, [{}, {}], "one status"),
        case("status-no-type", (*STATUS, "type"), REMOVED, "is missing"),
        case("status-index-negative", (*STATUS, "statusListIndex"), "-1", "whole number"),
        case("status-index-fraction", (*STATUS, "statusListIndex"), 1.5, "whole number"),
        case("status-index-hexadecimal", (*STATUS, "statusListIndex"), "0x1", "whole number"),
        case("status-index-other-digits", (*STATUS, "statusListIndex"), "٣", "whole number"),
        case("status-list-relative", (*STATUS, "statusListCredential"), "/status/3", "absolute URI"),
        case("status-id-is-the-list", (*STATUS, "id"), "https://voltpass.example/status/3", "names the list"),
        case("status-size-without-messages", (*STATUS, "statusSize"), 2, "needs 4", where=MESSAGES),
        case("status-size-zero", (*STATUS, "statusSize"), 0, "whole number"),
        case("status-size-absurd", (*STATUS, "statusSize"), 10**9, "whole number"),
        case("schema-no-type", ("credentialSchema", 0, "type"), REMOVED, "is missing"),
        case("refresh-no-id", ("refreshService", "id"), REMOVED, "is missing"),
        case("terms-no-type", ("termsOfUse", 0, "type"), REMOVED, "is missing"),
        case("evidence-type", ("evidence", 0, "type"), ["Proof"], "Evidence is missing"),
        case("proof-no-type", ("proof", 0, "type"), REMOVED, "is missing"),
        case("endorsement-no-name", ("endorsement", 0, "name"), REMOVED, "is missing"),
        case("endorsement-dates", ("endorsement", 0, "validUntil"), "2025-01-01T00:00:00Z", "before"),
        case("endorsement-subject", ("endorsement", 0, "credentialSubject", "id"), "x", "URI"),
        case("endorsement-token", ("endorsementJwt", 0), "a.b", "compact JWS"),
        case("empty-set", ("evidence",), [], "the array is empty"),
        case("null-in-a-set", (*ACHIEVEMENT, "tag"), ["x", None], "a string", where=f"{TAG}[1]"),
        case("null-further-down", ("further",), {"a": [{"b": None}]}, "null", where="$.further.a[0].b"),
        case("empty-further-down", ("further",), {"a b": []}, "the array is empty", where="$.further['a b']"),
        case("keyword", ("@id",), "urn:x:1", "JSON-LD keywords"),
        case("context-inside", ("issuer", "@context"), {"name": "urn:x:1"}, "JSON-LD keywords"),
        case("context-further-down", ("further",), {"@context": {}}, "JSON-LD keywords", where="$.further['@context']"),
    ],
)  # fmt: skip
def test_a_mistake_has_a_place(path: tuple[str | int, ...], value: object, where: str, reason: str) -> None:
    """Each breach of the standard is refused by name, at its place, and nothing comes out."""
    with pytest.raises(MalformedCredential) as caught:
        AchievementCredential.from_json(replaced(path, value))
    assert caught.value.path == where
    assert reason in caught.value.reason
    assert caught.value.code == "malformed_credential"


def test_a_subject_nobody_can_name_is_refused() -> None:
    """The subject has an id or at least one identifier; either will do."""
    document = complete_document()
    del document["credentialSubject"]["id"]
    assert AchievementCredential.from_json(document).credential_subject.id is None
    del document["credentialSubject"]["identifier"]
    with pytest.raises(MalformedCredential, match="an id or at least one identifier"):
        AchievementCredential.from_json(document)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda d: d["@context"].__setitem__(1, OB.replace("3.0.3", "3.0.2")), id="another-3.0-context"),
        pytest.param(lambda d: d["@context"].append("https://x.example/1"), id="further-context"),
        pytest.param(lambda d: d["type"].__setitem__(1, "AchievementCredential"), id="the-other-type-name"),
        pytest.param(lambda d: d["type"].append("ext:Own"), id="further-type"),
        pytest.param(lambda d: d["credentialSubject"].update(type="AchievementSubject"), id="type-without-brackets"),
        pytest.param(lambda d: d.update(evidence=d["evidence"][0]), id="set-without-brackets"),
        pytest.param(lambda d: d.update(name=""), id="optional-text-empty"),
        pytest.param(lambda d: d.update(validUntil=d["validFrom"]), id="valid-for-a-moment"),
        pytest.param(lambda d: d.update(validFrom="2026-10-16T02:00:00.5+02:00"), id="other-zone-and-fraction"),
        pytest.param(lambda d: d.update(further={"a": [1, {"b": "c"}]}), id="unknown-member"),
        pytest.param(lambda d: d["credentialSubject"]["achievement"].update(achievementType="ext:Own"), id="extension"),
        pytest.param(lambda d: d.pop("endorsement"), id="no-endorsement"),
        pytest.param(lambda d: d.update(image={"id": "data:image/png;base64,AAAA", "type": "Image"}), id="data-uri"),
        pytest.param(lambda d: d["credentialStatus"].update(type="1EdTechRevocationList"), id="another-status-method"),
        pytest.param(lambda d: d["issuer"].update(url="https://köpa.example/å"), id="letters-beyond-ascii"),
    ],
)
def test_what_conforms_comes_back_as_it_was(change: Callable[[dict[str, Any]], object]) -> None:
    """Conforming documents are read, also those we would write otherwise, and written again without a difference."""
    document = complete_document()
    change(document)
    before = copy.deepcopy(document)
    written = AchievementCredential.from_json(document).to_json()
    assert written == before == document
    assert _kinds(written) == _kinds(before)


def _kinds(value: object) -> object:
    """The value with the type of every number, for 1 == 1.0 == True in Python."""
    if isinstance(value, dict):
        return {name: _kinds(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_kinds(inner) for inner in value]
    return type(value), value


def test_an_index_written_as_a_number_is_read_and_never_written() -> None:
    """Published samples have statusListIndex as a number; the standard wants a string, so a string is written."""
    document = replaced((*STATUS, "statusListIndex"), STATUS_INDEX)
    credential = AchievementCredential.from_json(document)
    assert isinstance(credential.credential_status, BitstringStatusListEntry)
    assert credential.credential_status.status_list_index == STATUS_INDEX
    assert credential.to_json()["credentialStatus"]["statusListIndex"] == str(STATUS_INDEX)


def test_an_unknown_status_method_is_kept_and_told_apart() -> None:
    """A status that this program cannot ask for must not look like no status at all."""
    document = replaced(STATUS, {"id": "https://x.example/revoked", "type": "1EdTechRevocationList"})
    assert isinstance(AchievementCredential.from_json(document).credential_status, CredentialStatus)


def test_a_list_with_messages_is_read() -> None:
    """A status of two bits brings its four messages along."""
    messages = [{"status": f"0x{value}", "message": "demo"} for value in range(4)]
    document = replaced(STATUS, complete_document()["credentialStatus"] | {"statusSize": 2, "statusMessage": messages})
    status = AchievementCredential.from_json(document).credential_status
    assert isinstance(status, BitstringStatusListEntry)
    assert [message.status for message in status.status_message] == ["0x0", "0x1", "0x2", "0x3"]


def test_the_attributes_say_what_the_document_says() -> None:
    """Names are the standard's in snake_case, moments are aware and in UTC, sets are tuples."""
    credential = AchievementCredential.from_json(example_credential().to_json())
    assert credential.valid_from == COMPLETED
    assert credential.valid_from.utcoffset() == timedelta(0)
    assert credential.credential_subject.identifier[0].identity_hash == LEARNER_NAME
    assert credential.credential_subject.achievement.human_code == "VLT-HV1"
    assert credential == example_credential()


def test_a_moment_is_quoted_until_it_is_computed_with() -> None:
    """A date-time is written as it stood, but a moment computed from it is written in UTC."""
    document = replaced(("validFrom",), "2026-10-16T02:00:00+02:00")
    credential = AchievementCredential.from_json(document)
    assert credential.valid_from == COMPLETED
    assert credential.to_json()["validFrom"] == "2026-10-16T02:00:00+02:00"
    later = example_credential(valid_from=credential.valid_from + timedelta(hours=1))
    assert later.to_json()["validFrom"] == "2026-10-16T01:00:00Z"
    assert copy.deepcopy(credential).to_json() == document


def test_a_moment_without_zone_is_not_written() -> None:
    """Nobody knows which moment a date-time without zone is."""
    with pytest.raises(ValueError, match="time zone"):
        example_credential(valid_from=datetime(2026, 10, 16)).to_json()  # noqa: DTZ001
    assert example_credential(valid_from=datetime(2026, 10, 16, tzinfo=UTC)).to_json()["validFrom"].endswith("Z")


def test_a_member_is_not_written_twice() -> None:
    """What has an attribute of its own cannot be smuggled in as an unknown member."""
    with pytest.raises(ValueError, match="name"):
        example_credential(extra={"name": "Another"}).to_json()


def test_what_was_read_is_not_changed_from_outside() -> None:
    """Unknown members are copied on reading and on writing."""
    document = replaced(("further",), {"a": [1]})
    credential = AchievementCredential.from_json(document)
    document["further"]["a"].append(2)
    credential.to_json()["further"]["a"].append(3)
    assert credential.to_json()["further"] == {"a": [1]}


def test_nesting_without_end_is_refused() -> None:
    """A document nested deeper than Python can follow is our own error, also without the JSON reader's limit."""
    profile: dict[str, Any] = {"id": "urn:x:1", "type": ["Profile"]}
    for _ in range(5000):
        profile = {"id": "urn:x:1", "type": ["Profile"], "parentOrg": profile}
    with pytest.raises(TooComplex):
        Profile.from_json(profile)


def test_an_endorsement_may_name_its_issuer_by_id_alone() -> None:
    """Embedded endorsements are kept as they are, whether their issuer is an object or an id."""
    endorsement = EndorsementCredential.from_json(
        complete_document()["credentialSubject"]["achievement"]["endorsement"][0]
    )
    assert endorsement.issuer == "https://quality.example"
    assert endorsement.to_json()["issuer"] == "https://quality.example"


@needs_vectors
@pytest.mark.parametrize(
    "name",
    [
        "model/microcredential-unsigned.json",
        "model/microcredential-signed-eddsa-rdfc-2022.json",
        "vectors/ob_v3p0_impl/signed.json",
        "vectors/ob_v3p0_impl/unsigned.json",
        "ob_v3p0-spec-examples/achievementAlignmentCase.json",
        "ob_v3p0-spec-examples/achievementAlignmentCe.json",
        "ob_v3p0-spec-examples/basicOpenBadgeCredential.json",
        "ob_v3p0-spec-examples/fullOpenBadge.json",
        "ob_v3p0-spec-examples/skillAssertionCase.json",
        "ob_v3p0-spec-examples/skillAssertionCtdl.json",
    ],
)
def test_published_documents_come_back_as_they_were(name: str) -> None:
    """The examples of the standard are read and written without a difference."""
    document = read_vector(name)
    written = AchievementCredential.from_json(document).to_json()
    assert _kinds(written) == _kinds(document)
