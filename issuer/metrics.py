"""Figures for whoever keeps the service running, in the text format of Prometheus: counts, and nobody in particular."""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from flask import Blueprint, Response, abort, request
from sqlalchemy import Select, func, select

from issuer.awards.records import IssuedCredentialRecord
from issuer.awards.states import CredentialState
from issuer.database import reading
from issuer.delivery.records import MailRecord, MailState
from issuer.office import Office
from issuer.work.standing import work_counts

TEXT: Final = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Metric:
    """One figure with its explanation; a state makes several figures of one name."""

    name: str
    about: str
    values: tuple[tuple[str, float], ...]

    def lines(self) -> Iterator[str]:
        """As the format wants it; every figure is a gauge, because a database can also be put back to yesterday."""
        yield f"# HELP {self.name} {self.about}"
        yield f"# TYPE {self.name} gauge"
        for state, value in self.values:
            label = f'{{state="{state}"}}' if state else ""
            yield f"{self.name}{label} {value:g}"


def read_metrics(office: Office) -> list[Metric]:
    """The figures of this moment; raises DatabaseFailed."""
    now = office.clock()
    with reading(office.sessions) as session:
        query = select(IssuedCredentialRecord.state, func.count()).group_by(IssuedCredentialRecord.state)
        counted = {row[0]: row[1] for row in session.execute(query)}
        mailed = {row[0]: row[1] for row in session.execute(_mails_by_state())}
        work = work_counts(session, now=now)
    overdue = (now - work.due_since).total_seconds() if work.due_since else 0.0
    states = tuple((state.value, float(counted.get(state.value, 0))) for state in CredentialState)
    mails = tuple((state.value, float(mailed.get(state.value, 0))) for state in MailState)
    to_do = (
        ("waiting", work.waiting - work.held_up),
        ("held_up", work.held_up),
        ("running", work.running),
        ("given_up", work.given_up),
    )
    return [
        Metric("voltpass_credentials", "Credentials on file by state.", states),
        Metric("voltpass_mails", "Mails on file by state; sent ones were taken by the mail server.", mails),
        Metric("voltpass_work", "Things to do by state; held_up ones wait after a failed try.", to_do),
        Metric("voltpass_work_overdue_seconds", "How long the oldest thing that is due has waited.", (("", overdue),)),
    ]


def _mails_by_state() -> Select[str, int]:
    return select(MailRecord.state, func.count()).group_by(MailRecord.state)


def create_metrics_blueprint(office: Office) -> Blueprint:
    """``/metrics``: open on a development machine, elsewhere only there for the bearer of VOLTPASS_METRICS_TOKEN."""
    token, open_to_all = office.settings.metrics_token, office.settings.development
    blueprint = Blueprint("metrics", __name__)

    def metrics() -> Response:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ").encode()
        if not (open_to_all if token is None else hmac.compare_digest(given, token.encode())):
            abort(404)
        text = "\n".join(line for metric in read_metrics(office) for line in metric.lines())
        return Response(f"{text}\n", content_type=TEXT, headers={"Cache-Control": "no-store"})

    blueprint.add_url_rule("/metrics", "metrics", metrics)
    return blueprint
