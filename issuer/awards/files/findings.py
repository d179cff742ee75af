"""What is noticed while one row is read, each thing in a sentence that begins with the line."""

from __future__ import annotations

from issuer.awards.files.outcome import Finding, RowCode, RowState


class Findings:
    """Collects the findings of one row."""

    def __init__(self, line: int) -> None:
        self.line = line
        self.noticed: list[Finding] = []

    def note(self, code: RowCode, text: str, *, suggestion: str = "", needs_answer: bool = True) -> None:
        """Keep a finding; text goes on after "Line 7: "."""
        self.noticed.append(Finding(code, f"Line {self.line}: {text}", suggestion, needs_answer))

    @property
    def stops_the_row(self) -> bool:
        """Something was found that no answer can help, so the row cannot be issued."""
        return any(finding.state is not RowState.WARNING for finding in self.noticed)
