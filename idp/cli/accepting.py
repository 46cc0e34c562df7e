"""How connections come in: promptly on a busy loop, and none is lost when the door closes.

uvloop takes one connection for each turn of its loop. With turns of 50 ms, which is what a busy
process has, that is 20 a second: whoever connects anew waits for seconds, before anything of ours
could tell them that we are busy. Here as many are taken as there would have been turns of a
millisecond. Not all at once: of several processes at one door, the busy one would take what an idle
one could serve.

A listening socket that is closed resets what waits there, unseen by us but complete for who sent it
(a POST is not sent again). So at the end everything that waits is taken first.
"""

from __future__ import annotations

import asyncio
import errno
import logging
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

import uvloop

if TYPE_CHECKING:
    import socket
    import ssl
    from collections.abc import Callable, Iterator

_MOST_AT_ONCE: Final = 128
_TURN_SECONDS: Final = 0.001
_PAUSE_SECONDS: Final = 0.2
# What accept(2) says of one connection that is gone; the next may be well.
_GONE: Final = frozenset(
    {
        errno.ECONNABORTED,
        errno.EHOSTDOWN,
        errno.EHOSTUNREACH,
        errno.ENETDOWN,
        errno.ENETUNREACH,
        errno.ENOPROTOOPT,
        errno.EPERM,
        errno.EPROTO,
        errno.ETIMEDOUT,
    }
)
_LOGGER: Final = logging.getLogger("uvicorn.error")


class Loop(uvloop.Loop):
    """uvloop's loop, with a door of our own for listening sockets that are handed to it."""

    # Narrower than uvloop's: uvicorn hands over sockets that listen already, and nothing else.
    async def create_server(  # type: ignore[override]
        self,
        protocol_factory: Callable[[], asyncio.Protocol],
        *,
        sock: socket.socket,
        ssl: ssl.SSLContext | None = None,
        **_given: Any,
    ) -> Door:
        """Take connections from ``sock``, which listens already."""
        return Door(self, sock, protocol_factory, ssl)


class Door(asyncio.AbstractServer):
    """One listening socket; its owner closes the socket itself."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        listening: socket.socket,
        factory: Callable[[], asyncio.Protocol],
        tls: ssl.SSLContext | None,
    ) -> None:
        listening.setblocking(False)
        self._loop = loop
        self._socket = listening
        self._factory = factory
        self._tls = tls
        self._taking: set[asyncio.Task[None]] = set()
        self._looked = monotonic()
        self._open = True
        loop.add_reader(listening.fileno(), self._knocked)

    def close(self) -> None:
        """Take what waits, and nothing more."""
        if not self._open:
            return
        self._open = False
        self._loop.remove_reader(self._socket.fileno())
        for connection in self._waiting():
            self._take(connection)

    async def wait_closed(self) -> None:
        """Wait until what was taken last has become a connection."""
        while self._taking:
            await asyncio.wait(self._taking)

    def is_serving(self) -> bool:
        """Tell whether connections are taken."""
        return self._open

    async def start_serving(self) -> None:
        """Do nothing: connections are taken from the beginning."""

    async def serve_forever(self) -> None:
        """Raise RuntimeError: whoever opened it closes it."""
        raise RuntimeError("a door is open until it is closed")

    def get_loop(self) -> asyncio.AbstractEventLoop:
        """Return the loop."""
        return self._loop

    def _knocked(self) -> None:
        now = monotonic()
        room = 1 + int((now - self._looked) / _TURN_SECONDS)
        self._looked = now
        for _, connection in zip(range(min(room, _MOST_AT_ONCE)), self._waiting(), strict=False):
            self._take(connection)

    def _waiting(self) -> Iterator[socket.socket]:
        """Yield connections that wait, until there is none."""
        while True:
            try:
                connection, _ = self._socket.accept()
            except (BlockingIOError, InterruptedError):
                return
            except OSError as error:
                if error.errno in _GONE:
                    continue
                self._pause(error)
                return
            yield connection

    def _pause(self, error: OSError) -> None:
        """Leave those who come to wait: to look again at once, with no file left, helps nobody."""
        _LOGGER.error("cannot take connections: %s", error.strerror)
        if self._open:
            self._loop.remove_reader(self._socket.fileno())
            self._loop.call_later(_PAUSE_SECONDS, self._resume)

    def _resume(self) -> None:
        if self._open:
            self._loop.add_reader(self._socket.fileno(), self._knocked)

    def _take(self, connection: socket.socket) -> None:
        connection.setblocking(False)
        task = self._loop.create_task(self._join(connection))
        self._taking.add(task)
        task.add_done_callback(self._taking.discard)

    async def _join(self, connection: socket.socket) -> None:
        try:
            await self._loop.connect_accepted_socket(self._factory, connection, ssl=self._tls)
        except (OSError, TimeoutError):  # a handshake that failed; who made it knows why
            connection.close()
