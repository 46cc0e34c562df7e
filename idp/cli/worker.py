"""What a server process runs: the application, and an eye on the process that started it."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import threading
from functools import partial
from multiprocessing.connection import wait
from typing import TYPE_CHECKING

from idp import app

if TYPE_CHECKING:
    from types import FrameType

    from prometheus_client import CollectorRegistry
    from starlette.types import ASGIApp

    from idp.services.readiness import Readiness


def create() -> ASGIApp:
    """Return the application of the instance in ``IDP_HOME``.

    In a worker process, also see to it that a supervisor killed without a word (SIGKILL, memory
    shortage) leaves no worker behind that holds the port.
    """
    supervisor = multiprocessing.parent_process()
    if supervisor is not None:
        threading.Thread(target=_follow, args=(supervisor.sentinel,), daemon=True).start()
    return create_here()


def create_here(registry: CollectorRegistry | None = None) -> ASGIApp:
    """Return the application; its numbers go into ``registry``. It drains before it stops."""
    made = app.create(registry)
    _drain_on_sigterm(made.services.readiness)
    return made


def _drain_on_sigterm(readiness: Readiness) -> None:
    """On SIGTERM be not ready at once, and hand the signal to the web server a little later.

    A second SIGTERM is handed on at once.
    """
    server = signal.getsignal(signal.SIGTERM)

    def drain(number: int, frame: FrameType | None) -> None:
        again, readiness.draining = readiness.draining, True
        if callable(server):
            if again or not readiness.drain_seconds:
                server(number, frame)
            else:
                loop = asyncio.get_running_loop()
                later = partial(loop.call_later, readiness.drain_seconds, server, number, frame)
                loop.call_soon_threadsafe(later)  # what a signal may do in the middle of anything

    signal.signal(signal.SIGTERM, drain)


def _follow(sentinel: int) -> None:
    wait([sentinel])
    os.kill(os.getpid(), signal.SIGTERM)
