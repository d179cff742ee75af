"""The pages of the interface for machines: on a phone and at a desk, light and dark, without script."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser import PHONE, axe_source, chromium, environment, serving, spare_port, voltpass
from tests.desk_browser import AXE_RULES, LOOKS

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    env = environment(tmp_path_factory.mktemp("office"), spare_port())
    voltpass(env, "seed", "demo")
    with serving(env) as address:
        yield address


def test_the_pages_are_readable_everywhere(base: str, tmp_path: Path) -> None:
    """Nothing sticks out at 360 px, axe finds nothing, and no script is needed or run."""
    with chromium() as browser:
        for size, scheme in LOOKS:
            context = browser.new_context(viewport=size, color_scheme=scheme, bypass_csp=True)
            page = context.new_page()
            said: list[str] = []
            page.on("console", lambda message, said=said: said.append(message.text))
            for path in ("", "/awards"):
                page.goto(f"{base}/api/docs{path}")
                width = page.evaluate("document.documentElement.scrollWidth")
                assert width <= size["width"], f"{width} px wide on {size['width']}"
                page.screenshot(path=tmp_path / f"{size['width']}-{scheme}{path[1:]}.png", full_page=True)
                page.add_script_tag(content=axe_source())
                found = page.evaluate(f"axe.run({{runOnly: {json.dumps(AXE_RULES)}, resultTypes: ['violations']}})")
                assert [(each["id"], each["nodes"][0]["html"]) for each in found["violations"]] == []
            assert said == []
            context.close()
        still = browser.new_context(viewport=PHONE, java_script_enabled=False).new_page()
        still.goto(f"{base}/api/docs")
        still.get_by_role("link", name="Award one badge").click()
        assert still.get_by_text("asa.oberg@mail.example").first.is_visible()
