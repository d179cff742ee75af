"""Status lists: random indexes that nobody takes twice, and signed lists that are never behind their entries."""

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError

from credentials.status_list import StatusList, StatusListCredential, StatusPurpose
from credentials.strict_json import parse_json
from credentials.unverified import open_unverified
from issuer.awards.award import award
from issuer.catalogue.find import get_provider
from issuer.chance import Chance
from issuer.database import reading, transaction
from issuer.office import Office
from issuer.signing.provider_keys import rotate_keys
from issuer.status.indexes import LIST_LENGTH, FreeIndex, find_free_index, find_free_indexes, open_list, take_index
from issuer.status.publish import SIGNED_ANEW_AFTER, VALID_FOR, keep_published, lists_of, seal_list, set_bits
from issuer.status.records import PublishedListRecord, StatusEntryRecord, StatusListRecord
from tests.award_requests import ASA
from tests.office import Clock, demo_office, reopened
from verifier.examine import examine_text
from verifier.report import Verdict

JWT = "application/vc+jwt"


@pytest.fixture
def clock() -> Clock:
    """Time that passes when told to."""
    return Clock()


@pytest.fixture
def office(tmp_path: Path, clock: Clock) -> Iterator[Office]:
    """An office with one list for the provider in Gothenburg."""
    opened = demo_office(tmp_path, clock=clock)
    with transaction(opened.sessions) as session:
        provider = get_provider(session, "vbk-goteborg")
        open_list(session, provider, opened.desk.base_url, opened.desk.chance, now=clock())
    yield opened
    opened.sessions.engine.dispose()


def taken(office: Office, position: int | None = None) -> int:
    """Take an index, the given one or any, and give the id of its entry."""
    with transaction(office.sessions) as session:
        index = find_free_index(session, get_provider(session, "vbk-goteborg").id, office.desk.chance)
        assert index is not None
        entry = take_index(session, index if position is None else replace(index, position=position))
        session.flush()
        return entry.id


def urls(office: Office) -> dict[str, str]:
    with reading(office.sessions) as session:
        return {record.purpose: record.url for record in lists_of(session, get_provider(session, "vbk-goteborg").id)}


def published(office: Office, purpose: str, accept: str = "") -> StatusListCredential:
    document = office.documents.find(urls(office)[purpose], accept=accept)
    assert document is not None
    return StatusListCredential.from_json(open_unverified(document.body).document)


def bits(office: Office, purpose: str, accept: str = "") -> set[int]:
    decoded = StatusList.decode(published(office, purpose, accept).encoded_list)
    assert len(decoded) == LIST_LENGTH
    return {index for index in range(len(decoded)) if decoded.get(index)}


def test_a_list_has_three_addresses_and_many_entries(office: Office) -> None:
    """Revocation, suspension and refresh share their indexes; 131,072 entries hide one holder among many."""
    addresses = urls(office)
    assert set(addresses) == {"revocation", "suspension", "refresh"}
    assert len(set(addresses.values())) == 3
    assert LIST_LENGTH == 131_072
    for purpose in StatusPurpose:
        credential = published(office, purpose)
        assert (credential.id, credential.purpose) == (addresses[purpose], purpose)
        assert credential.issuer_id == "did:web:localhost%3A8000:issuers:vbk-goteborg"
        assert credential.ttl_ms == 60_000


def test_an_index_is_taken_once(office: Office) -> None:
    """The database itself refuses the second taker."""
    taken(office, 77)
    with pytest.raises(IntegrityError):
        taken(office, 77)


def test_indexes_are_random_and_free(office: Office) -> None:
    """Neighbours in time are no neighbours in the list, and what is taken is not offered."""
    with transaction(office.sessions) as session:
        provider = get_provider(session, "vbk-goteborg").id
        found: list[FreeIndex] = []
        for _ in range(50):
            index = find_free_index(session, provider, office.desk.chance)
            assert index is not None
            take_index(session, index)
            session.flush()
            found.append(index)
    positions = [index.position for index in found]
    assert len(set(positions)) == 50
    assert positions != sorted(positions)
    assert max(positions) > 50
    assert {index.revocation_url for index in found} == {urls(office)["revocation"]}


def test_several_indexes_at_once_are_all_different(office: Office) -> None:
    """A group of badges asks once; no two of them get the same index, and a list that fills up gives fewer."""
    with transaction(office.sessions) as session:
        provider = get_provider(session, "vbk-goteborg").id
        session.scalars(select(StatusListRecord)).one().length = 40
        for position in range(36):
            session.add(StatusEntryRecord(list_id=1, position=position))
        session.flush()
        found = find_free_indexes(session, provider, office.desk.chance, count=100)
    assert sorted(index.position for index in found) == [36, 37, 38, 39]


def test_a_full_list_is_followed_by_another(office: Office) -> None:
    """Where eight tries in a row meet taken entries, a new list begins; the badge after that stands in it."""
    with transaction(office.sessions) as session:
        first = session.scalars(select(StatusListRecord.id)).one()
        session.execute(
            insert(StatusEntryRecord), [{"list_id": first, "position": each} for each in range(LIST_LENGTH)]
        )
    with transaction(office.sessions) as session:
        assert find_free_index(session, get_provider(session, "vbk-goteborg").id, office.desk.chance) is None
        record = award(session, ASA, office.desk, now=office.clock())
        assert record.status_entry.list_id != first
    assert examine_text(record.sealed_json, office.policy(), now=office.clock()).report.verdict is Verdict.VALID


@pytest.mark.parametrize("accept", [pytest.param("", id="JSON"), pytest.param(JWT, id="JWT")])
@pytest.mark.parametrize("purpose", list(StatusPurpose))
def test_a_changed_bit_is_in_the_list_at_once(office: Office, purpose: StatusPurpose, accept: str) -> None:
    """In both forms, and in no other list."""
    entry = taken(office, 4711)
    assert bits(office, purpose, accept) == set()
    with transaction(office.sessions) as session:
        set_bits(session, entry, {purpose: True})
    assert bits(office, purpose, accept) == {4711}
    for other in set(StatusPurpose) - {purpose}:
        assert bits(office, other, accept) == set()
    with transaction(office.sessions) as session:
        set_bits(session, entry, {purpose: False})
    assert bits(office, purpose, accept) == set()


def test_a_list_is_signed_only_when_needed(office: Office, clock: Clock) -> None:
    """The text on file is served until an entry changes or a day has passed."""
    url = urls(office)["revocation"]
    first = office.documents.find(url)
    clock.advance(seconds=SIGNED_ANEW_AFTER.total_seconds() - 1)
    assert office.documents.find(url) == first
    clock.advance(seconds=1)
    renewed = office.documents.find(url)
    assert renewed != first
    assert published(office, "revocation").valid_until == clock() + VALID_FOR
    taken(office)
    assert office.documents.find(url) == renewed


def test_a_list_read_after_a_rotation_is_still_good(office: Office, clock: Clock) -> None:
    """Its old seal verifies until it is due, and the next one is made with the new key."""
    with transaction(office.sessions) as session:
        record = award(session, ASA, office.desk, now=clock())
        text = record.sealed_json
    clock.advance(hours=1)
    with transaction(office.sessions) as session:
        rotate_keys(session, get_provider(session, "vbk-goteborg"), office.desk.keys, now=clock())
    for _ in range(2):
        assert examine_text(text, office.policy(), now=clock()).report.verdict is Verdict.VALID
        clock.advance(days=2)


def test_an_old_text_never_replaces_a_newer_one(office: Office) -> None:
    """A slow signer that read the entries before a revocation must not undo it when it files its text."""
    entry = taken(office, 9)
    with reading(office.sessions) as session:
        provider = get_provider(session, "vbk-goteborg")
        record = session.scalars(select(PublishedListRecord).where(PublishedListRecord.purpose == "revocation")).one()
        slow = seal_list(session, record, provider, office.desk.signers.of(session, provider), now=office.clock())
    with transaction(office.sessions) as session:
        set_bits(session, entry, {StatusPurpose.REVOCATION: True})
    assert bits(office, "revocation") == {9}
    with transaction(office.sessions) as session:
        keep_published(session, record.id, slow)
    assert bits(office, "revocation") == {9}


def test_a_list_that_cannot_be_signed_is_not_served_out_of_date(tmp_path: Path, office: Office) -> None:
    """Better no list, so that a gate says "could not check", than one that hides a revocation."""
    entry = taken(office, 9)
    assert bits(office, "revocation") == set()
    with transaction(office.sessions) as session:
        set_bits(session, entry, {StatusPurpose.REVOCATION: True})
    for path in office.settings.key_directory.iterdir():
        path.unlink()
    assert reopened(tmp_path).documents.find(urls(office)["revocation"]) is None


def test_nothing_is_written_by_whoever_only_looks_through_a_session(office: Office) -> None:
    """An award in preparation reads an unsigned list; the list is signed for it and not filed."""
    with reading(office.sessions) as session:
        document = office.documents.within(session)(urls(office)["revocation"])
    assert document is not None
    with reading(office.sessions) as session:
        assert (
            session.scalar(
                select(func.count())
                .select_from(PublishedListRecord)
                .where(PublishedListRecord.sealed_json.is_not(None))
            )
            == 0
        )


def test_siblings_are_found_from_the_issuer(office: Office) -> None:
    """The DID document leads from the revocation list to the two lists that share its indexes."""
    document = office.documents.find("/issuers/vbk-goteborg/did.json")
    assert document is not None
    services = parse_json(document.body)["service"]
    addresses = urls(office)
    assert {service["statusPurpose"]: service["serviceEndpoint"] for service in services} == {
        purpose: addresses[purpose] for purpose in ("suspension", "refresh")
    }
    assert {service["accompanies"] for service in services} == {addresses["revocation"]}


def test_chance_is_fair_and_can_be_replayed() -> None:
    """Every index of a list can be drawn; the same seed draws the same ones."""
    one, two = (Chance(random.Random(3).getrandbits) for _ in range(2))
    drawn = [one.below(10) for _ in range(200)]
    assert drawn == [two.below(10) for _ in range(200)]
    assert set(drawn) == set(range(10))
    assert Chance(lambda bits: 0).below(1) == 0
    with pytest.raises(ValueError, match="below 1"):
        one.below(0)
