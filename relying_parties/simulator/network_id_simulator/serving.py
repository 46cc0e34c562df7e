"""Serving a simulator on this machine: a listening socket, and a server in a thread."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager
from dataclasses import replace
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final

import uvicorn

from network_id_simulator.app import create_app
from network_id_simulator.simulator import Settings, Simulator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from network_id_simulator.config import Config

LOOPBACK: Final = "127.0.0.1"
_START_SECONDS: Final = 10
_BACKLOG: Final = 128


class NotServedError(RuntimeError):
    """The server did not start."""


def is_loopback(host: str) -> bool:
    """Tell whether only this machine reaches ``host``."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def listen(host: str = LOOPBACK, port: int = 0) -> socket.socket:
    """Return a listening socket; port 0 is any free one. Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=_BACKLOG)


def issuer_at(listener: socket.socket) -> str:
    """Return the issuer of a simulator behind ``listener``: its address, without a slash."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class Server(uvicorn.Server):
    """The server of one simulator, which says when it is ready. It logs nothing.

    ``tell`` is called once, when it answers.
    """

    def __init__(self, simulator: Simulator) -> None:
        config = uvicorn.Config(
            create_app(simulator),
            log_config=None,
            access_log=False,
            server_header=False,
            lifespan="off",
            timeout_graceful_shutdown=1,
        )
        super().__init__(config)
        self.tell: Callable[[], None] = lambda: None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer."""
        await super().startup(sockets)
        self.tell()


@contextmanager
def serving(
    settings: Settings | None = None, config: Config | None = None, *, port: int = 0
) -> Iterator[Simulator]:
    """Serve a simulator on loopback, in a thread of its own, while the block runs.

    The issuer of ``settings`` is replaced by the address it listens on. Raises OSError when the
    port is taken, NotServedError when the server does not start.
    """
    with listen(port=port) as listener:
        issuer = issuer_at(listener)
        simulator = Simulator(replace(settings or Settings(issuer=issuer), issuer=issuer), config)
        server, ready = Server(simulator), threading.Event()
        server.tell = ready.set
        thread = threading.Thread(
            target=server.run,
            kwargs={"sockets": [listener]},
            name="network-id-simulator",
            daemon=True,
        )
        thread.start()
        try:
            if not ready.wait(_START_SECONDS):
                raise NotServedError("the simulator did not start")
            yield simulator
        finally:
            server.should_exit = True
            thread.join(timeout=_START_SECONDS)
