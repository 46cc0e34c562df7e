"""The commands of ``idp keys`` that look ahead, check, and act in an emergency."""
# An option is a parameter to typer, and imports wait (see idp.cli.commands).
# ruff: noqa: PLC0415, PLR0913, PLR0917

from __future__ import annotations

from typing import Annotated

import typer

from idp.cli.asking import agreed
from idp.cli.failure import ExitCode, Failure
from idp.cli.options import ID_MAY_BEGIN_WITH_A_DASH, DryRun, Home, Json, Yes
from idp.cli.output import Output

rotation = typer.Typer()

Kids = Annotated[list[str], typer.Argument(metavar="KID...", help="Keys: see `idp keys list`.")]


@rotation.command("plan")
def plan_keys(home: Home = None, as_json: Json = False) -> None:
    """Draw the lives of all keys: what was, what is now, what can come next, and when."""
    from idp.app import SystemClock
    from idp.cli import key_plan

    plan = key_plan.plan(home, now=SystemClock().now())
    Output(as_json=as_json).result(plan.as_json(), plan)


@rotation.command("verify")
def verify_keys(
    home: Home = None,
    offline: Annotated[
        bool, typer.Option("--offline", help="Do not look at the JWKS at the issuer's address.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Check that all keys are there, fit their public halves, and are seen by platforms."""
    from idp.cli import key_verifying

    found = key_verifying.verify(home, outside=not offline)
    Output(as_json=as_json).result(found.as_json(), found.as_renderable())
    if not found.well:
        raise typer.Exit(ExitCode.NO)


@rotation.command("rehearse")
def rehearse_rotation(
    alg: Annotated[str | None, typer.Option(help="Of this algorithm only.")] = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Play a whole rotation on a copy, with platforms that keep the JWKS. Changes nothing."""
    from idp.cli import rehearsing

    found = rehearsing.rehearse(home, alg)
    Output(as_json=as_json).result(found.as_json(), found.as_text())
    if found.failed:
        raise typer.Exit(ExitCode.NO)


@rotation.command("revoke", context_settings=ID_MAY_BEGIN_WITH_A_DASH)
def revoke_keys(
    kids: Kids,
    compromised: Annotated[
        bool, typer.Option("--compromised", help="Somebody else has or may have these keys.")
    ] = False,
    since: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="End grants given from then on, e.g. 2026-11-25T22:00 (UTC). "
            "[default: since the key first signed]",
        ),
    ] = None,
    drill: Annotated[
        bool, typer.Option("--drill", help="Do it on a copy, and show what platforms would see.")
    ] = False,
    home: Home = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Give up keys that were stolen: others sign at once, and what was given since ends."""
    from idp.cli import compromise

    if not compromised:
        raise Failure(
            ExitCode.USAGE,
            "not_compromised",
            "a key that is only old is retired (`idp keys retire KID`), which hurts nobody. To "
            "give up a key that somebody else may have, add --compromised",
        )
    if drill:
        told = compromise.drill(home, kids, since)
    elif yes and not dry_run:  # at once: to look first what would end takes its time
        told = compromise.revoke(home, kids, since, bar=not as_json)
    else:
        told = compromise.look(home, kids, since)
        if agreed("Give these keys up for good?", effect=told.as_text(), yes=yes, dry_run=dry_run):
            told = compromise.revoke(home, kids, since, bar=not as_json)
    Output(as_json=as_json).result(told.as_json(), told.as_text())
