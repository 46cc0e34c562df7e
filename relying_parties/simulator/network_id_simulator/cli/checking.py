"""One check from the command line: the simulator beside it, progress, and what is printed."""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import StringIO
from typing import TYPE_CHECKING, Any

import httpx2
import typer
from rich.console import Console

from network_id_simulator.checker.attempts import Driver
from network_id_simulator.checker.browser import Place
from network_id_simulator.checker.hosting import Hosting, hosted
from network_id_simulator.checker.junit import junit_xml
from network_id_simulator.checker.listing import listing, listing_as_json
from network_id_simulator.checker.plan import plan
from network_id_simulator.checker.running import Run
from network_id_simulator.checker.simulation import Simulation
from network_id_simulator.checker.view import view
from network_id_simulator.checker.wish import CannotRunError, Wish, World
from network_id_simulator.cli.failure import ExitCode, Failure
from network_id_simulator.cli.output import note
from network_id_simulator.faults import UnknownFaultError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from rich.console import RenderableType

    from network_id_simulator.checker.report import Report

WIDTH = 80  # columns, where nobody says how many there are
# What does not answer; anything else that keeps a check from being made is for the command line.
ABSENT = frozenset({"cannot_listen", "no_platform", "no_simulator"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What the command line asks for."""

    login: str | None
    press: str
    seconds: float
    probe: str | None
    signed_in_text: str | None
    backchannel_logout_uri: str | None
    port: int
    issuer: str | None
    client_id: str | None
    client_secret: str | None = field(repr=False)
    simulator: str | None
    only: tuple[str, ...]
    skip: tuple[str, ...]
    patience: float
    thorough: bool

    @property
    def hosting(self) -> Hosting:
        """Which simulator."""
        return Hosting(
            running=self.simulator,
            issuer=self.issuer,
            port=self.port,
            client_id=self.client_id,
            client_secret=self.client_secret,
            backchannel_logout_uri=self.backchannel_logout_uri,
        )

    @property
    def wish(self) -> Wish:
        """What is tried, and how a sign-in is told."""
        return Wish(
            probe=self.probe,
            signed_in_text=self.signed_in_text,
            patience=self.patience,
            thorough=self.thorough,
            only=self.only,
            skip=self.skip,
        )


@dataclass(frozen=True, slots=True)
class Showing:
    """What is printed: every fault, advice as findings, a JUnit file, JSON."""

    every: bool
    strict: bool
    junit: Path | None
    as_json: bool


def names(text: str) -> tuple[str, ...]:
    """Return the names in a list with commas."""
    return tuple(name.strip() for name in text.split(",") if name.strip())


def show_list(request: Request, *, as_json: bool) -> None:
    """Print the faults. Raises Failure."""
    chosen = plan(request.only, request.skip) if _are_known(request) else plan()
    _print(listing_as_json(chosen) if as_json else listing(chosen))


def run(request: Request, showing: Showing) -> None:
    """Check, print, and leave with the exit code. Raises Failure when it cannot be done."""
    _are_known(request)
    try:
        report = asyncio.run(check(request))
    except CannotRunError as error:
        if error.notes and not showing.as_json:
            note("\n".join(error.notes))
        code = ExitCode.UNAVAILABLE if error.code in ABSENT else ExitCode.USAGE
        raise Failure(code, error.code, str(error)) from None
    if showing.junit is not None:
        _write(showing.junit, junit_xml(report))
    _print(report.as_json() if showing.as_json else view(report, every=showing.every))
    if report.findings or (showing.strict and report.advice):
        raise typer.Exit(ExitCode.NO)


async def check(request: Request) -> Report:
    """Check the platform. Raises CannotRunError."""
    if request.login is None:
        text = "name the address at which a sign-in begins, e.g. http://localhost:3000/login"
        raise CannotRunError("login_missing", text)
    async with hosted(request.hosting) as issuer, httpx2.AsyncHTTPTransport() as transport:
        simulation = Simulation(issuer, transport)
        await simulation.begin(
            slow_seconds=request.seconds + 2,
            backchannel_logout_uri=request.backchannel_logout_uri,
        )
        try:
            with _progress() as tell:
                place = Place(request.login, issuer, request.press)
                driver = Driver(place, simulation, transport, request.seconds)
                world = World(asyncio.sleep, time.monotonic, tell)
                return await Run(driver, request.wish, world).report()
        finally:
            await simulation.end()


def plain(result: RenderableType) -> str:
    """Return a result as text of 80 columns, without colours and without spaces at line ends."""
    console = Console(highlight=False, width=WIDTH, file=StringIO(), color_system=None)
    with console.capture() as captured:
        console.print(result)
    return "\n".join(line.rstrip() for line in captured.get().splitlines())


def _print(result: Any) -> None:
    """Print JSON values as such, and anything else for people."""
    console = Console(highlight=False)
    if isinstance(result, dict | list):
        print(json.dumps(result, indent=2), flush=True)  # noqa: T201  # a command speaks
    elif console.is_terminal:
        console.print(result)
    else:
        print(plain(result), flush=True)  # noqa: T201  # a command speaks


def _are_known(request: Request) -> bool:
    try:
        plan(request.only, request.skip)
    except UnknownFaultError as error:
        raise Failure(ExitCode.USAGE, "fault_unknown", str(error)) from None
    return True


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Failure(ExitCode.INPUT, "file_not_written", f"{file}: {error.strerror}") from None


@contextmanager
def _progress() -> Iterator[Callable[[str, int], None]]:
    """Yield what tells progress: on a terminal one line that renews itself, elsewhere nothing."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda _text, _of: None
        return
    count = 0
    with console.status("Looking whether the platform answers") as status:

        def tell(text: str, of: int) -> None:
            nonlocal count
            count += 1
            status.update(f"{min(count, of)} of {of}: {text}")

        yield tell
