"""``idp serve``: the provider of one instance, in one process or several."""

from __future__ import annotations

import os
import signal
import ssl
from contextlib import ExitStack
from functools import partial
from multiprocessing import resource_tracker
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import uvicorn
from msgspec import Struct
from prometheus_client import CollectorRegistry
from uvicorn.config import STARTUP_FAILURE

from idp.app.system import without_variables
from idp.cli.admitting import AdmittingHttp
from idp.cli.failure import ExitCode, Failure
from idp.cli.instance import settings_of
from idp.cli.leaving import LEAVE_SECONDS
from idp.cli.listening import ADVICE, BACKLOG, inherited, listen
from idp.cli.management import Beside, listen_for_management, shared_folder
from idp.cli.opening import check_servable, open_keys
from idp.cli.output import note
from idp.cli.server_log import log_config
from idp.cli.supervisor import Supervisor
from idp.cli.tls import strict_context
from idp.cli.worker import create_here
from idp.observability.scrape import InProcess
from idp.observability.tracing import TracingMissing, check_installed
from idp.settings import SECRET_VARIABLES

if TYPE_CHECKING:
    import socket
    from pathlib import Path
    from types import FrameType

    from idp.settings import Settings

# A worker that only just begins on a busy machine would be taken for hung, and killed, by the five
# seconds of uvicorn, again and again.
_HUNG_SECONDS = 30
_MOVE = (
    "Give another --port, and change IDP_ISSUER, which names this one; each platform has the "
    "issuer among its settings, and must be told too"
)
_KEEP_ALIVE_SECONDS = 65  # longer than the 60 s of common proxies, or they would meet a closed door


class Wishes(Struct, frozen=True):
    """What the command line asks for; None leaves it to the settings."""

    home: Path | None = None
    host: str | None = None
    port: int | None = None
    workers: int | None = None
    descriptor: int | None = None
    graceful_seconds: int = 10


class Doors(Struct, frozen=True):
    """Listening sockets: the public ones, and those of the management port, if any."""

    settings: Settings
    public: list[socket.socket]
    private: list[socket.socket]


def serve(wishes: Wishes) -> None:
    """Serve until SIGINT or SIGTERM. Raises Failure when it cannot start."""
    settings = settings_of(wishes.home)
    _check(settings)
    sockets, private = _sockets(settings, wishes), listen_for_management(settings)
    # The application's factory finds the instance there, in worker processes too.
    os.environ["IDP_HOME"] = str(settings.home)
    workers = wishes.workers or settings.workers
    config = _config(settings, workers, wishes.graceful_seconds)
    places = ", ".join(_place(*one.getsockname()[:2]) for one in sockets)
    note(f"idp: serving {settings.issuer} on {places}")
    if private:
        places = ", ".join(_place(*one.getsockname()[:2]) for one in private)
        note(f"idp: metrics and health on {places}; keep that from the public")
    doors = Doors(settings, sockets, private)
    if workers > 1:
        _serve_in_workers(config, doors)
    else:
        _serve_here(config, doors)


def _check(settings: Settings) -> None:
    """Find what would stop the start while it can still be told in one line."""
    store = open_keys(settings)
    if settings.tracing_endpoint is not None:
        try:
            check_installed()
        except TracingMissing as error:
            raise Failure(ExitCode.INSTANCE, "tracing_missing", str(error)) from error
    check_servable(settings, store)
    if settings.tls_cert is None or settings.tls_key is None:
        return
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(settings.tls_cert, settings.tls_key)
    except OSError as error:  # ssl.SSLError is one
        why = error.strerror or type(error).__name__
        raise Failure(
            ExitCode.INSTANCE, "tls_refused", f"IDP_TLS_CERT or IDP_TLS_KEY cannot be used: {why}"
        ) from error


def _sockets(settings: Settings, wishes: Wishes) -> list[socket.socket]:
    if wishes.descriptor is not None:
        return [inherited(wishes.descriptor)]
    port = settings.port if wishes.port is None else wishes.port
    named = urlsplit(settings.issuer).port == port  # no proxy is in front: browsers ask for it
    return listen(wishes.host or settings.host, port, advice=_MOVE if named else ADVICE)


def _place(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _config(settings: Settings, workers: int, graceful_seconds: int) -> uvicorn.Config:
    return uvicorn.Config(
        "idp.cli.worker:create",
        factory=True,
        interface="asgi3",
        loop="idp.cli.accepting:Loop",
        http=AdmittingHttp,
        ws="none",
        lifespan="on",
        workers=workers,
        backlog=BACKLOG,
        access_log=False,  # an address may hold a code; the application logs what may be logged
        log_config=log_config(several=workers > 1),
        server_header=False,
        proxy_headers=False,  # the issuer is a setting; nothing a proxy says changes an answer
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=graceful_seconds,
        timeout_worker_healthcheck=_HUNG_SECONDS,
        ssl_certfile=settings.tls_cert,
        ssl_keyfile=settings.tls_key,
        ssl_context_factory=None if settings.tls_cert is None else strict_context,
    )


def _serve_here(config: uvicorn.Config, doors: Doors) -> None:
    registry = CollectorRegistry()
    config.app = partial(create_here, registry)
    if doors.private:
        source = InProcess(registry)
        Beside(doors.settings, source, doors.private, stopping=lambda: False).start()
    # uvicorn raises the signal again that it stopped for; to stop was the wish, so all is well.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _leave)
    try:
        uvicorn.Server(config).run(doors.public)
    except SystemExit as stop:
        if stop.code:
            raise _not_started() from None


def _leave(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(ExitCode.DONE)


def _serve_in_workers(config: uvicorn.Config, doors: Doors) -> None:
    for one in doors.public:
        one.set_inheritable(True)
    with ExitStack() as stack:
        folder = stack.enter_context(shared_folder()) if doors.private else None
        patience = max(LEAVE_SECONDS, doors.settings.drain_seconds) + _HUNG_SECONDS
        patience += config.timeout_graceful_shutdown or 0
        supervisor = Supervisor(config, doors.public, folder, leaving_seconds=patience)
        with without_variables(*SECRET_VARIABLES):  # it lives as long as we do, and opens no key
            resource_tracker.ensure_running()
        if folder is not None:
            stopping = supervisor.should_exit.is_set
            Beside(doors.settings, folder, doors.private, stopping=stopping).start()
        supervisor.run()
    if any(process.exitcode == STARTUP_FAILURE for process in supervisor.processes):
        raise _not_started()


def _not_started() -> Failure:
    return Failure(ExitCode.INSTANCE, "not_started", "the provider did not start; see above")
