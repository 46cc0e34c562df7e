"""The peer's adapter: ``oidc-provider`` for Node, in memory or over PostgreSQL (``peer/``)."""

from __future__ import annotations

import json
import platform
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tests.benchmarks.ours import ALGORITHMS, CLIENTS
from tests.benchmarks.plan import Client, Target, Visit
from tests.benchmarks.providers import DATABASE, SERVER, NotHere, Served, postmaster
from tests.benchmarks.running import DISCOVERY, discover, free_port, running

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.benchmarks.providers import Place

HERE: Final = Path(__file__).parent / "peer"
CONNECTIONS: Final = 10  # what `pg` takes by itself; more were no faster
_MACHINES: Final = {"x86_64": "x64", "aarch64": "arm64"}


def node() -> Path:
    """Return the Node that was installed beside the peer; raises NotHere."""
    machine = _MACHINES.get(platform.machine(), platform.machine())
    found = HERE / f"node_modules/node-linux-{machine}/bin/node"
    if not found.exists():
        raise NotHere("oidc-provider for Node is not installed (npm is needed: make bench)")
    return found


@dataclass
class Peer:
    """One way to run it. Its people are made when it starts: its memory is all that it has."""

    folder: Path
    people: int
    database: dict[str, Any] | None
    watch: dict[str, int]

    @contextmanager
    def serving(self, workers: int = 1) -> Iterator[Served]:
        """Run it for the length of the block, in one process: that is how it is made."""
        if workers != 1:
            raise NotHere("one process only")
        port = free_port()
        wishes, result = self.folder / "wishes.json", self.folder / "result.json"
        wishes.write_text(json.dumps(self._wishes(port)), encoding="utf-8")
        command = [node(), HERE / "server.mjs", wishes, result]
        issuer, variables = f"http://localhost:{port}", {"NODE_ENV": "production"}
        with running(command, self.folder / "server.log", issuer + DISCOVERY, variables) as process:
            made = json.loads(result.read_text(encoding="utf-8"))
            paths = discover(issuer)
            targets = {alg: _target(port, paths, made, alg) for alg in ALGORITHMS}
            yield Served(targets, {SERVER: process.pid} | self.watch)

    def _wishes(self, port: int) -> dict[str, Any]:
        return {
            "port": port,
            "algorithms": ALGORITHMS,
            "clients": CLIENTS,
            "people": self.people,
            "rotate": True,  # as ours does; by itself it would not for these clients
            "database": self.database,
            "connections": CONNECTIONS,
        }


def _target(port: int, paths: dict[str, str], made: dict[str, Any], alg: str) -> Target:
    clients = [
        Client(one["client_id"], one["client_secret"], one["redirect_uris"][0])
        for one in made["clients"][alg]
    ]
    return Target("localhost", port, paths, clients, [Visit(**one) for one in made["visits"][alg]])


def in_memory(place: Place) -> Peer:
    """Its own in-memory adapter, which stores nothing."""
    node()
    return Peer(place.folder, place.people, None, {})


def on_postgresql(place: Place) -> Peer:
    """Over ``peer/postgresql.mjs``."""
    node()
    cluster = place.postgres()
    name = cluster.new_database().partition("?")[0].rpartition("/")[2]
    database = {"host": str(cluster.folder), "user": "postgres", "database": name}
    return Peer(place.folder, place.people, database, {DATABASE: postmaster(cluster)})
