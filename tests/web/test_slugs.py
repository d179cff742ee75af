"""The name of a provider in addresses can be no address of the program itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from issuer.app import create_office_app
from issuer.catalogue.errors import MalformedCatalogue
from issuer.catalogue.load import load_catalogue
from issuer.catalogue.provider_entry import NO_SLUGS, SLUG
from issuer.database import transaction
from tests.demo_files import TERMS, changed, demo_catalogue
from tests.office import demo_office, migrated_database

OF_A_PROVIDER = ("<slug>", "<instance>")


def taken(app: Flask) -> Iterator[str]:
    """What stands, in some address, where others have the name of a provider."""
    rules = [rule.rule.split("/") for rule in app.url_map.iter_rules()]
    before = {tuple(parts[: parts.index(name)]) for parts in rules for name in OF_A_PROVIDER if name in parts}
    for parts in rules:
        for place in before:
            if tuple(parts[: len(place)]) == place and len(parts) > len(place):
                yield parts[len(place)]


def test_every_address_of_our_own_is_no_slug(tmp_path: Path) -> None:
    """Whoever adds a window where a provider's name stands adds it to the list."""
    office = demo_office(tmp_path)
    found = {part for part in taken(create_office_app(office)) if SLUG.fullmatch(part)}
    office.sessions.engine.dispose()
    assert {"account", "sign-in", "sign-out", "password", "invitation"} <= found
    assert found <= NO_SLUGS


@pytest.mark.parametrize("slug", sorted(NO_SLUGS))
def test_such_a_name_is_refused_when_a_provider_is_loaded(tmp_path: Path, slug: str) -> None:
    """With its place, and nothing is loaded."""
    files = demo_catalogue()
    wrong = replace(files, providers=changed(files.providers, "providers.0.slug", slug))
    sessions = migrated_database(tmp_path)
    told = "an address of the program itself"
    with pytest.raises(MalformedCatalogue, match=told) as refused, transaction(sessions) as session:
        load_catalogue(session, wrong, TERMS)
    assert refused.value.path == "$.providers[0].slug"
    sessions.engine.dispose()
