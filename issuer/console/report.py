"""The windows of figures: certifications and learners of a period, as charts with their tables, as CSV and as JSON."""

from __future__ import annotations

from calendar import month_name
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from flask import Blueprint, Response, jsonify, request
from sqlalchemy.orm import Session

from issuer.accounts.roles import Permission
from issuer.alliance.figures import Dimension, Figures, Scope, count_figures
from issuer.alliance.kpi import SMALL_CELL_RULE, kpi_of
from issuer.alliance.published import ShownCell, ShownFigures, as_counted, as_published
from issuer.catalogue.find import achievement_entry, newest_versions
from issuer.catalogue.records import ProgrammeRecord, ProviderRecord
from issuer.certificates.labels import get_labels
from issuer.console.badge_forms import read_day
from issuer.console.badges import csv_file
from issuer.console.frame import Console, Seat
from issuer.database import reading
from issuer.public import showroom
from verifier.spreadsheet import csv_text

PUBLISHED: Final = "published"
TITLES: Final[Mapping[Dimension, str]] = {
    Dimension.PROGRAMME: "By programme",
    Dimension.ACHIEVEMENT: "By achievement",
    Dimension.PROVIDER: "By provider",
    Dimension.MONTH: "By month of completion",
    Dimension.ISSUER_COUNTRY: "By country of the provider",
    Dimension.ISSUER_NUTS2: "By region of the provider (NUTS 2)",
    Dimension.ISSUER_NUTS3: "By region of the provider (NUTS 3)",
    Dimension.LEARNER_COUNTRY: "By country of the learner",
    Dimension.LEARNER_NUTS2: "By region of the learner (NUTS 2)",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """What the address asks for; ``problem`` says what of it was not understood."""

    first: date | None
    last: date | None
    provider: str
    is_published: bool
    problem: str

    @property
    def said(self) -> str:
        """The period in words."""
        if self.first and self.last:
            return f"completed from {_day(self.first)} to {_day(self.last)}"
        if self.first:
            return f"completed since {_day(self.first)}"
        return f"completed until {_day(self.last)}" if self.last else "completed at any time"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One line of a table with its bar; ``width`` is a part of 100, None where the figure is not told."""

    name: str
    cell: ShownCell
    width: float | None


@dataclass(frozen=True)
class ReportWindows:
    """Each window counts once and shows it."""

    console: Console

    def report(self, seat: Seat) -> Response:
        """The figures with their charts."""
        period = self._period(seat)
        with reading(self.console.office.sessions) as session:
            figures = count_figures(session, _scope(seat, period))
            shown = _shown(figures, period)
            months = {cell.key: _month(cell.key) for cell in shown.tables[Dimension.MONTH]}
            names = {**_names(session), Dimension.MONTH: months}
            providers = sorted(names[Dimension.PROVIDER].items(), key=lambda pair: pair[1].casefold())
        today = self.console.office.clock().date()
        return self.console.page(
            seat,
            "console/report.html",
            period=period,
            shown=shown,
            tables=[(each, TITLES[each], _bars(shown.tables[each], names.get(each, {}))) for each in Dimension],
            providers=providers,
            presets=_presets(today),
            rule=SMALL_CELL_RULE,
            query=request.query_string.decode("ascii", "ignore"),
        )

    def report_csv(self, seat: Seat) -> Response:
        """The same for a spreadsheet, with who paid for it: a file travels without its page."""
        period = self._period(seat)
        with reading(self.console.office.sessions) as session:
            shown, names = _shown(count_figures(session, _scope(seat, period)), period), _names(session)
            notices = showroom.funding_notices(session)
        rows: list[tuple[str, ...]] = [("total", "", "", shown.certifications, shown.learners)]
        for dimension, cells in shown.tables.items():
            known = names.get(dimension, {})
            rows += [
                (dimension.value, cell.key, known.get(cell.key, ""), cell.certifications, cell.learners)
                for cell in cells
            ]
        rows += [("notice", "", notice, "", "") for notice in notices]
        return csv_file(csv_text(("by", "key", "name", "certifications", "learners"), rows), "report.csv")

    def report_json(self, seat: Seat) -> Response:
        """The same for a program; exact figures come in the shape of ``voltpass report kpi`` too."""
        period = self._period(seat)
        scope = _scope(seat, period)
        with reading(self.console.office.sessions) as session:
            figures = count_figures(session, scope)
            notices = list(showroom.funding_notices(session))
        shown = _shown(figures, period)
        answer = jsonify(
            {
                "from": period.first.isoformat() if period.first else None,
                "to": period.last.isoformat() if period.last else None,
                "provider": scope.provider_slug,
                "form": "exact" if shown.is_exact else PUBLISHED,
                **shown.to_json(),
                **({"kpi": kpi_of(figures).to_json()} if shown.is_exact else {}),
                "notices": notices,
            }
        )
        answer.headers["Cache-Control"] = "no-store"
        return answer

    def _period(self, seat: Seat) -> Period:
        problems: list[str] = []
        first = read_day(request.args.get("from", ""), problems)
        last = read_day(request.args.get("to", ""), problems)
        if first and last and last < first:
            problems.append("The period ends before it begins.")
        form = request.args.get("form") or (PUBLISHED if seat.at_office else "exact")
        return Period(
            first=first,
            last=last,
            provider=request.args.get("provider", "") if seat.at_office else "",
            is_published=form == PUBLISHED,
            problem=" ".join(problems),
        )


def create_report_blueprint(console: Console) -> Blueprint:
    """Every address of figures."""
    views, blueprint = ReportWindows(console), Blueprint("report", __name__)
    console.add(blueprint, "/report", views.report, Permission.SEE_REPORTS)
    console.add(blueprint, "/report.csv", views.report_csv, Permission.SEE_REPORTS)
    console.add(blueprint, "/report.json", views.report_json, Permission.SEE_REPORTS)
    console.door("report.report", "Report", Permission.SEE_REPORTS)
    return blueprint


def _scope(seat: Seat, period: Period) -> Scope:
    """A provider counts its own; the office counts all, or the one it chose."""
    slug = (period.provider or None) if seat.at_office else seat.provider_slug
    return Scope(provider_slug=slug, completed_from=period.first, completed_to=period.last)


def _shown(figures: Figures, period: Period) -> ShownFigures:
    return as_published(figures) if period.is_published else as_counted(figures)


def _bars(cells: Sequence[ShownCell], names: Mapping[str, str]) -> list[Bar]:
    largest = max((cell.size for cell in cells if cell.size is not None), default=0)
    return [
        Bar(
            name=names.get(cell.key, cell.key),
            cell=cell,
            width=None if cell.size is None else round(100 * cell.size / max(1, largest), 1),
        )
        for cell in cells
    ]


def _names(session: Session) -> Mapping[Dimension, Mapping[str, str]]:
    """Titles for codes, where there are any."""
    providers = {each.slug: each.legal_name for each in session.query(ProviderRecord).filter_by(role="provider")}
    countries = get_labels("en").words["countries"]
    return {
        Dimension.PROGRAMME: {each.code: each.title for each in session.query(ProgrammeRecord)},
        Dimension.ACHIEVEMENT: {
            each.achievement.code: achievement_entry(each).title for each in newest_versions(session)
        },
        Dimension.PROVIDER: providers,
        Dimension.ISSUER_COUNTRY: countries,
        Dimension.LEARNER_COUNTRY: countries,
    }


def _month(key: str) -> str:
    year, _, month = key.partition("-")
    return f"{month_name[int(month)]} {year}" if month.isdigit() else key


def _presets(today: date) -> list[tuple[str, str, str]]:
    """Periods that reports are asked for: name, first day, last day."""
    return [
        ("This year", f"{today.year}-01-01", f"{today.year}-12-31"),
        ("Last year", f"{today.year - 1}-01-01", f"{today.year - 1}-12-31"),
        ("All time", "", ""),
    ]


def _day(moment: date) -> str:
    return f"{moment.day} {moment:%B %Y}"
