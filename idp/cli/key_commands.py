"""The commands of ``idp keys``, with their options; what they do is in ``idp.cli.key_lives``."""
# An option is a parameter to typer, and imports wait (see idp.cli.commands).
# ruff: noqa: PLC0415

from __future__ import annotations

from typing import Annotated

import typer

from idp.cli.options import Home, Json
from idp.cli.output import Output

keys = typer.Typer(help="Make signing keys, let them take over, remove them.")

Kid = Annotated[str, typer.Argument(metavar="KID", help="The key's kid.")]


@keys.command("list")
def list_keys(home: Home = None, as_json: Json = False) -> None:
    """List all signing keys there ever were, and what can come next for each."""
    from idp.cli import key_lives

    found = key_lives.everyone(home)
    machine = [key_lives.as_json(key) for key in found]
    Output(as_json=as_json).result(machine, key_lives.as_table(found))


@keys.command("stage")
def stage_key(
    alg: Annotated[str, typer.Option(help="RS256 or ES256.")],
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Make a key and publish it; it signs nothing until it is activated."""
    from idp.cli import key_lives

    key = key_lives.stage(home, alg)
    Output(as_json=as_json).result(key_lives.as_json(key), key_lives.as_text(key))


@keys.command("activate")
def activate_key(kid: Kid, home: Home = None, as_json: Json = False) -> None:
    """Let a published key sign; the one that did is retired. Refused while it is too early."""
    from idp.cli import key_lives

    key = key_lives.activate(home, kid)
    Output(as_json=as_json).result(key_lives.as_json(key), key_lives.as_text(key))


@keys.command("remove")
def remove_key(kid: Kid, home: Home = None, as_json: Json = False) -> None:
    """Stop serving a retired key, and destroy it. Refused while a token of it may be alive."""
    from idp.cli import key_lives

    key = key_lives.remove(home, kid)
    Output(as_json=as_json).result(key_lives.as_json(key), key_lives.as_text(key))
