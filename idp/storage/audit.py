"""The audit log: appended to, never changed. It names cases and clients, and no person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, select

from idp.storage.statement import Statement
from idp.storage.tables import audit, audit_nodes, audit_tree

if TYPE_CHECKING:
    from collections.abc import Sequence

    from idp.domain.merkle import Node
    from idp.storage.database import Connection, Row

_TREE = select(audit_tree).where(audit_tree.c.id == 1)
_ASK = Statement(_TREE)
_LOCK = Statement(_TREE.with_for_update())
_GROW = Statement(
    audit_tree.update()
    .where(audit_tree.c.id == 1)
    .values({name: bindparam(f"new_{name}") for name in ("size", "at", "peaks", "head")})
)
_APPEND = Statement(audit.insert())
_ADD_NODE = Statement(audit_nodes.insert())
_NODE = Statement(
    select(audit_nodes.c.hash).where(
        audit_nodes.c.level == bindparam("of_level"), audit_nodes.c.number == bindparam("wanted")
    )
)
_NODES = Statement(
    select(audit_nodes.c.number, audit_nodes.c.hash)
    .where(audit_nodes.c.level == bindparam("of_level"), audit_nodes.c.number >= bindparam("first"))
    .order_by(audit_nodes.c.number)
    .limit(bindparam("most"))
)
_BEFORE = Statement(
    select(audit)
    .where(audit.c.position < bindparam("before"))
    .order_by(audit.c.position.desc())
    .limit(bindparam("most"))
)
_FROM = Statement(
    select(audit)
    .where(audit.c.position >= bindparam("first"))
    .order_by(audit.c.position)
    .limit(bindparam("most"))
)
_NEWEST_OF = Statement(
    select(audit)
    .where(audit.c.act == bindparam("of_act"), audit.c.position < bindparam("before"))
    .order_by(audit.c.at.desc(), audit.c.position.desc())
    .limit(bindparam("most"))
)
_OF_CASE = Statement(
    select(audit.c.position, audit.c.act)
    .where(audit.c.case_id == bindparam("wanted_case"))
    .order_by(audit.c.position.desc())
)
_COUNT = Statement(
    select(func.count().label("times")).where(
        audit.c.act == bindparam("of_act"),
        audit.c.at >= bindparam("since"),
        audit.c.at < bindparam("until"),
    )
)


async def tree(connection: Connection) -> Row:
    """Return the tree's one row as it is now."""
    return _there(await connection.one(_ASK))


async def locked_tree(connection: Connection) -> Row:
    """Return the tree's one row, which nobody else can append to before this transaction ends."""
    return _there(await connection.one(_LOCK))


async def grow(
    connection: Connection, *, size: int, at: int, peaks: bytes, head: str | None
) -> None:
    """Replace the tree's one row; it is locked."""
    await connection.all(_GROW, new_size=size, new_at=at, new_peaks=peaks, new_head=head)


async def append(connection: Connection, nodes: Sequence[Node], **columns: Any) -> None:
    """Append one entry, every column given, and the nodes that came to be by it."""
    await connection.all(_APPEND, **columns)
    for level, number, found in nodes:
        await connection.all(_ADD_NODE, level=level, number=number, hash=found)


async def node(connection: Connection, level: int, number: int) -> bytes | None:
    """Return the hash of the perfect subtree of ``2**level`` leaves, ``number`` from the left."""
    row = await connection.one(_NODE, of_level=level, wanted=number)
    return None if row is None else bytes(row["hash"])


async def nodes(connection: Connection, level: int, first: int, *, most: int) -> dict[int, bytes]:
    """Return the stored hashes of one level, at most ``most`` from number ``first`` on."""
    rows = await connection.all(_NODES, of_level=level, first=first, most=most)
    return {row["number"]: bytes(row["hash"]) for row in rows}


async def before(connection: Connection, position: int, *, most: int) -> list[Row]:
    """Return at most ``most`` entries that stand before ``position``, newest first."""
    return await connection.all(_BEFORE, before=position, most=most)


async def since(connection: Connection, position: int, *, most: int) -> list[Row]:
    """Return at most ``most`` entries from ``position`` on, oldest first."""
    return await connection.all(_FROM, first=position, most=most)


async def newest_of(connection: Connection, act: str, *, before: int, most: int) -> list[Row]:
    """Return at most ``most`` entries of one act that stand before ``before``, newest first."""
    return await connection.all(_NEWEST_OF, of_act=act, before=before, most=most)


async def newest_of_case(connection: Connection, case_id: str, act: str) -> int | None:
    """Return the index of the newest entry of an act in a case, or None."""
    rows = await connection.all(_OF_CASE, wanted_case=case_id)
    return next((int(row["position"]) for row in rows if row["act"] == act), None)


async def times(connection: Connection, act: str, *, since: int, until: int) -> int:
    """Return how often ``act`` was done from ``since`` on and before ``until``."""
    row = await connection.one(_COUNT, of_act=act, since=since, until=until)
    return 0 if row is None else int(row["times"])


def _there(row: Row | None) -> Row:
    if row is None:
        raise LookupError("the audit log's tree is gone: idp audit verify says more")
    return row
