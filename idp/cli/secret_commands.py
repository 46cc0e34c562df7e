"""The commands of ``idp keys`` about secrets; what they do is in ``idp.cli.secret_lives``."""
# An option is a parameter to typer, and imports wait (see idp.cli.commands).
# ruff: noqa: PLC0415

from __future__ import annotations

from typing import Annotated

import typer

from idp.cli.asking import agreed
from idp.cli.options import DryRun, Home, Json, Yes
from idp.cli.output import Output
from idp.domain.secret_key import SecretDomain

secrets = typer.Typer()

Domain = Annotated[
    SecretDomain,
    typer.Argument(metavar="SECRET", help="field, session, link or dedup: see `idp keys secrets`."),
]
NoWait = Annotated[bool, typer.Option("--no-wait", help="Do not wait a minute for the servers.")]


@secrets.command("secrets")
def list_secrets(home: Home = None, as_json: Json = False) -> None:
    """List the secrets that seal and tag what is stored, and their versions."""
    from idp.cli import secret_lives

    found = secret_lives.everyone(home)
    machine = [secret_lives.as_json(one) for one in found]
    Output(as_json=as_json).result(machine, secret_lives.as_table(found))


@secrets.command("rotate-secret")
def rotate_secret(
    secret: Domain,
    home: Home = None,
    no_wait: NoWait = False,
    yes: Yes = False,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Put a new version in a secret's place, or go on with that. Run it until it says it is over.

    It takes every step that is safe now, says what it waits for, and goes on from there when it is
    run again, after a kill too. Nobody is signed out and nothing is lost meanwhile.
    """
    from idp.cli import secret_lives

    told = secret_lives.standing(home, secret)
    begins = told.is_over
    question = f"Begin to put a new version in the place of {secret}:{told.new_version}?"
    effect = "No rotation of it is under way."
    if dry_run or (begins and not agreed(question, effect=effect, yes=yes, dry_run=dry_run)):
        Output(as_json=as_json).result(told.as_json(), told.as_text(begins=begins))
        return
    told = secret_lives.go_on(home, secret, begin=begins, wait=not no_wait, bar=not as_json)
    Output(as_json=as_json).result(told.as_json(), told.as_text())


@secrets.command("rewrap")
def rewrap(
    home: Home = None,
    domain: Annotated[
        SecretDomain | None, typer.Option("--domain", help="Only of this secret.")
    ] = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Move what is stored under older versions of secrets to the active ones.

    Needed by nobody: `rotate-secret` does it. Killed at any moment, it goes on when it is run
    again.
    """
    from idp.cli import secret_lives

    domains = list(SecretDomain) if domain is None else [domain]
    told = secret_lives.rewrap(home, domains, dry_run=dry_run, bar=not as_json)
    Output(as_json=as_json).result(told, secret_lives.left_as_table(told))
