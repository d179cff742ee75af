"""``voltpass issue``: award files in, credentials out."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

import click
from sqlalchemy.orm import Session

from issuer.accounts.actor import COMMAND
from issuer.awards.files import AwardFileError, FileAnswers, FileLimits, RowCode, RowOutcome
from issuer.awards.issue import AwardFile, IssuedRow, IssueState, issue_rows, open_award_file
from issuer.awards.records import IssuedCredentialRecord
from issuer.awards.request import AwardRequest
from issuer.badges.news import note_award
from issuer.batches.answers import LONGEST_REASON
from issuer.catalogue.find import get_provider
from issuer.commands.door import DONE, NOT_DONE, Door
from issuer.commands.outputs import Written, write_files, write_manifest
from issuer.database import reading, transaction
from issuer.delivery.outbox import announce_award
from issuer.office import Office

_WIDTH: Final = 14
_WORDS: Final = {
    IssueState.ISSUED: "issued",
    IssueState.ALREADY_ISSUED: "already issued",
    IssueState.NEEDS_ANSWER: "please answer",
    IssueState.ERROR: "refused",
    IssueState.SKIPPED: "skipped",
    IssueState.IGNORED: "blank",
}


@dataclass
class _FileResult:
    """What became of one award file."""

    name: str
    problem: str = ""
    rows: list[IssuedRow] = field(default_factory=list)
    written: dict[int, Written] = field(default_factory=dict)

    @property
    def is_in_order(self) -> bool:
        """Whether nobody has to do anything about it."""
        drawn = not any(written.problem for written in self.written.values())
        return not self.problem and drawn and not any(row.is_refused for row in self.rows)

    def to_json(self) -> dict[str, Any]:
        """The file as in ``--json``."""
        return {"file": self.name, "problem": self.problem or None, "rows": [self._row(row) for row in self.rows]}

    def _row(self, row: IssuedRow) -> dict[str, Any]:
        written = self.written.get(row.line)
        return {
            "row": row.line,
            "outcome": row.state.value,
            "code": row.code,
            "sentence": row.sentence,
            "suggestion": row.suggestion,
            "name": row.name,
            "credential_id": row.credential_id,
            "link": row.link,
            "files": list(written.files) if written else [],
        }


@click.command("issue")
@click.argument("provider")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--out", metavar="DIR", type=click.Path(file_okay=False, path_type=Path), help="Write the files here.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of a table.")
@click.option("--day-first/--month-first", default=None, help="How to read dates such as 10/11/2026.")
@click.option(
    "--accept",
    metavar="CODE",
    multiple=True,
    type=click.Choice([code.value for code in RowCode if code]),
    help="Say yes to this warning wherever it occurs, such as prerequisite_missing.",
)
@click.option(
    "--reason", metavar="TEXT", default="", help="Why badges go ahead without their prerequisite; kept on record."
)
@click.option("--achievement", metavar="CODE", help="The badge of rows that name none.")
@click.option("--completed-on", metavar="DATE", type=click.DateTime(["%Y-%m-%d"]), help="The day of rows without one.")
@click.option("--all-passed", is_flag=True, help="Rows without a result have passed.")
@click.option("--mail", is_flag=True, help="Tell every learner: a mail with the link, or a letter to print.")
@click.pass_obj
def issue_command(
    door: Door, /, provider: str, files: tuple[Path, ...], out: Path | None, as_json: bool, **said: Any
) -> None:
    """Read award files and issue the rows that are ready.

    PROVIDER is the short name of the training provider, FILE a CSV file in any dialect a spreadsheet writes, or an XLSX
    workbook. Rows that were issued before are found again and never issued twice. Exit status: 0 all ready rows are
    issued, 1 some rows were refused, 2 wrong usage.
    """
    if RowCode.PREREQUISITE_MISSING.value in said["accept"] and not said["reason"].strip():
        raise click.UsageError("--accept prerequisite_missing needs --reason TEXT: the audit log keeps why.")
    for file in files:
        if not file.is_file():
            raise click.UsageError(f"{file}: there is no such file.")
    office = door.office
    with reading(office.sessions) as session:
        get_provider(session, provider)
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
    yes = _Yes(frozenset(map(RowCode, said["accept"])), " ".join(said["reason"].split())[:LONGEST_REASON])
    clerk = _Clerk(office, provider, _answers(said), yes, out, as_json, tells=said["mail"])
    results = [clerk.issue(file) for file in files]
    if out is not None:
        write_manifest(out, [written for result in results for written in result.written.values()])
    if as_json:
        click.echo(json.dumps({"files": [result.to_json() for result in results]}, ensure_ascii=False, indent=1))
    sys.exit(DONE if all(result.is_in_order for result in results) else NOT_DONE)


def _answers(said: dict[str, Any]) -> FileAnswers:
    day = said["completed_on"]
    return FileAnswers(
        day_first=said["day_first"],
        achievement_code=said["achievement"],
        completed_on=date(day.year, day.month, day.day) if day else None,
        all_passed=said["all_passed"],
    )


@dataclass(frozen=True)
class _Yes:
    """To which warnings somebody said yes, and why, where that has to be told."""

    codes: frozenset[RowCode]
    reason: str

    def facts(self, outcome: RowOutcome) -> dict[str, str]:
        """What the audit log keeps of an award that was asked about; nothing of any other."""
        if not outcome.needs_answer:
            return {}
        asked = dict.fromkeys([outcome.code, *(each.code for each in outcome.also if each.needs_answer)])
        why = {"reason": self.reason} if RowCode.PREREQUISITE_MISSING in asked else {}
        return {"accepted": " ".join(code.value for code in asked), **why}


@dataclass(frozen=True)
class _Clerk:
    """Works through one file after the other and says what becomes of each row."""

    office: Office
    provider: str
    answers: FileAnswers
    yes: _Yes
    out: Path | None
    quiet: bool
    tells: bool = False

    def issue(self, path: Path) -> _FileResult:
        result = _FileResult(path.name)
        try:
            file = self._open(path)
        except AwardFileError as exc:
            result.problem = str(exc)
            click.echo(f"{path.name}: {exc}", err=True)
            return result
        for row in self._with_progress(file):
            result.rows.append(row)
            if self.tells and row.state is IssueState.ALREADY_ISSUED and row.record_id is not None:
                self._tell_now(row.record_id)
            if self.out is not None and row.record_id is not None:
                result.written[row.line] = write_files(self.office, row, self.out)
        self._say(file, result)
        return result

    def _tell(
        self,
        outcomes: Mapping[int | None, RowOutcome],
        session: Session,
        record: IssuedCredentialRecord,
        request: AwardRequest,
        now: datetime,
    ) -> None:
        """A new badge: whoever has to know is told in the transaction that files it; its learner where that is said."""
        note_award(session, record, COMMAND, now=now, facts=self.yes.facts(outcomes[request.line]))
        if self.tells:
            chance = self.office.desk.chance
            announce_award(session, record, email=request.email, language=request.language, now=now, chance=chance)

    def _tell_now(self, record_id: int) -> None:
        """The learner of a badge that was issued before, perhaps without --mail; once for each credential."""
        with transaction(self.office.sessions) as session:
            record = session.get_one(IssuedCredentialRecord, record_id)
            now, chance = self.office.clock(), self.office.desk.chance
            announce_award(session, record, email=None, language=None, now=now, chance=chance)

    def _open(self, path: Path) -> AwardFile:
        limits = FileLimits(size=self.office.settings.upload_limit)
        # one byte more than the limit is enough to know that there is too much
        with path.open("rb") as file:
            data = file.read(limits.size + 1)
        return open_award_file(
            self.office.sessions,
            self.provider,
            data,
            path.name,
            now=self.office.clock(),
            limits=limits,
            answers=self.answers,
        )

    def _with_progress(self, file: AwardFile) -> Iterator[IssuedRow]:
        office = self.office
        tell = partial(self._tell, {outcome.line: outcome for outcome in file.outcomes})
        rows = issue_rows(office.sessions, office.desk, file, office.clock, self.yes.codes, then=tell)
        shown = sys.stderr.isatty() and not self.quiet
        with click.progressbar(
            rows, length=len(file.outcomes), label="Issuing", file=sys.stderr, hidden=not shown
        ) as progress:
            yield from progress

    def _say(self, file: AwardFile, result: _FileResult) -> None:
        for notice in file.table.notices:
            click.echo(f"{result.name}: {notice.sentence}", err=True)
        for written in result.written.values():
            if written.problem:
                click.echo(f"{result.name}: {written.problem}", err=True)
        if not self.quiet:
            click.echo("\n".join(_table(result.rows)))
            click.echo(f"{result.name}: {_tally(result.rows)}")


def _table(rows: Sequence[IssuedRow]) -> Iterator[str]:
    for row in rows:
        said = row.link if row.link else row.sentence.partition(": ")[2]
        yield f"{row.line:>5}  {_WORDS[row.state]:<{_WIDTH}}  {row.name}{'  ' if row.name else ''}{said}"


def _tally(rows: Sequence[IssuedRow]) -> str:
    counts = {state: sum(row.state is state for row in rows) for state in IssueState}
    return ", ".join(f"{count} {_WORDS[state]}" for state, count in counts.items() if count) or "no rows"
