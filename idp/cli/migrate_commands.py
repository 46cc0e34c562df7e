"""The commands of ``idp migrate``, with their options; what they do is in ``idp.cli.migrating``."""
# An option is a parameter to typer, and imports wait (see idp.cli.commands).
# ruff: noqa: PLC0415

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from idp.cli.failure import ExitCode
from idp.cli.options import DryRun, Home, Json
from idp.cli.output import Output

if TYPE_CHECKING:
    from pathlib import Path

migrate = typer.Typer(invoke_without_command=True)


@migrate.callback()
def migrate_now(
    context: typer.Context,
    home: Home = None,
    check: Annotated[
        bool, typer.Option("--check", help="Change nothing; exit with 1 if one is behind.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Bring both databases to the newest schema, and add keys that an older version lacked.

    Alone it does what `up` does, and with --check what `status` does.
    """
    if context.invoked_subcommand is None:
        _migrate(home, change=not check, as_json=as_json)


@migrate.command("status")
def migrate_status(home: Home = None, as_json: Json = False) -> None:
    """Say where databases and keys stand and what waits; exit with 1 if one is behind."""
    _migrate(home, change=False, as_json=as_json)


@migrate.command("up")
def migrate_up(home: Home = None, dry_run: DryRun = False, as_json: Json = False) -> None:
    """Bring both databases to the newest schema, each in one transaction; add missing keys."""
    _migrate(home, change=not dry_run, as_json=as_json, dry_run=dry_run)


def _migrate(home: Path | None, *, change: bool, as_json: bool, dry_run: bool = False) -> None:
    from idp.cli import migrating
    from idp.cli.instance import settings_of

    settings = settings_of(home)
    found = migrating.migrate(settings) if change else migrating.states(settings)
    shown = migrating.states(settings) if change else found
    table = migrating.as_table(found, changed=change)
    Output(as_json=as_json).result(migrating.as_json(shown), table)
    if not dry_run and not all(state.up_to_date for state in shown):
        raise typer.Exit(ExitCode.NO)
