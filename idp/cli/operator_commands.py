"""The commands of ``idp operators`` and their options; what they do is in ``idp.cli.operators``."""
# An option is a parameter to typer, and imports wait (see idp.cli.commands).
# ruff: noqa: PLC0415

from __future__ import annotations

from typing import Annotated

import typer

from idp.cli.asking import agreed
from idp.cli.options import DryRun, Home, Json, Yes
from idp.cli.output import Output, verbatim
from idp.domain.operator import OperatorStatus, Role

operators = typer.Typer(help="The people who run this provider: add, look at, disable, remove.")

Who = Annotated[str, typer.Argument(metavar="OPERATOR", help="The id, or the name.")]


@operators.command("add")
def add_operator(
    name: Annotated[str, typer.Option(help="Who it is, for colleagues. A known name: a new link.")],
    role: Annotated[list[Role], typer.Option(help="May be given several times.")],
    dry_run: DryRun = False,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Add an operator and print a link, valid once and for a day, that makes the passkey."""
    from idp.cli import operators as people

    added = people.add(home, name, role, dry_run=dry_run)
    Output(as_json=as_json).result(added, people.as_text(added))


@operators.command("list")
def list_operators(home: Home = None, as_json: Json = False) -> None:
    """List all operators, oldest first."""
    from idp.cli import operators as people

    found = people.everyone(home)
    Output(as_json=as_json).result([people.as_json(one) for one in found], people.as_table(found))


@operators.command("disable")
def disable_operator(
    operator: Who,
    yes: Yes = False,
    dry_run: DryRun = False,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Let an operator do nothing, until they are enabled; the passkey waits.

    They are signed out at once, links of theirs end, and what they had proposed is called off.
    """
    from idp.cli import operators as people

    found = people.show(home, operator)
    which, left = people.named(found), people.approvers(home, without=found)
    effect = f"Signed out at once; what they had proposed is called off. {people.few(found, left)}"
    done = agreed(f"Disable {which}?", effect=effect.rstrip(), yes=yes, dry_run=dry_run)
    changed = done and people.disable(home, found, disabled=True)
    already = found.status is OperatorStatus.DISABLED
    Output(as_json=as_json).result(
        {
            "operator_id": found.operator_id.hex(),
            "disabled": True,
            "changed": changed or (dry_run and not already),
            "approvers_left": left,
            "dry_run": dry_run,
        },
        verbatim(f"{which} {_became('disabled', already=already, dry_run=dry_run)}"),
    )
    if done:
        people.warn(found, left)


@operators.command("enable")
def enable_operator(
    operator: Who,
    dry_run: DryRun = False,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Take a disabled operator back, with the roles and the passkey of before."""
    from idp.cli import operators as people

    found = people.show(home, operator)
    already = found.status is not OperatorStatus.DISABLED
    if not dry_run:
        people.disable(home, found, disabled=False)
    Output(as_json=as_json).result(
        {
            "operator_id": found.operator_id.hex(),
            "disabled": False,
            "changed": not already,
            "dry_run": dry_run,
        },
        verbatim(f"{people.named(found)} {_became('enabled', already=already, dry_run=dry_run)}"),
    )


def _became(what: str, *, already: bool, dry_run: bool) -> str:
    if already:
        return f"is {what} already."
    return f"{'would be' if dry_run else 'is now'} {what}."


@operators.command("remove")
def remove_operator(
    operator: Who,
    yes: Yes = False,
    dry_run: DryRun = False,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Remove an operator; passkeys, sessions and open proposals go at once."""
    from idp.cli import operators as people

    found = people.show(home, operator)
    which, left = people.named(found), people.approvers(home, without=found)
    effect = (
        "Passkeys and sessions of theirs end at once; what they had proposed is called off. "
        f"{people.few(found, left)}"
    )
    done = agreed(f"Remove {which}?", effect=effect.rstrip(), yes=yes, dry_run=dry_run)
    if done:
        people.remove(home, found)
    Output(as_json=as_json).result(
        {"removed": found.operator_id.hex(), "approvers_left": left, "dry_run": dry_run},
        f"{'Removed' if done else 'Would remove'} {verbatim(which)}.",
    )
    if done:
        people.warn(found, left)
