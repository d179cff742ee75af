"""A7: 5,000 rows looked through in 10 seconds, and issued in 2 minutes by one worker on a machine with two cores.

Prints what each step took; the steps are those of the console, without the browser.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter, process_time
from typing import TypeVar

sys.path.insert(0, str(Path(__file__).parents[1]))

from sqlalchemy import func, select

from issuer.awards.records import IssuedCredentialRecord
from issuer.batches.issue import Issuing, issue_chunk
from issuer.database import reading
from issuer.work.outbox import WorkKind, payload_of
from issuer.work.records import WorkRecord
from tests.batches import approved, imported, rows, sent
from tests.console import console_desk

T = TypeVar("T")
COUNT = int(sys.argv[1]) if len(sys.argv) > 1 else 5000


def timed(what: str, act: Callable[[], T]) -> T:
    started, worked = perf_counter(), process_time()
    done = act()
    took, busy = perf_counter() - started, process_time() - worked
    print(f"  {what:40}{took:8.2f} s, of which{busy:8.2f} s of one processor{busy / COUNT * 1000:8.2f} ms a row")
    return done


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        desk = console_desk(Path(folder))
        data = rows(COUNT)
        print(f"{COUNT} rows, {len(data) / 1e6:.1f} MB")
        number = timed("preview: read, judge, keep", lambda: imported(desk, data))
        timed("send: digest over all rows", lambda: sent(desk, number))
        timed("approve: digest again, work put", lambda: approved(desk, number))
        parts = Issuing(sessions=desk.office.sessions, desk=desk.office.desk, clock=desk.clock)
        with reading(desk.office.sessions) as session:
            query = select(WorkRecord.payload).where(WorkRecord.kind == WorkKind.ISSUE_ROWS.value)
            work = [payload_of(text) for text in session.scalars(query.order_by(WorkRecord.id))]
        timed(f"issue: {len(work)} chunks, one worker", lambda: [issue_chunk(parts, each) for each in work])
        timed("preview of the same file again", lambda: imported(desk, data))
        with reading(desk.office.sessions) as session:
            count = session.scalar(select(func.count()).select_from(IssuedCredentialRecord))
        print(f"  {count} credentials on file")


if __name__ == "__main__":
    main()
