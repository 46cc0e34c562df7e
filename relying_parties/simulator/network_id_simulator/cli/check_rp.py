"""``networkid check-rp``: its options. What it does is imported when it runs."""

# An option is a parameter to typer, a switch is a boolean one, and imports wait (see above).
# ruff: noqa: FBT002, PLC0415, PLR0913, PLR0917

from __future__ import annotations

from pathlib import Path  # noqa: TC003  # typer reads annotations while the program runs
from typing import Annotated

import typer

PLATFORM = "The platform"
SIMULATOR = "The simulator"
CHOICE = "What is tried"
OUTPUT = "What is printed"


def check_rp(
    login: Annotated[
        str | None,
        typer.Argument(
            metavar="LOGIN", help="Where a sign-in begins, e.g. http://localhost:3000/login."
        ),
    ] = None,
    press: Annotated[
        str,
        typer.Option(
            help="If that is a page with buttons: a text on the right one.",
            rich_help_panel=PLATFORM,
        ),
    ] = "network id",
    probe: Annotated[
        str | None,
        typer.Option(
            help="A page that is another one for people who are signed in. [default: where the "
            "sign-in ends, or the front page]",
            rich_help_panel=PLATFORM,
        ),
    ] = None,
    signed_in_text: Annotated[
        str | None,
        typer.Option(
            help="A text that only they see there. [default: found out]", rich_help_panel=PLATFORM
        ),
    ] = None,
    backchannel_logout_uri: Annotated[
        str | None,
        typer.Option(help="Where it takes back-channel logouts.", rich_help_panel=PLATFORM),
    ] = None,
    port: Annotated[
        int,
        typer.Option(
            min=0, max=65535, help="Start a simulator on this port.", rich_help_panel=SIMULATOR
        ),
    ] = 8400,
    issuer: Annotated[
        str | None,
        typer.Option(
            help="Its issuer. [default: the address it listens on]", rich_help_panel=SIMULATOR
        ),
    ] = None,
    client_id: Annotated[
        str | None,
        typer.Option(
            help="Accept this client only. [default: any, as it comes]", rich_help_panel=SIMULATOR
        ),
    ] = None,
    client_secret: Annotated[
        str | None,
        typer.Option(help="Its secret. [default: any]", rich_help_panel=SIMULATOR),
    ] = None,
    simulator: Annotated[
        str | None,
        typer.Option(
            help="Use the simulator that runs at this issuer, and start none.",
            rich_help_panel=SIMULATOR,
        ),
    ] = None,
    only: Annotated[
        str,
        typer.Option(
            help="These faults or groups, e.g. nonce,signature. [default: all]",
            rich_help_panel=CHOICE,
        ),
    ] = "",
    skip: Annotated[str, typer.Option(help="Leave these out.", rich_help_panel=CHOICE)] = "",
    seconds: Annotated[
        float,
        typer.Option(
            "--timeout", help="Seconds for each answer of the platform.", rich_help_panel=CHOICE
        ),
    ] = 10.0,
    patience: Annotated[
        float,
        typer.Option(
            help="Seconds it may take to start, to accept a new key, to recover.",
            rich_help_panel=CHOICE,
        ),
    ] = 60.0,
    thorough: Annotated[
        bool,
        typer.Option(
            "--thorough",
            help="Wait, too, for a platform that pauses after each outage: takes minutes.",
            rich_help_panel=CHOICE,
        ),
    ] = False,
    list_only: Annotated[
        bool, typer.Option("--list", help="List the faults, and stop.", rich_help_panel=CHOICE)
    ] = False,
    every: Annotated[
        bool, typer.Option("--all", help="Show every fault.", rich_help_panel=OUTPUT)
    ] = False,
    strict: Annotated[
        bool,
        typer.Option("--strict", help="Fail for advice as well.", rich_help_panel=OUTPUT),
    ] = False,
    junit: Annotated[
        Path | None,
        typer.Option(help="Write JUnit XML into this file as well.", rich_help_panel=OUTPUT),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON for machines.", rich_help_panel=OUTPUT)
    ] = False,
) -> None:
    """Sign in at your platform with every fault of a provider, and see what it lets through.

    Configure a test instance of the platform with the simulator as its provider (issuer
    http://127.0.0.1:8400, any client_id and secret), start it, and name its login address.
    Exit code 1: there is something to mend.
    """
    from network_id_simulator.cli import checking

    request = checking.Request(
        login=login,
        press=press,
        seconds=seconds,
        probe=probe,
        signed_in_text=signed_in_text,
        backchannel_logout_uri=backchannel_logout_uri,
        port=port,
        issuer=issuer,
        client_id=client_id,
        client_secret=client_secret,
        simulator=simulator,
        only=checking.names(only),
        skip=checking.names(skip),
        patience=patience,
        thorough=thorough,
    )
    if list_only:
        checking.show_list(request, as_json=as_json)
    else:
        checking.run(request, checking.Showing(every, strict, junit, as_json))
