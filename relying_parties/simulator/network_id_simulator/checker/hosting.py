"""The simulator of a check: one that runs already, or one that is started for it."""

from __future__ import annotations

import asyncio
import logging
import os
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from network_id_simulator.checker.wish import CannotRunError
from network_id_simulator.clients import Client
from network_id_simulator.config import Config
from network_id_simulator.serving import LOOPBACK, Server, issuer_at, listen
from network_id_simulator.simulator import Settings, Simulator

if TYPE_CHECKING:
    import socket
    from collections.abc import AsyncIterator, Iterator


@dataclass(frozen=True, slots=True, kw_only=True)
class Hosting:
    """Which simulator: ``running`` names one by its issuer; else it is started as the rest says.

    ``issuer`` None means the address on which it is started, ``client_id`` None any client.
    """

    running: str | None = None
    issuer: str | None = None
    port: int = 0
    client_id: str | None = None
    client_secret: str | None = field(default=None, repr=False)
    backchannel_logout_uri: str | None = None


@asynccontextmanager
async def hosted(hosting: Hosting) -> AsyncIterator[str]:
    """Yield the issuer of a simulator. Raises CannotRunError when none can be started."""
    if hosting.running is not None:
        yield hosting.running.rstrip("/")
        return
    with _listening(hosting) as listener:
        issuer = hosting.issuer or issuer_at(listener)
        server = _Server(Simulator(Settings(issuer=issuer), _config(hosting)))
        # A platform that goes before it was answered is what is tried here, and no mistake.
        logging.getLogger("uvicorn").setLevel(logging.CRITICAL)
        task = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            yield issuer
        finally:
            server.should_exit = server.force_exit = True
            await task


def _config(hosting: Hosting) -> Config:
    if hosting.client_id is None:
        return Config(backchannel_logout_uri=hosting.backchannel_logout_uri)
    client = Client(
        client_id=hosting.client_id,
        client_secret=hosting.client_secret,
        backchannel_logout_uri=hosting.backchannel_logout_uri,
    )
    return Config(clients={client.client_id: client})


@contextmanager
def _listening(hosting: Hosting) -> Iterator[socket.socket]:
    try:
        listener = listen(LOOPBACK, hosting.port)
    except OSError as error:
        why = os.strerror(error.errno or 0)
        move = "" if hosting.issuer else " and your platform the issuer with that port"
        raise CannotRunError(
            "cannot_listen",
            f"cannot listen on port {hosting.port}: {why}. Give another --port{move}, or name the "
            "simulator that runs there with --simulator",
        ) from None
    with listener:
        yield listener


class _Server(Server):
    """A server beside something else, which hears Ctrl-C itself."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone."""
        yield
