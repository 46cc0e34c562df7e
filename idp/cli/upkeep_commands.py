"""The commands that keep an instance well, with their options: ``idp prune`` and its like."""
# An option is a parameter to typer, and imports wait (see idp.cli.commands).
# ruff: noqa: PLC0415, PLR0913, PLR0917

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from idp.cli.failure import ExitCode, Failure
from idp.cli.options import DryRun, Home, Json, Yes
from idp.cli.output import Output

upkeep = typer.Typer()


@upkeep.command()
def prune(home: Home = None, dry_run: DryRun = False, as_json: Json = False) -> None:
    """Delete what has expired, now. A running server does it by itself every minute."""
    from idp.cli import pruning

    counts = pruning.prune(home, dry_run=dry_run)
    Output(as_json=as_json).result(counts, pruning.as_table(counts, dry_run=dry_run))


@upkeep.command()
def backup(
    databases: Annotated[
        Path, typer.Argument(metavar="PLACE", help="A folder, or a new file, for the databases.")
    ],
    keys: Annotated[
        Path | None,
        typer.Option(metavar="PLACE", help="Another folder, or new file, for the wrapped keys."),
    ] = None,
    no_keys: Annotated[
        bool, typer.Option("--no-keys", help="Leave the keys out: they have not changed.")
    ] = False,
    together: Annotated[
        bool, typer.Option("--together", help="Both may lie in one place, or beside other keys.")
    ] = False,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Back up both databases and the wrapped keys, while servers run.

    The file of the databases is sealed: it opens with the keys of its time alone. Works for SQLite
    and PostgreSQL, and from one to the other.
    """
    from idp.cli import backups

    if (keys is None) != no_keys:
        raise Failure(
            ExitCode.USAGE, "keys_where", "say where the keys go: --keys PLACE, or --no-keys"
        )
    made, chosen = backups.make(home, backups.Wishes(databases, keys, together, as_json))
    Output(as_json=as_json).result(backups.as_json(made, chosen), backups.as_text(made, chosen))


@upkeep.command()
def restore(
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="What `idp backup` made.")
    ] = None,
    verify: Annotated[
        bool, typer.Option("--verify", help="Look the backup through; change nothing.")
    ] = False,
    keys: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Put these wrapped keys in place first."),
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="In place of all that is in the databases.")
    ] = False,
    acknowledge: Annotated[
        bool,
        typer.Option(
            "--acknowledge", help="No FILE: the databases were put back by other means already."
        ),
    ] = False,
    yes: Yes = False,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Bring a backup back into empty databases, with every server stopped.

    A restored database has forgotten what was used up or ended since: so people sign in anew,
    platforms connect anew, operators wait until you enable them, and it says what nobody can know.
    """
    from idp.cli import restored, restoring

    if (file is None) != acknowledge:
        raise Failure(ExitCode.USAGE, "restore_what", "give the FILE of a backup, or --acknowledge")
    output = Output(as_json=as_json)
    if file is None:
        done = restoring.acknowledge(home, yes=yes)
        output.result(restored.as_json(done), restored.as_text(done))
        return
    wishes = restoring.Wishes(file, keys, replace, yes, as_json)
    if verify:
        checked = restoring.verify(home, wishes)
        output.result(restored.checked_as_json(checked), restored.checked_as_text(checked))
        return
    done = restoring.bring(home, wishes)
    output.result(restored.as_json(done), restored.as_text(done))


@upkeep.command()
def doctor(home: Home = None, as_json: Json = False) -> None:
    """Look whether all is well, from inside and from outside, and say what mends what is not.

    Changes nothing. Exits with 1 when something fails; a warning can wait till tomorrow.
    """
    from idp.cli import doctor as looking

    findings = looking.run(home)
    Output(as_json=as_json).result(looking.as_json(findings), looking.as_text(findings))
    if any(one.level == "fail" for one in findings):
        raise typer.Exit(ExitCode.NO)
