"""The windows of the catalogue: what is published, what is being written, and every address below /catalogue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from flask import Blueprint, Response, abort, request
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from issuer.accounts.roles import Permission
from issuer.catalogue.find import achievement_entry, find_version, get_provider, newest_versions
from issuer.catalogue.records import AchievementVersionRecord, AuthorisationRecord, ProgrammeRecord, ProviderRecord
from issuer.console.bounds import read_number
from issuer.console.catalogue_editor import EditorWindows
from issuer.console.catalogue_files import CourseFileWindows
from issuer.console.catalogue_office import OfficeWindows
from issuer.console.frame import Console, Seat
from issuer.database import reading, transaction
from issuer.drafts.authorisations import authorisations_of
from issuer.drafts.edit import begin_version, drafts_of, examine_draft, may_renew
from issuer.drafts.errors import DraftAlreadyOpen
from issuer.drafts.preview import draft_art
from issuer.drafts.review import reviews_of
from issuer.drafts.wording import wording_of

_AT_ONCE: Final = 100


@dataclass(frozen=True)
class CatalogueWindows:
    """Each window asks the domain one thing and shows the answer."""

    console: Console

    def catalogue(self, seat: Seat) -> Response:
        """Drafts, what waits for review, and everything published."""
        page = max(1, request.args.get("page", 1, type=read_number))
        sought = {name: request.args.get(name, "").strip() for name in ("q", "programme")}
        with reading(self.console.office.sessions) as session:
            provider = get_provider(session, seat.provider_slug)
            drafts = [(draft, examine_draft(session, draft)) for draft in drafts_of(session, provider)[:_AT_ONCE]]
            found = [each for each in newest_versions(session) if _is_sought(each, sought["q"], sought["programme"])]
            shown = found[(page - 1) * _AT_ONCE : page * _AT_ONCE]
            return self.console.page(
                seat,
                "console/catalogue.html",
                drafts=drafts,
                more_drafts=max(0, len(drafts_of(session, provider)) - _AT_ONCE),
                reviews=reviews_of(session, provider) if seat.may(Permission.REVIEW_CATALOGUE) else (),
                published=[(each, achievement_entry(each)) for each in shown],
                total=len(found),
                page=page,
                pages=-(-len(found) // _AT_ONCE),
                sought=sought,
                programmes=session.scalars(select(ProgrammeRecord).order_by(ProgrammeRecord.code)).all(),
                may_edit=seat.may(Permission.EDIT_CATALOGUE),
            )

    def achievement(self, seat: Seat, code: str) -> Response:
        """One published achievement: its versions, and who may award it."""
        with reading(self.console.office.sessions) as session:
            version = find_version(session, code)
            if version is None:
                abort(404)
            provider, achievement = get_provider(session, seat.provider_slug), version.achievement
            periods = authorisations_of(session, achievement)
            return self.console.page(
                seat,
                "console/catalogue_achievement.html",
                achievement=achievement,
                entry=achievement_entry(version),
                versions=[*reversed(achievement.versions)],
                periods=periods,
                providers=_providers(session.scalars(select(ProviderRecord)).all(), periods),
                art=draft_art(wording_of(version.content)),
                is_owner=achievement.programme.owner_id == provider.id and seat.may(Permission.REVIEW_CATALOGUE),
                may_renew=seat.may(Permission.EDIT_CATALOGUE) and may_renew(session, provider, achievement),
                now=self.console.office.clock(),
            )

    def renew(self, seat: Seat, code: str) -> AnyResponse:
        """Begin a new version; where one is open, go on with that."""
        try:
            with transaction(self.console.office.sessions) as session:
                now = self.console.office.clock()
                number = begin_version(session, seat.actor, seat.provider_slug, code, now=now).id
        except DraftAlreadyOpen as refusal:
            return self.console.back(seat, "catalogue.draft", "This draft was open already.", number=refusal.draft_id)
        return self.console.back(seat, "catalogue.draft", number=number)


def create_catalogue_blueprint(console: Console) -> Blueprint:
    """Every address below /catalogue."""
    blueprint = Blueprint("catalogue", __name__)
    _add_catalogue(console, blueprint)
    _add_drafts(console, blueprint)
    _add_office(console, blueprint)
    console.door("catalogue.catalogue", "Catalogue", Permission.SEE)
    return blueprint


def _add_catalogue(console: Console, blueprint: Blueprint) -> None:
    views, files = CatalogueWindows(console), CourseFileWindows(console)
    for rule, view, permission, method in (
        ("/catalogue", views.catalogue, Permission.SEE, "GET"),
        ("/catalogue/achievements/<code>", views.achievement, Permission.SEE, "GET"),
        ("/catalogue/achievements/<code>/renew", views.renew, Permission.EDIT_CATALOGUE, "POST"),
        ("/catalogue/import", files.course_door, Permission.EDIT_CATALOGUE, "GET"),
        ("/catalogue/imports", files.course_hand_in, Permission.EDIT_CATALOGUE, "POST"),
        ("/catalogue/imports/<int:number>", files.course_file, Permission.EDIT_CATALOGUE, "GET"),
        ("/catalogue/imports/<int:number>/take", files.course_take, Permission.EDIT_CATALOGUE, "POST"),
        ("/catalogue/<what>.<ending>", files.export, Permission.SEE, "GET"),
    ):
        console.add(blueprint, rule, view, permission, methods=(method,))


def _add_drafts(console: Console, blueprint: Blueprint) -> None:
    views = EditorWindows(console)
    for rule, view, permission, method in (
        ("/catalogue/drafts/new", views.new_draft, Permission.EDIT_CATALOGUE, "GET"),
        ("/catalogue/drafts", views.create_draft, Permission.EDIT_CATALOGUE, "POST"),
        ("/catalogue/drafts/<int:number>", views.draft, Permission.EDIT_CATALOGUE, "GET"),
        ("/catalogue/drafts/<int:number>/save", views.save, Permission.EDIT_CATALOGUE, "POST"),
        ("/catalogue/drafts/<int:number>/take-back", views.take_draft_back, Permission.EDIT_CATALOGUE, "POST"),
        ("/catalogue/drafts/<int:number>/discard", views.discard, Permission.EDIT_CATALOGUE, "POST"),
        ("/catalogue/drafts/<int:number>/preview", views.preview, Permission.SEE, "GET"),
        ("/catalogue/drafts/<int:number>/specimen.pdf", views.specimen, Permission.SEE, "GET"),
        ("/catalogue/drafts/<int:number>/page", views.draft_page, Permission.SEE, "GET"),
    ):
        console.add(blueprint, rule, view, permission, methods=(method,))


def _add_office(console: Console, blueprint: Blueprint) -> None:
    views = OfficeWindows(console)
    for rule, view, method in (
        ("/catalogue/reviews/<int:number>", views.review, "GET"),
        ("/catalogue/reviews/<int:number>/specimen.pdf", views.review_specimen, "GET"),
        ("/catalogue/reviews/<int:number>/page", views.review_page, "GET"),
        ("/catalogue/reviews/<int:number>/publish", views.publish, "POST"),
        ("/catalogue/reviews/<int:number>/return", views.send_back, "POST"),
        ("/catalogue/achievements/<code>/authorise", views.authorise, "POST"),
        ("/catalogue/achievements/<code>/end", views.end, "POST"),
        ("/catalogue/achievements/<code>/retire", views.retire_achievement, "POST"),
        ("/catalogue/programmes", views.programmes, "GET"),
        ("/catalogue/programmes/new", views.new_programme, "GET"),
        ("/catalogue/programmes", views.create_programme, "POST"),
        ("/catalogue/programmes/<code>", views.programme, "GET"),
        ("/catalogue/programmes/<code>", views.change, "POST"),
        ("/catalogue/programmes/<code>/close", views.close, "POST"),
    ):
        console.add(blueprint, rule, view, Permission.REVIEW_CATALOGUE, methods=(method,))


def _providers(records: Sequence[ProviderRecord], periods: Sequence[AuthorisationRecord]) -> list[ProviderRecord]:
    """Who may be authorised: a provider that is not authorised until further notice."""
    have_it = {period.provider_id for period in periods if period.valid_until is None}
    lacking = (each for each in records if each.role == "provider" and each.id not in have_it)
    return sorted(lacking, key=lambda each: each.legal_name.casefold())


def _is_sought(version: AchievementVersionRecord, text: str, programme: str) -> bool:
    if programme and version.achievement.programme.code != programme:
        return False
    said = " ".join([version.achievement.code, *map(str, version.content["title"].values())])
    return text.casefold() in said.casefold()
