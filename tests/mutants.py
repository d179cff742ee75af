"""`make mutants`: take the checks of the verifier out one by one, and see that a test turns red each time.

    python -m tests.mutants                  every check of every file in the table
    python -m tests.mutants status check_in  only mutants whose name (file, function, statement) contains one of these

A mutant is one statement that says no, blanked in a copy of the tree: a `raise`, an early `return` of a reason, or a
call whose only purpose is to raise. The table says which tests are asked, in which order; the first red one is the
killer. Exits 1 when a mutant survives.
"""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import Final

ROOT: Final = Path(__file__).parents[1]
AT_ONCE: Final = 2
SECONDS: Final = 180
_LEFT_OUT: Final = shutil.ignore_patterns(
    ".venv", ".git", "node_modules", "var", "__pycache__", ".*_cache", "*.egg-info"
)

_EACH, _VERIFY, _HOSTILE = "verifier/test_each_check_counts", "verifier/test_verify", "verifier/test_nothing_unsigned"
_SEAL, _TOKEN, _READING = "credentials/test_seal", "credentials/test_vc_jwt", "credentials/test_document_reading"
_CANONICAL, _GUARDS = "credentials/test_canonical", "credentials/test_canonical_guards"
_BLANKED = "adversarial/test_blanked_checks"

TABLE: Final[dict[str, tuple[str, ...]]] = {
    "verifier/verify.py": (_EACH, _VERIFY, _BLANKED),
    "verifier/authenticity.py": (_EACH, _VERIFY, _HOSTILE, _BLANKED),
    "verifier/seals.py": ("verifier/test_seals", _EACH, _BLANKED),
    "verifier/issuers.py": (
        "verifier/test_issuers", "verifier/test_linked_keys", "verifier/test_key_sets", _EACH, _VERIFY, _BLANKED,
    ),
    "verifier/page.py": ("verifier/test_page", _EACH, _BLANKED),
    "verifier/standing.py": ("verifier/test_standing", _EACH, "verifier/test_seals", _BLANKED),
    "verifier/status.py": (
        "verifier/test_status", "verifier/test_status_entry", _EACH, "verifier/test_seals",
        "verifier/test_status_messages", _BLANKED,
    ),
    "verifier/revocation_list.py": ("verifier/test_status", "verifier/test_status_entry", _BLANKED),
    "verifier/trust.py": ("verifier/test_trust_list", _EACH, _BLANKED),
    "verifier/report.py": ("verifier/test_report", _EACH, _BLANKED),
    "verifier/intake.py": (
        "verifier/test_intake_limits", "verifier/test_intake", "verifier/test_receipt", _BLANKED,
    ),
    "verifier/key_sets.py": ("verifier/test_key_sets", _BLANKED),
    "verifier/seal_register.py": ("verifier/test_seal_register", _BLANKED),
    "verifier/endorsements.py": ("verifier/test_endorsements", _BLANKED),
    "verifier/refresh.py": ("verifier/test_refresh", _BLANKED),
    "verifier/receipt.py": ("verifier/test_receipt", _BLANKED),
    "verifier/bundle.py": ("verifier/test_bundle", "verifier/test_bundle_age", _BLANKED),
    "verifier/presentations.py": ("web/test_vcalm_presentations", _BLANKED),
    "verifier/network.py": ("verifier/test_network", _BLANKED),
    "verifier/errand.py": ("verifier/test_errand", _BLANKED),
    "credentials/unverified.py": (_SEAL, _READING, "credentials/test_data_model", _TOKEN, _BLANKED),
    "credentials/vc_jwt.py": (_TOKEN, "credentials/test_jwt_profiles", _SEAL, _BLANKED),
    "credentials/compact_jws.py": (
        _TOKEN, _SEAL, "credentials/test_jwt_profiles", "verifier/test_trust_list", _BLANKED,
    ),
    "credentials/data_integrity.py": (
        "credentials/test_data_integrity", "credentials/test_cryptosuites", _SEAL, "verifier/test_seals", _BLANKED,
    ),
    "credentials/cryptosuites.py": ("credentials/test_cryptosuites", "credentials/test_data_integrity", _BLANKED),
    "credentials/canonical.py": ("credentials/test_canonical", "credentials/test_canonical_limits", _BLANKED),
    "credentials/expansion.py": (_CANONICAL, _GUARDS, "credentials/test_canonical_limits", _BLANKED),
    "credentials/statements.py": (_CANONICAL, _GUARDS, "credentials/test_canonical_limits", _BLANKED),
    "credentials/compact_form.py": (_CANONICAL, _GUARDS, _READING, _HOSTILE, _BLANKED),
    "credentials/ambiguity.py": ("credentials/test_canonical_limits", _BLANKED),
    "credentials/contexts.py": ("credentials/test_contexts", _BLANKED),
    "credentials/data_model.py": ("credentials/test_data_model", _BLANKED),
    "credentials/data_model_rules.py": ("credentials/test_data_model_rules", _BLANKED),
    "credentials/presentation.py": ("credentials/test_presentation", "web/test_vcalm_presentations", _BLANKED),
    "credentials/baking.py": ("credentials/test_baking_png", _BLANKED),
    "credentials/baking_svg.py": ("credentials/test_baking_svg", _BLANKED),
    "credentials/strict_json.py": ("credentials/test_strict_json", _BLANKED),
    "credentials/status_list.py": ("credentials/test_status_list", _BLANKED),
    "credentials/page_seal.py": ("credentials/test_page_seal", _BLANKED),
    "issuer/vcalm/status_change.py": ("web/test_vcalm_lifecycle",),
    "keys/controller_document.py": ("keys/test_controller_document", "verifier/test_issuers", _BLANKED),
    "keys/did.py": ("keys/test_did", _BLANKED),
    "keys/public_key.py": ("keys/test_public_key", "keys/test_foreign_keys", _BLANKED),
}  # fmt: skip
"""File, and the tests that must notice, most likely first."""

EQUIVALENT: Final[dict[str, str]] = {
    "credentials/status_list.py StatusList.value: self._check(index, entries)": (
        "reading the bits of an entry that is not there raises the same error, only with the number of a bit"
    ),
}
"""Mutants that change nothing, each with the reason."""

_SAYS_NO: Final = re.compile(r"\b(Reason|because|_ended|_broken|_open|_lapsed|_gone|_refused|_result|_about_another)\b")
_RAISES: Final = re.compile(r"^_?(check|refuse|verify|canonicalize|require)")


@dataclass(frozen=True)
class Mutant:
    """One statement to blank; `name` stays the same when lines move."""

    file: str
    name: str
    first_line: int
    last_line: int

    def applied_to(self, source: str) -> str:
        """The source with the statement replaced by `pass`."""
        lines = source.splitlines(keepends=True)
        old = lines[self.first_line - 1]
        lines[self.first_line - 1 : self.last_line] = [old[: len(old) - len(old.lstrip())] + "pass\n"]
        return "".join(lines)


@dataclass(frozen=True)
class Outcome:
    """What became of a mutant; `killer` is None when it survived."""

    mutant: Mutant
    killer: str | None
    seconds: float


def mutants_of(file: str, source: str) -> Iterator[Mutant]:
    """Every statement of a file that says no, in order."""
    seen: dict[str, int] = {}
    for where, statement in _statements(ast.parse(source), ""):
        what = _what_it_refuses(statement)
        if what is None:
            continue
        name = f"{file} {where}: {what}"
        seen[name] = seen.get(name, 0) + 1
        number = f" ({seen[name]})" if seen[name] > 1 else ""
        yield Mutant(file, name + number, statement.lineno, statement.end_lineno or statement.lineno)


def _statements(node: ast.AST, where: str, *, guarded: bool = False) -> Iterator[tuple[str, ast.stmt]]:
    """Every simple statement with the function it stands in; a return only where something follows it."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.ClassDef):
            yield from _statements(child, f"{where}.{child.name}".lstrip("."))
        elif isinstance(child, ast.stmt | ast.ExceptHandler | ast.match_case):
            if isinstance(child, ast.Raise | ast.Expr) or (isinstance(child, ast.Return) and guarded):
                yield where, child
            inner = guarded or isinstance(child, ast.If | ast.For | ast.Try | ast.With | ast.ExceptHandler | ast.Match)
            yield from _statements(child, where, guarded=inner)


def _what_it_refuses(statement: ast.stmt) -> str | None:
    match statement:
        case ast.Raise(exc=ast.expr() as exc):
            return f"raise {ast.unparse(exc)[:70]}"
        case ast.Return(value=ast.expr() as value) if _SAYS_NO.search(ast.unparse(value)):
            return f"return {ast.unparse(value)[:70]}"
        case ast.Expr(value=ast.Call(func=func)) if _RAISES.match(ast.unparse(func).rpartition(".")[2]):
            return f"{ast.unparse(statement)[:70]}"
    return None


def copy_tree() -> Path:
    """A copy of the project that may be spoiled."""
    place = Path(tempfile.mkdtemp(prefix="voltpass-mutants-")) / "tree"
    shutil.copytree(ROOT, place, ignore=_LEFT_OUT)
    return place


def first_red(tree: Path, tests: tuple[str, ...]) -> str | None:
    """The first test that fails in this tree, in the order of the table; None when all are green."""
    files = [f"tests/{name}.py" for name in tests if (tree / f"tests/{name}.py").exists()]
    options = ["-x", "-q", "-p", "no:cacheprovider", "--no-header", "--tb=no", "-m", "not slow and not browser"]
    vectors = os.environ.get("VOLTPASS_VECTORS", str(ROOT.parent / "shared" / "spec" / "data"))
    environment = {**os.environ, "VOLTPASS_VECTORS": vectors, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(tree)}
    try:
        ended = subprocess.run(
            [sys.executable, "-m", "pytest", *options, *files],
            cwd=tree, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return f"(no end within {SECONDS} s)"
    if ended.returncode == 0:
        return None
    red = re.search(r"^(?:FAILED|ERROR) (.+?)(?: - .*)?$", ended.stdout, re.MULTILINE)
    return red[1].removeprefix("tests/") if red else f"(pytest ended with {ended.returncode})"


def try_mutant(mutant: Mutant, trees: SimpleQueue[Path]) -> Outcome:
    """Blank the statement in a tree that is free, ask the tests, and put it back."""
    tree, begun = trees.get(), time.monotonic()
    place = tree / mutant.file
    source = place.read_text(encoding="utf-8")
    try:
        place.write_text(mutant.applied_to(source), encoding="utf-8")
        killer = first_red(tree, TABLE[mutant.file])
    finally:
        place.write_text(source, encoding="utf-8")
        trees.put(tree)
    return Outcome(mutant, killer, time.monotonic() - begun)


def main(wanted: list[str]) -> int:
    """Try all wanted mutants; 1 when one survives or a file's own tests are red beforehand."""
    trees: SimpleQueue[Path] = SimpleQueue()
    copies = [copy_tree() for _ in range(AT_ONCE)]
    chosen = [
        mutant
        for file in TABLE
        for mutant in mutants_of(file, (copies[0] / file).read_text(encoding="utf-8"))
        if mutant.name not in EQUIVALENT and (not wanted or any(part in mutant.name for part in wanted))
    ]
    survivors, count, sound = [], 0, set()
    try:
        for file in dict.fromkeys(mutant.file for mutant in chosen):
            red = first_red(copies[0], TABLE[file])
            if red is None:
                sound.add(file)
            else:
                survivors.append(f"{file}: its tests are red before anything is blanked: {red}")
        for copy in copies:
            trees.put(copy)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            tried = pool.map(lambda mutant: try_mutant(mutant, trees), (each for each in chosen if each.file in sound))
            for outcome in tried:
                count += 1
                print(f"{'killed  ' if outcome.killer else 'SURVIVED'} {outcome.mutant.name}", flush=True)
                print(f"         {outcome.killer or 'no test noticed'} ({outcome.seconds:.1f} s)", flush=True)
                if outcome.killer is None:
                    survivors.append(outcome.mutant.name)
    finally:
        for copy in copies:
            shutil.rmtree(copy.parent, ignore_errors=True)
    print(f"\n{count} mutants, {len(survivors)} survived", *survivors, sep="\n  ")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
