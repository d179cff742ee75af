"""Stylesheet, fonts and icon, read once and served from memory: a name either is one of them or is not there."""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Final

from flask import Response, abort, request

KEPT_SECONDS: Final = 7 * 24 * 3600
_TYPES: Final = {".woff2": "font/woff2", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}


@cache
def static_files() -> Mapping[str, bytes]:
    """Every file under templates/static by its path from there."""
    root = Path(str(files("templates").joinpath("static")))
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def digest_of(name: str) -> str:
    """Changes with the file."""
    return sha256(static_files()[name]).hexdigest()[:12]


def serve_static(name: str) -> Response:
    """One file; browsers keep it for a week and ask again with its digest."""
    body = static_files().get(name)
    if body is None:
        abort(404)
    guessed = mimetypes.guess_type(name)[0] or "text/plain"
    response = Response(body, content_type=_TYPES.get(Path(name).suffix, guessed))
    response.set_etag(digest_of(name))
    response.headers["Cache-Control"] = f"public, max-age={KEPT_SECONDS}"
    response.make_conditional(request)
    return response
