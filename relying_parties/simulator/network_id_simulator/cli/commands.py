"""The command line: every command with its options. What they do is in the files beside this one.

Those are imported when a command runs, so that `--help` does not wait for them.
"""
# An option is a parameter to typer, a switch is a boolean one, and imports wait (see above).
# ruff: noqa: FBT002, PLC0415, PLR0913, PLR0917

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from network_id_simulator.cli.check_rp import check_rp
from network_id_simulator.cli.failure import MEANINGS

app = typer.Typer(
    name="networkid",
    help="Test a platform that lets people log in with network ID.\n\n"
    "`networkid simulator` is a provider for your tests: ready in a second, no account, no "
    "registration, and wrong on demand.",
    epilog="Exit codes: " + "; ".join(f"{code:d} {text}" for code, text in MEANINGS.items()) + ".",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)


@app.callback()
def networkid() -> None:
    """Take commands by name, however few there are."""


@app.command()
def simulator(
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Listen on this port; 0 is any free one.")
    ] = 8400,
    persona: Annotated[
        str,
        typer.Option(help="Who signs in without being asked, e.g. adult. [default: a page asks]"),
    ] = "",
    client_id: Annotated[
        str, typer.Option(help="Accept this client only. [default: any, as it comes]")
    ] = "",
    client_secret: Annotated[str, typer.Option(help="Its secret. [default: any]")] = "",
    redirect_uri: Annotated[
        list[str] | None,
        typer.Option(help="Its redirect URI; may be given more than once. [default: any]"),
    ] = None,
    backchannel_logout_uri: Annotated[
        str, typer.Option(help="Where the platform takes back-channel logouts.")
    ] = "",
    algorithm: Annotated[
        str, typer.Option("--alg", help="What signs ID tokens: RS256 or ES256.")
    ] = "RS256",
    config: Annotated[
        Path | None,
        typer.Option(help="A JSON file with what PATCH /config takes, faults included."),
    ] = None,
    seed: Annotated[
        str, typer.Option(help="Makes network IDs the same at each start. [default: drawn]")
    ] = "",
    host: Annotated[
        str, typer.Option(help="Listen on this address; another than loopback needs --public.")
    ] = "127.0.0.1",
    issuer: Annotated[str, typer.Option(help="[default: the address it listens on, by http]")] = "",
    public: Annotated[
        bool,
        typer.Option("--public", help="Let other machines in: for a container's own network."),
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print no line for each request.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines.")] = False,
) -> None:
    """Run a provider for your tests. Ctrl-C stops it, and all is forgotten.

    Open the address that it prints: the page says how to steer it. Whoever reaches it can be
    anybody, so never let a platform with real people trust it.
    """
    from network_id_simulator.cli import simulating
    from network_id_simulator.cli.output import Output

    wishes = simulating.Wishes(
        host=host,
        port=port,
        issuer=issuer,
        public=public,
        seed=seed or None,
        quiet=quiet,
        config=config,
        members=simulating.members(
            persona=persona,
            algorithm=algorithm,
            backchannel_logout_uri=backchannel_logout_uri,
            client=simulating.client(client_id, client_secret, redirect_uri or []),
        ),
    )
    simulating.run(wishes, Output(as_json=as_json))


app.command()(check_rp)

command = typer.main.get_command(app)  # built once, however often a process runs one
