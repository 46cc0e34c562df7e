"""``networkid check-rp``: the command line of the checker."""

# typer's commands take one parameter for each option of the command line.
# ruff: noqa: FBT002, PLR0913, PLR0917

from __future__ import annotations

import asyncio
import json
from pathlib import Path  # noqa: TC003  # typer reads it while the program runs
from typing import Annotated

import typer

from network_id_simulator.checker.hosting import CLIENT_ID, CLIENT_SECRET, PORT, Hosting
from network_id_simulator.checker.junit import junit_xml
from network_id_simulator.checker.listing import listing, listing_as_json
from network_id_simulator.checker.plan import plan
from network_id_simulator.checker.session import ExitCode, Request, check, failure, show
from network_id_simulator.checker.view import view
from network_id_simulator.checker.wish import CannotRunError, Wish
from network_id_simulator.faults import UnknownFaultError

PLATFORM = "The platform"
SIMULATOR = "The simulator"
CHOICE = "What is tried"
OUTPUT = "Output"


def check_rp(
    login: Annotated[
        str | None,
        typer.Argument(help="The address that begins a sign-in, e.g. http://localhost:8000/login"),
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
            help="A page that differs for people who are signed in.", rich_help_panel=PLATFORM
        ),
    ] = None,
    signed_in_text: Annotated[
        str | None,
        typer.Option(help="A text that only they see there.", rich_help_panel=PLATFORM),
    ] = None,
    backchannel_logout_uri: Annotated[
        str | None,
        typer.Option(help="Where the platform takes logout tokens.", rich_help_panel=PLATFORM),
    ] = None,
    simulator: Annotated[
        str | None,
        typer.Option(
            help="Use a simulator that runs, by its issuer; else one is started.",
            rich_help_panel=SIMULATOR,
        ),
    ] = None,
    port: Annotated[
        int, typer.Option(help="Start it on this port.", rich_help_panel=SIMULATOR)
    ] = PORT,
    host: Annotated[
        str,
        typer.Option(
            help="Start it on this address; 0.0.0.0 for a platform in a container.",
            rich_help_panel=SIMULATOR,
        ),
    ] = "127.0.0.1",
    issuer: Annotated[
        str | None,
        typer.Option(
            help="Its issuer, if the platform reaches it by another address.",
            rich_help_panel=SIMULATOR,
        ),
    ] = None,
    client_id: Annotated[
        str, typer.Option(help="The platform's client_id there.", rich_help_panel=SIMULATOR)
    ] = CLIENT_ID,
    client_secret: Annotated[
        str,
        typer.Option(
            envvar="CLIENT_SECRET",
            help="Its client_secret there; empty for a public client.",
            rich_help_panel=SIMULATOR,
        ),
    ] = CLIENT_SECRET,
    only: Annotated[
        str, typer.Option(help="Faults or groups, by commas.", rich_help_panel=CHOICE)
    ] = "",
    skip: Annotated[str, typer.Option(help="The same.", rich_help_panel=CHOICE)] = "",
    seconds: Annotated[
        float,
        typer.Option("--timeout", help="For each answer of the platform.", rich_help_panel=CHOICE),
    ] = 10.0,
    patience: Annotated[
        float,
        typer.Option(
            help="Seconds for a platform to start, to take a new key, to recover.",
            rich_help_panel=CHOICE,
        ),
    ] = 60.0,
    list_only: Annotated[
        bool, typer.Option("--list", help="List the faults and stop.", rich_help_panel=CHOICE)
    ] = False,
    every: Annotated[
        bool, typer.Option("--all", help="Show every fault.", rich_help_panel=OUTPUT)
    ] = False,
    strict: Annotated[
        bool, typer.Option(help="Advice counts as a finding.", rich_help_panel=OUTPUT)
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON for machines.", rich_help_panel=OUTPUT)
    ] = False,
    junit: Annotated[
        Path | None,
        typer.Option(help="Write JUnit XML into this file too.", rich_help_panel=OUTPUT),
    ] = None,
) -> None:
    """Sign in at your platform with every fault of a provider, and see what it lets through.

    The platform must be yours, in a test environment, with the simulator as its provider. Exit
    codes: 0 it passes, 1 there is something to mend, 2 the check could not be made.
    """
    wish = Wish(probe, signed_in_text, client_secret, patience, _names(only), _names(skip))
    try:
        chosen = plan(wish.only, wish.skip)
        if list_only:
            show(json.dumps(listing_as_json(chosen), indent=2) if as_json else listing(chosen))
            return
        hosting = Hosting(simulator, issuer, host, port, client_id, client_secret)
        request = Request(_named(login), press, seconds, backchannel_logout_uri, hosting, wish)
        report = asyncio.run(check(request))
        if junit is not None:
            _write(junit, junit_xml(report))
    except (CannotRunError, UnknownFaultError) as error:
        raise typer.Exit(failure(str(error), as_json=as_json)) from None
    show(json.dumps(report.as_json(), indent=2) if as_json else view(report, every=every))
    missed = report.findings or (strict and report.advice)
    raise typer.Exit(ExitCode.FINDINGS if missed else ExitCode.PASSED)


def _named(login: str | None) -> str:
    if login is None:
        raise CannotRunError("Name the address that begins a sign-in at your platform.")
    return login


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise CannotRunError(f"{file}: {error.strerror}") from None
