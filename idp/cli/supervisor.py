"""The first process of several: starts workers, replaces them one by one, stops them all."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
from time import monotonic
from typing import TYPE_CHECKING, Final

from uvicorn.supervisors import Multiprocess
from uvicorn.supervisors.multiprocess import Process

from idp.cli.leaving import LEAVE

if TYPE_CHECKING:
    import socket

    import uvicorn

    from idp.observability.scrape import Folder

_STOP: Final = frozenset({signal.SIGTERM, signal.SIGINT})
_LOGGER: Final = logging.getLogger("uvicorn.error")


class Supervisor(Multiprocess):
    """Lets the numbers of workers that died be told on; on SIGHUP replaces every worker.

    A new worker runs the code that is on the disk by then. The next is replaced when it serves; an
    old one ends by itself, some seconds later, when nobody is left on its connections.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        sockets: list[socket.socket],
        folder: Folder | None,
        *,
        leaving_seconds: float,
    ) -> None:
        """Whoever takes longer than ``leaving_seconds`` to leave hangs, and is killed."""
        super().__init__(config, sockets)
        self._folder = folder
        self._leaving_seconds = leaving_seconds
        self._leaving: list[tuple[Process, float]] = []

    @property
    def stopping(self) -> bool:
        """Whether it was told to stop."""
        return self.should_exit.is_set()

    def handle_signals(self) -> None:
        """Do what signals ask. However often SIGHUP came, each worker is replaced once."""
        while self.signal_queue.count(signal.SIGHUP) > 1:
            self.signal_queue.remove(signal.SIGHUP)
        super().handle_signals()

    def keep_subprocess_alive(self) -> None:
        """Start a worker for each that died. No worker is starting while this looks around."""
        super().keep_subprocess_alive()
        for one, until in tuple(self._leaving):
            if monotonic() > until or not one.process.is_alive():
                one.kill()
                one.join()
                self._leaving.remove((one, until))
        if self._folder is not None and not self.stopping:
            alive = [child.pid for child in multiprocessing.active_children() if child.pid]
            self._folder.bury(alive)

    def restart_all(self) -> None:
        """Replace each worker; gives up when a new one does not start, or at a signal to stop."""
        for place, old in enumerate(self.processes):
            if self.is_set():
                return
            new = Process(self.config, self.sockets)
            new.start()
            patience = self.config.timeout_worker_healthcheck
            # We stand for uvicorn's event: of that it asks `is_set` alone, and a stop is seen here.
            if not new.wait_until_ready(patience, self):  # type: ignore[arg-type]
                new.kill()
                new.join()
                if not self.is_set():
                    _LOGGER.error("a new worker does not start: the others serve on")
                return
            self.processes[place] = new
            self._leaving.append((old, monotonic() + self._leaving_seconds))
            if old.process.is_alive() and old.pid is not None:
                os.kill(old.pid, LEAVE)

    def is_set(self) -> bool:
        """Tell whether a signal to stop has come, whether or not it was taken note of yet."""
        return self.stopping or not _STOP.isdisjoint(self.signal_queue)

    def terminate_all(self) -> None:
        """Tell the workers to stop. From when the last has closed its door nobody can knock."""
        super().terminate_all()
        for one in self.sockets:
            one.close()

    def join_all(self) -> None:
        """Wait for all of them, those too that were leaving already."""
        super().join_all()
        for one, _ in self._leaving:
            one.join()
