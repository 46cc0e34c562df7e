"""The commands of ``idp clients``, with their options; what they do is in ``idp.cli.registry``."""
# An option is a parameter to typer, and imports wait (see idp.cli.commands).
# ruff: noqa: PLC0415, PLR0913, PLR0917

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from idp.cli.asking import agreed
from idp.cli.options import ID_MAY_BEGIN_WITH_A_DASH, DryRun, Home, Json, Yes
from idp.cli.output import Output, verbatim

clients = typer.Typer(help="Register platforms' clients, look at them, change and remove them.")

ClientId = Annotated[str, typer.Argument(metavar="ID", help="The client_id.")]
Secrets = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR", help="Write the secret to DIR/ID.secret, for its owner alone; print none."
    ),
]


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
    secrets: Secrets = None,
    dry_run: DryRun = False,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Register a client. Its secret, if it has one, is shown this once and kept nowhere."""
    from msgspec.structs import replace

    from idp.cli import registry
    from idp.cli.secret_files import file_of

    new = registry.New(file, logo, client_id, secrets)
    registered = registry.add(home, new, dry_run=dry_run)
    written: dict[str, object] = {"dry_run": True} if dry_run else {}
    if secrets is not None and registered.secret is not None:
        written["secret_file"] = str(file_of(secrets, registered.client.client_id))
        registered = replace(registered, secret=None)
    Output(as_json=as_json).result(
        written | registry.as_json(registered), registry.as_panel(registered, written)
    )


@clients.command("list")
def list_clients(home: Home = None, as_json: Json = False) -> None:
    """List all clients, oldest first."""
    from idp.cli import registry

    found = registry.everyone(home)
    machine = [registry.as_json(one) for one in found]
    Output(as_json=as_json).result(machine, registry.as_table(found))


@clients.command("show", context_settings=ID_MAY_BEGIN_WITH_A_DASH)
def show_client(client_id: ClientId, home: Home = None, as_json: Json = False) -> None:
    """Show one client as it is registered."""
    from idp.cli import registry

    found = registry.show(home, client_id)
    Output(as_json=as_json).result(registry.as_json(found), registry.as_panel(found))


@clients.command("remove", context_settings=ID_MAY_BEGIN_WITH_A_DASH)
def remove_client(
    client_id: ClientId,
    yes: Yes = False,
    dry_run: DryRun = False,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Forget a client; nobody can sign in there any more. To undo it later, disable it instead."""
    from idp.cli import registry

    found = registry.show(home, client_id)
    effect = (
        "Nobody can sign in there any more, and its tokens end. People still see what they once "
        "allowed. `idp clients disable` does the same and can be undone."
    )
    question = f"Remove {registry.visible(found.client.name(''))} ({client_id})?"
    done = agreed(question, effect=effect, yes=yes, dry_run=dry_run)
    if done:
        registry.remove(home, client_id)
    Output(as_json=as_json).result(
        {"removed": client_id, "dry_run": dry_run},
        f"{'Removed' if done else 'Would remove'} {verbatim(client_id)}.",
    )


@clients.command("disable", context_settings=ID_MAY_BEGIN_WITH_A_DASH)
def disable_client(
    client_id: ClientId,
    yes: Yes = False,
    dry_run: DryRun = False,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Refuse a client everywhere, until it is enabled. What people allowed there waits.

    Every server process refuses it within two seconds: sign-ins end on a page that says so, tokens
    and refresh tokens give nothing. People see it among their platforms and can still take back
    what they allowed.
    """
    from idp.cli import registry

    found = registry.show(home, client_id)
    effect = "Nobody can sign in there, and its tokens give nothing, until it is enabled again."
    question = f"Disable {registry.visible(found.client.name(''))} ({client_id})?"
    done = agreed(question, effect=effect, yes=yes, dry_run=dry_run)
    changed = done and registry.disable(home, client_id, disabled=True)
    already = found.client.disabled if dry_run else not changed
    Output(as_json=as_json).result(
        {"client_id": client_id, "disabled": True, "changed": not already, "dry_run": dry_run},
        _became(client_id, "disabled", already=already, dry_run=dry_run),
    )


@clients.command("enable", context_settings=ID_MAY_BEGIN_WITH_A_DASH)
def enable_client(
    client_id: ClientId,
    dry_run: DryRun = False,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Take a disabled client back: all that was allowed there works again."""
    from idp.cli import registry

    found = registry.show(home, client_id)
    changed = not dry_run and registry.disable(home, client_id, disabled=False)
    already = not (found.client.disabled if dry_run else changed)
    Output(as_json=as_json).result(
        {"client_id": client_id, "disabled": False, "changed": not already, "dry_run": dry_run},
        _became(client_id, "enabled", already=already, dry_run=dry_run),
    )


def _became(client_id: str, what: str, *, already: bool, dry_run: bool) -> str:
    if already:
        return f"{verbatim(client_id)} is {what} already."
    return f"{verbatim(client_id)} {'would be' if dry_run else 'is now'} {what}."


@clients.command("rotate-secret", context_settings=ID_MAY_BEGIN_WITH_A_DASH)
def rotate_secret(
    client_id: ClientId,
    retire_old: Annotated[
        bool, typer.Option("--retire-old", help="End the older secret now; draw none.")
    ] = False,
    old_for: Annotated[
        int | None,
        typer.Option(
            metavar="HOURS", min=0, max=24 * 365, help="The older secret ends by itself then."
        ),
    ] = None,
    secrets: Secrets = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Draw a new secret beside the old one, so that a platform changes without a pause.

    It is shown this once, or written with --secrets. Both work: hand over the new one, then end the
    old one with --retire-old, or let it end with --old-for. While two work, drawing a third would
    end the oldest at once, and --retire-old ends one: both ask first.
    """
    from idp.cli import client_secrets

    two = client_secrets.has_two(home, client_id)
    if retire_old:
        if not two:
            raise client_secrets.has_one(client_id)
        effect = "Whoever still uses the older secret is refused from then on."
        question = f"End the older secret of {client_id}?"
        done = agreed(question, effect=effect, yes=yes, dry_run=dry_run)
        if done:
            client_secrets.retire(home, client_id)
        told = f"{verbatim(client_id)} {'has' if done else 'would have'} one secret."
        Output(as_json=as_json).result({"retired": client_id, "dry_run": dry_run}, told)
        return
    if two:
        effect = "Two secrets work at the moment. Drawing another ends the older of them at once."
        agreed(f"Draw another secret of {client_id}?", effect=effect, yes=yes, dry_run=dry_run)
    if dry_run:
        told = f"Would draw a new secret of {verbatim(client_id)}; nothing was changed."
        result = {"client_id": client_id, "ends_the_older": two, "dry_run": True}
        Output(as_json=as_json).result(result, told)
        return
    drawn = client_secrets.rotate(home, client_id, old_hours=old_for, secrets=secrets)
    machine, human = client_secrets.told(client_id, drawn, old_hours=old_for, secrets=secrets)
    Output(as_json=as_json).result(machine, human)


@clients.command("apply")
def apply_clients(
    folder: Annotated[
        Path,
        typer.Option(
            "--file",
            "-f",
            metavar="DIR",
            help="ID.json is the metadata of the client ID (or its member client_id says which), "
            "ID.png its logo.",
        ),
    ],
    secrets: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write new secrets to DIR/ID.secret, for their owner."),
    ] = None,
    prune: Annotated[
        bool, typer.Option("--prune", help="Remove clients that no file is about; asks.")
    ] = False,
    yes: Yes = False,
    dry_run: DryRun = False,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Bring the registry to what a folder of files says. Applied again, it changes nothing.

    Everything is checked first: where one file cannot be, nothing is changed, and each file and
    member at fault is named. Then each client is added or changed, whole or not at all. A secret is
    drawn once and written with --secrets; it is printed nowhere. Clients that registered themselves
    are left alone. With --dry-run the exit code is 1 where something differs, as of `diff`.
    """
    from idp.cli import applying
    from idp.cli.failure import ExitCode

    wishes = applying.Wishes(folder, secrets, prune=prune, yes=yes, dry_run=dry_run)
    applied = applying.apply(home, wishes)
    Output(as_json=as_json).result(applying.as_json(applied), applying.as_text(applied))
    if dry_run and applied.differs:
        raise typer.Exit(ExitCode.NO)


@clients.command("invite")
def invite_client(
    platform: Annotated[
        str | None,
        typer.Option(help="Whose clients they are; may be left out in the sandbox only."),
    ] = None,
    uses: Annotated[int, typer.Option(min=1, max=1000, help="How many clients.")] = 1,
    days: Annotated[int, typer.Option(min=1, max=365, help="How long it is valid.")] = 7,
    dry_run: DryRun = False,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Make a token by which a platform registers its clients itself. It is shown this once."""
    from idp.cli import registry

    asked = registry.Invited(platform, uses, days)
    token = registry.invite(home, asked, dry_run=dry_run)
    told = {"platform": platform, "uses": uses, "days": days}
    if token is None:
        human = f"Would make a token for {uses} clients, valid {days} days; nothing was changed."
        Output(as_json=as_json).result(told | {"dry_run": True}, human)
        return
    Output(as_json=as_json).result(
        {"initial_access_token": token} | told,
        f"{token}\nShown this once. Sent as a bearer token to /register.",
    )
