"""The commands of ``idp keys``, with their options; what they do is in ``idp.cli.key_lives``."""
# An option is a parameter to typer, and imports wait (see idp.cli.commands).
# ruff: noqa: PLC0415

from __future__ import annotations

from typing import Annotated

import typer

from idp.cli.asking import agreed
from idp.cli.options import ID_MAY_BEGIN_WITH_A_DASH, DryRun, Home, Json, Yes
from idp.cli.output import Output

keys = typer.Typer(help="Change signing keys and secrets, such that nobody notices.")

Kid = Annotated[str, typer.Argument(metavar="KID", help="The key's kid: see `idp keys list`.")]
Alg = Annotated[str, typer.Option(help="RS256, PS256, ES256 or Ed25519.")]


@keys.command("list")
def list_keys(home: Home = None, as_json: Json = False) -> None:
    """List all signing keys there ever were, and what can come next for each."""
    from idp.cli import key_lives

    told = key_lives.everyone(home)
    Output(as_json=as_json).result(told.as_json(), told.as_table())


@keys.command("stage")
def stage_key(alg: Alg, home: Home = None, dry_run: DryRun = False, as_json: Json = False) -> None:
    """Make a key and publish it; it signs nothing until it is activated."""
    from idp.cli import key_lives

    told = key_lives.stage(home, alg, dry_run=dry_run)
    if told is None:
        Output(as_json=as_json).result({"alg": alg}, f"A key of {alg} would be made and published.")
    else:
        Output(as_json=as_json).result(told.one_as_json(), told.as_text(dry_run=False))


@keys.command("activate", context_settings=ID_MAY_BEGIN_WITH_A_DASH)
def activate_key(
    kid: Kid, home: Home = None, dry_run: DryRun = False, as_json: Json = False
) -> None:
    """Let a published key sign; the one that did is retired. Refused while it could hurt."""
    from idp.cli import key_lives

    told = key_lives.activate(home, kid, dry_run=dry_run)
    Output(as_json=as_json).result(told.one_as_json(), told.as_text(dry_run=dry_run))


@keys.command("retire", context_settings=ID_MAY_BEGIN_WITH_A_DASH)
def retire_key(kid: Kid, home: Home = None, dry_run: DryRun = False, as_json: Json = False) -> None:
    """Let a key sign no more: the one that waits takes over. Refused while it could hurt."""
    from idp.cli import key_lives

    told = key_lives.retire(home, kid, dry_run=dry_run)
    Output(as_json=as_json).result(told.one_as_json(), told.as_text(dry_run=dry_run))


@keys.command("remove", context_settings=ID_MAY_BEGIN_WITH_A_DASH)
def remove_key(
    kid: Kid,
    home: Home = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Stop serving a retired key, and destroy it. Refused while a token of it may be alive."""
    from idp.cli import key_lives

    told = key_lives.remove(home, kid, dry_run=True)
    question = f"Stop serving {kid} and destroy its private half for good?"
    done = agreed(question, yes=yes, dry_run=dry_run)
    if done:
        told = key_lives.remove(home, kid)
    Output(as_json=as_json).result(told.one_as_json(), told.as_text(dry_run=not done))
