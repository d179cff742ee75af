"""Batches for tests: files to import, people to act, and the whole way from upload to finished in one call."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path

from sqlalchemy import select

from issuer.accounts.actor import Actor
from issuer.accounts.roles import Role
from issuer.awards.files import FileAnswers, Reading
from issuer.batches.decide import approve, send
from issuer.batches.intake import get_batch, import_file
from issuer.batches.look_through import Upload
from issuer.batches.records import BatchRecord, BatchRowRecord
from issuer.batches.states import BatchState
from issuer.database import reading, transaction
from tests.console import ConsoleDesk
from tests.demo_files import demo_bytes

GOTEBORG = "vbk-goteborg"
OSTRAVA = "mak-ostrava"
COLUMNS = ("given_name", "family_name", "email", "achievement_code", "completed_on", "result", "trainee_ref")


def rows(count: int, *, code: str = "VLT-HV1", result: str = "Pass", prefix: str = "learner") -> bytes:
    """A clean award file for as many learners."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for number in range(count):
        address = f"{prefix}{number}@mail.example"
        writer.writerow(["Åsa", f"Öberg {number}", address, code, "2026-10-16", result, f"{prefix}-{number}"])
    return text.getvalue().encode()


def importer(desk: ConsoleDesk, provider: str = GOTEBORG) -> Actor:
    """Ylva, who imports."""
    return desk.actor(Role.ASSESSOR, provider=provider, name=f"Ylva Ström {provider}")


def approver(desk: ConsoleDesk, provider: str = GOTEBORG, name: str = "Håkan Bäckström") -> Actor:
    """Somebody who approves."""
    return desk.actor(Role.APPROVER, provider=provider, name=name)


def imported(
    desk: ConsoleDesk,
    data: bytes | str,
    *,
    by: Actor | None = None,
    provider: str = GOTEBORG,
    how: Reading | None = None,
    answers: FileAnswers | None = None,
) -> int:
    """Import bytes, or a file of the demonstration by its name; gives the number of the batch."""
    name = data if isinstance(data, str) else "list.csv"
    upload = Upload(
        data=demo_bytes(data) if isinstance(data, str) else data,
        name=name,
        reading=how or Reading(),
        answers=answers or FileAnswers(),
    )
    return import_file(desk.office.sessions, by or importer(desk, provider), provider, upload, now=desk.clock())


def batch_of(desk: ConsoleDesk, number: int, provider: str = GOTEBORG) -> BatchRecord:
    """The batch as it is on file now."""
    with reading(desk.office.sessions) as session:
        batch = get_batch(session, provider, number)
        assert batch.decisions is not None
        return batch


def rows_of(desk: ConsoleDesk, number: int) -> list[BatchRowRecord]:
    """Its rows, in the order of the file."""
    with reading(desk.office.sessions) as session:
        found = select(BatchRowRecord).where(BatchRowRecord.batch_id == number).order_by(BatchRowRecord.line)
        return list(session.scalars(found))


def sent(desk: ConsoleDesk, number: int, *, by: Actor | None = None, provider: str = GOTEBORG) -> BatchState:
    """Send it as its importer does who has just looked at it."""
    actor = by or importer(desk, provider)
    with transaction(desk.office.sessions) as session:
        batch = get_batch(session, provider, number, to_change=True)
        return send(session, actor, batch, batch.revision, now=desk.clock())


def approved(desk: ConsoleDesk, number: int, *, by: Actor | None = None, provider: str = GOTEBORG) -> None:
    """Approve what was sent."""
    actor = by or approver(desk, provider)
    with transaction(desk.office.sessions) as session:
        batch = get_batch(session, provider, number, to_change=True)
        approve(session, actor, batch, batch.digest or "", now=desk.clock())


def released(desk: ConsoleDesk, data: bytes | str, *, provider: str = GOTEBORG) -> int:
    """Import, send, approve; the work waits for a worker."""
    number = imported(desk, data, provider=provider)
    if sent(desk, number, provider=provider) is BatchState.WAITING:
        approved(desk, number, provider=provider)
    return number


def fates(found: Iterable[BatchRowRecord]) -> list[str]:
    """What became of each."""
    return [row.fate for row in found]


DIALECTS = sorted(path.name for path in (Path(__file__).parents[1] / "issuer" / "demo").glob("dialect_*"))
