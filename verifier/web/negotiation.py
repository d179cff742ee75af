"""Which form of a document a visitor wants, from the Accept header and the end of the address."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Request

HTML = "text/html"
JSON = "application/json"
LD_JSON = "application/ld+json"
VC = "application/vc"
VC_JWT = "application/vc+jwt"
PROBLEM = "application/problem+json"

MACHINE_ENDINGS = (".json", ".jwt", ".pdf", ".png", ".svg")
MACHINE_STARTS = ("/api/v1/",)


def prefers_html(request: Request) -> bool:
    """Whether an error or a result should be a page: unless the address, the body or the Accept header is a machine's.

    Who takes anything gets a page, at a machine's address a document.
    """
    documents = (PROBLEM, JSON, LD_JSON, VC, VC_JWT)
    is_machine = request.path.endswith(MACHINE_ENDINGS) or request.path.startswith(MACHINE_STARTS) or request.is_json
    return best(request, (*documents, HTML) if is_machine else (HTML, *documents)) == HTML


def best(request: Request, offered: Sequence[str]) -> str:
    """The offered media type that the visitor likes best; the first where nothing or anything is asked for."""
    return request.accept_mimetypes.best_match(offered, offered[0]) or offered[0]
