"""The pages of staff, tokens and of a desk's beginning: what they show, to whom, and what their buttons do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sqlalchemy import select

from issuer.accounts.records import AccessTokenRecord, InvitationRecord, MembershipRecord, StaffRecord
from issuer.accounts.roles import Role
from issuer.accounts.tokens import check_token
from issuer.catalogue.find import get_provider
from issuer.database import reading, transaction
from issuer.delivery.records import DeliveryRecord, DeliveryState
from tests.batches import imported, importer, rows, sent
from tests.console import ConsoleDesk, console_desk
from tests.deliveries import announced
from tests.desk_accounts import ANOTHER, account, acts, mailed_links, sign_in
from tests.windows import main_text

HERE, THERE, OFFICE = "vbk-goteborg", "ota-ostalb", "asa-demo-office"
DESK = f"/console/{HERE}"


@pytest.fixture
def desk(tmp_path: Path) -> ConsoleDesk:
    """An office with its console."""
    return console_desk(tmp_path)


def roles_of(desk: ConsoleDesk, number: int) -> set[str]:
    """What somebody is, anywhere."""
    with reading(desk.office.sessions) as session:
        return set(session.scalars(select(MembershipRecord.role).where(MembershipRecord.staff_id == number)))


def test_an_invitation_goes_from_the_page_to_the_mail_to_the_desk(desk: ConsoleDesk) -> None:
    """The mail's link is ours; behind it the newcomer chooses a name and a password, and then signs in."""
    boss = desk.client(Role.ADMINISTRATOR, name="Boss")
    form = {"email": "Ny.Kollega@vbk.example", "role": ["viewer", "assessor"]}
    assert desk.post(boss, f"{DESK}/staff/invite", form).status_code == 303
    page = boss.get(f"{DESK}/staff")
    assert "ny.kollega@vbk.example" in page.text
    [(address, link)] = mailed_links(desk)
    assert address == "ny.kollega@vbk.example"
    newcomer = desk.app.test_client()
    assert "assessor and viewer" in main_text(newcomer.get(link))
    weak = desk.post(newcomer, link, {"name": "Ny Kollega", "password": "short"})
    assert weak.status_code == 422
    assert 'value="Ny Kollega"' in weak.text
    assert desk.post(newcomer, link, {"name": "Ný Kollega", "password": ANOTHER}).status_code == 303
    assert newcomer.get(link).status_code == 410
    assert sign_in(desk, newcomer, address, ANOTHER).status_code == 303
    assert "Ný Kollega" in boss.get(f"{DESK}/staff").text
    assert newcomer.get(f"{DESK}/staff").status_code == 403


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"email": "no address", "role": "viewer"}, "This is no e-mail address"),
        ({"email": "typed@vbk.example"}, "Choose at least one role"),
        ({"email": "typed@vbk.example", "role": "owner"}, "There is no such role"),
        ({"email": "typed@under_score.example", "role": "viewer"}, "e-mail address"),
    ],
)
def test_what_cannot_be_is_said_and_what_was_typed_stays(desk: ConsoleDesk, form: dict[str, str], said: str) -> None:
    """The same page with the reason; nothing is written and nothing is sent."""
    answer = desk.post(desk.client(Role.ADMINISTRATOR), f"{DESK}/staff/invite", form)
    assert answer.status_code == 422
    assert said in main_text(answer)
    assert f'value="{form["email"]}"' in answer.text
    assert mailed_links(desk) == []
    with reading(desk.office.sessions) as session:
        assert session.scalars(select(InvitationRecord)).all() == []


def test_an_invitation_is_sent_again_or_taken_back(desk: ConsoleDesk) -> None:
    """The earlier link stops working with either."""
    boss = desk.client(Role.ADMINISTRATOR, name="Boss")
    desk.post(boss, f"{DESK}/staff/invite", {"email": "a@vbk.example", "role": "viewer"})
    number = re.findall(r"invitations/(\d+)/again", boss.get(f"{DESK}/staff").text)[0]
    assert desk.post(boss, f"{DESK}/staff/invitations/{number}/again").status_code == 303
    (_, first), (_, second) = mailed_links(desk)
    visitor = desk.app.test_client()
    assert (visitor.get(first).status_code, visitor.get(second).status_code) == (410, 200)
    number = re.findall(r"invitations/(\d+)/again", boss.get(f"{DESK}/staff").text)[0]
    assert desk.post(boss, f"{DESK}/staff/invitations/{number}/withdraw").status_code == 303
    assert visitor.get(second).status_code == 410
    assert [act for act, _, _ in acts(desk)] == ["staff_invited", "staff_invited", "invitation_withdrawn"]


def test_roles_are_changed_and_people_let_go(desk: ConsoleDesk) -> None:
    """On the person's own page; who is let go is out at the next click."""
    boss, member = desk.client(Role.ADMINISTRATOR, name="Boss"), desk.client(Role.VIEWER, name="Member")
    number = desk.staff(name="Member")
    assert member.get(DESK).status_code == 200
    none = desk.post(boss, f"{DESK}/staff/{number}/roles")
    assert "Choose at least one role" in main_text(none)
    assert desk.post(boss, f"{DESK}/staff/{number}/roles", {"role": ["editor", "viewer"]}).status_code == 303
    assert roles_of(desk, number) == {"editor", "viewer"}
    assert member.get(DESK).status_code == 200
    assert desk.post(boss, f"{DESK}/staff/{number}/remove").status_code == 303
    assert "Member no longer works here" in boss.get(f"{DESK}/staff").text
    assert member.get(DESK).status_code == 303
    assert roles_of(desk, number) == set()
    assert boss.get(f"{DESK}/staff/{number}").status_code == 404


def test_the_last_administrator_is_told_so(desk: ConsoleDesk) -> None:
    """Neither page nor button lets a desk be without one; who hands the role over goes on at the start."""
    boss = desk.client(Role.ADMINISTRATOR, name="Boss")
    number = desk.staff(name="Boss")
    for path, form in (("remove", {}), ("roles", {"role": "editor"})):
        answer = desk.post(boss, f"{DESK}/staff/{number}/{path}", form)
        assert answer.status_code == 422
        assert "last administrator" in main_text(answer)
    desk.staff(Role.ADMINISTRATOR, name="Next")
    with transaction(desk.office.sessions) as session:
        session.get_one(StaffRecord, number).totp_locked = "an app"
    answer = desk.post(boss, f"{DESK}/staff/{number}/roles", {"role": "editor"})
    assert answer.location == DESK
    assert "Your roles are changed." in boss.get(DESK).text


def test_the_alliance_office_has_staff_likewise(desk: ConsoleDesk) -> None:
    """The same page at the office that owns programmes; a further place asks who has no second factor for one."""
    boss = desk.client(Role.ADMINISTRATOR, provider=OFFICE, name="Both")
    assert boss.get(f"/console/{OFFICE}/staff").status_code == 200
    assert boss.get("/console").location == f"/console/{OFFICE}"
    with transaction(desk.office.sessions) as session:
        session.scalars(select(StaffRecord).where(StaffRecord.name == "Both")).one().password_hash = "known"
    other = desk.client(Role.ADMINISTRATOR, name="Boss")
    desk.post(other, f"{DESK}/staff/invite", {"email": "both@staff.example", "role": "viewer"})
    assert desk.post(desk.app.test_client(), mailed_links(desk)[0][1]).status_code == 303
    assert boss.get("/console").location.startswith("/console/sign-in")


def test_somebody_at_two_desks_chooses(desk: ConsoleDesk) -> None:
    """Both are listed, with what one is there."""
    client = desk.client(Role.VIEWER, name="Two")
    number = desk.staff(name="Two")
    with transaction(desk.office.sessions) as session:
        place = get_provider(session, THERE).id
        session.add(MembershipRecord(staff_id=number, provider_id=place, role=Role.EDITOR.value))
    page = client.get("/console")
    assert page.status_code == 200
    assert f'href="/console/{HERE}"' in page.text
    assert f'href="/console/{THERE}"' in page.text


def test_a_token_is_shown_once_and_revoked(desk: ConsoleDesk) -> None:
    """Its text works, stands on one page only, and works no more after the button; both acts are on record."""
    boss = desk.client(Role.ADMINISTRATOR, name="Boss")
    made = desk.post(boss, f"{DESK}/tokens/new", {"scope": ["issue", "read"], "days": "30"})
    text = re.findall(r"vlt_[\w-]+", made.text)[0]
    assert text not in boss.get(f"{DESK}/tokens").text
    with reading(desk.office.sessions) as session:
        record = check_token(session, f"Bearer {text}", now=desk.clock())
        assert record.scope.split() == ["issue", "read"]
    assert desk.post(boss, f"{DESK}/tokens/{record.name}/revoke").status_code == 303
    with reading(desk.office.sessions) as session:
        assert session.scalars(select(AccessTokenRecord.revoked_at)).one() is not None
    assert [(act, facts) for act, _, facts in acts(desk)] == [
        ("token_created", {"scope": "issue read", "days": 30}),
        ("token_revoked", {}),
    ]


@pytest.mark.parametrize(
    "form",
    [{"days": "30"}, {"scope": "issue", "days": "0"}, {"scope": "issue", "days": "1e3"}, {"scope": "everything"}],
)
def test_a_token_needs_a_scope_and_an_end(desk: ConsoleDesk, form: dict[str, str]) -> None:
    """What was asked for is said again, and nothing is made."""
    answer = desk.post(desk.client(Role.ADMINISTRATOR), f"{DESK}/tokens/new", form)
    assert answer.status_code == 422
    with reading(desk.office.sessions) as session:
        assert session.scalars(select(AccessTokenRecord)).all() == []


def test_a_desk_begins_with_what_waits_for_who_sits_there(desk: ConsoleDesk) -> None:
    """The approver sees what to approve, the editor which mails came back; a new desk is taught the first step."""
    client = desk.client(Role.ASSESSOR, name="New")
    assert "Award your first badges" in main_text(client.get(DESK))
    sent(desk, imported(desk, rows(1)), by=importer(desk))
    announced(desk.office)
    with transaction(desk.office.sessions) as session:
        session.scalars(select(DeliveryRecord)).one().state = DeliveryState.BOUNCED.value
    approver = main_text(desk.client(Role.APPROVER, name="Approver").get(DESK))
    assert "1 batch waits for approval" in approver
    assert "came back" not in approver
    editor = desk.client(Role.EDITOR, name="Editor").get(DESK)
    assert "1 mail came back" in main_text(editor)
    assert f'href="{DESK}/deliveries?state=bounced"' in editor.text
    assert "waits for approval" not in main_text(editor)
    neighbour = main_text(desk.client(Role.ADMINISTRATOR, provider=THERE, name="There").get(f"/console/{THERE}"))
    assert "Award your first badges" in neighbour


def test_whoever_works_nowhere_is_told_whom_to_ask(desk: ConsoleDesk) -> None:
    """Signed in, and without a place."""
    email, client = account(desk, Role.VIEWER, name="Nowhere"), desk.app.test_client()
    sign_in(desk, client, email)
    with transaction(desk.office.sessions) as session:
        for each in session.scalars(select(MembershipRecord)):
            session.delete(each)
    assert "no place at any provider now" in main_text(client.get("/console"))
