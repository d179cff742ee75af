"""The windows of the interface: /api/v1, its description, and the pages that show it.

All of it lives in the office's own application, so that headers, limits and errors are the same everywhere. What
answers a call is loaded with the first one: a start of the service does not wait for it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, abort, request

from issuer.api.routes import PREFIX, ROUTES
from issuer.office import Office
from verifier.web.pace import Pace
from verifier.web.site import page

if TYPE_CHECKING:
    from issuer.api.reception import Reception

_DESCRIPTION_KEPT_SECONDS = 300


@dataclass(slots=True)
class _Lazy:
    """The reception and the description, made once when they are first asked for."""

    office: Office
    pace: Pace
    _made: dict[str, Any] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def reception(self) -> Reception:
        return self._once("reception", self._open_reception)  # type: ignore[no-any-return]

    @property
    def description(self) -> dict[str, Any]:
        return self._once("description", self._describe)  # type: ignore[no-any-return]

    def _once(self, name: str, make: Callable[[], Any]) -> Any:
        with self._lock:
            if name not in self._made:
                self._made[name] = make()
            return self._made[name]

    def _open_reception(self) -> Reception:
        from issuer.api.call import ApiParts
        from issuer.api.reception import Reception

        return Reception(parts=ApiParts.of(self.office), pace=self.pace)

    def _describe(self) -> dict[str, Any]:
        from issuer.api.openapi import describe

        return describe(self.office.settings.base_url)


def create_api_blueprint(office: Office, pace: Pace | None = None) -> Blueprint:
    """The addresses of the interface."""
    blueprint = Blueprint("api", __name__)
    lazy = _Lazy(office, pace or Pace())
    for name, (method, path) in ROUTES.items():
        rule = PREFIX + path.replace("{", "<").replace("}", ">")
        blueprint.add_url_rule(rule, name, partial(_answer, lazy, name), methods=[method])
    blueprint.add_url_rule("/api/openapi.json", "description", partial(_show_description, lazy))
    blueprint.add_url_rule("/api/docs", "docs", partial(_show_docs, lazy))
    blueprint.add_url_rule("/api/docs/<chapter>", "chapter", partial(_show_chapter, lazy))
    return blueprint


def _answer(lazy: _Lazy, name: str, **path: str) -> Response:
    from issuer.api.reception import Incoming

    incoming = Incoming(
        operation=name,
        target=f"{request.method} {request.path}",
        path=path,
        parameters=dict(request.args.lists()),
        authorization=request.headers.get("Authorization"),
        key=request.headers.get("Idempotency-Key"),
        media_type=request.mimetype,
        length=request.content_length,
        stream=request.stream,
    )
    answer = lazy.reception.answer(incoming)
    response = Response(answer.text, status=answer.status, content_type="application/json")
    response.headers.update(answer.headers)
    response.headers["Cache-Control"] = "no-store"
    return response


def _show_description(lazy: _Lazy) -> Response:
    from issuer.api.openapi import as_text

    response = Response(as_text(lazy.description), content_type="application/json")
    response.headers["Cache-Control"] = f"public, max-age={_DESCRIPTION_KEPT_SECONDS}"
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


def _show_docs(lazy: _Lazy) -> Response:
    from issuer.api.docs import read_docs

    return page("api/docs.html", docs=read_docs(lazy.description))


def _show_chapter(lazy: _Lazy, chapter: str) -> Response:
    from issuer.api.docs import read_docs

    docs = read_docs(lazy.description)
    found = docs.find_chapter(chapter)
    if found is None:
        abort(404)
    return page("api/chapter.html", docs=docs, chapter=found)
