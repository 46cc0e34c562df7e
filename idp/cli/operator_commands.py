"""The commands of ``idp operators`` and their options; what they do is in ``idp.cli.operators``."""
# An option is a parameter to typer, and imports wait (see idp.cli.commands).
# ruff: noqa: PLC0415

from __future__ import annotations

from typing import Annotated

import typer
from rich.markup import escape

from idp.cli.asking import agreed
from idp.cli.options import DryRun, Home, Json, Yes
from idp.cli.output import Output
from idp.domain.operator import Role

operators = typer.Typer(help="Add the people who run this provider, look at them, remove them.")


@operators.command("add")
def add_operator(
    name: Annotated[str, typer.Option(help="Who it is, for colleagues. A known name: a new link.")],
    role: Annotated[list[Role], typer.Option(help="May be given several times.")],
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Add an operator and print a link, valid once and for a day, that makes the passkey."""
    from idp.cli import operators as people

    added = people.add(home, name, role)
    Output(as_json=as_json).result(added, people.as_text(added))


@operators.command("list")
def list_operators(home: Home = None, as_json: Json = False) -> None:
    """List all operators, oldest first."""
    from idp.cli import operators as people

    found = people.everyone(home)
    Output(as_json=as_json).result([people.as_json(one) for one in found], people.as_table(found))


@operators.command("remove")
def remove_operator(
    operator: Annotated[str, typer.Argument(metavar="OPERATOR", help="The id, or the name.")],
    yes: Yes = False,
    dry_run: DryRun = False,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Remove an operator; passkeys, sessions and open proposals go at once."""
    from idp.cli import operators as people

    found = people.show(home, operator)
    which = f"{found.name} ({found.operator_id.hex()})"
    effect = "Passkeys and sessions of theirs end at once; proposals of theirs are called off."
    done = agreed(f"Remove {which}?", effect=effect, yes=yes, dry_run=dry_run)
    if done:
        people.remove(home, found)
    Output(as_json=as_json).result(
        {"removed": found.operator_id.hex(), "dry_run": dry_run},
        f"{'Removed' if done else 'Would remove'} {escape(which)}.",
    )
