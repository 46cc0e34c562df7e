"""The commands of ``idp clients``, with their options; what they do is in ``idp.cli.registry``."""
# An option is a parameter to typer, and imports wait (see idp.cli.commands).
# ruff: noqa: PLC0415

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from idp.cli.asking import agreed
from idp.cli.options import DryRun, Home, Json, Yes
from idp.cli.output import Output

clients = typer.Typer(help="Register platforms' clients, look at them, remove them.")

ClientId = Annotated[str, typer.Argument(metavar="ID", help="The client_id.")]


@clients.command("add")
def add_client(
    file: Annotated[
        Path,
        typer.Option(metavar="FILE", help="Client metadata (RFC 7591); - is the standard input."),
    ],
    logo: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A PNG of at most 64 KiB.")
    ] = None,
    client_id: Annotated[
        str | None, typer.Option("--id", help="The client_id; a random one without.")
    ] = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Register a client. Its secret, if it has one, is shown this once and kept nowhere."""
    from idp.cli import registry

    registered = registry.add(home, file, logo, client_id)
    Output(as_json=as_json).result(registry.as_json(registered), registry.as_panel(registered))


@clients.command("list")
def list_clients(home: Home = None, as_json: Json = False) -> None:
    """List all clients, oldest first."""
    from idp.cli import registry

    found = registry.everyone(home)
    machine = [registry.as_json(one) for one in found]
    Output(as_json=as_json).result(machine, registry.as_table(found))


@clients.command("show")
def show_client(client_id: ClientId, home: Home = None, as_json: Json = False) -> None:
    """Show one client as it is registered."""
    from idp.cli import registry

    found = registry.show(home, client_id)
    Output(as_json=as_json).result(registry.as_json(found), registry.as_panel(found))


@clients.command("remove")
def remove_client(
    client_id: ClientId,
    yes: Yes = False,
    dry_run: DryRun = False,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Forget a client; nobody can sign in there any more."""
    from idp.cli import registry

    found = registry.show(home, client_id)
    effect = "Nobody can sign in there any more, and what it was granted is gone."
    question = f"Remove {registry.visible(found.client.name(''))} ({client_id})?"
    done = agreed(question, effect=effect, yes=yes, dry_run=dry_run)
    if done:
        registry.remove(home, client_id)
    Output(as_json=as_json).result(
        {"removed": client_id, "dry_run": dry_run},
        f"{'Removed' if done else 'Would remove'} {client_id}.",
    )


@clients.command("rotate-secret")
def rotate_secret(
    client_id: ClientId,
    retire_old: Annotated[
        bool, typer.Option("--retire-old", help="End the older secret instead; draw none.")
    ] = False,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Draw a new secret, shown this once. Both are valid until the older one is retired."""
    from idp.cli import registry

    if retire_old:
        registry.retire_secret(home, client_id)
        Output(as_json=as_json).result({"retired": client_id}, f"{client_id} has one secret.")
        return
    secret = registry.rotate_secret(home, client_id)
    Output(as_json=as_json).result(
        {"client_id": client_id, "client_secret": secret},
        f"{secret}\nShown this once. The older one goes with --retire-old, or with the next.",
    )


@clients.command("invite")
def invite_client(
    platform: Annotated[
        str | None,
        typer.Option(help="Whose clients they are; may be left out in the sandbox only."),
    ] = None,
    uses: Annotated[int, typer.Option(min=1, max=1000, help="How many clients.")] = 1,
    days: Annotated[int, typer.Option(min=1, max=365, help="How long it is valid.")] = 7,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Make a token by which a platform registers its clients itself. It is shown this once."""
    from idp.cli import registry

    token = registry.invite(home, platform, uses, days)
    told = {"initial_access_token": token, "platform": platform, "uses": uses, "days": days}
    Output(as_json=as_json).result(
        told, f"{token}\nShown this once. Sent as a bearer token to /register."
    )
