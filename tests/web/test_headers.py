"""What every answer carries, and what no page may contain."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

import pytest

from tests.simulator import Simulator
from tests.windows import HTML, JSON, gate_client, paste, upload
from verifier.web.site import Site

ROOT = Path(__file__).parent.parent.parent
PAGES = sorted((ROOT / "templates" / "pages").rglob("*.html"))
STRICT = {
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
}
WAYS = [("/", 302), ("/verify", 200), ("/static/voltpass.css", 200), ("/nothing", 404), ("/healthz", 200)]


@pytest.mark.parametrize(("path", "status"), WAYS)
def test_every_answer_carries_the_strict_headers(path: str, status: int) -> None:
    """Pages, files, errors and redirects alike: only our own styles, fonts and pictures, no frames, no referrer."""
    answer = gate_client(Simulator()).get(path, headers=HTML)
    assert answer.status_code == status
    for name, value in STRICT.items():
        assert answer.headers[name] == value
    policy = dict(part.strip().partition(" ")[::2] for part in answer.headers["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["frame-ancestors"] == "'none'"
    assert policy["base-uri"] == "'none'"
    assert policy["form-action"] == "'self'"
    assert "script-src" not in policy
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert "camera=()" in answer.headers["Permissions-Policy"]


def test_no_answer_sets_a_cookie() -> None:
    """No account, no session, no tracking: also after a form was sent."""
    world = Simulator()
    client = gate_client(world)
    text = world.award().text
    answers = [client.get("/verify"), paste(client, text), upload(client, ("a.json", text.encode())), client.get("/x")]
    assert not any("Set-Cookie" in answer.headers for answer in answers)


@pytest.mark.parametrize(("base_url", "is_strict"), [("https://voltpass.example", True), ("http://127.0.0.1", False)])
def test_https_is_kept_where_it_is_used(base_url: str, is_strict: bool) -> None:
    """A public installation tells browsers to stay with https; a development machine does not lock itself out."""
    answer = gate_client(Simulator(), site=Site(base_url=base_url)).get("/verify")
    assert ("Strict-Transport-Security" in answer.headers) is is_strict


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_page_has_inline_code_or_foreign_parts(path: Path) -> None:
    """No inline script or style, no event handler, nothing loaded from elsewhere; our scripts in the console only."""
    text = path.read_text(encoding="utf-8")
    if "console" in path.parts:
        text = re.sub(r'<script src="/static/console/[a-z]+\.js\?v=\{\{ \w+ \}\}" defer></script>', "", text)
    assert not re.search(r"<script|<style|\sstyle=|\son[a-z]+=|javascript:", text)
    assert not re.search(r'src="(https?:)?//|<(?!a )[^>]*\shref="(https?:)?//', text)


def test_the_stylesheet_fetches_only_our_own_files() -> None:
    """Fonts come from here; every file it names exists."""
    css = files("templates").joinpath("static", "voltpass.css").read_text(encoding="utf-8")
    named = re.findall(r'url\("?([^")]+)', css)
    assert named
    assert all((ROOT / "templates" / "static" / name).is_file() for name in named)
    assert "@import" not in css


def test_static_files_may_be_kept_and_are_typed() -> None:
    """Stylesheet and fonts are kept by browsers; a new stylesheet has a new address."""
    client = gate_client(Simulator())
    css = client.get("/static/voltpass.css")
    font = client.get("/static/fonts/noto-sans-latin-400.woff2")
    assert css.mimetype == "text/css"
    assert font.mimetype == "font/woff2"
    assert "max-age=604800" in css.headers["Cache-Control"]
    assert re.search(r"/static/voltpass\.css\?v=[0-9a-f]{12}", client.get("/verify").text)


@pytest.mark.parametrize(
    "path", ["/static/../site.py", "/static/%2e%2e/pages/frame.html", "/static/fonts", "/static/x"]
)
def test_nothing_outside_the_static_folder_is_served(path: str) -> None:
    """No way up, no listing."""
    assert gate_client(Simulator()).get(path, headers=HTML).status_code == 404


def test_a_report_is_not_kept_either() -> None:
    """What was checked is nobody else's business."""
    world = Simulator()
    answer = gate_client(world).post("/verify", data={"text": world.award().text}, headers=JSON)
    assert answer.headers["Cache-Control"] == "no-store"
