"""One check from the command line: the simulator beside it, progress, and what is printed."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from enum import IntEnum
from io import StringIO
from typing import TYPE_CHECKING

import httpx2
from rich.console import Console

from network_id_simulator.checker.attempts import Driver
from network_id_simulator.checker.browser import Place
from network_id_simulator.checker.hosting import hosted
from network_id_simulator.checker.running import Run
from network_id_simulator.checker.simulation import Simulation
from network_id_simulator.checker.wish import World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.console import RenderableType

    from network_id_simulator.checker.hosting import Hosting
    from network_id_simulator.checker.report import Report
    from network_id_simulator.checker.wish import Wish

WIDTH = 80  # columns, where nobody says how many there are


class ExitCode(IntEnum):
    """What the exit code means; scripts may rely on it."""

    PASSED = 0
    FINDINGS = 1
    CANNOT_RUN = 2
    INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class Request:
    """What the command line asks for."""

    login: str
    press: str
    seconds: float
    backchannel_logout_uri: str | None
    hosting: Hosting
    wish: Wish


async def check(request: Request) -> Report:
    """Check the platform. Raises CannotRunError."""
    async with hosted(request.hosting) as issuer, httpx2.AsyncHTTPTransport() as transport:
        simulation = Simulation(issuer, transport)
        try:
            with _progress() as tell:
                place = Place(request.login, issuer, request.press)
                driver = Driver(place, simulation, transport, request.seconds)
                world = World(asyncio.sleep, time.monotonic, tell)
                return await Run(driver, request.wish, world).report()
        finally:
            await simulation.aclose()


def show(result: str | RenderableType) -> None:
    """Print a result: text as it is, anything else for people."""
    if isinstance(result, str):
        print(result, flush=True)  # noqa: T201  # a command speaks
        return
    console = Console(highlight=False)
    if console.is_terminal:
        console.print(result)
    else:
        print(plain(result), flush=True)  # noqa: T201  # a command speaks


def plain(result: RenderableType) -> str:
    """Return a result as text of 80 columns, without colours and without spaces at line ends."""
    console = Console(highlight=False, width=WIDTH, file=StringIO(), color_system=None)
    with console.capture() as captured:
        console.print(result)
    return "\n".join(line.rstrip() for line in captured.get().splitlines())


def failure(text: str, *, as_json: bool) -> ExitCode:
    """Say on the standard error stream why the check could not be made; return the exit code."""
    if as_json:
        text = json.dumps({"error": "cannot_run", "message": text}, ensure_ascii=False)
    else:
        text = f"networkid check-rp: {text}"
    print(text, file=sys.stderr, flush=True)  # noqa: T201  # a command speaks
    return ExitCode.CANNOT_RUN


@contextmanager
def _progress() -> Iterator[Callable[[str, int], None]]:
    """Yield what tells progress: on a terminal one line that renews itself, elsewhere nothing."""
    console = Console(stderr=True)
    count = 0
    with console.status("Looking whether the platform answers") as status:

        def tell(text: str, of: int) -> None:
            nonlocal count
            count += 1
            status.update(f"{min(count, of)} of {of}: {text}")

        yield tell if console.is_terminal else _silence


def _silence(_text: str, _of: int) -> None:
    """Tell nothing."""
