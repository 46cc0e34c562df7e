"""The simulator of a check: one that runs already, or one that is started for it."""

from __future__ import annotations

import asyncio
import socket
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import uvicorn

from network_id_simulator.app import create_app
from network_id_simulator.checker.wish import CannotRunError
from network_id_simulator.clients import Client
from network_id_simulator.config import Config
from network_id_simulator.simulator import Settings, Simulator

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

PORT: Final = 9400
CLIENT_ID: Final = "check-rp"
CLIENT_SECRET: Final = "check-rp-secret"


@dataclass(frozen=True, slots=True)
class Hosting:
    """Which simulator: ``running`` names one by its issuer; else it is started as the rest says.

    ``issuer`` None means the address on which it is started.
    """

    running: str | None
    issuer: str | None
    host: str
    port: int
    client_id: str
    client_secret: str = field(repr=False)


@asynccontextmanager
async def hosted(hosting: Hosting) -> AsyncIterator[str]:
    """Yield the issuer of a simulator that answers. Raises CannotRunError."""
    if hosting.running is not None:
        yield hosting.running.rstrip("/")
        return
    with _listening(hosting) as listener:
        port = listener.getsockname()[1]
        issuer = hosting.issuer or f"http://127.0.0.1:{port}"
        app = create_app(Simulator(Settings(issuer=issuer), _config(hosting)))
        server = _Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off"))
        task = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            yield issuer
        finally:
            server.should_exit = server.force_exit = True
            await task


def to_configure(hosting: Hosting, issuer: str) -> str:
    """Return what the platform has to be configured with, as lines for its settings."""
    return (
        f"  issuer         {issuer}\n"
        f"  client_id      {hosting.client_id}\n"
        f"  client_secret  {hosting.client_secret or '(none: a public client)'}\n"
        "  redirect URI   any of yours"
    )


def _config(hosting: Hosting) -> Config:
    client = Client(client_id=hosting.client_id, client_secret=hosting.client_secret or None)
    return Config(clients={client.client_id: client})


@contextmanager
def _listening(hosting: Hosting) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in hosting.host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((hosting.host, hosting.port))
    except OSError as error:
        listener.close()
        raise CannotRunError(
            f"Port {hosting.port} of {hosting.host} cannot be used ({error.strerror}). Name "
            "another with --port, or a simulator that runs with --simulator."
        ) from None
    with listener:
        yield listener


class _Server(uvicorn.Server):
    """A server beside something else, which hears Ctrl-C itself."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone."""
        yield
