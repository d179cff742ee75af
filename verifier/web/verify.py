"""/verify: hand something in, get a verdict. Nothing is stored, and nothing that was handed in is logged."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from flask import Blueprint, Response, request
from werkzeug.datastructures import MultiDict

from credentials.errors import CredentialError
from credentials.identity import matches_email
from credentials.strict_json import parse_json
from verifier.examine import Examination, examine, examine_text
from verifier.report import VerificationReport
from verifier.web.gate import Gate
from verifier.web.many import many_page
from verifier.web.negotiation import HTML, JSON, best, prefers_html
from verifier.web.problems import Problem, as_json, megabytes, problem_of
from verifier.web.site import Site, page, words
from verifier.web.verdict import Asked, verdict_page

Item = tuple[str, bytes | str]
"""A name and what was handed in under it."""


class NothingToCheck(Exception):
    """The form came back empty."""


class TooManyItems(Exception):
    """More was handed in than one visit may."""


@dataclass(frozen=True)
class Window:
    """The check window of one gate on one site."""

    gate: Gate
    site: Site

    def ask(self) -> Response:
        """The empty form."""
        return self._form()

    def answer(self) -> Response:
        """Look at everything that was handed in and say what it is worth."""
        try:
            items = self._items()
        except NothingToCheck:
            return self._refuse("verify.empty", "nothing_to_check")
        except TooManyItems:
            return self._refuse("verify.toomany", "too_many_items")
        except CredentialError as error:
            return as_json(replace(problem_of(400, code=error.code), detail=str(error)))
        examined = [self._look_at(item) for item in items]
        return self._show(examined) if self._wants_page() else as_report(examined)

    def _items(self) -> Sequence[Item]:
        items = _from_json() if request.is_json else _from_form(request.form) + _from_files()
        if not items:
            raise NothingToCheck
        if len(items) > self.site.items_limit:
            raise TooManyItems
        return items

    def _look_at(self, item: Item) -> Examination:
        name, content = item
        policy, now = self.gate.policy(), self.gate.clock()
        if isinstance(content, str):
            return examine_text(content, policy, now=now)
        return examine(content, name, policy, now=now)

    def _wants_page(self) -> bool:
        if request.is_json:
            return best(request, (JSON, HTML)) == HTML
        return prefers_html(request)

    def _show(self, examined: Sequence[Examination]) -> Response:
        if len(examined) > 1:
            shown = many_page(examined, self.gate, words(), examined[0].report.checked_at)
            return page("many.html", private=True, page=shown)
        only = examined[0]
        asked = Asked(item=only.item, person_answer=compare_person(only.report, request.form))
        shown_page = verdict_page(only.report, self.gate, words(), self.site.base_url, asked)
        return page("verdict.html", private=True, page=shown_page)

    def _refuse(self, key: str, code: str) -> Response:
        limit = self.site.items_limit
        problem = Problem(status=400, code=code, title=words()(key), detail=words()(f"{key}.text", n=limit))
        return self._form(problem) if self._wants_page() else as_json(problem)

    def _form(self, problem: Problem | None = None) -> Response:
        language = request.args.get("lang")
        return page(
            "verify.html",
            status=problem.status if problem else 200,
            problem=problem,
            action=f"/verify?lang={words().language}" if language else "/verify",
            limit=self.site.items_limit,
            size=megabytes(self.site.request_limit),
        )


def create_verify_blueprint(gate: Gate, site: Site) -> Blueprint:
    """The window as a blueprint, for the gate alone or beside the office."""
    blueprint, window = Blueprint("verify", __name__), Window(gate, site)
    blueprint.add_url_rule("/verify", "ask", window.ask, methods=["GET"])
    blueprint.add_url_rule("/verify", "answer", window.answer, methods=["POST"])
    return blueprint


def as_report(examined: Sequence[Examination]) -> Response:
    """One report as an object, several as a list, each with the name of what it is about."""
    reports = [{"item": each.item, **each.report.to_json()} for each in examined]
    body = json.dumps(reports[0] if len(reports) == 1 else reports, ensure_ascii=False) + "\n"
    response = Response(body, content_type=JSON)
    response.headers["Cache-Control"] = "no-store"
    response.vary.add("Accept")
    return response


def compare_person(report: VerificationReport, form: Mapping[str, str]) -> str | None:
    """Whether the e-mail that was typed is the signed one: `same`, `different`, `empty`, or None when not asked."""
    if "mail" not in form or report.authentic is None:
        return None
    typed = form["mail"].strip()
    if not typed:
        return "empty"
    identities = report.authentic.credential_subject.identifier
    return "same" if any(matches_email(identity, typed) for identity in identities) else "different"


def _from_files() -> list[Item]:
    """The files that were chosen; a field left empty comes as a file without name and content."""
    found: list[Item] = []
    for file in request.files.getlist("file"):
        content = file.stream.read()
        if file.filename or content:
            found.append((file.filename or "–", content))
    return found


def _from_form(form: MultiDict[str, str]) -> list[Item]:
    """The pasted text: one badge or token, or several links, one on each line."""
    text = form.get("text", "").strip()
    if not text:
        return []
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) > 1 and all(line.startswith(("http://", "https://")) for line in lines):
        return [(line, line) for line in lines]
    return [(text, text)]


def _from_json() -> list[Item]:
    """`{"credential": …}`: the signed object, or the token or link as a string. Strictly parsed, re-written as it was."""
    body = request.get_data(cache=False)
    credential = parse_json(body).get("credential")
    if isinstance(credential, str) and credential.strip():
        return [("credential", credential.strip())]
    if isinstance(credential, dict):
        return [("credential", json.dumps(credential, ensure_ascii=False))]
    raise NothingToCheck
