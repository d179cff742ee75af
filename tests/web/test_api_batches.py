"""Many awards in one call: each with its own outcome, in order; large batches go to work and survive everything."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import func, select

from issuer.accounts.records import AuditEntryRecord
from issuer.api.batches import AT_ONCE
from issuer.api.records import ApiBatchItemRecord
from issuer.awards.records import IssuedCredentialRecord
from issuer.database import reading
from issuer.workshop import run_work
from tests.machines import AWARD, NEIGHBOUR, Machine, learner, machine, problem

CSV_HEADING = "firstname,lastname,email,idnumber,courseshortname,timecompleted,grade,lang\n"


@pytest.fixture
def desk(tmp_path: Path) -> Machine:
    return machine(tmp_path)


def send_csv(desk: Machine, *rows: str, **more: str) -> dict[str, object]:
    body = (CSV_HEADING + "\n".join(rows)).encode()
    response = desk.call("POST", "/completions", data=body, headers={"Content-Type": "text/csv", **more})
    assert response.status_code == 207, response.text
    done: dict[str, object] = response.get_json()
    return done


def outcomes(done: dict[str, object]) -> list[tuple[int, str, str | None]]:
    results = done["results"]
    assert isinstance(results, list)
    return [(each["status"], each["outcome"], each["code"]) for each in results]


def test_each_item_has_its_own_outcome(desk: Machine) -> None:
    """One that cannot be awarded does not hold up the others; the order is that in which they were sent."""
    desk.award(1)
    items = [
        learner(1),
        learner(2),
        learner(3, email="x"),
        learner(4, result="Fail"),
        learner(5, achievement="VLT-TEST", result="84"),
    ]
    response = desk.call("POST", "/batches", {"awards": items})
    assert response.status_code == 207
    done = response.get_json()
    assert outcomes(done) == [
        (200, "already_issued", None),
        (201, "issued", None),
        (422, "refused", "email_invalid"),
        (200, "skipped", "result_not_passed"),
        (422, "needs_answer", "prerequisite_missing"),
    ]
    assert [each["position"] for each in done["results"]] == [0, 1, 2, 3, 4]
    assert (done["total"], done["issued"], done["unchanged"], done["refused"], done["waiting"]) == (5, 1, 2, 2, 0)
    assert done["results"][2]["place"] == "$.email"
    assert done["results"][4]["accept"] == ["prerequisite_missing"]
    assert desk.call("GET", f"/batches/{done['id']}").get_json() == {**done, "results": []}
    page = desk.call("GET", f"/batches/{done['id']}/results?limit=3").get_json()
    assert page["items"] == done["results"][:3]
    rest = desk.call("GET", f"/batches/{done['id']}/results?cursor={page['next']}").get_json()
    assert (rest["items"], rest["next"]) == (done["results"][3:], None)


def test_a_warning_is_accepted_for_the_whole_batch(desk: Machine) -> None:
    """Somebody said yes once, and why; the audit log has it with each badge."""
    items = [learner(number, achievement="VLT-TEST", result="84") for number in (1, 2)]
    body = {"awards": items, "accept": ["prerequisite_missing"]}
    assert desk.call("POST", "/batches", body).status_code == 422
    done = desk.call("POST", "/batches", {**body, "reason": "Seen on paper."}).get_json()
    assert [status for status, _, _ in outcomes(done)] == [201, 201]
    with reading(desk.office.sessions) as session:
        assert [each.facts["reason"] for each in session.scalars(select(AuditEntryRecord))] == ["Seen on paper."] * 2


def test_what_was_sent_is_forgotten_when_it_is_done(desk: Machine) -> None:
    """The badge is on file with its learner; the batch keeps codes and ids."""
    desk.call("POST", "/batches", {"awards": [learner(1), learner(2, email="x")]})
    with reading(desk.office.sessions) as session:
        assert [each.cells for each in session.scalars(select(ApiBatchItemRecord))] == [None, None]


def test_a_large_batch_goes_to_work(desk: Machine) -> None:
    """202 with the place to ask at; the second call with the same key does not hand it in again."""
    body = {"awards": [learner(number) for number in range(1, AT_ONCE + 2)]}
    response = desk.call("POST", "/batches", body, key="k1")
    assert response.status_code == 202, response.text
    place = response.headers["Location"].removeprefix("/api/v1")
    waiting = desk.call("GET", place).get_json()
    assert (waiting["state"], waiting["waiting"], waiting["results"]) == ("working", AT_ONCE + 1, [])
    again = desk.call("POST", "/batches", body, key="k1")
    assert again.data == response.data
    run_work(desk.office)
    done = desk.call("GET", place).get_json()
    assert (done["state"], done["issued"], done["waiting"]) == ("finished", AT_ONCE + 1, 0)
    assert done["finished_at"]
    with reading(desk.office.sessions) as session:
        assert session.scalar(select(func.count()).select_from(IssuedCredentialRecord)) == AT_ONCE + 1
    results = desk.call("GET", f"{place}/results?limit=200").get_json()["items"]
    assert [each["position"] for each in results] == list(range(AT_ONCE + 1))


def test_a_small_batch_that_was_left_is_finished_by_the_workers(desk: Machine) -> None:
    """The work for it is on record from the beginning, and finds nothing to do when all is done."""
    done = desk.call("POST", "/batches", {"awards": [learner(1), learner(2)]}).get_json()
    with desk.office.sessions.writers.begin() as session:
        item = session.get_one(ApiBatchItemRecord, (1, 1))
        item.status = item.credential_id = None
        item.cells = {"given_name": "B", "email": "b@mail.example", "achievement_code": "VLT-HV1"}
        item.cells |= {"completed_on": "2026-10-16", "result": "Pass"}
    desk.clock.advance(minutes=3)
    run_work(desk.office)
    results = desk.call("GET", f"/batches/{done['id']}/results").get_json()["items"]
    assert [each["status"] for each in results] == [201, 201]


def test_more_than_five_thousand_are_refused_whole(desk: Machine) -> None:
    """And so is a batch with one item of the wrong form: nothing of it is done."""
    told = problem(desk.call("POST", "/batches", {"awards": [AWARD] * 5001}), 422, "invalid_request")
    assert told["errors"] == [{"place": "$.awards", "remedy": "Give at most 5000."}]
    told = problem(
        desk.call("POST", "/batches", {"awards": [AWARD, {**AWARD, "completed_on": 7}]}), 422, "invalid_request"
    )
    assert told["errors"][0]["place"] == "$.awards[1].completed_on"
    problem(desk.call("POST", "/batches", {"awards": []}), 422, "invalid_request")


def test_a_provider_without_keys_cannot_begin_a_batch(tmp_path: Path) -> None:
    """503, and nothing is left behind that nobody could finish."""
    desk = machine(tmp_path)
    token = desk.token(NEIGHBOUR)
    for path in desk.office.settings.key_directory.iterdir():
        path.unlink()
    response = desk.call("POST", "/batches", {"awards": [AWARD]}, token=token)
    assert response.status_code in {500, 503}
    with reading(desk.office.sessions) as session:
        assert session.scalar(select(func.count()).select_from(ApiBatchItemRecord)) == 0


def test_completions_as_moodle_writes_them(desk: Machine) -> None:
    """CSV with Moodle's headings: seconds or dates, a hyphen for no grade; a number where there is only passed."""
    done = send_csv(
        desk,
        "Åsa,Öberg,asa@mail.example,T001,VLT-HV1,1792159500,-,sv",
        "Björn,Ångström,bjorn@mail.example,T002,vlt-hv1,2026-10-16,97.50,sv",
        'Malin,Lind,malin@mail.example,T003,VLT-HV1,"Friday, 16 October 2026, 2:05 PM",,sv',
        "Zoë,Ugglas,zoe@mail.example,T004,VLT-HV1,1792159500,Fail,sv",
        "Nils,Nilsson,nils@mail.example,T005,NO-SUCH,1792159500,-,sv",
    )
    assert outcomes(done) == [
        (201, "issued", None),
        (201, "issued", None),
        (201, "issued", None),
        (200, "skipped", "result_not_passed"),
        (422, "refused", "unknown_achievement"),
    ]
    days = {each["completed_on"] for each in desk.call("GET", "/awards").get_json()["items"]}
    assert days == {"2026-10-16"}


def test_completions_as_json_are_the_same(desk: Machine) -> None:
    """The same names, and the same badges: sent twice, in either form, they are found again."""
    said = {
        "course": "VLT-HV1",
        "timecompleted": 1792159500,
        "firstname": "Åsa",
        "lastname": "Öberg",
        "email": "asa@mail.example",
        "idnumber": "T001",
    }
    graded = {**said, "timecompleted": "2026-10-16T23:30:00-02:00", "grade": 84.0, "idnumber": "T002", "email": None}
    done = desk.call("POST", "/completions", {"completions": [said, graded], "accept": ["email_missing"]}).get_json()
    assert outcomes(done) == [(201, "issued", None), (201, "issued", None)]
    days = [each["completed_on"] for each in desk.call("GET", "/awards").get_json()["items"]]
    assert days == ["2026-10-16", "2026-10-17"]
    again = send_csv(desk, "Åsa,Öberg,asa@mail.example,T001,VLT-HV1,1792159500,-,sv")
    assert outcomes(again) == [(200, "already_issued", None)]


def test_where_a_grade_counts_it_must_be_there(desk: Machine) -> None:
    """Completed is passed only where there is only that to say."""
    body = {"completions": [{"course": "VLT-TEST", "timecompleted": "2026-10-16", "firstname": "Å", "idnumber": "T1"}]}
    yes = {"accept": ["prerequisite_missing"], "reason": "Seen on paper."}
    done = desk.call("POST", "/completions", {**body, **yes}).get_json()
    assert outcomes(done) == [(422, "refused", "result_missing")]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        pytest.param(b"", 422, "file_empty", id="empty"),
        pytest.param(b"a,b\n1,2\n", 422, "header_missing", id="no heading"),
        pytest.param(b"%PDF-1.7", 422, "file_type_unknown", id="a PDF"),
        pytest.param(b"firstname,email\nA,a@mail.example\n", 422, "column_missing", id="no course"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused(desk: Machine, body: bytes, status: int, code: str) -> None:
    """With the code of award files and what to do."""
    told = desk.call("POST", "/completions", data=body, headers={"Content-Type": "text/csv"})
    problem(told, status, code)


def test_a_column_of_national_numbers_is_not_kept(desk: Machine) -> None:
    """Moodle's "ID number" may be misused for them; then the column is dropped as in award files."""
    done = send_csv(desk, "Åsa,Öberg,asa@mail.example,19811218-9876,VLT-HV1,1792159500,-,sv")
    assert outcomes(done) == [(201, "issued", None)]
    assert desk.call("GET", "/learners").get_json()["items"][0]["references"] == []


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_moment_that_no_calendar_has_concerns_its_item_only(desk: Machine, moment: str) -> None:
    """In UTC it lies outside of all years; the other item is awarded."""
    people = [
        {
            "course": "VLT-HV1",
            "timecompleted": when,
            "firstname": "A",
            "lastname": "B",
            "email": f"{number}@mail.example",
        }
        for number, when in enumerate((moment, 1792159500))
    ]
    done = desk.call("POST", "/completions", {"completions": people})
    assert done.status_code == 207
    assert [each["status"] for each in done.get_json()["results"]] == [422, 201]
    assert done.get_json()["results"][0]["place"] == "$.completed_on"
