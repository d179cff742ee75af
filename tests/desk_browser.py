"""Desks in a real browser: an office that is served, with a worker, and people who are signed in to its console."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page

from issuer.accounts.records import MembershipRecord, StaffRecord
from issuer.accounts.roles import Role
from issuer.accounts.sessions import begin_session
from issuer.app import create_office_app
from issuer.catalogue.find import get_provider
from issuer.console.frame import SIGNED_IN
from issuer.database import transaction
from issuer.demo.seed import load_demo
from issuer.office import Office, open_office
from issuer.settings import Settings
from tests.browser import DESK, PHONE, axe_source, environment, serving, spare_port

AXE_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LOOKS = [(PHONE, "dark"), (DESK, "light")]
"""Each width and each scheme once: what is wrong hangs on the one or on the other."""

PICTURES = os.environ.get("VOLTPASS_PICTURES")
"""A folder for what the pages look like, for whoever wants to see them."""


@dataclass
class ServedDesk:
    """An office behind gunicorn with its worker; ``office`` is the same one, opened by the test."""

    office: Office
    base: str
    env: dict[str, str]

    def staff(self, name: str, *roles: Role, provider: str = "vbk-goteborg") -> int:
        """Somebody who works here; gives their number."""
        with transaction(self.office.sessions) as session:
            person = StaffRecord(
                email=f"{len(name)}.{name.split()[0].lower()}@staff.example", name=name, created_at=self.office.clock()
            )
            session.add(person)
            session.flush()
            seat = get_provider(session, provider)
            session.add_all(
                MembershipRecord(staff_id=person.id, provider_id=seat.id, role=role.value) for role in roles
            )
            return person.id

    def cookie(self, staff_id: int) -> dict[str, Any]:
        """What a browser holds after signing in."""
        with transaction(self.office.sessions) as session:
            person = session.get_one(StaffRecord, staff_id)
            secret = begin_session(session, person, self.office.desk.chance, now=self.office.clock())
        app = create_office_app(self.office)
        signer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
        value = signer.dumps({SIGNED_IN: secret, "_permanent": True})
        return {
            "name": "voltpass_console",
            "value": value,
            "domain": "127.0.0.1",
            "path": "/console",
            "httpOnly": True,
            "sameSite": "Lax",
        }

    @contextmanager
    def browser_of(self, browser: Browser, staff_id: int, **how: Any) -> Iterator[BrowserContext]:
        """A browser of their own in which this person is signed in; nothing moves, so that colours can be measured."""
        context = browser.new_context(
            **{"viewport": DESK, "base_url": self.base, "locale": "en-GB", "reduced_motion": "reduce", **how}
        )
        context.add_cookies([self.cookie(staff_id)])  # type: ignore[list-item]
        try:
            yield context
        finally:
            context.close()


@contextmanager
def served_desk(folder: Path) -> Iterator[ServedDesk]:
    """The demonstration's catalogue with keys and people, nothing issued, served until the block ends."""
    env = environment(folder, spare_port())
    office = open_office(Settings.from_env(env))
    load_demo(office)
    try:
        with serving(env) as base:
            yield ServedDesk(office=office, base=base, env=env)
    finally:
        office.sessions.engine.dispose()


def violations(page: Page) -> list[str]:
    """What axe finds against WCAG 2.2 AA on a page as it stands."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(axe_source())
    found = page.evaluate("rules => axe.run({runOnly: rules, resultTypes: ['violations']})", AXE_RULES)
    return [f"{each['id']}: {each['nodes'][0]['html']}" for each in found["violations"]]


def check_everywhere(page: Page, name: str) -> None:
    """No finding of axe, nothing wider than the screen, on a phone and at a desk, in dark and light."""
    for viewport, scheme in LOOKS:
        page.set_viewport_size(viewport)  # type: ignore[arg-type]
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"], (name, viewport)
        if PICTURES:
            page.screenshot(path=Path(PICTURES) / f"{name}_{viewport['width']}_{scheme}.png", full_page=True)
        assert violations(page) == [], (name, viewport, scheme)
