"""`idp demo`: real processes, real files, real time, this machine only.

Its processes are forks of one that has imported the product, which is all that they differ in from
those that a newcomer starts (tests/cli/demo). One demo serves all tests of a file. So a test never
counts on what a persona did or did not do before; one that needs a person without a past makes a
network ID of its own (there are twelve citizens), and one that needs a client of its own registers
it.
"""

import json
import signal
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from tests.support.preloaded import launcher

ROOT: Final = Path(__file__).parents[2]
READY_SECONDS: Final = 60  # it takes three; a machine under load takes longer
STOP_SECONDS: Final = 15
_LOOK_SECONDS: Final = 0.1
SHOP: Final = "demo-shop"
FORUM: Final = "demo-forum"


@dataclass(frozen=True)
class LiveDemo:
    """A running demo: where its parts are, and the folder of its instance."""

    issuer: str
    shop: str
    forum: str
    personas: tuple[str, ...]
    home: Path
    others: tuple[str, ...] = ()

    @property
    def origins(self) -> tuple[str, ...]:
        """Every origin that a browser may speak to in this demo."""
        return (self.issuer, self.shop, self.forum, *self.others)

    def add_client(self, **metadata: Any) -> dict[str, Any]:
        """Register a client as an operator does; returns what `idp clients add --json` prints."""
        return self.command("clients", "add", "--file", "-", typed=json.dumps(metadata))

    def command(self, *arguments: str, typed: str = "") -> dict[str, Any]:
        """Run `idp` on the demo's instance; return what it prints for machines."""
        done = launcher().run(*arguments, "--json", "--home", str(self.home), typed=typed)
        assert done.code == 0, done.err
        told: dict[str, Any] = json.loads(done.out)
        return told

    def stored(self) -> Mapping[str, int]:
        """Return how many rows each table of the provider holds.

        But for the outbox of logouts: it empties by itself, at moments drawn at random.
        """
        file = self.home / "provider.sqlite3"
        with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as opened:
            names = opened.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            return {
                name: opened.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]  # noqa: S608
                for (name,) in names.fetchall()
                if name != "logouts"
            }


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveDemo]:
    """Start a demo for the tests of one file, and stop it as Ctrl-C does."""
    with running_demo(tmp_path_factory.mktemp("demo")) as started:
        yield started


@contextmanager
def running_demo(folder: Path) -> Iterator[LiveDemo]:
    """Run `idp demo` for the length of the block; its instance and its output stay in `folder`."""
    home, ready, log = folder / "instance", folder / "ready.json", folder / "demo.log"
    places = ("--keep", str(home), "--ready-file", str(ready))
    process = launcher().start_demo("--no-browser", *places, log=log)
    try:
        facts = _wait(process, ready, log)
        urls = {one["client_id"]: one["url"] for one in facts["platforms"]}
        personas = tuple(one["id"] for one in facts["personas"])
        yield LiveDemo(facts["issuer"], urls[SHOP], urls[FORUM], personas, home)
    finally:
        launcher().stop(process, signal.SIGINT, seconds=STOP_SECONDS)  # as Ctrl-C does


def _wait(process: int, ready: Path, log: Path) -> dict[str, Any]:
    deadline = time.monotonic() + READY_SECONDS
    while not ready.exists():
        if launcher().ended(process) is not None or time.monotonic() > deadline:
            raise AssertionError("the demo did not start: " + log.read_text(encoding="utf-8"))
        time.sleep(_LOOK_SECONDS)
    facts: dict[str, Any] = json.loads(ready.read_text(encoding="utf-8"))
    return facts
