"""The windows of a gate or an office for tests: real applications, asked through Flask's own client."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import datetime

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from credentials.credential import AchievementCredential
from tests.simulator import Simulator
from verifier.web.app import create_gate_app
from verifier.web.gate import Gate, StatusNote, no_note
from verifier.web.site import Site
from verifier.web.visitors import Visitors

HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
JSON = {"Accept": "application/json"}


def gate_app(
    world: Simulator,
    *,
    notes: Callable[[str], StatusNote | None] = no_note,
    site: Site | None = None,
    clock: Callable[[], datetime] | None = None,
    visitors: Visitors | None = None,
) -> Flask:
    """The gate alone, looking at the world of a simulator."""
    gate = Gate(policy=lambda: world.policy, clock=clock or (lambda: world.now), notes=notes)
    return create_gate_app(gate, site or Site(base_url="https://voltpass.example"), visitors)


def gate_client(world: Simulator, **parts: object) -> FlaskClient:
    """A visitor of that gate."""
    return gate_app(world, **parts).test_client()  # type: ignore[arg-type]


def upload(client: FlaskClient, *files: tuple[str, bytes], headers: dict[str, str] | None = None) -> TestResponse:
    """Hand in files as a browser does."""
    data = {"file": [(io.BytesIO(content), name) for name, content in files]}
    return client.post("/verify", data=data, headers=headers or HTML, content_type="multipart/form-data")


def paste(client: FlaskClient, text: str, *, language: str = "en", **fields: str) -> TestResponse:
    """Paste a text as a browser does."""
    return client.post(f"/verify?lang={language}", data={"text": text, **fields}, headers=HTML)


def verdict_shown(response: TestResponse) -> tuple[str, str]:
    """The verdict of a page and the pattern of its band."""
    found = re.search(r'class="verdict" data-kind="(\w+)" data-verdict="(\w+)"', response.text)
    assert found is not None, response.text[:500]
    return found[2], found[1]


def main_text(response: TestResponse) -> str:
    """The words of the page's main part, without mark-up."""
    body = response.text.partition("<main")[2].partition("</main>")[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))


def holder_name(credential: AchievementCredential) -> str:
    """The name as it is signed."""
    return next(each.identity_hash for each in credential.credential_subject.identifier if not each.hashed)
