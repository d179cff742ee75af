"""What every page shares: the frame and its words, static files, the security headers, uploads kept in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from typing import IO, Any

from flask import Flask, Request, Response, g, make_response, render_template, request
from jinja2 import PackageLoader, StrictUndefined
from markupsafe import Markup

from verifier.limits import MEBIBYTE
from verifier.mistakes import traceback_of
from verifier.web.static_files import digest_of, serve_static
from verifier.web.words import ENGLISH, LANGUAGES, Words, catalogue, choose

POLICY = (
    "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
"""No script at all, nothing inline, nothing from elsewhere: what a page shows is what the server wrote."""

HEADERS = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=(), interest-cohort=()",
}


@dataclass(frozen=True)
class Door:
    """A way in, shown at the head of every page: its address and the key of its words."""

    href: str
    word: str


@dataclass(frozen=True, kw_only=True)
class Site:
    """How this installation presents itself. `request_limit` is the most bytes that one visit may hand in."""

    base_url: str
    request_limit: int = 40 * MEBIBYTE
    items_limit: int = 200
    name: str = "Voltpass"
    is_demo: bool = False
    notices: Sequence[str] = ()
    doors: Sequence[Door] = (Door("/verify", "site.nav.check"),)

    @cached_property
    def style(self) -> str:
        """Changes with the stylesheet, so that browsers may keep it for long."""
        return digest_of("voltpass.css")

    @property
    def address_marked(self) -> Markup:
        """The address that a genuine page starts with."""
        return Markup("<code>{}/</code>").format(self.base_url)

    @property
    def verify_marked(self) -> Markup:
        """What a doubter should type."""
        return Markup("<code>{}/verify</code>").format(self.base_url.removeprefix("https://"))

    @property
    def post_marked(self) -> Markup:
        """How a machine asks."""
        return Markup("<code>POST {}/verify</code>").format(self.base_url)

    @property
    def header_marked(self) -> Markup:
        """The header that makes the answer JSON."""
        return Markup("<code>Accept: application/json</code>")


class MemoryRequest(Request):
    """A request whose uploads stay in memory: nothing that a visitor hands in touches the disk."""

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        return BytesIO()


class WebApp(Flask):
    """A Flask application without sessions, template folder or addresses in its log."""

    request_class = MemoryRequest

    def log_exception(self, exc_info: Any) -> None:
        """Log a bug with the view and the lines it happened in.

        The address may be a secret link, and what an error says may repeat a name: both stay out.
        """
        self.logger.error("Error in %s\n%s", request.endpoint, traceback_of(exc_info[1]))


def open_web_app(name: str, site: Site) -> WebApp:
    """An application with the frame, the static files and the headers, and no page yet."""
    app = WebApp(name, static_folder=None, template_folder=None)
    app.jinja_options = {"loader": PackageLoader("templates", "pages"), "undefined": StrictUndefined}
    app.jinja_env.globals.update(site=site, private=False)
    app.jinja_env.trim_blocks = False
    app.config.update(
        MAX_CONTENT_LENGTH=site.request_limit,
        MAX_FORM_MEMORY_SIZE=site.request_limit,
        MAX_FORM_PARTS=site.items_limit + 10,
    )
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.add_url_rule("/static/<path:name>", "static", serve_static)
    app.before_request(_hear_language)
    app.after_request(_HeaderWriter(is_secure=site.base_url.startswith("https://")))
    return app


def page(template: str, *, status: int = 200, private: bool = False, **context: object) -> Response:
    """Render a page in the visitor's language. A private page is neither kept, indexed nor passed on."""
    languages = [catalogue(code) for code in LANGUAGES] if request.method in {"GET", "HEAD"} else []
    html = render_template(
        template,
        words=words(),
        here=request.path,
        languages=[{"code": each.language, "name": each("language.name")} for each in languages],
        private=private,
        **context,
    )
    response = make_response(html, status)
    response.headers["Content-Language"] = words().language
    response.headers["Cache-Control"] = "no-store" if private else "no-cache"
    response.vary.update(("Accept", "Accept-Language"))
    if private:
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


def words() -> Words:
    """The words of the visitor being served."""
    found: Words | None = g.get("words")
    return found or catalogue(ENGLISH)


def _hear_language() -> None:
    g.words = choose(request.args.get("lang"), request.accept_languages)


class _HeaderWriter:
    """Puts the security headers on every response; a response may bring its own value for any of them."""

    def __init__(self, *, is_secure: bool) -> None:
        self._headers = dict(HEADERS)
        if is_secure:
            self._headers["Strict-Transport-Security"] = "max-age=31536000"

    def __call__(self, response: Response) -> Response:
        for name, value in self._headers.items():
            response.headers.setdefault(name, value)
        return response
