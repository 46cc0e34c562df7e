"""Counts round trips to PostgreSQL on the wire itself: a relay between provider and server."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

SOCKET: Final = ".s.PGSQL.5432"
CHUNK: Final = 1 << 16


@dataclass
class Relay:
    """`count` grows by one whenever the client speaks after the server has spoken."""

    url: str
    count: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        socket = parse_qs(urlsplit(self.url).query)["host"][0]
        from_server, to_server = await asyncio.open_unix_connection(f"{socket}/{SOCKET}")
        turn = _Turn()
        await asyncio.gather(
            self._forward(reader, to_server, turn, asks=True),
            self._forward(from_server, writer, turn, asks=False),
        )

    async def _forward(
        self,
        source: asyncio.StreamReader,
        target: asyncio.StreamWriter,
        turn: _Turn,
        *,
        asks: bool,
    ) -> None:
        while data := await source.read(CHUNK):
            self.count += asks and not turn.asking
            turn.asking = asks
            target.write(data)
            await target.drain()
        target.close()


@dataclass
class _Turn:
    """Who spoke last on one connection."""

    asking: bool = False


@asynccontextmanager
async def counted(url: str, folder: Path) -> AsyncIterator[tuple[str, Relay]]:
    """Give the URL of a relay to the database `url`, and the relay. `folder` has a short path."""
    relay = Relay(url)
    server = await asyncio.start_unix_server(relay.serve, folder / SOCKET)
    async with server:
        yield url.partition("?host=")[0] + f"?host={folder}", relay
