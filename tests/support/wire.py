"""Requests written straight onto kept connections: little of a client's time, nothing hidden."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlencode

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType


@dataclass(frozen=True, slots=True)
class WireAnswer:
    """An answer: its status, its headers in lower case (the last of a name counts), its body."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    def error(self) -> str:
        """Return OAuth's code of an error, or something that names what came instead."""
        if self.status == 200:
            return ""
        try:
            told = self.json()
            code: str = told["error"]
            return f"{code} ({told['error_code']})" if self.status >= 500 else code
        except (ValueError, KeyError, TypeError):
            return f"status {self.status}"


def request(
    method: str, target: str, form: Mapping[str, str] | None = None, **headers: str
) -> bytes:
    """Return a whole request; ``authorization=…`` and the like are headers."""
    body = b"" if form is None else urlencode(form).encode()
    lines = [f"{method} {target} HTTP/1.1", "host: localhost"]
    if form is not None:
        lines += ["content-type: application/x-www-form-urlencoded", f"content-length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


class Wire:
    """One kept connection to a port of this machine. Use as an asynchronous context manager.

    Connects when it is first used, and anew after the other side has closed it.
    """

    def __init__(self, port: int) -> None:
        self.port = port
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection, whatever is under way on it."""
        if self._writer is not None:
            self._writer.transport.abort()
        self._reader = self._writer = None

    async def leave(self) -> None:
        """Close the connection in good order, whatever is under way on it."""
        if self._writer is not None:
            with suppress(OSError):
                self._writer.close()
                await self._writer.wait_closed()
        self._reader = self._writer = None

    async def send(self, data: bytes) -> None:
        """Write a request, or the beginning of one. Raises OSError."""
        if self._reader is not None and self._reader.at_eof():
            self.close()
        if self._writer is None:
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self.port)
        self._writer.write(data)

    async def read(self) -> WireAnswer:
        """Read the answer to the request that was sent. Raises OSError, also when none comes."""
        assert self._reader is not None
        try:
            head = await self._reader.readuntil(b"\r\n\r\n")
            first, *lines = head.decode("latin-1").rstrip("\r\n").split("\r\n")
            pairs = (line.partition(":") for line in lines)
            headers = {name.lower(): value.strip() for name, _, value in pairs}
            body = await self._reader.readexactly(int(headers.get("content-length", "0")))
        except (asyncio.IncompleteReadError, OSError) as error:
            self.close()
            raise ConnectionError(str(error)) from error
        if headers.get("connection") == "close":
            self.close()
        return WireAnswer(int(first.split(" ", 2)[1]), headers, body)

    async def ask(self, data: bytes) -> WireAnswer:
        """Send a request and read its answer. Raises OSError."""
        await self.send(data)
        return await self.read()
