"""/verify: hand something in, get a verdict. Nothing is stored, and nothing that was handed in is logged."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from flask import Blueprint, Response, request

from verifier.examine import Examination
from verifier.recipient import Recipient, verify_recipient
from verifier.report import VerificationReport
from verifier.web.counter import look_at, take_items
from verifier.web.gate import Gate
from verifier.web.many import many_page
from verifier.web.negotiation import JSON, prefers_html
from verifier.web.problems import Problem, as_json, let_finish, megabytes
from verifier.web.receipts import ADDRESS, keep_receipt, show_receipt
from verifier.web.room import RoomTaken, UploadRoom
from verifier.web.site import Site, page, words
from verifier.web.verdict import Asked, verdict_page
from verifier.web.visitors import Visitors

VISITS_AT_ONCE = 1.2
"""How many of the largest visits one process holds in memory together; small ones fit in by the hundred."""


@dataclass(frozen=True)
class Window:
    """The check window of one gate on one site."""

    gate: Gate
    site: Site
    room: UploadRoom
    visitors: Visitors

    def ask(self) -> Response:
        """The empty form."""
        return self._form()

    def answer(self) -> Response:
        """Look at everything that was handed in and say what it is worth."""
        limit = self.site.items_limit
        try:
            with self.room.space(min(request.content_length or self.site.request_limit, self.site.request_limit)):
                items = islice(take_items(request), limit + 1)
                examined = list(look_at(items, self.gate.policy(), self.gate.clock()))
        except RoomTaken:
            let_finish(self.site.request_limit)
            return self._refuse("verify.busy", "busy", status=503)
        self.visitors.count(len(examined))
        if not examined:
            return self._refuse("verify.empty", "nothing_to_check")
        if len(examined) > limit:
            return self._refuse("verify.toomany", "too_many_items")
        return self._show(examined) if prefers_html(request) else as_report(examined)

    def keep_receipt(self) -> Response:
        """The receipt on a page as a file."""
        return keep_receipt(self.gate)

    def _show(self, examined: Sequence[Examination]) -> Response:
        if len(examined) > 1:
            shown = many_page(examined, self.gate, words(), examined[0].report.checked_at)
            return page("many.html", private=True, page=shown)
        only = examined[0]
        if only.receipt is not None:
            return show_receipt(only.receipt, only.item)
        asked = Asked(item=only.item, leads_to=only.link, person_answer=compare_person(only.report, request.form))
        shown_page = verdict_page(only.report, self.gate, words(), self.site.base_url, asked)
        return page("verdict.html", private=True, page=shown_page)

    def _refuse(self, key: str, code: str, *, status: int = 400) -> Response:
        limit = self.site.items_limit
        problem = Problem(status=status, code=code, title=words()(key), detail=words()(f"{key}.text", n=limit))
        return self._form(problem) if prefers_html(request) else as_json(problem)

    def _form(self, problem: Problem | None = None) -> Response:
        return page(
            "verify.html",
            status=problem.status if problem else 200,
            problem=problem,
            action=f"/verify?lang={words().language}" if request.args.get("lang") else "/verify",
            limit=self.site.items_limit,
            size=megabytes(self.site.request_limit),
        )


def create_verify_blueprint(gate: Gate, site: Site, visitors: Visitors | None = None) -> Blueprint:
    """The window as a blueprint, for the gate alone or beside the office."""
    room, visitors = UploadRoom(site.request_limit * VISITS_AT_ONCE), visitors or Visitors()
    blueprint, window = Blueprint("verify", __name__), Window(gate, site, room, visitors)
    blueprint.before_request(visitors.let_in_with_papers)
    blueprint.add_url_rule("/verify", "ask", window.ask, methods=["GET"])
    blueprint.add_url_rule("/verify", "answer", window.answer, methods=["POST"])
    blueprint.add_url_rule(ADDRESS, "keep_receipt", window.keep_receipt, methods=["POST"])
    return blueprint


def as_report(examined: Sequence[Examination]) -> Response:
    """One report as an object, several as a list, each with the name of what it is about."""
    reports = [each.to_json() for each in examined]
    body = json.dumps(reports[0] if len(reports) == 1 else reports, ensure_ascii=False) + "\n"
    response = Response(body, content_type=JSON)
    response.headers["Cache-Control"] = "no-store"
    response.vary.add("Accept")
    return response


def compare_person(report: VerificationReport, form: Mapping[str, str]) -> str | None:
    """Whether the e-mail that was typed is the signed one: `same`, `different`, `empty`, or None when not asked."""
    if "mail" not in form or report.authentic is None:
        return None
    if not form["mail"].strip():
        return "empty"
    is_same = verify_recipient(report.authentic, form["mail"]) is Recipient.SAME
    return "same" if is_same else "different"
