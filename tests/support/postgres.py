"""A throwaway PostgreSQL cluster: one per test process, on a Unix socket, gone at the end."""

import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Final

import pytest

MISSING: Final = "PostgreSQL is not installed (Debian: apt-get install postgresql)"
START_SECONDS: Final = 30
# Nothing here outlives the tests, so nothing needs to survive a power cut.
SETTINGS: Final = (
    "listen_addresses=",
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "max_connections=200",
    "shared_buffers=64MB",
    "log_min_messages=fatal",
)
# What it says it stored is there after kill -9. Only its flushes to the disk are left out.
DURABLE: Final = (
    *SETTINGS,
    "synchronous_commit=on",
    "full_page_writes=on",
    "log_min_messages=panic",  # it is killed on purpose
)


@dataclass
class Postgres:
    """A running cluster; hands out empty databases."""

    programs: Path
    folder: Path
    settings: Sequence[str] = SETTINGS
    server: subprocess.Popen[bytes] | None = None
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def new_database(self) -> str:
        """Make an empty database and return its URL, `postgresql://…?host=<socket folder>`."""
        name = f"test_{next(self._numbers)}"
        # Copied as files: written to the log too, each database would be written three times.
        self._run("createdb", "--template=template0", *self._copied_as_files, name)
        return f"postgresql://postgres@/{name}?host={self.folder}"

    def start(self) -> None:
        """Start the server, unless it runs, and wait until it answers."""
        deadline = time.monotonic() + START_SECONDS
        while not self.ready():
            # One that was killed leaves others behind, and none starts until they have gone.
            if self.server is None or self.server.poll() is not None:
                self.server = self._begin()
            if time.monotonic() > deadline:
                raise RuntimeError("PostgreSQL did not start")
            time.sleep(0.05)

    def _begin(self) -> subprocess.Popen[bytes]:
        options = [word for setting in self.settings for word in ("-c", setting)]
        where = ["-D", str(self.folder / "data"), "-k", str(self.folder)]
        command = [str(self.programs / "postgres"), *where, *options]
        return subprocess.Popen([*_as_server_user(), *command], cwd=self.folder)

    def kill(self) -> None:
        """Kill its first process, as nothing can be refused (SIGKILL); the others follow."""
        if self.server is not None:
            self.server.kill()
            self.server.wait()

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop it, if it runs: a fast shutdown, which does not wait for clients."""
        if self.server is not None and self.server.poll() is None:
            self.server.send_signal(how)
            self.server.wait(timeout=START_SECONDS)

    def ready(self) -> bool:
        where = [f"--host={self.folder}", "--username=postgres"]
        command = [str(self.programs / "pg_isready"), "--quiet", *where]
        return subprocess.run(command, check=False).returncode == 0

    @cached_property
    def _copied_as_files(self) -> tuple[str, ...]:
        """Return the option for it, which PostgreSQL 15 brought; before, there was no other way."""
        program = [str(self.programs / "createdb"), "--help"]
        known = subprocess.run(program, check=True, capture_output=True, text=True).stdout
        return ("--strategy=file_copy",) if "--strategy" in known else ()

    def _run(self, program: str, *arguments: str) -> None:
        where = [f"--host={self.folder}", "--username=postgres"]
        subprocess.run([self.programs / program, *where, *arguments], check=True)


def find_programs() -> Path | None:
    """Return the folder with PostgreSQL's newest server programs, if there is one."""
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).resolve().parent
    found = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    newest = max(found, key=lambda program: int(program.parts[-3]), default=None)
    return newest.parent if newest else None


def _as_server_user() -> list[str]:
    """Return the words before a server command: not root, and not longer alive than we are."""
    words = ["setpriv", "--pdeathsig=INT"]
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        words += ["--reuid=postgres", "--regid=postgres", "--clear-groups"]
    return [*words, "--"]


def _make(programs: Path, folder: Path) -> None:
    if os.geteuid() == 0:
        account = pwd.getpwnam("postgres")
        os.chown(folder, account.pw_uid, account.pw_gid)
    folder.chmod(0o755)
    data = folder / "data"
    make = [
        str(programs / "initdb"),
        "--username=postgres",
        "--auth=trust",
        "--encoding=UTF8",
        "--locale=C.UTF-8",
    ]
    subprocess.run(
        [*_as_server_user(), *make, "--no-sync", f"--pgdata={data}"],
        check=True,
        stdout=subprocess.DEVNULL,
        cwd=folder,
    )


@contextmanager
def running_postgres(programs: Path, settings: Sequence[str] = SETTINGS) -> Iterator[Postgres]:
    """Run a cluster for the length of the block."""
    # Not pytest's own folder: a socket's path may have no more than 107 characters.
    with tempfile.TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True) as name:
        cluster = Postgres(programs, Path(name), settings)
        _make(programs, cluster.folder)
        try:
            cluster.start()
            yield cluster
        finally:
            cluster.stop(signal.SIGQUIT)  # at once: what it still holds in memory goes nowhere


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """Give a running cluster; skip with one clear line where PostgreSQL is not installed."""
    programs = find_programs()
    if programs is None:
        pytest.skip(MISSING)
    with running_postgres(programs) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def postgres_url(postgres: Postgres) -> str:
    """Give the URL of an empty database that this test module has to itself."""
    return postgres.new_database()
