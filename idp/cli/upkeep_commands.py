"""The commands that keep an instance well, with their options: ``idp prune`` and its like."""
# An option is a parameter to typer, and imports wait (see idp.cli.commands).
# ruff: noqa: PLC0415

from __future__ import annotations

import typer

from idp.cli.options import DryRun, Home, Json
from idp.cli.output import Output

upkeep = typer.Typer()


@upkeep.command()
def prune(home: Home = None, dry_run: DryRun = False, as_json: Json = False) -> None:
    """Delete what has expired, now. A running server does it by itself every minute."""
    from idp.cli import pruning

    counts = pruning.prune(home, dry_run=dry_run)
    Output(as_json=as_json).result(counts, pruning.as_table(counts, dry_run=dry_run))
