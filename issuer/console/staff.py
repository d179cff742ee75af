"""Who works at this desk: list, invite, change roles, let go."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from flask import Blueprint, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from issuer.accounts.actor import authorise
from issuer.accounts.desk import AccountDesk
from issuer.accounts.errors import AccountRefused, StaffEntryRefused
from issuer.accounts.invitations import invitations_of, invite, send_again, withdraw
from issuer.accounts.roles import Permission, Role
from issuer.accounts.staff import change_roles, find_member, members_of, remove_member
from issuer.catalogue.find import get_provider
from issuer.console.frame import Console, Seat
from issuer.console.staff_mail import staff_post
from issuer.database import reading, transaction
from issuer.delivery.addresses import AddressUnusable

ROLE_WORDS: Final = {
    Role.ADMINISTRATOR: "Everything, with staff, keys and tokens.",
    Role.EDITOR: "Programmes and badges, award files, delivery.",
    Role.APPROVER: "Looks through what others hand in, approves or refuses it; corrects and revokes.",
    Role.ASSESSOR: "Hands in award files.",
    Role.VIEWER: "Looks, and reads the report.",
}


@dataclass(frozen=True)
class StaffWindows:
    """The views of those who may manage staff."""

    console: Console
    desk: AccountDesk

    def staff(self, seat: Seat) -> AnyResponse:
        """Everybody who works here, and who is invited."""
        return self._page(seat)

    def invite(self, seat: Seat) -> AnyResponse:
        """Invite somebody."""
        email = request.form.get("email", "")
        try:
            with transaction(self.desk.sessions) as database:
                invite(
                    database,
                    self.desk,
                    seat.actor,
                    seat.provider_slug,
                    email,
                    roles=_roles(),
                    post=staff_post(self.console.office),
                    now=self._now(),
                )
        except (AccountRefused, AddressUnusable) as refusal:
            return self._page(seat, str(refusal))
        return self.console.back(seat, "staff.staff", "Invited. The mail is on its way; its link is good for 7 days.")

    def invite_again(self, seat: Seat, number: int) -> AnyResponse:
        """Send an invitation again."""
        with transaction(self.desk.sessions) as database:
            post = staff_post(self.console.office)
            send_again(database, self.desk, seat.actor, seat.provider_slug, number, post=post, now=self._now())
        return self.console.back(seat, "staff.staff", "Invited again. The link of the earlier mail no longer works.")

    def withdraw(self, seat: Seat, number: int) -> AnyResponse:
        """Take an invitation back."""
        with transaction(self.desk.sessions) as database:
            withdraw(database, seat.actor, seat.provider_slug, number, now=self._now())
        return self.console.back(seat, "staff.staff", "The invitation is taken back; its link no longer works.")

    def member(self, seat: Seat, number: int) -> AnyResponse:
        """One person: roles, and letting them go."""
        return self._member_page(seat, number)

    def change(self, seat: Seat, number: int) -> AnyResponse:
        """Other roles."""
        try:
            with transaction(self.desk.sessions) as database:
                slug = seat.provider_slug
                member = change_roles(database, self.desk, seat.actor, slug, number, roles=_roles(), now=self._now())
        except AccountRefused as refusal:
            return self._member_page(seat, number, str(refusal))
        if member.staff_id == seat.actor.staff_id:  # who gives a role away may no longer see this page
            return self.console.back(seat, "start.start", "Your roles are changed.")
        return self.console.back(seat, "staff.staff", f"The roles of {member.name} are changed.")

    def remove(self, seat: Seat, number: int) -> AnyResponse:
        """Let somebody go."""
        try:
            with transaction(self.desk.sessions) as database:
                name = remove_member(database, seat.actor, seat.provider_slug, number, now=self._now())
        except AccountRefused as refusal:
            return self._member_page(seat, number, str(refusal))
        return self.console.back(seat, "staff.staff", f"{name} no longer works here and is signed out everywhere.")

    def _page(self, seat: Seat, problem: str | None = None) -> AnyResponse:
        with reading(self.desk.sessions) as database:
            provider = get_provider(database, seat.provider_slug)
            members = members_of(database, self.desk, provider)
            invitations = invitations_of(database, provider)
        return self.console.page(
            seat,
            "console/staff.html",
            status=422 if problem else 200,
            members=members,
            invitations=invitations,
            now=self._now(),
            role_words=ROLE_WORDS,
            typed_email=request.form.get("email", ""),
            typed_roles=request.form.getlist("role"),
            problem=problem,
        )

    def _member_page(self, seat: Seat, number: int, problem: str | None = None) -> AnyResponse:
        with reading(self.desk.sessions) as database:
            provider = authorise(database, seat.actor, seat.provider_slug, Permission.MANAGE_STAFF)
            member = find_member(database, self.desk, provider, number)
        return self.console.page(
            seat,
            "console/staff_member.html",
            status=422 if problem else 200,
            member=member,
            role_words=ROLE_WORDS,
            problem=problem,
            staff_address=url_for("staff.staff", slug=seat.provider_slug),
        )

    def _now(self) -> datetime:
        return self.console.office.clock()


def create_staff_blueprint(console: Console) -> Blueprint:
    """The staff of a provider, or of the alliance office."""
    office = console.office
    views = StaffWindows(console, AccountDesk.of(office.settings, office.sessions, office.desk.chance))
    blueprint, may = Blueprint("staff", __name__), Permission.MANAGE_STAFF
    console.add(blueprint, "/staff", views.staff, may)
    console.add(blueprint, "/staff/invite", views.invite, may, methods=("POST",))
    console.add(blueprint, "/staff/invitations/<int:number>/again", views.invite_again, may, methods=("POST",))
    console.add(blueprint, "/staff/invitations/<int:number>/withdraw", views.withdraw, may, methods=("POST",))
    console.add(blueprint, "/staff/<int:number>", views.member, may)
    console.add(blueprint, "/staff/<int:number>/roles", views.change, may, methods=("POST",))
    console.add(blueprint, "/staff/<int:number>/remove", views.remove, may, methods=("POST",))
    console.door("staff.staff", "Staff", may)
    return blueprint


def _roles() -> set[Role]:
    """The roles that were ticked; a role that does not exist is a page of somebody else's making."""
    try:
        return {Role(role) for role in request.form.getlist("role")}
    except ValueError as exc:
        raise StaffEntryRefused("There is no such role. Choose from the list.") from exc
