"""Server processes that are alive, or were not long ago."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, insert, or_, select

from idp.domain.node import Node
from idp.storage.statement import Statement
from idp.storage.tables import nodes
from idp.storage.upsert import excluded, on_conflict_do_update

if TYPE_CHECKING:
    from idp.storage.database import Connection

_excluded = excluded(nodes)
_insert = insert(nodes).values({column.name: bindparam(column.name) for column in nodes.columns})
_BEAT = Statement(
    _insert.ext(
        on_conflict_do_update(
            nodes.c.id, {name: _excluded[name] for name in ("loaded", "jwks_max_age", "seen_at")}
        )
    )
)
_ALL = Statement(select(nodes).order_by(nodes.c.started_at, nodes.c.id))
_PRUNE = Statement(
    nodes.delete()
    .where(
        nodes.c.id.in_(
            select(nodes.c.id)
            .where(or_(nodes.c.seen_at < bindparam("before"), nodes.c.seen_at > bindparam("after")))
            .limit(bindparam("batch"))
            .with_for_update(skip_locked=True)
        )
    )
    .returning(nodes.c.id)
)


async def beat(connection: Connection, node: Node) -> None:
    """Write down what a node says of itself; when it started stays as it was."""
    await connection.all(
        _BEAT,
        id=node.id,
        loaded=" ".join(sorted(node.loaded)),
        jwks_max_age=node.jwks_max_age,
        started_at=node.started_at,
        seen_at=node.seen_at,
    )


async def everyone(connection: Connection) -> list[Node]:
    """Return all nodes that are not forgotten yet, oldest first."""
    return [
        Node(
            id=row["id"],
            loaded=frozenset(row["loaded"].split()),
            jwks_max_age=row["jwks_max_age"],
            started_at=row["started_at"],
            seen_at=row["seen_at"],
        )
        for row in await connection.all(_ALL)
    ]


async def prune(connection: Connection, *, before: int, after: int, batch: int) -> int:
    """Forget at most ``batch`` nodes last heard of before a time or after one; return how many.

    One that was heard of in what is yet to come had a wrong clock. Were it not forgotten, every
    rotation would wait for it until then; one that lives tells of itself again in seconds.
    """
    return len(await connection.all(_PRUNE, before=before, after=after, batch=batch))
