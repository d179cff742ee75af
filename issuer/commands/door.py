"""The door between a shell and the office: opens it when needed, and says errors in one sentence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

from issuer.database import Sessions, open_sessions
from issuer.migrations.run import migrate
from issuer.records import settle_records
from issuer.settings import Settings, SettingsIncomplete, check_modes, data_directory
from keys.errors import VoltpassError

if TYPE_CHECKING:
    from issuer.office import Office

DONE = 0
NOT_DONE = 1
WRONG_USAGE = 2


def utc_now() -> datetime:
    """The clock on the wall."""
    return datetime.now(UTC)


class Door:
    """What a command is given: the office, opened at the first use, and a clock."""

    def __init__(self, env: Mapping[str, str], clock: Callable[[], datetime] = utc_now) -> None:
        self.env = env
        self.clock = clock

    @property
    def is_new(self) -> bool:
        """Whether there is no office here yet, so that a mere look should not make one."""
        return not self.env.get("VOLTPASS_DATABASE_URL") and not data_directory(self.env).exists()

    @cached_property
    def settings(self) -> Settings:
        """The settings of the environment; raises SettingsIncomplete or LooseModes."""
        return Settings.from_env(self.env)

    @cached_property
    def sessions(self) -> Sessions:
        """The database, of the newest shape; without the rest of the office, for commands that only look."""
        check_modes(self.settings.data_dir, 0o700)
        sessions = open_sessions(self.settings.database_url)
        migrate(sessions.writing_engine)
        settle_records()
        return sessions

    @cached_property
    def office(self) -> Office:
        """The office; raises what ``open_office`` raises."""
        # loaded when needed: gate, press and keys take longer to load than a small command to run
        opened: Office = import_module("issuer.office").open_office(self.settings, clock=self.clock)
        return opened


class PlainGroup(click.Group):
    """Commands whose errors are one sentence on standard error, and never a traceback for what is not our mistake.

    ``places`` says where each command is ("package.module:name"); it is loaded when it is asked for, so that a quick
    one need not wait for the press and the picture library.
    """

    def __init__(self, *args: Any, places: Mapping[str, str] | None = None, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self._places = dict(places or {})

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names in the order of the table."""
        return [*self._places, *super().list_commands(ctx)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name."""
        place = self._places.get(cmd_name)
        if place is None:
            return super().get_command(ctx, cmd_name)
        module, _, name = place.partition(":")
        command: click.Command = getattr(import_module(module), name)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; settings that are missing are wrong usage, everything else simply was not done."""
        try:
            return super().invoke(ctx)
        except SettingsIncomplete as exc:
            for problem in exc.problems:
                click.echo(f"voltpass: {problem}", err=True)
            ctx.exit(WRONG_USAGE)
        except VoltpassError as exc:
            click.echo(f"voltpass: {exc}", err=True)
            ctx.exit(NOT_DONE)
        except BrokenPipeError:
            raise  # whoever reads our output has seen enough; click knows what to do
        except OSError as exc:
            where = f" ({exc.filename})" if exc.filename else ""
            click.echo(f"voltpass: {exc.strerror or exc}{where}. Mend that and start again.", err=True)
            ctx.exit(NOT_DONE)
