"""An audit log that grows over some days, and somebody who changes it behind our back."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa

from idp.domain import merkle
from idp.domain.audit import Act, Via
from idp.domain.clock import SECONDS_PER_DAY
from idp.domain.secret_key import VersionedSecret
from idp.keystore.note_key import NoteKeys
from idp.services.audit import Audit, read
from idp.services.audit_check import AuditCheck
from idp.services.audit_tree import AuditTree, Tree
from idp.services.tree_heads import TreeHeads
from idp.storage import audit, schema
from idp.storage.connect import connect
from tests.support import ready_made
from tests.support.time import FrozenClock, SeededEntropy

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from idp.storage.database import Database

ISSUER: Final = "https://id.example"
SECRET: Final = VersionedSecret({1: bytes(32), 2: bytes(31) + b"2"}, active=1)


@dataclass
class Log:
    """The log of an instance, without the rest of it."""

    url: str
    database: Database
    clock: FrozenClock
    tree: AuditTree
    audit: Audit
    heads: TreeHeads
    check: AuditCheck

    async def record(self, times: int = 1, act: Act = Act.CLIENT_ADDED) -> None:
        """Append entries."""
        for number in range(times):
            await self.audit.record(self.database, act, subject=f"client-{number}", via=Via.COMMAND)

    async def head(self) -> str:
        """Let the next day begin, publish its head, and return the note."""
        self.clock.advance(SECONDS_PER_DAY)
        assert await self.heads.make()
        return await self.newest()

    async def newest(self) -> str:
        """Return the newest head's note."""
        found = await self.heads.newest()
        assert found is not None
        return found.note

    async def problems(self, **kept: str) -> list[tuple[str, int | None]]:
        """Return what is found to be wrong: code and index."""
        report = await self.check.check(kept)
        return [(problem.code, problem.index) for problem in report.problems]

    async def execute(self, *statements: str, **values: Any) -> None:
        """Change the database with no regard to anything."""
        await asyncio.to_thread(execute, self.url, *statements, **values)

    async def grow_anew(self, *, sign: bool) -> None:
        """Make the tree fit its entries, whatever became of them; with our own key, or without."""
        peaks, at, made = list[bytes](), 0, list[tuple[int, int, bytes]]()
        rows = await audit.since(self.database, 0, most=1000)
        for size, row in enumerate(rows):
            peaks, nodes = merkle.append(size, peaks, merkle.leaf_hash(read(row).leaf))
            at, made = max(at, row["at"]), [*made, *nodes]
        await self.execute("DELETE FROM audit_nodes")
        for node in made:
            await self.database.all(audit._ADD_NODE, **dict(zip(_NODE, node, strict=True)))
        old = Tree.read(await audit.tree(self.database))
        note = self.tree.sign(len(rows), merkle.root(peaks), at) if sign else old.head
        joined = b"".join(peaks)
        await audit.grow(self.database, size=len(rows), at=at, peaks=joined, head=note)


_NODE: Final = ("level", "number", "hash")


@asynccontextmanager
async def opened(url: str, secret: VersionedSecret = SECRET) -> AsyncIterator[Log]:
    """Open the log in the database at ``url``, made where it is missing."""
    await asyncio.to_thread(ready_made.database, schema.Store.PROVIDER, url)
    database, clock = connect(url, durable=False), FrozenClock()
    tree = log_tree(secret)
    log = Audit(database, tree, clock=clock, entropy=SeededEntropy())
    await database.open()
    heads = TreeHeads(database, tree, log, clock)
    yield Log(url, database, clock, tree, log, heads, AuditCheck(database, tree))
    await database.close()


def log_tree(secret: VersionedSecret = SECRET) -> AuditTree:
    """Return what signs the states of a log."""
    return AuditTree(ISSUER, NoteKeys(secret))


def execute(url: str, *statements: str, **values: Any) -> None:
    """Change a database with no regard to anything."""

    def change(connection: sa.Connection) -> None:
        for statement in statements:
            connection.execute(sa.text(statement), values)

    schema.run(url, change)
