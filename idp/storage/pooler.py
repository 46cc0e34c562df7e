"""Whether something between us and PostgreSQL gives our connection to others (PgBouncer, say).

A pooler in transaction mode sends each transaction to whichever server connection is free. One that
does not know prepared statements (PgBouncer before 1.21, or with ``max_prepared_statements`` at 0)
then asks a server for a statement that was prepared on another: nearly always right while nobody
else is there, and wrong under load. So it is tried out before anybody relies on it.
"""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

import asyncpg

from idp.storage.database import Misfit

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

_PROBE = "network_id_probe"
_TRIES = 4
TAKES_NO_SETTINGS = (
    "the database is reached through a pooler that lets no settings of a connection pass. Set "
    "IDP_DATABASE_PREPARED=false; or, where it keeps prepared statements (PgBouncer 1.21, or in "
    "session mode), have it ignore_startup_parameters: see docs/postgresql.md"
)
_TOLD = (
    "the database is reached through a pooler that keeps no prepared statements (PgBouncer in "
    "transaction mode). Set IDP_DATABASE_PREPARED=false, or let it keep them: PgBouncer 1.21 and "
    "newer do with max_prepared_statements"
)


async def check(connect: Callable[[], Awaitable[Any]]) -> None:
    """Return when statements stay prepared on what ``connect`` returns; raises Misfit, Unavailable.

    Where nothing stands between, that takes one look at one connection.
    """
    async with AsyncExitStack() as stack:
        try:
            for _ in range(_TRIES):
                connection = await connect()
                stack.callback(connection.terminate)
                if await _prepares(connection):
                    return
        except (asyncpg.InvalidSQLStatementNameError, asyncpg.DuplicatePreparedStatementError):
            raise Misfit(_TOLD) from None


async def _prepares(connection: Any) -> bool:
    """Run a statement that was prepared; tell whether nobody stands between us and the server.

    A pooler that takes no notice of its name gives the next connection a server that has one by
    this name already, or this connection one that has none.
    """
    statement = await connection.prepare("SELECT pg_backend_pid()", name=_PROBE)
    await statement.fetchval()  # until here even such a pooler keeps us with one server
    # What we were told when we connected is the process of whoever we talk to.
    return bool(await statement.fetchval() == connection.get_server_pid())
