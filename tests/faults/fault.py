"""What a fault is: a name, what is promised, and a function that breaks something and counts."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.support.nodes import running_nodes
from tests.support.postgres import DURABLE, MISSING, find_programs, running_postgres

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from tests.support.nodes import Nodes
    from tests.support.postgres import Postgres


class LeftOut(Exception):
    """This machine lacks what the fault needs; the text says what."""


@dataclass
class Outcome:
    """What was measured, in one line, and everything that was not as promised."""

    figure: str
    wrong: list[str] = field(default_factory=list)
    numbers: dict[str, float | str] = field(default_factory=dict)

    @property
    def well(self) -> bool:
        return not self.wrong


@dataclass(frozen=True)
class World:
    """Where a fault runs: an empty folder of its own, and how much of it is wanted."""

    folder: Path
    part: float = 1.0

    def count(self, full: int) -> int:
        """Return how many of so many are wanted, at least one."""
        return max(1, round(full * self.part))

    @asynccontextmanager
    async def nodes(
        self,
        kind: str,
        *,
        cluster: Postgres | None = None,
        count: int = 2,
        started: bool = True,
        **settings: str,
    ) -> AsyncIterator[Nodes]:
        """Run servers on one database: ``sqlite``, or ``postgresql`` in a cluster of their own.

        In ``cluster``, if there is one already. Unless ``started`` the caller starts them.
        ``settings`` are lines of the settings file.
        Raises LeftOut.
        """
        if kind == "postgresql" and cluster is None:
            with self.cluster() as made:
                async with self.nodes(
                    kind, cluster=made, count=count, started=started, **settings
                ) as nodes:
                    yield nodes
            return
        databases = {}
        if cluster is not None:
            names = ("database-url", "enrolment-database-url")
            databases = {name: cluster.new_database() for name in names}
        async with running_nodes(
            self.folder, count=count, databases=databases, settings=settings, started=started
        ) as nodes:
            yield nodes

    def cluster(self) -> Any:
        """Return a context manager of a PostgreSQL that loses nothing it has said it stored.

        Raises LeftOut.
        """
        programs = find_programs()
        if programs is None:
            raise LeftOut(MISSING)
        return running_postgres(programs, DURABLE)


@dataclass(frozen=True)
class Fault:
    """One line of ``make faults``; ``run`` raises LeftOut where it cannot be tried."""

    name: str
    promised: str
    run: Callable[[World], Awaitable[Outcome]]
