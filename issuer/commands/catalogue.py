"""``voltpass catalogue``: courses as files, out of the catalogue and into drafts."""

from __future__ import annotations

from pathlib import Path

import click

from issuer.accounts.actor import COMMAND
from issuer.catalogue.find import get_provider
from issuer.commands.door import NOT_DONE, Door
from issuer.database import reading, transaction
from issuer.drafts.course_files import Course, read_courses
from issuer.drafts.course_import import CourseOutcome, CourseState, assess_courses, import_courses
from issuer.drafts.export import CourseFormat, export_drafts, export_published

_SAID = {
    CourseState.NEW: "can become a draft",
    CourseState.NEW_VERSION: "can become a draft of a new version",
    CourseState.UNCHANGED: "says what the catalogue says already",
    CourseState.IN_DRAFT: "is a draft already",
    CourseState.ERROR: "cannot be taken",
}


@click.group("catalogue")
def catalogue_group() -> None:
    """Take courses out as CSV or JSON, and bring them in as drafts."""


@catalogue_group.command("export")
@click.argument("file", type=click.Path(dir_okay=False, writable=True, path_type=Path))
@click.option("--programme", metavar="CODE", help="Only this programme.")
@click.option("--drafts-of", metavar="PROVIDER", help="The open drafts of a provider instead of what is published.")
@click.pass_obj
def export_command(door: Door, file: Path, programme: str | None, drafts_of: str | None) -> None:
    """Write the catalogue to FILE, which ends in .csv or .json."""
    form = _form(file)
    with reading(door.sessions) as session:
        if drafts_of is not None:
            data = export_drafts(session, form, get_provider(session, drafts_of))
        else:
            data = export_published(session, form, programme=programme)
    file.write_bytes(data)
    click.echo(f"{file} is written.")


@catalogue_group.command("import")
@click.argument("provider")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--code", "codes", multiple=True, metavar="CODE", help="Only this course; may be given several times.")
@click.option("--try", "only_look", is_flag=True, help="Say what would become of each course, and change nothing.")
@click.pass_context
def import_command(ctx: click.Context, provider: str, file: Path, codes: tuple[str, ...], only_look: bool) -> None:
    """Make drafts of the courses in FILE for PROVIDER; courses with mistakes are named and left out."""
    door: Door = ctx.obj
    courses = read_courses(file.read_bytes(), file.name)
    with reading(door.sessions) as session:
        outcomes = assess_courses(session, get_provider(session, provider), courses)
    wanted = {code.upper() for code in codes}
    asked = [each for each in outcomes if not wanted or _code(each.course) in wanted]
    for outcome in asked:
        _say(outcome)
    if not only_look:
        chosen = {each.number for each in asked}
        with transaction(door.sessions) as session:
            made = import_courses(session, COMMAND, provider, courses, chosen, now=door.clock())
        click.echo(f"{len(made)} drafts made for {provider}; publish them in the console.")
    if any(each.state is CourseState.ERROR for each in asked):
        ctx.exit(NOT_DONE)


def _say(outcome: CourseOutcome) -> None:
    for problem in outcome.problems:
        click.echo(problem, err=True)
    if outcome.state is not CourseState.NEW:
        click.echo(f"{outcome.course.place}: {_code(outcome.course) or 'no code'} {_SAID[outcome.state]}.")


def _code(course: Course) -> str:
    return course.wording.code.strip().upper()


def _form(file: Path) -> CourseFormat:
    try:
        return CourseFormat(file.suffix.lower().removeprefix("."))
    except ValueError:
        raise click.BadParameter("write a name that ends in .csv or .json", param_hint="FILE") from None
