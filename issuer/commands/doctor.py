"""``voltpass doctor``: is everything in order for issuing and checking? Each finding says what to do."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import click
from sqlalchemy import func, select

from issuer.accounts.audit import verify_chain
from issuer.awards.records import IssuedCredentialRecord
from issuer.catalogue.records import ProviderRecord
from issuer.certificates.fonts import font_faces, uncovered
from issuer.commands.door import DONE, NOT_DONE, Door
from issuer.database import reading
from issuer.delivery.postman import open_postman
from issuer.migrations.run import HEAD, revision_of
from issuer.office import Office
from issuer.public.documents import TRUST_LIST_PATH
from issuer.settings import check_modes
from issuer.status.publish import lists_of
from issuer.work.standing import work_counts, workers_in_hand
from issuer.work.vital_signs import is_certainly_dead
from keys.errors import VoltpassError
from keys.store import check_key_directory

_SAMPLE: Final = "Åsa Öberg Łukasz Żółkiewski Ελένη Иван محمد מרים ნინო Đức Nguyễn"
_BUILT: Final = datetime(2026, 1, 1, tzinfo=UTC)
_EVIDENTLY_LATE: Final = datetime(2100, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    what: str
    is_well: bool
    sentence: str


@click.command("doctor")
@click.pass_obj
def doctor_command(door: Door) -> None:
    """Look at settings, modes, database, audit log, work, mail, keys, lists, fonts and clock; no mail is sent.

    Exit status 1 when something is wrong.
    """
    findings = list(examine(door))
    for finding in findings:
        click.echo(f"{'ok  ' if finding.is_well else 'BAD '} {finding.what:<14} {finding.sentence}")
    sys.exit(DONE if all(finding.is_well for finding in findings) else NOT_DONE)


def examine(door: Door) -> Iterator[Finding]:
    """Everything in the order in which one thing rests on another; stops where going on makes no sense."""
    opened = _look("settings", lambda: f"{door.settings.base_url}, data in {door.settings.data_dir}")
    yield opened
    if not opened.is_well:
        return
    opened = _look("office", lambda: "opens" if door.office else "")
    yield opened
    if not opened.is_well:
        return
    office = door.office
    yield _look("modes", lambda: _modes(office))
    yield _look("database", lambda: _database(office))
    yield _look("audit log", lambda: _chain(office))
    yield _look("work", lambda: _work(office))
    yield _look("mail", lambda: open_postman(office.settings.mail).look())
    yield from _keys(office)
    yield _look("trust list", lambda: _trust_list(office))
    yield _look("status lists", lambda: _status_lists(office))
    yield _look("fonts", _fonts)
    yield _look("certificates", _printing)
    yield _look("clock", lambda: _clock(office))


class _Unwell(Exception):
    """Something is wrong, and this is the sentence for it."""


def _look(what: str, look: Callable[[], str]) -> Finding:
    try:
        return Finding(what, True, look())
    except (_Unwell, VoltpassError, OSError) as exc:
        return Finding(what, False, str(exc))


def _modes(office: Office) -> str:
    check_modes(office.settings.data_dir, 0o700)
    if office.settings.key_directory.exists():
        check_key_directory(office.settings.key_directory)
    return "nobody else can read the data directory and the keys"


def _database(office: Office) -> str:
    found = revision_of(office.sessions.engine)
    if found != HEAD:
        raise _Unwell(f"stands at migration {found}, this program needs {HEAD}")
    with reading(office.sessions) as session:
        count = session.scalar(select(func.count()).select_from(IssuedCredentialRecord))
    return f"{office.sessions.engine.dialect.name}, migration {found}, {count} credentials"


def _chain(office: Office) -> str:
    with reading(office.sessions) as session:
        report = verify_chain(session)
    if not report.is_whole:
        raise _Unwell(
            f"does not fit from entry {report.broken_at} on: somebody changed or removed entries outside of this "
            "program. Compare with a backup from before"
        )
    return f"{report.entries} entries, whole, ending in {report.digest[:16]}"


def _work(office: Office) -> str:
    now = office.clock()
    with reading(office.sessions) as session:
        counts = work_counts(session, now=now)
        at_work = {name for name in session.scalars(workers_in_hand()) if not is_certainly_dead(name)}
    said = f"{counts.waiting} waiting, {counts.held_up} of them after a failed try, {counts.running} in hand"
    if counts.given_up:
        raise _Unwell(f"{said}, {counts.given_up} given up. See why with: voltpass work list")
    if counts.is_neglected(now):
        raise _Unwell(f"{said}; due since {counts.due_since:%Y-%m-%d %H:%M}Z. Start a worker: voltpass worker")
    return f"{said}; {len(at_work)} workers are busy, idle ones are not on record"


def _keys(office: Office) -> Iterator[Finding]:
    with reading(office.sessions) as session:
        providers = session.scalars(select(ProviderRecord).order_by(ProviderRecord.slug)).all()
        if not providers:
            yield Finding("keys", False, "no provider is loaded; type: voltpass seed demo")
        for provider in providers:

            def sign(provider: ProviderRecord = provider) -> str:
                for signer in office.desk.signers.of(session, provider).both:
                    signer.public_key.verify_signature(signer.sign(b"doctor"), b"doctor")
                return "both keys open, sign and verify"

            yield _look(f"keys {provider.slug}", sign)


def _trust_list(office: Office) -> str:
    if office.documents.find(TRUST_LIST_PATH) is None:
        raise _Unwell("cannot be signed; see the keys of the programme owner")
    return f"signed, {len(office.policy().trust.entries)} entries"


def _status_lists(office: Office) -> str:
    with reading(office.sessions) as session:
        urls = [
            record.url
            for provider_id in session.scalars(select(ProviderRecord.id))
            for record in lists_of(session, provider_id)
        ]
    unsigned = [url for url in urls if office.documents.find(url) is None]
    if unsigned:
        raise _Unwell(f"cannot be signed: {', '.join(unsigned)}")
    return f"{len(urls)} signed and up to date"


def _fonts() -> str:
    missing = [face.file.name for face in font_faces() if not face.file.is_file()]
    if missing or uncovered(_SAMPLE):
        raise _Unwell(f"incomplete: {', '.join(missing) or 'letters are missing'}; install the program again")
    return f"{len(font_faces())} faces"


def _printing() -> str:
    try:
        import weasyprint
    except OSError as exc:  # a library of the operating system is missing
        raise _Unwell(f"cannot be printed: {exc}. Type: make install") from exc
    return f"WeasyPrint {weasyprint.__version__}"


def _clock(office: Office) -> str:
    now = office.clock()
    with reading(office.sessions) as session:
        newest = session.scalar(select(func.max(IssuedCredentialRecord.issued_at)))
    if not _BUILT < now < _EVIDENTLY_LATE or (newest is not None and now < newest):
        raise _Unwell(f"says {now:%Y-%m-%d %H:%M:%S}Z, which cannot be; set it, or seals will carry wrong times")
    return f"{now:%Y-%m-%d %H:%M:%S}Z"
