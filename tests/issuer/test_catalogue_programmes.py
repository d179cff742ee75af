"""Programmes are data, and who may award what has a beginning and an end."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from issuer.accounts.actor import NotAllowed, NotHere
from issuer.catalogue.errors import ProviderNotAuthorised
from issuer.catalogue.find import find_version, get_offer, get_provider, programme_entry
from issuer.catalogue.load import load_catalogue
from issuer.catalogue.records import AuthorisationRecord
from issuer.database import reading, transaction
from issuer.drafts.authorisations import authorise_provider, end_authorisation
from issuer.drafts.errors import (
    AuthorisationRefused,
    ProgrammeRefused,
)
from issuer.drafts.programmes import ProgrammeForm, add_programme, change_programme
from issuer.drafts.review import publish_draft
from issuer.office import Office
from tests.demo_files import NOW, TERMS, changed, demo_catalogue
from tests.drafts import (
    NEIGHBOUR,
    OFFICE,
    PROVIDER,
    REVIEWER,
    WORDING,
    acts,
    submitted,
)
from tests.office import demo_office


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """The demonstration's office."""
    return demo_office(tmp_path)


def test_programmes_are_data(office: Office) -> None:
    """A third one is added in a form, changed but for its code, and takes drafts at once."""
    form = ProgrammeForm(code="trireme", title="Skills intelligence", kind="Erasmus+", funding_notice="Co-funded.")
    with transaction(office.sessions) as session:
        record = add_programme(session, REVIEWER, OFFICE, form, now=NOW)
        assert (record.code, programme_entry(record).two_person_rule) == ("TRIREME", True)
        change_programme(session, REVIEWER, OFFICE, "TRIREME", replace(form, two_person_rule=False), now=NOW)
        assert not programme_entry(record).two_person_rule
        with pytest.raises(ProgrammeRefused, match="already"):
            add_programme(session, REVIEWER, OFFICE, form, now=NOW)
        with pytest.raises(NotAllowed):
            add_programme(session, NEIGHBOUR, "cfb-norte", form, now=NOW)
    number = submitted(office, replace(WORDING, code="TRI-ONE", programme="TRIREME"))
    with transaction(office.sessions) as session:
        publish_draft(session, REVIEWER, OFFICE, number, 1, now=NOW)
    assert acts(office)[:2] == ["programme_added", "programme_changed"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"code": "tri reme"}, "code"),
        ({"title": " "}, "title"),
        ({"kind": ""}, "kind"),
        ({"colour": "#FFFF00"}, "colour"),
        ({"colour": "green"}, "colour"),
        ({"funding_notice": ""}, "funding_notice"),
        ({"title": "a\u202eb"}, "title"),
    ],
)
def test_a_programme_form_names_its_mistakes(office: Office, changes: dict[str, str], field: str) -> None:
    """By field, so that the form can show each where it belongs."""
    form = ProgrammeForm(code="TRIREME", title="Skills", kind="Erasmus+", funding_notice="Co-funded.")
    with pytest.raises(ProgrammeRefused) as refused, transaction(office.sessions) as session:
        add_programme(session, REVIEWER, OFFICE, replace(form, **changes), now=NOW)  # type: ignore[arg-type]
    assert list(refused.value.slips) == [field]


def periods(office: Office, code: str, provider: str) -> list[tuple[datetime, datetime | None]]:
    """When a provider may award."""
    with reading(office.sessions) as session:
        version = find_version(session, code)
        assert version is not None
        return [
            (each.valid_from, each.valid_until)
            for each in session.scalars(
                select(AuthorisationRecord)
                .where(
                    AuthorisationRecord.achievement_id == version.achievement_id,
                    AuthorisationRecord.provider_id == get_provider(session, provider).id,
                )
                .order_by(AuthorisationRecord.valid_from)
            )
        ]


def test_an_authorisation_begins_ends_and_begins_again(office: Office) -> None:
    """Each period stays on file, so that badges of the first one stay trusted; the trust list follows at once."""
    start = TERMS.authorised_from
    later = NOW + timedelta(days=40)
    with transaction(office.sessions) as session:
        with pytest.raises(AuthorisationRefused, match="since 1 January 2024"):
            authorise_provider(session, REVIEWER, OFFICE, "VLT-HV1", PROVIDER, NOW.date(), now=NOW)
        with pytest.raises(AuthorisationRefused, match="in the past"):
            end_authorisation(session, REVIEWER, OFFICE, "VLT-HV1", PROVIDER, date(2026, 11, 20), now=NOW)
        end_authorisation(session, REVIEWER, OFFICE, "VLT-HV1", PROVIDER, date(2026, 11, 21), now=NOW)
        with pytest.raises(ProviderNotAuthorised):
            get_offer(session, get_provider(session, PROVIDER), "VLT-HV1", now=NOW)
        with pytest.raises(AuthorisationRefused, match="nothing to end"):
            end_authorisation(session, REVIEWER, OFFICE, "VLT-HV1", PROVIDER, NOW.date(), now=NOW)
        authorise_provider(session, REVIEWER, OFFICE, "VLT-HV1", PROVIDER, later.date(), now=NOW)
    beginning = datetime(later.year, later.month, later.day, tzinfo=UTC)
    assert periods(office, "VLT-HV1", PROVIDER) == [(start, NOW), (beginning, None)]
    with reading(office.sessions) as session:
        provider = get_provider(session, PROVIDER)
        assert get_offer(session, provider, "VLT-HV1", now=later)
        with pytest.raises(ProviderNotAuthorised):
            get_offer(session, provider, "VLT-HV1", now=NOW + timedelta(days=1))
    entries = office.policy().trust.entries
    spans = {(each.valid_from, each.valid_until) for each in entries if "VLT-HV1" in each.achievements}
    assert {(start, NOW), (beginning, None)} <= spans
    assert acts(office) == ["authorisation_ended", "provider_authorised"]


def test_an_earlier_beginning_merges_periods(office: Office) -> None:
    """Back-issued badges need a day in the past; two periods that meet become one without end."""
    with transaction(office.sessions) as session:
        end_authorisation(session, REVIEWER, OFFICE, "VLT-HV1", PROVIDER, date(2026, 11, 25), now=NOW)
        authorise_provider(session, REVIEWER, OFFICE, "VLT-HV1", PROVIDER, date(2026, 12, 1), now=NOW)
        authorise_provider(session, REVIEWER, OFFICE, "VLT-HV1", PROVIDER, date(2023, 5, 1), now=NOW)
    assert periods(office, "VLT-HV1", PROVIDER) == [(datetime(2023, 5, 1, tzinfo=UTC), None)]
    with transaction(office.sessions) as session:
        end_authorisation(session, REVIEWER, OFFICE, "VLT-HV1", PROVIDER, date(2026, 11, 22), now=NOW)
        authorise_provider(session, REVIEWER, OFFICE, "VLT-HV1", PROVIDER, date(2023, 5, 1), now=NOW)
        with pytest.raises(NotHere):
            authorise_provider(session, NEIGHBOUR, OFFICE, "VLT-HV1", PROVIDER, NOW.date(), now=NOW)
    assert periods(office, "VLT-HV1", PROVIDER) == [(datetime(2023, 5, 1, tzinfo=UTC), None)]


def test_files_take_back_nothing_that_the_console_decided(office: Office) -> None:
    """What was ended stays ended, at its moment; what was granted beside the files stays granted."""
    tomorrow = NOW + timedelta(days=1)
    with transaction(office.sessions) as session:
        end_authorisation(session, REVIEWER, OFFICE, "VLT-HV1", PROVIDER, date(2026, 11, 21), now=NOW)
        end_authorisation(session, REVIEWER, OFFICE, "VLT-TEST", PROVIDER, date(2026, 11, 25), now=NOW)
        authorise_provider(session, REVIEWER, OFFICE, "VLT-HV1", "mak-ostrava", NOW.date(), now=NOW)
    files = demo_catalogue()
    without = replace(
        files, achievements=changed(files.achievements, "achievements.0.authorised_providers", ["ota-ostalb"])
    )
    for loaded in (files, without, files):
        with transaction(office.sessions) as session:
            load_catalogue(session, loaded, replace(TERMS, now=tomorrow))
        with reading(office.sessions) as session:
            provider, neighbour = get_provider(session, PROVIDER), get_provider(session, "mak-ostrava")
            with pytest.raises(ProviderNotAuthorised):
                get_offer(session, provider, "VLT-HV1", now=tomorrow)
            assert get_offer(session, provider, "VLT-TEST", now=tomorrow)
            with pytest.raises(ProviderNotAuthorised):
                get_offer(session, provider, "VLT-TEST", now=NOW + timedelta(days=5))
            assert get_offer(session, neighbour, "VLT-HV1", now=tomorrow)
