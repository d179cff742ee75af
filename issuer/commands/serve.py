"""``voltpass serve``: hand over to the web server."""

from __future__ import annotations

import os
import sys
from typing import Final

import click

from issuer.commands.door import Door
from issuer.settings import Settings, WorkerMode
from keys.store import check_key_directory

THREADS: Final = 8
MEMORY: Final = {"MALLOC_ARENA_MAX": "2", "MALLOC_MMAP_THRESHOLD_": "262144"}
"""Told to the C library: give what an upload took back to the system, instead of keeping it for the next one."""


@click.command("serve")
@click.pass_obj
def serve_command(door: Door) -> None:
    """Serve the pages until interrupted, and do the work that they write down.

    HOST and PORT say where, WEB_CONCURRENCY in how many processes (one, of about 150 MB, unless told otherwise). The
    workers are processes of their own, as many as VOLTPASS_WORKERS says (one for each processor, but no more than two);
    with VOLTPASS_WORKER=none there is none, and `voltpass worker` runs elsewhere.
    """
    settings = door.settings
    if settings.key_directory.exists():
        check_key_directory(settings.key_directory)
    click.echo(f"Voltpass serves {settings.base_url} (Ctrl-C ends it)")
    sys.stdout.flush()
    arguments = _web(settings)
    if settings.worker is WorkerMode.EMBEDDED:
        worker = [sys.executable, "-m", "issuer", "worker"]
        arguments = [sys.executable, "-m", "issuer.watch", str(settings.workers), *worker, "--", *arguments]
    os.execve(sys.executable, arguments, {**MEMORY, **os.environ})  # noqa: S606


def _web(settings: Settings) -> list[str]:
    address = f"[{settings.host}]" if ":" in settings.host else settings.host
    return [
        *(sys.executable, "-m", "gunicorn"),
        *("--bind", f"{address}:{settings.port}"),
        *("--worker-class", "gthread", "--threads", str(THREADS)),
        # links are secrets of their holders: no access log; and a page is never worth more than a minute
        *("--timeout", "60", "--log-level", "warning"),
        "issuer.wsgi:application",
    ]
