"""Who works at a provider: roles, invitations, the last administrator, and what the command line can do about it."""

from __future__ import annotations

import threading
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from issuer.accounts.actor import COMMAND, NotAllowed, NotHere
from issuer.accounts.audit import verify_chain
from issuer.accounts.errors import LastAdministrator, LinkOver, PasswordTooWeak, StaffEntryRefused
from issuer.accounts.factors import factors_of
from issuer.accounts.invitations import LIFE, accept, invitations_of, invite, open_invitation, send_again, withdraw
from issuer.accounts.own_account import find_link, make_link
from issuer.accounts.passwords import hash_password, is_password, judge_password
from issuer.accounts.post import Notice
from issuer.accounts.records import AuditEntryRecord, InvitationRecord, MembershipRecord, PasskeyRecord, StaffRecord
from issuer.accounts.recovery import make_codes
from issuer.accounts.roles import Role
from issuer.accounts.sessions import begin_session, find_session
from issuer.accounts.staff import change_roles, members_of, read_staff_email, read_staff_name, remove_member
from issuer.catalogue.find import get_provider
from issuer.commands.doctor import examine
from issuer.commands.door import Door
from issuer.commands.staff import staff_group
from issuer.database import Sessions, reading, transaction
from issuer.demo.seed import load_demo
from issuer.demo.staff import demo_staff, read_demo_password
from tests.console import ConsoleDesk, console_desk
from tests.desk_accounts import ANOTHER, account_desk, acts
from tests.office import settings_for

HERE, THERE = "vbk-goteborg", "ota-ostalb"


@pytest.fixture
def desk(tmp_path: Path) -> ConsoleDesk:
    """An office with its console."""
    return console_desk(tmp_path)


def a_passkey(staff_id: int, *, now: datetime) -> PasskeyRecord:
    """One on file, as if its owner had made it."""
    return PasskeyRecord(
        staff_id=staff_id, credential_id="b2xk", public_key="b2xk", sign_count=0, label="Old telephone", created_at=now
    )


class Letters:
    """Takes the place of the outbox, and reads what goes into it."""

    def __init__(self) -> None:
        self.notices: list[Notice] = []

    def __call__(self, session: object, notice: Notice) -> None:
        self.notices.append(notice)

    @property
    def token(self) -> str:
        """Of the last link."""
        return self.notices[-1].facts["link"].rpartition("/")[2]


def ask(desk: ConsoleDesk, *roles: Role, email: str = "Ny.Person@vbk.example", by: str = "Boss") -> str:
    """Invite somebody; gives the token of the link."""
    letters, boss = Letters(), desk.actor(Role.ADMINISTRATOR, name=by)
    with transaction(desk.office.sessions) as session:
        invite(
            session, account_desk(desk), boss, HERE, email, roles=roles, post=letters, now=desk.clock()
        )  # fmt: skip
    return letters.token


def test_an_invitation_gives_a_place_once(desk: ConsoleDesk) -> None:
    """Name and password are the newcomer's; the link is good once, and only its hash is kept."""
    token = ask(desk, Role.EDITOR, Role.VIEWER)
    with reading(desk.office.sessions) as session:
        assert session.scalars(select(InvitationRecord.token_hash)).one() != token
        invited = open_invitation(session, token, now=desk.clock())
        assert (invited.email, invited.is_known) == ("ny.person@vbk.example", False)
    with pytest.raises(PasswordTooWeak):
        accept(account_desk(desk), token, "Ny Person", "short", now=desk.clock())
    number = accept(account_desk(desk), token, "  Ný  Përson ", ANOTHER, now=desk.clock())
    with reading(desk.office.sessions) as session:
        [member] = [
            each
            for each in members_of(session, account_desk(desk), get_provider(session, HERE))
            if each.staff_id == number
        ]
        assert (member.name, member.roles) == ("Ný Përson", (Role.EDITOR, Role.VIEWER))
    with pytest.raises(LinkOver):
        accept(account_desk(desk), token, "Somebody", ANOTHER, now=desk.clock())
    assert [act for act, _, _ in acts(desk)][-2:] == ["staff_invited", "staff_joined"]
    assert "vbk.example" not in str(acts(desk))


def test_invitations_end(desk: ConsoleDesk) -> None:
    """After a week, when taken back, and when a newer one is sent."""
    boss, letters = desk.actor(Role.ADMINISTRATOR, name="Boss"), Letters()
    first = ask(desk, Role.VIEWER)
    with transaction(desk.office.sessions) as session:
        [record] = invitations_of(session, get_provider(session, HERE))
        send_again(session, account_desk(desk), boss, HERE, record.id, post=letters, now=desk.clock())
    with reading(desk.office.sessions) as session:
        with pytest.raises(LinkOver):
            open_invitation(session, first, now=desk.clock())
        open_invitation(session, letters.token, now=desk.clock())
        with pytest.raises(LinkOver):
            open_invitation(session, letters.token, now=desk.clock() + LIFE)
        number = invitations_of(session, get_provider(session, HERE))[0].id
    neighbour = desk.actor(Role.ADMINISTRATOR, provider=THERE, name="Neighbour")
    for provider in (HERE, THERE):
        with pytest.raises(NotHere), transaction(desk.office.sessions) as session:
            withdraw(session, neighbour, provider, number, now=desk.clock())
    with transaction(desk.office.sessions) as session:
        withdraw(session, boss, HERE, number, now=desk.clock())
    with pytest.raises(LinkOver):
        accept(account_desk(desk), letters.token, "Somebody", ANOTHER, now=desk.clock())


def test_somebody_who_works_elsewhere_keeps_their_account(desk: ConsoleDesk) -> None:
    """The link adds the place, and asks for no new password; nobody is invited to where they are."""
    number = desk.staff(Role.EDITOR, provider=THERE, name="Both")
    with transaction(desk.office.sessions) as session:
        session.get_one(StaffRecord, number).password_hash = kept = hash_password(ANOTHER)
    token = ask(desk, Role.ASSESSOR, email="both@staff.example")
    assert accept(account_desk(desk), token, "Another Name", "", now=desk.clock()) == number
    with reading(desk.office.sessions) as session:
        staff = session.get_one(StaffRecord, number)
        assert (staff.name, staff.password_hash) == ("Both", kept)
    with pytest.raises(StaffEntryRefused, match="works here already"):
        ask(desk, Role.ADMINISTRATOR, email="BOTH@staff.example")


def test_only_administrators_manage_staff(desk: ConsoleDesk) -> None:
    """Whatever the other roles are together."""
    others = desk.actor(*(set(Role) - {Role.ADMINISTRATOR}), name="Everything else")
    number = desk.staff(Role.VIEWER, name="Target")
    with pytest.raises(NotAllowed), transaction(desk.office.sessions) as session:
        remove_member(session, others, HERE, number, now=desk.clock())
    with pytest.raises(NotAllowed), transaction(desk.office.sessions) as session:
        change_roles(
            session, account_desk(desk), others, HERE, number, roles=[Role.ADMINISTRATOR], now=desk.clock()
        )  # fmt: skip


def test_who_is_let_go_is_out_at_once(desk: ConsoleDesk) -> None:
    """Every session ends; who works nowhere else cannot come back without a new invitation and a new password."""
    boss, number = desk.actor(Role.ADMINISTRATOR, name="Boss"), desk.staff(Role.VIEWER, name="Leaving")
    with transaction(desk.office.sessions) as session:
        staff = session.get_one(StaffRecord, number)
        staff.password_hash = hash_password(ANOTHER)
        secret = begin_session(session, staff, desk.office.desk.chance, now=desk.clock())
        assert remove_member(session, boss, HERE, number, now=desk.clock()) == "Leaving"
    with reading(desk.office.sessions) as session:
        assert find_session(session, secret, now=desk.clock()) is None
        assert not session.get_one(StaffRecord, number).is_active
    token = ask(desk, Role.VIEWER, email="leaving@staff.example")
    with pytest.raises(PasswordTooWeak):
        accept(account_desk(desk), token, "Back", "", now=desk.clock())
    assert accept(account_desk(desk), token, "Back", ANOTHER + "!", now=desk.clock()) == number


def test_who_comes_back_begins_without_the_old_keys(desk: ConsoleDesk) -> None:
    """An address may have passed to somebody else: app, passkeys, codes and links of before open nothing."""
    boss, number = desk.actor(Role.ADMINISTRATOR, name="Boss"), desk.staff(Role.VIEWER, name="Office Post")
    with transaction(desk.office.sessions) as session:
        staff = session.get_one(StaffRecord, number)
        staff.totp_locked = account_desk(desk).box.lock("OLDSECRET")
        make_codes(session, account_desk(desk), number)
        session.add(a_passkey(number, now=desk.clock()))
        remove_member(session, boss, HERE, number, now=desk.clock())
        link = make_link(session, account_desk(desk), staff, now=desk.clock())
    token = ask(desk, Role.VIEWER, email="office.post@staff.example")
    assert accept(account_desk(desk), token, "Successor", ANOTHER, now=desk.clock()) == number
    with reading(desk.office.sessions) as session:
        factors = factors_of(session, account_desk(desk), session.get_one(StaffRecord, number))
        assert (factors.has_app, factors.passkeys, factors.codes_left) == (False, [], 0)
        with pytest.raises(LinkOver):
            find_link(session, account_desk(desk), link, now=desk.clock())


def test_the_last_administrator_stays(desk: ConsoleDesk) -> None:
    """Neither removed nor made less; one who cannot sign in any more does not count."""
    boss = desk.actor(Role.ADMINISTRATOR, name="Boss")
    gone = desk.staff(Role.ADMINISTRATOR, name="Gone")
    with transaction(desk.office.sessions) as session:
        session.get_one(StaffRecord, gone).is_active = False
    assert boss.staff_id is not None
    for act in (_remove, _lessen):
        with pytest.raises(LastAdministrator), transaction(desk.office.sessions) as session:
            act(desk, session, boss.staff_id)


def test_two_administrators_cannot_remove_each_other_at_once(desk: ConsoleDesk) -> None:
    """One of them comes second, and is told so."""
    both = [desk.actor(Role.ADMINISTRATOR, name=name) for name in ("One", "Two")]
    start, refused = threading.Barrier(2), []

    def remove(me: int) -> None:
        other = both[1 - me].staff_id
        assert other is not None
        start.wait()
        try:
            with transaction(desk.office.sessions) as session:
                remove_member(session, both[me], HERE, other, now=desk.clock())
        except (LastAdministrator, NotHere) as exc:
            refused.append(exc)

    threads = [threading.Thread(target=remove, args=(me,)) for me in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 1
    assert _administrators(desk.office.sessions) == 1


def test_a_role_that_needs_a_second_factor_asks_for_it_now(desk: ConsoleDesk) -> None:
    """Whoever becomes an approver without one is signed out, and asked at the next sign-in."""
    desk.staff(Role.ADMINISTRATOR, name="Boss")
    number = desk.staff(Role.VIEWER, name="Rising")
    for role, stays in ((Role.EDITOR, True), (Role.APPROVER, False)):
        with transaction(desk.office.sessions) as session:
            staff = session.get_one(StaffRecord, number)
            secret = begin_session(session, staff, desk.office.desk.chance, now=desk.clock())
            change_roles(session, account_desk(desk), COMMAND, HERE, number, roles=[role], now=desk.clock())
        with reading(desk.office.sessions) as session:
            assert (find_session(session, secret, now=desk.clock()) is not None) is stays
    assert acts(desk)[-1] == ("roles_changed", "command", {"before": "editor", "after": "approver"})


@pytest.mark.parametrize("password", ["short", "aaaaaaaaaaaaaaaa", "ylva.strom2026", "Password12345", "x" * 257])
def test_passwords_that_others_guess_are_refused(password: str) -> None:
    """Too short, too uniform, close to the name or to what everybody takes; and endless ones."""
    with pytest.raises(PasswordTooWeak):
        judge_password(password, email="ylva.strom@vbk.example", name="Ylva Ström")


def test_a_password_is_the_same_however_it_was_composed() -> None:
    """A keyboard that sends a and a ring is as good as one that sends å; capitals differ."""
    judge_password("en lång mening om båtar", email="y@vbk.example", name="Ylva")
    kept = hash_password("en lång mening om båtar")
    assert kept.startswith("$argon2id$")
    assert is_password(kept, "en la\u030ang mening om ba\u030atar")
    assert not is_password(kept, "En lång mening om båtar")
    assert not is_password(None, "nobody has this password")


@pytest.mark.parametrize("text", ["", "x", "a@b c.example", "a@b@c.example", "<a@b.example>", "a@" + "b" * 300])
def test_addresses_that_are_none_are_refused(text: str) -> None:
    """Before anything is written down."""
    with pytest.raises(StaffEntryRefused):
        read_staff_email(text)


@pytest.mark.parametrize(("text", "name"), [(" Åsa\tÖberg ", "Åsa Öberg"), ("ნინო", "ნინო"), ("a\u202eb", "a b")])
def test_names_are_kept_as_they_are(text: str, name: str) -> None:
    """In any script; control characters go."""
    assert read_staff_name(text) == name


def test_the_command_line_brings_the_first_administrator_in(desk: ConsoleDesk, tmp_path: Path) -> None:
    """add prints a link, list and role and end do what they say, reset helps who lost everything."""
    run = CliRunner()
    door = Door(_env(tmp_path), clock=desk.clock)
    added = run.invoke(staff_group, ["add", HERE, "first@vbk.example", "--role", "administrator"], obj=door)
    assert added.exit_code == 0, added.output
    token = added.stdout.strip().rpartition("/")[2]
    accept(account_desk(desk), token, "Första Person", ANOTHER, now=desk.clock())
    listed = run.invoke(staff_group, ["list", HERE], obj=door)
    assert "first@vbk.example" in listed.output
    assert "Första Person" in listed.output
    desk.staff(Role.ADMINISTRATOR, name="Boss")
    assert run.invoke(staff_group, ["role", HERE, "first@vbk.example", "--role", "viewer"], obj=door).exit_code == 0
    reset = run.invoke(staff_group, ["reset", HERE, "first@vbk.example"], obj=door)
    assert "/console/password/new/" in reset.stdout
    assert run.invoke(staff_group, ["end", HERE, "first@vbk.example"], obj=door).exit_code == 0
    assert run.invoke(staff_group, ["end", HERE, "first@vbk.example"], obj=door).exit_code != 0
    assert {actor for act, actor, _ in acts(desk) if act != "staff_joined"} == {"command"}
    with reading(desk.office.sessions) as session:
        assert verify_chain(session).is_whole


def test_doctor_reads_the_audit_log(desk: ConsoleDesk, tmp_path: Path) -> None:
    """Whole after honest acts; it names the entry from which on it does not fit, and what to do."""
    ask(desk, Role.VIEWER)
    [well] = [finding for finding in examine(Door(_env(tmp_path), clock=desk.clock)) if finding.what == "audit log"]
    assert well.is_well
    assert "1 entries, whole" in well.sentence
    with transaction(desk.office.sessions) as session:
        session.get_one(AuditEntryRecord, 1).actor = "staff:999"
    [ill] = [finding for finding in examine(Door(_env(tmp_path), clock=desk.clock)) if finding.what == "audit log"]
    assert not ill.is_well
    assert "from entry 1 on" in ill.sentence


def test_the_demonstration_has_staff_with_one_password(desk: ConsoleDesk, tmp_path: Path) -> None:
    """Everybody of the files, with diacritics and roles; the password is made once and readable by nobody else."""
    load_demo(desk.office)
    password = read_demo_password(desk.office.settings.data_dir)
    assert password is not None
    path = tmp_path / "var" / "secrets" / "demo_password"
    assert path.stat().st_mode & 0o777 == 0o600
    load_demo(desk.office)
    assert read_demo_password(desk.office.settings.data_dir) == password
    with reading(desk.office.sessions) as session:
        staff = {each.email: each for each in session.scalars(select(StaffRecord))}
        rights = session.scalars(select(MembershipRecord)).all()
    assert len(rights) == len(staff) == len(list(demo_staff())) == 14
    assert staff["ylva.strom@vbk.example"].name == "Ylva Ström"
    assert staff["cenek.riha@mak.example"].name == "Ing. Čeněk Říha, Ph.D."
    assert all(each.is_demo for each in staff.values())
    assert is_password(staff["zofie.dvorackova@mak.example"].password_hash, password)


def test_outside_of_development_the_demonstration_has_no_staff(desk: ConsoleDesk) -> None:
    """A password that is printed must open nothing that others can reach."""
    object.__setattr__(desk.office.settings, "development", False)
    load_demo(desk.office)
    with reading(desk.office.sessions) as session:
        assert session.scalars(select(StaffRecord)).all() == []
    assert read_demo_password(desk.office.settings.data_dir) is None


def _env(folder: Path) -> dict[str, str]:
    settings = settings_for(folder)
    return {
        "VOLTPASS_DATA": str(settings.data_dir),
        "VOLTPASS_KEY_SECRET": settings.key_secret,
        "VOLTPASS_BASE_URL": settings.base_url,
        "VOLTPASS_DATABASE_URL": settings.database_url,
    }


def _remove(desk: ConsoleDesk, session: object, number: int) -> None:
    remove_member(session, COMMAND, HERE, number, now=desk.clock())  # type: ignore[arg-type]


def _lessen(desk: ConsoleDesk, session: object, number: int) -> None:
    change_roles(session, account_desk(desk), COMMAND, HERE, number, roles=[Role.EDITOR], now=desk.clock())  # type: ignore[arg-type]


def _administrators(sessions: Sessions) -> int:
    with reading(sessions) as session:
        query = select(MembershipRecord).where(MembershipRecord.role == Role.ADMINISTRATOR.value)
        return len(session.scalars(query).all())
