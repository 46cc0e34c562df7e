"""Requests that meet at the database, and changes that land in their middle."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterable, Iterator

    from tests.support.provider import Provider

T = TypeVar("T")


@contextmanager
def held_back(provider: Provider) -> Iterator[sqlite3.Connection]:
    """Keep the write lock, as another process may: nothing else is stored inside the block.

    What is written on the connection given is committed at its end.
    """
    file = provider.parts.settings.database_url.removeprefix("sqlite:///")
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    yield connection
    connection.execute("COMMIT")
    connection.close()


async def at_once(
    provider: Provider, requests: Iterable[Coroutine[None, None, T]], meanwhile: str = "SELECT 1"
) -> list[T]:
    """Let every request come as far as its first write, then let them go together.

    Otherwise they would run one after the other: a statement takes less than a turn of the loop.
    `meanwhile` is SQL that is committed just before they go on.
    """
    with held_back(provider) as connection:
        under_way = [asyncio.ensure_future(request) for request in requests]
        await asyncio.sleep(0.05)
        assert not any(request.done() for request in under_way)
        connection.execute(meanwhile)
    return await asyncio.gather(*under_way)
