"""What a server process runs: the application, and an eye on the process that started it."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import threading
from multiprocessing.connection import wait
from typing import TYPE_CHECKING

from idp import app
from idp.cli.leaving import Leaving

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry
    from starlette.types import ASGIApp

_YOUNG = 5_000  # objects more than there were at the last look; a few requests under way have 700


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
    Leaving(made.services.readiness).listen()
    _set_apart()
    return made


def _set_apart() -> None:
    """Let the collector of garbage pass over what is there from now on to the end.

    Else it would go through all of it (140,000 objects, 0.1 s in which nobody is answered) from
    time to time. A request leaves no garbage of this kind, so it need not look often either.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG)


def _follow(sentinel: int) -> None:
    wait([sentinel])
    os.kill(os.getpid(), signal.SIGTERM)
