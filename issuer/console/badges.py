"""The windows of issued badges: search, one badge, correct, revoke and the like, renewals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from flask import Blueprint, Response, abort, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from issuer.accounts.roles import Permission
from issuer.awards.errors import AlreadySuperseded, AwardError
from issuer.awards.records import IssuedCredentialRecord
from issuer.awards.supersede import Correction
from issuer.badges.bulk import (
    MOST,
    BulkErrand,
    NothingChosen,
    Outcome,
    SeenBadge,
    TooManyAtOnce,
    change_many,
    last_changes,
    read_seen,
    write_seen,
)
from issuer.badges.change import OFFERED, OFFERED_FOR_CORRECTION, Deed, Errand, correct_badge, is_possible, own_badge
from issuer.badges.dossier import Dossier, read_dossier
from issuer.badges.lines import every_line, lines_as_csv, read_lines
from issuer.badges.renewals import Horizon, read_renewals, renewals_as_csv, renewals_due
from issuer.badges.search import BadgeState, count_badges, find_badges, keep_own
from issuer.catalogue.find import achievement_entry, get_provider, newest_versions
from issuer.catalogue.result_scale import PassFail, Rubric
from issuer.console.badge_forms import (
    REASONS,
    ReasonMissing,
    chosen_ids,
    read_deed,
    read_order,
    read_reason,
    read_search,
)
from issuer.console.bounds import read_number
from issuer.console.frame import Console, Seat
from issuer.database import reading, transaction
from issuer.public.notes import badge_drawing
from verifier.web.claims import read_claims
from verifier.web.words import ENGLISH, catalogue

PAGE: Final = 50
_REFUSED: Final = 422


@dataclass(frozen=True)
class BadgeWindows:
    """Each window asks the domain one thing and shows the answer."""

    console: Console

    # Find

    def badges(self, seat: Seat) -> Response:
        """All badges of the provider, or those that were asked for."""
        asked, office, now = read_search(request.args), self.console.office, self._now()
        with reading(office.sessions) as session:
            provider = get_provider(session, seat.provider_slug).id
            after = request.args.get("after", type=read_number)
            page = find_badges(session, provider, asked.search, now=now, limit=PAGE, after=after)
            return self.console.page(
                seat,
                "console/badges.html",
                asked=asked,
                lines=read_lines(session, page.record_ids, office.desk, now=now),
                after=page.after,
                is_later=after is not None,
                found=count_badges(session, provider, asked.search, now=now),
                offers=_offers(session),
                may_change=seat.may(Permission.CHANGE),
                most=MOST,
            )

    def badges_csv(self, seat: Seat) -> Response:
        """Everything that was asked for, as a file."""
        asked, office = read_search(request.args), self.console.office
        with reading(office.sessions) as session:
            provider = get_provider(session, seat.provider_slug).id
            text = lines_as_csv(every_line(session, provider, asked.search, office.desk, now=self._now()))
        return csv_file(text, "badges.csv")

    def badge(self, seat: Seat, number: str) -> Response:
        """One badge with all that is known of it."""
        with reading(self.console.office.sessions) as session:
            dossier = self._dossier(session, seat, number)
            words = catalogue(ENGLISH)
            return self.console.page(
                seat,
                "console/badge.html",
                dossier=dossier,
                claims=read_claims(dossier.credential, words),
                art=badge_drawing(dossier.credential),
                deeds=[deed for deed in Deed if is_possible(deed, dossier.line.state)],
                may_correct=_is_correctable(dossier),
                may_change=seat.may(Permission.CHANGE),
                reasons=REASONS,
            )

    # Change

    def choose(self, seat: Seat) -> Response:
        """Before anything is done: whom it touches, and why."""
        deed = read_deed(request.args.get("deed", ""))
        if deed is None:
            abort(404)
        with reading(self.console.office.sessions) as session:
            return self._ask(session, seat, deed, self._chosen(session, seat))

    def change(self, seat: Seat) -> AnyResponse:
        """Do it to each, and say what became of each."""
        deed = read_deed(request.form.get("deed", ""))
        if deed is None:
            abort(404)
        seen = read_seen(request.form.get("seen", ""))
        try:
            order = read_order(request.form, deed)
        except ReasonMissing as exc:
            with reading(self.console.office.sessions) as session:
                return self._ask(session, seat, deed, [each.record_id for each in seen], seen=seen, problem=str(exc))
        office = self.console.office
        results = list(change_many(self._bulk(seat), order, seen))
        with reading(office.sessions) as session:
            found = read_lines(session, [each.record_id for each in results], office.desk, now=self._now())
        own = {line.record_id: line for line in found if line.provider_slug == seat.provider_slug}
        if len(results) == 1 and results[0].outcome in {Outcome.DONE, Outcome.DONE_BEFORE} and own:
            return self.console.back(seat, "badges.badge", _said(deed), number=found[0].number)
        pairs = [(each, own.get(each.record_id)) for each in results]
        done = sum(each.outcome in {Outcome.DONE, Outcome.DONE_BEFORE} for each in results)
        return self.console.page(seat, "console/badges_changed.html", deed=deed, pairs=pairs, done=done)

    def correct(self, seat: Seat, number: str) -> Response:
        """What the badge says now, to be put right."""
        with reading(self.console.office.sessions) as session:
            return self._correction(seat, session, self._dossier(session, seat, number), {})

    def correct_now(self, seat: Seat, number: str) -> AnyResponse:
        """Issue the corrected badge in place of this one."""
        form, office = request.form, self.console.office
        try:
            why = read_reason(form)
            fields = ("given_name", "family_name", "result")
            correction = Correction(**{name: form[name] for name in fields if name in form})
            with transaction(office.sessions) as session:
                new = correct_badge(session, _urn(number), correction, why, self._errand(session, seat))
                to = new.credential_id
        except AlreadySuperseded as exc:
            to = exc.successor_id
        except (ReasonMissing, AwardError) as exc:
            with reading(office.sessions) as session:
                return self._correction(seat, session, self._dossier(session, seat, number), form, str(exc))
        return self.console.back(
            seat,
            "badges.badge",
            "This is the corrected badge. The old one points to it, and its holder is told.",
            number=to.removeprefix("urn:uuid:"),
        )

    # Renew

    def renewals(self, seat: Seat) -> Response:
        """What runs out soon."""
        horizon, office, now = _horizon(), self.console.office, self._now()
        with reading(office.sessions) as session:
            provider = get_provider(session, seat.provider_slug).id
            due = {each: renewals_due(session, provider, each, now=now) for each in Horizon}
            start = request.args.get("start", 0, type=read_number)
            shown = due[horizon][start : start + PAGE]
            return self.console.page(
                seat,
                "console/badges_renewals.html",
                horizon=horizon,
                counts={each: len(found) for each, found in due.items()},
                renewals=read_renewals(session, shown, office.desk, now=now),
                start=start,
                next_start=start + PAGE if start + PAGE < len(due[horizon]) else None,
                now=now,
            )

    def renewals_csv(self, seat: Seat) -> Response:
        """The same as a file, for a mail merge."""
        horizon, office, now = _horizon(), self.console.office, self._now()
        with reading(office.sessions) as session:
            provider = get_provider(session, seat.provider_slug).id
            due = renewals_due(session, provider, horizon, now=now)
            text = renewals_as_csv(read_renewals(session, due, office.desk, now=now))
        return csv_file(text, f"renewals_{horizon.value}.csv")

    def _ask(
        self,
        session: Session,
        seat: Seat,
        deed: Deed,
        record_ids: list[int],
        *,
        seen: list[SeenBadge] | None = None,
        problem: str = "",
    ) -> Response:
        provider = get_provider(session, seat.provider_slug)
        own = keep_own(session, provider.id, record_ids)
        if not own:
            raise NothingChosen
        lines = read_lines(session, own, self.console.office.desk, now=self._now())
        possible = [line for line in lines if is_possible(deed, line.state)]
        changes = last_changes(session, [line.record_id for line in possible])
        # a form that comes back for want of a reason keeps what its author saw
        changes.update({each.record_id: each.change_id for each in seen or () if each.record_id in changes})
        return self.console.page(
            seat,
            "console/badges_change.html",
            status=_REFUSED if problem else 200,
            deed=deed,
            lines=possible,
            others=[line for line in lines if line not in possible],
            seen=write_seen([SeenBadge(record_id, change) for record_id, change in changes.items()]),
            reasons=[(reason, REASONS[reason]) for reason in OFFERED[deed]],
            typed=request.form,
            problem=problem,
        )

    def _chosen(self, session: Session, seat: Seat) -> list[int]:
        """The ticked badges, or all that the search finds."""
        if request.args.get("scope") != "all":
            chosen = chosen_ids(request.args.getlist("badge"))
            if len(chosen) > MOST:
                raise TooManyAtOnce(len(chosen))
            return chosen
        provider, search = get_provider(session, seat.provider_slug).id, read_search(request.args).search
        count = count_badges(session, provider, search, now=self._now())
        if count > MOST:
            raise TooManyAtOnce(count)
        return list(find_badges(session, provider, search, now=self._now(), limit=MOST).record_ids)

    def _correction(self, seat: Seat, session: Session, dossier: Dossier, typed: Any, problem: str = "") -> Response:
        record = session.get_one(IssuedCredentialRecord, dossier.line.record_id)
        scale = achievement_entry(record.achievement_version).scale
        return self.console.page(
            seat,
            "console/badges_correct.html",
            status=_REFUSED if problem else 200,
            dossier=dossier,
            typed=typed
            or {"given_name": record.given_name, "family_name": record.family_name, "result": record.result},
            levels=scale.levels if isinstance(scale, Rubric) else (),
            has_result=not isinstance(scale, PassFail),
            reasons=[(reason, REASONS[reason]) for reason in OFFERED_FOR_CORRECTION],
            problem=problem,
            is_possible=_is_correctable(dossier),
        )

    def _dossier(self, session: Session, seat: Seat, number: str) -> Dossier:
        record = own_badge(session, _urn(number), get_provider(session, seat.provider_slug))
        return read_dossier(session, record, self.console.office.desk, now=self._now())

    def _errand(self, session: Session, seat: Seat) -> Errand:
        provider = get_provider(session, seat.provider_slug)
        return Errand(actor=seat.actor, provider=provider, desk=self.console.office.desk, now=self._now())

    def _bulk(self, seat: Seat) -> BulkErrand:
        office = self.console.office
        return BulkErrand(
            sessions=office.sessions,
            desk=office.desk,
            clock=office.clock,
            actor=seat.actor,
            provider_slug=seat.provider_slug,
        )

    def _now(self) -> Any:
        return self.console.office.clock()


def create_badges_blueprint(console: Console) -> Blueprint:
    """Every address of issued badges."""
    views, blueprint = BadgeWindows(console), Blueprint("badges", __name__)
    for rule, view, permission in (
        ("/badges", views.badges, Permission.SEE),
        ("/badges.csv", views.badges_csv, Permission.SEE),
        ("/badges/<uuid:number>", views.badge, Permission.SEE),
        ("/badges/<uuid:number>/correct", views.correct, Permission.CHANGE),
        ("/badges/change", views.choose, Permission.CHANGE),
        ("/renewals", views.renewals, Permission.SEE),
        ("/renewals.csv", views.renewals_csv, Permission.SEE),
    ):
        console.add(blueprint, rule, view, permission)
    console.add(blueprint, "/badges/change", views.change, Permission.CHANGE, methods=("POST",))
    console.add(blueprint, "/badges/<uuid:number>/correct", views.correct_now, Permission.CHANGE, methods=("POST",))
    console.door("badges.badges", "Badges", Permission.SEE)
    return blueprint


def csv_file(text: str, name: str) -> Response:
    """A file that a spreadsheet opens with the right letters: the mark at its beginning says UTF-8."""
    response = Response("\ufeff" + text, content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _offers(session: Session) -> list[tuple[str, str, str]]:
    """Code, title and programme of every achievement."""
    return [
        (version.achievement.code, achievement_entry(version).title, version.achievement.programme.code)
        for version in newest_versions(session)
    ]


def _is_correctable(dossier: Dossier) -> bool:
    return dossier.replaced_by is None and dossier.line.state is not BadgeState.SUSPENDED


def _horizon() -> Horizon:
    asked = request.args.get("within", Horizon.IN_90.value)
    return Horizon(asked) if asked in set(Horizon) else Horizon.IN_90


def _urn(number: object) -> str:
    return f"urn:uuid:{number}"


def _said(deed: Deed) -> str:
    told = "Its page and the status list say so from now on."
    match deed:
        case Deed.REVOKE:
            return f"The badge is revoked. {told}"
        case Deed.SUSPEND:
            return f"The badge is suspended. {told}"
    return f"The badge holds again. {told}"
