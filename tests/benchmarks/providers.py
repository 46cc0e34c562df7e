"""The providers that are measured, by name; each is a small adapter with a way to serve."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

from tests.benchmarks.scenarios import SCENARIOS
from tests.support.postgres import MISSING, find_programs, running_postgres

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from tests.benchmarks.figures import Setting
    from tests.benchmarks.plan import Target
    from tests.support.postgres import Postgres

# As durable as SQLite with synchronous=FULL, and as a server that people depend on.
DURABLE: Final = (
    "listen_addresses=",
    "fsync=on",
    "synchronous_commit=on",
    "full_page_writes=on",
    "max_connections=200",
    "shared_buffers=256MB",
    "log_min_messages=panic",
)
SERVER, DATABASE = "server", "database"


@dataclass(frozen=True)
class Served:
    """A provider that is up. ``watch`` names the roots of its process trees.

    ``targets`` are by algorithm; so are ``lasting``, whose visits are to clients that were allowed
    to go on without the person, where a provider remembers a consent to just what was asked.
    """

    targets: dict[str, Target]
    watch: dict[str, int]
    lasting: dict[str, Target] = field(default_factory=dict)

    def target(self, setting: Setting) -> Target:
        """Return whom the operation of a setting asks."""
        lasts = SCENARIOS[setting.scenario].lasts
        return (self.lasting or self.targets if lasts else self.targets)[setting.alg]


class Provider(Protocol):
    """What can be measured."""

    def serving(self, workers: int = 1) -> AbstractContextManager[Served]:
        """Serve for the length of the block."""


class NotHere(Exception):
    """A provider cannot be measured on this machine; the text says what is missing."""


@dataclass(frozen=True)
class Place:
    """Where a provider may put its files, and what ends with it.

    ``people`` sign in; ``strangers`` lie in its database beside them.
    """

    folder: Path
    stack: ExitStack
    people: int
    strangers: int = 0

    def postgres(self) -> Postgres:
        """Start a PostgreSQL server of its own, durable, that ends with the stack."""
        programs = find_programs()
        if programs is None:
            raise NotHere(MISSING)
        return self.stack.enter_context(running_postgres(programs, DURABLE))


def postmaster(cluster: Postgres) -> int:
    """Return the process that all of a cluster's processes are children of."""
    file = cluster.folder / "data" / "postmaster.pid"
    return int(file.read_text(encoding="utf-8").split()[0])


@contextmanager
def opened(
    make: Callable[[Place], Provider], folder: Path, people: int, strangers: int = 0
) -> Iterator[Provider]:
    """Make a provider ready in a folder of its own; raises NotHere."""
    folder.mkdir()
    with ExitStack() as stack:
        yield make(Place(folder, stack, people, strangers))
