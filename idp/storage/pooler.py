"""Whether something between us and PostgreSQL gives our connection to others (PgBouncer, say).

A pooler in transaction mode sends each transaction to whichever server connection is free. One that
does not know prepared statements (PgBouncer before 1.21, or with ``max_prepared_statements`` at 0)
then asks a server for a statement that was prepared on another: nearly always right while nobody
else is there, and wrong under load. So it is tried out before anybody relies on it.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import asyncpg

from idp.storage.database import Misfit

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

_TRIES = 3
_SECONDS = 2.0
_TOLD = (
    "the database is reached through a pooler that keeps no prepared statements (PgBouncer in "
    "transaction mode). Set IDP_DATABASE_PREPARED=false, or let it keep them: PgBouncer 1.21 and "
    "newer do with max_prepared_statements"
)


async def check(connect: Callable[[], Awaitable[Any]]) -> None:
    """Return when statements stay prepared on what ``connect`` returns; raises Misfit, Unavailable.

    Where nothing stands between, that takes one look at one connection.
    """
    first = await connect()
    try:
        if await _direct(first):
            return
        second = await connect()
        try:
            for _ in range(_TRIES):
                await _try(first, second)
        finally:
            second.terminate()
    except (asyncpg.InvalidSQLStatementNameError, asyncpg.DuplicatePreparedStatementError):
        raise Misfit(_TOLD) from None
    finally:
        first.terminate()


async def _direct(connection: Any) -> bool:
    """Tell whether who answers is the process that we were told of when we connected."""
    backend = await connection.fetchval("SELECT pg_backend_pid()")
    return bool(backend == connection.get_server_pid())


async def _try(first: Any, second: Any) -> None:
    """Prepare on ``first``, let ``second`` take away the server that did it, and run it there."""
    statement = await first.prepare("SELECT pg_backend_pid()")
    await second.execute("BEGIN")
    # With one server connection for all nobody can take it away, and we would wait for ourselves.
    with suppress(TimeoutError):
        await asyncio.wait_for(statement.fetchval(), _SECONDS)
    await second.execute("ROLLBACK")
