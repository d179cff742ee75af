"""Badges through the interface: awarded, looked at, listed, taken back; and nobody is named who need not be."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from issuer.accounts.records import AuditEntryRecord
from issuer.accounts.tokens import Scope
from issuer.api.call import write_cursor
from issuer.awards.records import IssuedCredentialRecord, StatusChangeRecord
from issuer.database import reading
from issuer.delivery.records import DeliveryRecord, MailRecord
from tests.machines import AWARD, Machine, learner, machine, problem


@pytest.fixture
def desk(tmp_path: Path) -> Machine:
    return machine(tmp_path)


def test_a_badge_is_awarded_and_can_be_looked_at(desk: Machine) -> None:
    """201 with the address of the badge, which proves itself at its link."""
    response = desk.call("POST", "/awards", AWARD)
    assert response.status_code == 201
    given = response.get_json()
    assert response.headers["Location"] == f"/api/v1/awards/{given['id']}"
    assert response.headers["Cache-Control"] == "no-store"
    assert desk.call("GET", f"/awards/{given['id']}").get_json() == given
    link = given["link"].removeprefix(desk.office.settings.base_url)
    verdict = desk.client.post("/verify", data={"text": given["link"]}, headers={"Accept": "application/json"})
    assert verdict.get_json()["verdict"] == "VALID"
    assert json.loads(desk.client.get(f"{link}.json").text)["id"] == given["id"]


def test_the_same_award_is_made_once(desk: Machine) -> None:
    """Without a key too: the same achievement, learner and day are the same badge."""
    first = desk.call("POST", "/awards", AWARD)
    second = desk.call("POST", "/awards", AWARD)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.get_json() == second.get_json()
    with reading(desk.office.sessions) as session:
        assert len(session.scalars(select(IssuedCredentialRecord)).all()) == 1
        assert len(session.scalars(select(DeliveryRecord)).all()) == 1


def test_an_award_is_announced_and_put_on_record(desk: Machine) -> None:
    """The learner is told, and the audit log has the token's name and nothing about the learner."""
    given = desk.award()
    with reading(desk.office.sessions) as session:
        mail = session.scalars(select(MailRecord)).one()
        assert (mail.address, mail.language) == ("learner1@mail.example", "sv")
        entry = session.scalars(select(AuditEntryRecord)).one()
        assert entry.subject == given["id"]
        assert entry.actor.startswith("token:")
        assert "learner1" not in str(entry.facts)


@pytest.mark.parametrize(
    ("changes", "code", "place"),
    [
        pytest.param({"email": "bjorn"}, "email_invalid", "$.email", id="email"),
        pytest.param({"email": None, "reference": None}, "identity_missing", "$.email", id="nobody"),
        pytest.param({"given_name": "", "family_name": ""}, "name_missing", "$.given_name", id="no name"),
        pytest.param({"achievement": "VLT-HV9"}, "unknown_achievement", "$.achievement", id="achievement"),
        pytest.param({"achievement": "PAS-ADA"}, "provider_not_authorised", "$.achievement", id="not authorised"),
        pytest.param({"completed_on": "2027-01-01"}, "date_in_future", "$.completed_on", id="future"),
        pytest.param({"result": "Fail"}, "result_not_passed", "$.result", id="not passed"),
        pytest.param({"valid_until": "2026-01-01"}, "valid_until_too_early", "$.valid_until", id="end"),
    ],
)
def test_an_award_that_cannot_be_made_says_where_and_why(
    desk: Machine, changes: dict[str, Any], code: str, place: str
) -> None:
    """The codes are those of award files; what stood there is not repeated."""
    told = problem(desk.call("POST", "/awards", {**AWARD, **changes}), 422, code)
    assert told["errors"][0]["place"] == place
    for value in (*changes.values(), AWARD["family_name"]):
        assert (
            not isinstance(value, str)
            or not value
            or value not in desk.call("POST", "/awards", {**AWARD, **changes}).text
        )


def test_a_conflict_of_identities_repeats_neither(desk: Machine) -> None:
    """A reference that is on file with another address could be a slip; whose it is is told to nobody."""
    desk.award(1)
    told = desk.call("POST", "/awards", {**learner(2), "reference": "T001"})
    assert told.status_code == 422
    assert "T001" not in told.text
    assert "learner" not in told.text.replace("learner_", "").replace("this learner", "")


def test_a_warning_asks_for_a_yes(desk: Machine) -> None:
    """The codes to accept are named; accepted, the badge is issued, and the audit log says what was accepted."""
    told = problem(
        desk.call("POST", "/awards", learner(1, achievement="VLT-TEST", result="84")), 422, "prerequisite_missing"
    )
    assert told["accept"] == ["prerequisite_missing"]
    assert told["suggestion"]
    accepted = learner(1, achievement="VLT-TEST", result="84", accept=told["accept"])
    told = problem(desk.call("POST", "/awards", accepted), 422, "invalid_request")
    assert [each["place"] for each in told["errors"]] == ["$.reason"]
    assert desk.call("POST", "/awards", {**accepted, "reason": "Seen on  paper."}).status_code == 201
    with reading(desk.office.sessions) as session:
        facts = session.scalars(select(AuditEntryRecord)).one().facts
    assert (facts["accepted"], facts["reason"]) == ("prerequisite_missing", "Seen on paper.")


def test_lists_come_in_parts_and_filtered(desk: Machine) -> None:
    """The cursor leads through all of them, each once, in either order."""
    made = [desk.award(number)["id"] for number in range(1, 6)]
    for order, wanted in (("oldest", made), ("newest", made[::-1])):
        seen, cursor = [], ""
        while True:
            page = desk.call("GET", f"/awards?limit=2&order={order}{cursor}").get_json()
            seen += [each["id"] for each in page["items"]]
            if page["next"] is None:
                break
            cursor = f"&cursor={page['next']}"
        assert seen == wanted
    desk.call("POST", f"/awards/{made[1]}/revoke", {"reason": "fraud"})
    assert [each["id"] for each in desk.call("GET", "/awards?state=revoked").get_json()["items"]] == [made[1]]
    assert len(desk.call("GET", "/awards?achievement=VLT-HV1").get_json()["items"]) == 5
    for nothing in ("achievement=VLT-HV2", "completed_from=2026-10-17", "completed_until=2026-10-15"):
        assert desk.call("GET", f"/awards?{nothing}").get_json()["items"] == []
    whose = desk.call("GET", f"/awards/{made[2]}").get_json()["learner"]
    assert [each["id"] for each in desk.call("GET", f"/awards?learner={whose}").get_json()["items"]] == [made[2]]


@pytest.mark.parametrize("cursor", ["AAAA", "x", write_cursor(-5)])
def test_a_cursor_of_somebody_else_is_refused(desk: Machine, cursor: str) -> None:
    """A text that is none of ours leads nowhere."""
    problem(desk.call("GET", f"/awards?cursor={cursor}"), 422, "unknown_cursor")


def test_an_award_names_nobody(desk: Machine) -> None:
    """Names and addresses are for the scope that asks for them; the link, which leads to a name, too."""
    desk.award()
    reader = desk.token(scopes=(Scope.READ,))
    page = desk.call("GET", "/awards", token=reader)
    assert page.get_json()["items"][0]["link"] is None
    for name in ("Åsa", "Öberg", "learner1@mail.example", "T001"):
        assert name not in page.text
    found = desk.call("GET", "/learners?reference=T001", token=desk.token(scopes=(Scope.LEARNERS,))).get_json()["items"]
    assert [(each["given_name"], each["email"], each["awards"]) for each in found] == [
        ("Åsa", "learner1@mail.example", 1)
    ]
    assert desk.call("GET", f"/learners/{found[0]['id']}").get_json() == found[0]


def test_states_change_with_reasons(desk: Machine) -> None:
    """Suspended, reinstated, revoked: each on file with its reason and the token that did it, and the gate knows."""
    given = desk.award()
    for act, reason, state in (
        ("suspend", "safety", "suspended"),
        ("reinstate", "safety", "issued"),
        ("revoke", "fraud", "revoked"),
    ):
        response = desk.call("POST", f"/awards/{given['id']}/{act}", {"reason": reason})
        assert response.status_code == 200, response.text
        assert response.get_json()["state"] == state
        assert response.get_json()["changes"][-1]["reason"] == reason
    problem(desk.call("POST", f"/awards/{given['id']}/revoke", {"reason": "fraud"}), 409, "already_revoked")
    problem(desk.call("POST", f"/awards/{given['id']}/suspend", {"reason": "fraud"}), 409, "already_revoked")
    problem(desk.call("POST", f"/awards/{given['id']}/revoke", {"reason": "other"}), 422, "reason_needs_note")
    verdict = desk.client.post("/verify", data={"text": given["link"]}, headers={"Accept": "application/json"})
    assert verdict.get_json()["verdict"] == "REVOKED"
    with reading(desk.office.sessions) as session:
        assert {each.by.partition(":")[0] for each in session.scalars(select(StatusChangeRecord))} == {"token"}
        acts = [each.act for each in session.scalars(select(AuditEntryRecord).order_by(AuditEntryRecord.number))]
        assert acts[1:] == ["credential_suspended", "credential_reinstated", "credential_revoked"]


def test_a_badge_is_replaced_by_a_corrected_one(desk: Machine) -> None:
    """201 with the new one; each names the other."""
    given = desk.award()
    response = desk.call("POST", f"/awards/{given['id']}/supersede", {"reason": "name_error", "family_name": "Lind"})
    assert response.status_code == 201, response.text
    new = response.get_json()
    assert new["supersedes"] == given["id"]
    old = desk.call("GET", f"/awards/{given['id']}").get_json()
    assert (old["state"], old["superseded_by"]) == ("superseded", new["id"])
    told = desk.call("POST", f"/awards/{new['id']}/supersede", {"reason": "name_error", "family_name": "L\u2603nd"})
    problem(told, 422, "correction_refused")
    assert "\u2603" not in told.text
    problem(desk.call("POST", f"/awards/{new['id']}/supersede", {"reason": "name_error"}), 422, "nothing_to_correct")


def test_the_catalogue_says_what_may_be_awarded(desk: Machine) -> None:
    """Programmes and achievements, with the results that can be said."""
    programmes = desk.call("GET", "/programmes").get_json()["items"]
    assert {each["code"] for each in programmes} == {"PASS", "VOLTAGE"}
    found = {each["code"]: each for each in desk.call("GET", "/achievements").get_json()["items"]}
    assert found["VLT-HV1"]["may_award"]
    assert not found["PAS-ADA"]["may_award"]
    assert found["PAS-ADA"]["results"] == ["Foundation", "Proficient", "Advanced"]
    assert found["VLT-TEST"]["results"] == []
    assert desk.call("GET", "/achievements/VLT-HV1").get_json() == found["VLT-HV1"]
    problem(desk.call("GET", "/achievements/NO-SUCH"), 404, "not_found")
