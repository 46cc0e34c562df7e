"""The issuer's address: passes each connection on to one server after the other that takes it."""

from __future__ import annotations

import asyncio
import itertools
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

_TRIES = 200
_PAUSE_SECONDS = 0.05


@asynccontextmanager
async def front(port: int, servers: Sequence[int]) -> AsyncIterator[None]:
    """Listen on ``port`` for the length of the block."""
    turns = itertools.cycle(servers)

    async def passed(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.CancelledError):  # the drill is over
            there = await _connected(turns)
            if there is not None:
                await asyncio.gather(_pump(reader, there[1]), _pump(there[0], writer))
        writer.close()

    async with await asyncio.start_server(passed, "127.0.0.1", port):
        yield


async def _connected(
    turns: itertools.cycle[int],
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
    """Connect to whichever server answers: one that died is passed over."""
    for _ in range(_TRIES):
        with suppress(OSError):
            return await asyncio.open_connection("127.0.0.1", next(turns))
        await asyncio.sleep(_PAUSE_SECONDS)
    return None


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    with suppress(OSError):
        writer.close()
