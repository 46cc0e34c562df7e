"""PgBouncer in transaction mode before a test's own PostgreSQL, on a Unix socket."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.postgres import Postgres

MISSING: Final = "PgBouncer is not installed (Debian: apt-get install pgbouncer)"
_SOCKET: Final = ".s.PGSQL.6432"
_START_SECONDS: Final = 30
# With "server_round_robin" whatever stayed behind on the last server is missed at once.
_SETTINGS: Final = """
[databases]
* = host={server} user=postgres
[pgbouncer]
listen_addr =
listen_port = 6432
unix_socket_dir = {folder}
unix_socket_mode = 0777
auth_type = any
pool_mode = {mode}
default_pool_size = {servers}
max_client_conn = 200
server_round_robin = {turns}
ignore_startup_parameters = {ignored}
log_connections = 0
log_disconnections = 0
"""


def program() -> str:
    """Where it is; skips with one clear line where it is not installed."""
    found = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")
    if found is None:
        pytest.skip(MISSING)
    return found


@contextmanager
def pooled(
    postgres: Postgres,
    url: str,
    *,
    mode: str = "transaction",
    servers: int = 4,
    turns: bool = True,
    ignored: str = "statement_timeout, idle_in_transaction_session_timeout",
) -> Iterator[str]:
    """Give the URL by which the database `url` is reached through PgBouncer."""
    command = program()
    # Not pytest's own folder: a socket's path may have no more than 107 characters.
    with tempfile.TemporaryDirectory(prefix="pgb-", ignore_cleanup_errors=True) as name:
        folder, root = Path(name), os.geteuid() == 0
        folder.chmod(0o755)
        settings = folder / "pgbouncer.ini"
        settings.write_text(
            _SETTINGS.format(
                server=postgres.folder,
                folder=folder,
                mode=mode,
                servers=servers,
                turns=int(turns),
                ignored=ignored,
            ),
            "utf-8",
        )
        if root:  # it refuses to run as root
            shutil.chown(folder, "postgres")
        words = ["setpriv", "--pdeathsig=INT"]
        words += ["--reuid=postgres", "--regid=postgres", "--clear-groups"] if root else []
        server = subprocess.Popen([*words, "--", command, "--quiet", settings], cwd=folder)
        try:
            _wait(server, folder / _SOCKET)
            yield f"{url.partition('?')[0]}?host={folder}&port=6432"
        finally:
            server.send_signal(signal.SIGTERM)  # at once: it does not wait for clients
            server.wait(timeout=_START_SECONDS)


def _wait(server: subprocess.Popen[bytes], path: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            with socket.socket(socket.AF_UNIX) as door:
                door.connect(str(path))
        except OSError:
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("PgBouncer did not start") from None
            time.sleep(0.02)
        else:
            return
