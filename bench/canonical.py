"""Canonical form: the slow way (JSON-LD, RDFC-1.0) against the fast way (templates by shape), side by side in one run.

Each round times both on the same document, one after the other, so that what else the machine does hits both alike.
The answers are compared as well: a fast wrong answer would be worth nothing.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from credentials.canonical import canonical_text, canonicalize, statements
from credentials.seal import seal
from credentials.unverified import open_unverified, verify_seal
from keys.algorithm import Algorithm
from keys.signer import MemorySigner
from tests.example_credentials import example_credential

ROUNDS = 200


def award(number: int) -> dict[str, Any]:
    """One of many credentials of the same kind."""
    document = example_credential().to_json()
    document["id"] = f"urn:uuid:{number:032x}"
    document["credentialSubject"]["id"] = f"urn:uuid:{number + 1:032x}"
    document["credentialSubject"]["identifier"][0]["identityHash"] = f"Åsa Öberg {number}"
    document["credentialStatus"]["statusListIndex"] = str(number)
    return document


def slowly(document: dict[str, Any]) -> str:
    return canonical_text(statements(document))


def milliseconds(act: Callable[[], object]) -> float:
    started = perf_counter()
    act()
    return (perf_counter() - started) * 1000


def main() -> None:
    documents = [award(number) for number in range(ROUNDS)]
    for document in documents[:3]:  # the shape is learned when it is met the second time
        canonicalize(document)
    slow, fast = [], []
    for document in documents:
        if canonicalize(document) != slowly(document):
            raise SystemExit("the fast way differs from the slow way")
        slow.append(milliseconds(lambda: slowly(document)))  # noqa: B023
        fast.append(milliseconds(lambda: canonicalize(document)))  # noqa: B023
    print(f"{ROUNDS} credentials of one kind; medians (and best) of one run, in milliseconds")
    report("slow way", slow)
    report("fast way", fast)
    print(f"  the fast way is {median(slow) / median(fast):.0f} times as fast, with equal answers")
    for algorithm in Algorithm:
        time_seals(algorithm)


def time_seals(algorithm: Algorithm) -> None:
    """The whole way of one credential, both canonical forms included."""
    signer = MemorySigner.generate(algorithm)
    moment = datetime(2026, 11, 22, tzinfo=UTC)
    sealed = seal(example_credential(), signer, created=moment)
    unverified = open_unverified(sealed.text)
    acts: dict[str, Callable[[], object]] = {
        f"{sealed.form}: seal": lambda: seal(example_credential(), signer, created=moment),
        f"{sealed.form}: open": lambda: open_unverified(sealed.text),
        f"{sealed.form}: verify": lambda: verify_seal(unverified, signer.public_key),
    }
    for name, act in acts.items():
        report(name, [milliseconds(act) for _ in range(ROUNDS)])


def report(name: str, times: list[float]) -> None:
    print(f"  {name:24}{median(times):8.2f}  ({min(times):.2f})")


if __name__ == "__main__":
    main()
