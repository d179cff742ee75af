"""A page beside the badge inside it, line by line, with the changed words marked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from markupsafe import Markup, escape

from verifier.report import CheckResult, Outcome, Reason
from verifier.web.words import Words

SIGNED, SHOWN = "signed ", "shown "
"""How the gate's evidence names the two sides of a line."""

_ALWAYS_SHOWN = frozenset({"name", "title"})
"""What a page of any make must show; other lines may be missing on a page that the issuer did not seal."""

_MARKS = {"del": Markup("<del>{}</del>"), "ins": Markup("<ins>{}</ins>")}


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedLine:
    """One line: what the page shows (None where nothing like it was found) and what was signed."""

    label: str
    is_changed: bool
    shown_marked: Markup
    signed_marked: Markup


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Every line that was compared, the changed ones first; `first` is the one to show large."""

    lines: tuple[ComparedLine, ...]
    signed_name: str | None

    @property
    def first(self) -> ComparedLine | None:
        """The first changed line."""
        return next((line for line in self.lines if line.is_changed), None)

    @property
    def changed(self) -> int:
        """How many lines differ."""
        return sum(line.is_changed for line in self.lines)

    @property
    def signed_name_marked(self) -> Markup:
        """The holder as signed, set apart from the sentence around it."""
        return Markup("<strong><bdi>{}</bdi></strong>").format(self.signed_name)


def read_comparison(appearance: CheckResult, words: Words) -> Comparison | None:
    """The comparison the gate made, or None when the page was not found to differ.

    The signed side may be shown although the verdict is ALTERED: APPEARANCE is asked only after the badge inside the
    file was found to be sealed by its issuer.
    """
    if appearance.outcome is not Outcome.FAILED or appearance.reason is not Reason.PAGE_DIFFERS:
        return None
    facts = {key: value for evidence in appearance.evidence for key, value in evidence.facts.items()}
    signed = {key.removeprefix(SIGNED): value for key, value in facts.items() if key.startswith(SIGNED)}
    shown = {key.removeprefix(SHOWN): value for key, value in facts.items() if key.startswith(SHOWN)}
    is_sealed = any(evidence.looked_at == "the page seal" for evidence in appearance.evidence)
    lines = [
        _line(name, shown.get(name), text, words)
        for name, text in signed.items()
        if is_sealed or name in shown or name in _ALWAYS_SHOWN
    ]
    if not lines:
        return None
    return Comparison(lines=tuple(sorted(lines, key=lambda line: not line.is_changed)), signed_name=signed.get("name"))


def _line(name: str, shown: str | None, signed: str, words: Words) -> ComparedLine:
    label = words.find(f"compare.line.{name}") or name.replace("_", " ").capitalize()
    if shown is None or not shown.strip():
        nothing = Markup("<em>{}</em>").format(words("compare.missing"))
        return ComparedLine(
            label=label, is_changed=True, shown_marked=nothing, signed_marked=Markup("<ins>{}</ins>").format(signed)
        )
    shown_marked, signed_marked = mark_changes(shown, signed)
    return ComparedLine(label=label, is_changed=shown != signed, shown_marked=shown_marked, signed_marked=signed_marked)


def mark_changes(shown: str, signed: str) -> tuple[Markup, Markup]:
    """Both texts with the words that differ marked: struck out in the first, underlined in the second."""
    left, right = shown.split(), signed.split()
    steps = SequenceMatcher(a=left, b=right, autojunk=False).get_opcodes()
    return (
        _join((left[a:b], tag != "equal", "del") for tag, a, b, _, _ in steps),
        _join((right[c:d], tag != "equal", "ins") for tag, _, _, c, d in steps),
    )


def _join(parts: Iterable[tuple[Sequence[str], bool, str]]) -> Markup:
    done = []
    for some, is_changed, element in parts:
        text = escape(" ".join(some))
        if text:
            done.append(_MARKS[element].format(text) if is_changed else text)
    return Markup(" ").join(done)
