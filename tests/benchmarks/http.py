"""A keep-alive HTTP/1.1 connection that costs the machine little: the driver must not be slow."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from typing import Final, cast

_LENGTH: Final = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]+)", re.IGNORECASE)
_CHUNKED: Final = re.compile(rb"\r\ntransfer-encoding:[ \t]*chunked", re.IGNORECASE)
_LOCATION: Final = re.compile(rb"\r\nlocation:[ \t]*([^\r]*)", re.IGNORECASE)
_RETRY_AFTER: Final = re.compile(rb"\r\nretry-after:", re.IGNORECASE)
_HEAD_END: Final = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer; ``head`` is its status line and headers as they came."""

    status: int
    head: bytes
    body: bytes

    @property
    def location(self) -> str:
        found = _LOCATION.search(self.head)
        return "" if found is None else found[1].decode("latin-1")

    @property
    def retry_after(self) -> bool:
        return _RETRY_AFTER.search(self.head) is not None


def read(data: bytes | bytearray) -> tuple[Answer, int] | None:
    """Return the answer that ``data`` begins with and where it ends; None while more must come.

    Raises ValueError for what no driver of ours can read.
    """
    end = data.find(_HEAD_END)
    if end < 0:
        return None
    head, start = bytes(data[:end]), end + len(_HEAD_END)
    status, length = int(head[9:12]), _LENGTH.search(head)
    if length is None:
        if _CHUNKED.search(head):
            return _chunked(status, head, data, start)
        if status not in {204, 304}:
            raise ValueError("an answer without a length")
    stop = start + (0 if length is None else int(length[1]))
    if len(data) < stop:
        return None
    return Answer(status, head, bytes(data[start:stop])), stop


def _chunked(
    status: int, head: bytes, data: bytes | bytearray, place: int
) -> tuple[Answer, int] | None:
    body = b""
    while (end := data.find(b"\r\n", place)) >= 0:
        size = int(data[place:end].partition(b";")[0], 16)
        start, place = end + 2, end + 2 + size + 2
        if len(data) < place:
            return None
        if not size:
            return Answer(status, head, body), place
        body += bytes(data[start : start + size])
    return None


class Connection(asyncio.Protocol):
    """One connection; one request at a time. It is opened again when the other side closed it."""

    def __init__(self, host: str, port: int) -> None:
        self._place = host, port
        self._transport: asyncio.Transport | None = None
        self._waiting: asyncio.Future[Answer] | None = None
        self._data = bytearray()
        self.opened = 0

    async def ask(self, request: bytes) -> Answer:
        """Send a request and return the answer; raises OSError when none comes."""
        loop = asyncio.get_running_loop()
        if self._transport is None:
            await loop.create_connection(lambda: self, *self._place)
        assert self._transport is not None
        self._waiting = loop.create_future()
        self._transport.write(request)
        return await self._waiting

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is no subclass
        self._data.clear()
        self.opened += 1

    def data_received(self, data: bytes) -> None:
        self._data += data
        try:
            found = read(self._data)
        except ValueError as error:
            self._fail(OSError(f"unreadable: {error}"))
            return
        if found is None or self._waiting is None:
            return
        answer, end = found
        del self._data[:end]
        waiting, self._waiting = self._waiting, None
        if not waiting.done():
            waiting.set_result(answer)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._fail(OSError(f"the connection was closed: {exc}"))

    def _fail(self, error: OSError) -> None:
        waiting, self._waiting = self._waiting, None
        if waiting is not None and not waiting.done():
            waiting.set_exception(error)
