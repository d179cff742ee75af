"""`make fuzz SECONDS=600`: damaged items for every parser, each in a process that may not grow or dawdle.

    python -m tests.fuzz SECONDS [PARSER …]       all parsers, or these, two at a time, so many seconds each
    python -m tests.fuzz --seed SEED PARSER       one input again, with the trace of what went wrong

Nothing may come out but a verdict or an error of ours; no input may take more than 2 s or 300 MiB. What breaks the rule
is printed with its seed and kept as a file. Processes that open PDF files (the glovebox) have limits of their own.
"""

from __future__ import annotations

import os
import resource
import selectors
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Final

SECONDS_PER_INPUT: Final = 2.0
MEMORY: Final = 300 * 1024 * 1024
_BUSY: Final = 5
_WARM_UP: Final = 20
_START_SECONDS: Final = 120.0
_MOST_FINDINGS: Final = 5
_ROOT: Final = Path(__file__).parents[1]


@dataclass
class Summary:
    """What came of one parser."""

    parser: str
    inputs: int = 0
    slowest: float = 0.0
    outcomes: Counter[str] = field(default_factory=Counter)
    findings: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        seen = ", ".join(f"{name} {count}" for name, count in self.outcomes.most_common(6))
        return (
            f"{self.parser}: {self.inputs} inputs, slowest {self.slowest:.2f} s, {len(self.findings)} findings ({seen})"
        )


def input_of(parser: str, seed: int) -> bytes:
    """The input of a seed; the first seeds are the undamaged items."""
    from tests.fuzz_targets import targets

    target = targets()[parser]
    corpus = target.corpus()
    if seed < len(corpus):
        return corpus[seed]
    chance = Random(f"{parser} {seed}")
    return target.damage(chance.choice(corpus), chance)


def serve(parser: str, first: int, *, only_one: bool) -> None:
    """Inside the child: one input after the other, announced before it is tried."""
    from tests.fuzz_targets import targets

    look = targets()[parser].look
    # imports, caches and the workers of the glovebox are no input's fault
    for seed in range(_WARM_UP if only_one or first else 1):
        look(input_of(parser, seed % len(targets()[parser].corpus())))
    with open("/proc/self/statm", "rb") as file:
        held = int(file.read().split()[0]) * resource.getpagesize()
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (held + MEMORY, hard))
    for alarm in (signal.SIGALRM, signal.SIGPROF):
        signal.signal(alarm, signal.SIG_DFL)
    seed = first
    while True:
        data = input_of(parser, seed)
        print(f"try {seed}", flush=True)
        begun = time.monotonic()
        signal.setitimer(signal.ITIMER_REAL, SECONDS_PER_INPUT * (_BUSY if only_one else 1))
        signal.setitimer(signal.ITIMER_PROF, SECONDS_PER_INPUT)
        outcome = look(data)
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.setitimer(signal.ITIMER_PROF, 0)
        print(f"done {time.monotonic() - begun:.4f} {outcome}", flush=True)
        if only_one:
            return
        seed += 1


def run(parser: str, seconds: float, kept: Path) -> Summary:
    """Outside: children one after the other until the time is over; each finding ends one child."""
    summary, seed, end = Summary(parser), 0, time.monotonic() + seconds
    while time.monotonic() < end and len(summary.findings) < _MOST_FINDINGS:
        seed, problem = _watch(parser, seed, end, summary)
        if problem is None:
            break
        # a busy machine makes anything slow; tried alone, only the processor's time counts strictly
        repeated = _ask(parser, seed)
        if repeated.returncode != 0:
            where = kept / f"{parser}-{seed}"
            where.write_bytes(_ask(parser, seed, "--input").stdout)
            summary.findings.append(f"{parser}: seed {seed}: {problem}; kept as {where}\n{_last_lines(repeated)}")
        seed += 1
    return summary


def _watch(parser: str, first: int, end: float, summary: Summary) -> tuple[int, str | None]:
    """Read what one child says until its time is over (None) or it ends; the seed is the last one tried."""
    child = subprocess.Popen(
        _command("--child", parser, str(first)), cwd=_ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert child.stdout is not None
    seed, patience = first, _START_SECONDS
    with child, selectors.DefaultSelector() as waiting:
        waiting.register(child.stdout, selectors.EVENT_READ)
        try:
            while time.monotonic() < end + _START_SECONDS:
                if not waiting.select(timeout=patience):
                    return seed, "hangs"
                line = child.stdout.readline().split()
                if not line:
                    return seed, f"ended with {_cause(child.wait())}"
                patience = SECONDS_PER_INPUT * 10
                if line[0] == "try":
                    seed = int(line[1])
                    continue
                summary.inputs += 1
                summary.slowest = max(summary.slowest, float(line[1]))
                summary.outcomes[line[2]] += 1
                if time.monotonic() > end:
                    return seed, None
            return seed, None
        finally:
            child.kill()


def _ask(parser: str, seed: int, how: str = "--seed") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(_command(how, str(seed), parser), cwd=_ROOT, capture_output=True, check=False)


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-W", "ignore", "-m", "tests.fuzz", *arguments]


def _cause(status: int) -> str:
    if -status in (signal.SIGALRM, signal.SIGPROF):
        return f"more than {SECONDS_PER_INPUT:.0f} s"
    return signal.Signals(-status).name if status < 0 else f"status {status}"


def _last_lines(ended: subprocess.CompletedProcess[bytes]) -> str:
    lines = ended.stderr.decode("utf-8", "replace").strip().splitlines()[-6:]
    return "\n".join(f"    {line}" for line in [*lines, _cause(ended.returncode)])


def main(arguments: list[str]) -> int:
    """Dispatch; 1 when there was a finding."""
    match arguments:
        case ["--child", parser, first]:
            serve(parser, int(first), only_one=False)
        case ["--seed", seed, parser]:
            serve(parser, int(seed), only_one=True)
        case ["--input", seed, parser]:
            sys.stdout.buffer.write(input_of(parser, int(seed)))
        case [seconds, *parsers]:
            return _run_all(float(seconds), parsers)
        case _:
            print(__doc__)
            return 2
    return 0


def _run_all(seconds: float, chosen: list[str]) -> int:
    from tests.fuzz_targets import targets

    kept = Path(tempfile.mkdtemp(prefix="voltpass-fuzz-"))
    found = 0
    with ThreadPoolExecutor(2) as pool:
        for summary in pool.map(lambda parser: run(parser, seconds, kept), chosen or list(targets())):
            print(summary, *summary.findings, sep="\n  ", flush=True)
            found += len(summary.findings)
    return 1 if found else 0


if __name__ == "__main__":
    try:
        code = main(sys.argv[1:])
    except Exception:  # noqa: BLE001  # the trace is what --seed is for
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    # a child at its limit of memory may not be able to clean up
    os._exit(code)
