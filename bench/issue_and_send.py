"""A7 as a provider lives it: `voltpass serve` with its workers issues a batch, and then brings every mail away.

    python bench/issue_and_send.py [ROWS]

Wall time of the whole service on this machine, to be read beside the loop of plain Python that is timed with it.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from issuer.app import create_office_app
from tests.batches import approved, batch_of, imported, rows, sent
from tests.console import ConsoleDesk
from tests.journeys.test_many_kills import Service, WallClock, is_done
from tests.mail_server import mail_server
from tests.office import demo_office

ROWS = int(sys.argv[1]) if len(sys.argv) > 1 else 5000


def plain_loop() -> float:
    """How fast the machine is at this moment: seconds for five million additions."""
    begun, total = time.perf_counter(), 0
    for number in range(5_000_000):
        total += number
    return time.perf_counter() - begun


def until(is_so: Callable[[], bool]) -> float:
    begun = time.perf_counter()
    while not is_so():
        time.sleep(0.25)
    return time.perf_counter() - begun


def main() -> None:
    with tempfile.TemporaryDirectory() as name, mail_server() as mail:
        folder, clock = Path(name), WallClock()
        office = demo_office(folder, clock=clock)
        desk = ConsoleDesk(office=office, app=create_office_app(office), clock=clock)
        print(f"plain loop before {plain_loop():.2f} s")
        begun = time.perf_counter()
        batch = imported(desk, rows(ROWS))
        print(f"preview of {ROWS} rows {time.perf_counter() - begun:.1f} s")
        service = Service(folder, mail, random.Random(0))  # noqa: S311  # kills nothing here
        try:
            until(service.answers)
            sent(desk, batch)
            approved(desk, batch)
            print(f"issued after {until(lambda: batch_of(desk, batch).state == 'finished'):.1f} s")
            print(f"every mail away {until(lambda: is_done(desk, batch, service)):.1f} s later")
        finally:
            service.end()
        print(f"{len(mail.mails)} mails, {len(mail.message_ids)} different; plain loop after {plain_loop():.2f} s")


if __name__ == "__main__":
    main()
