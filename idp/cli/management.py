"""The management port beside a server: its thread, and the folder of numbers of several workers."""

from __future__ import annotations

import asyncio
import fcntl
import os
import shutil
import stat
import tempfile
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

import uvicorn

from idp.app.management import management
from idp.cli.listening import BACKLOG, listen
from idp.cli.wire import BoundedHttp
from idp.observability.scrape import ENVIRONMENT, Folder

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator

    from idp.observability.scrape import Source
    from idp.settings import Settings

MOST_CONNECTIONS: Final = 64  # a collector and a few probes need five
_KEEP_ALIVE_SECONDS = 65
_PREFIX = "idp-metrics-"
_HELD = "held"


def listen_for_management(settings: Settings) -> list[socket.socket]:
    """Return the sockets of the management port, none where there is none; raises Failure."""
    if settings.management_port is None:
        return []
    return listen(
        settings.management_host,
        settings.management_port,
        advice="Change IDP_MANAGEMENT_PORT or IDP_MANAGEMENT_HOST",
    )


class FewHttp(BoundedHttp):
    """One connection of few: of too many, the one that asked for nothing for longest is ended.

    Each takes a file, and the public port of a server in the same process needs them too. Whoever
    comes last is answered, so that connections which ask nothing keep no probe out.
    """

    _by_use: ClassVar[dict[FewHttp, None]] = {}  # of this process; who asked last stands last

    # As uvicorn has it, narrower than asyncio's: a connection of TCP is always a Transport.
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Come in, in another one's place if there are too many."""
        super().connection_made(transport)
        self._by_use[self] = None
        if len(self._by_use) > MOST_CONNECTIONS:
            spared = next(iter(self._by_use))
            del self._by_use[spared]
            spared.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Make room."""
        self._by_use.pop(self, None)
        super().connection_lost(exc)

    def on_headers_complete(self) -> None:
        """Note that something was asked."""
        if self._by_use.pop(self, self) is None:
            self._by_use[self] = None
        super().on_headers_complete()


class Beside:
    """Answers on the management port until the process ends, on a thread of its own.

    Its Python code takes turns with a server in the same process, five milliseconds at most; what
    waits, for a database or a slow reader, waits here alone.
    """

    def __init__(
        self,
        settings: Settings,
        source: Source,
        sockets: list[socket.socket],
        *,
        stopping: Callable[[], bool],
    ) -> None:
        app = management(settings, source, stopping=stopping)
        config = uvicorn.Config(
            app,
            interface="asgi3",
            loop="asyncio",
            http=FewHttp,
            ws="none",
            lifespan="on",
            backlog=BACKLOG,
            access_log=False,
            log_config=None,  # the server's own lines are set up for the whole process
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        )
        self._server = uvicorn.Server(config)
        self._sockets = sockets

    def start(self) -> None:
        """Begin to answer. The thread is a daemon: it holds no process up."""
        threading.Thread(target=self._run, name="management", daemon=True).start()

    def _run(self) -> None:
        asyncio.run(self._server.serve(self._sockets))


@contextmanager
def shared_folder() -> Iterator[Folder]:
    """Give the folder in which workers that start within the block keep their numbers."""
    for left in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        _clear(left)
    path = Path(tempfile.mkdtemp(prefix=_PREFIX))
    with (path / _HELD).open("wb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        os.environ[ENVIRONMENT] = str(path)
        try:
            yield Folder(path)
        finally:
            os.environ.pop(ENVIRONMENT, None)
            shutil.rmtree(path, ignore_errors=True)


def _clear(left: Path) -> None:
    """Remove what a supervisor left behind that was killed without a word; of our own user.

    Anybody may put something of such a name there: to wait for a pipe of theirs would never end.
    """
    try:
        found = left.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
            return
        descriptor = os.open(left / _HELD, os.O_RDONLY | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as held:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:  # somebody holds it, it is another user's, or it has only just been made
        return
    shutil.rmtree(left, ignore_errors=True)
