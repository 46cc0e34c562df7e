"""The rest of the world in this process: names, the addresses behind them, and what answers there.

All of `idp.outbound` is the real one; what is replaced is the resolver and the connection.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, urlsplit

import httpx2

from idp.outbound import Outbound, Reach
from idp.outbound.reach import read_named

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PUBLIC: Final = "11.22.33.44"


@dataclass(frozen=True)
class Asked:
    """A request that left us: to which address, for which URL, with which form."""

    address: str
    method: str
    url: str
    form: Mapping[str, str]
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Page:
    """An answer."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Internet(httpx2.AsyncBaseTransport):
    """Serves what it was told to, counts what it was asked, and answers 404 to the rest.

    `names` are hosts and their addresses; a host that serves something is at `PUBLIC` unless it
    stands there. `down` are hosts that do not answer.
    """

    names: dict[str, list[str]] = field(default_factory=dict)
    down: set[str] = field(default_factory=set)
    asked: list[Asked] = field(default_factory=list)
    resolved: list[str] = field(default_factory=list)
    _served: dict[str, Page | Callable[[Asked], Page]] = field(default_factory=dict)

    def serve(
        self,
        url: str,
        content: Any = b"",
        *,
        content_type: str = "application/json",
        status: int = 200,
        **headers: str,
    ) -> str:
        """Answer `url` with these bytes, or this value as JSON; return the URL."""
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        told = {"content-type": content_type} | headers
        return self.answer(url, Page(body, status, told))

    def answer(self, url: str, by: Page | Callable[[Asked], Page]) -> str:
        """Answer `url` by this page, or by a function; return the URL."""
        self._served[url.partition("#")[0]] = by
        self.names.setdefault(urlsplit(url).hostname or "", [PUBLIC])
        return url

    def times(self, url: str) -> int:
        """How often `url` was asked for."""
        return sum(asked.url == url for asked in self.asked)

    def outbound(self, named: str = "") -> Outbound:
        """Our door to this world; `named` as in `IDP_OUTBOUND_ALLOW`."""
        return Outbound(Reach(read_named(named)), resolving=self._resolve, dialling=lambda: self)

    async def _resolve(self, host: str, _port: int) -> list[str]:
        self.resolved.append(host)
        if host not in self.names:
            raise OSError("no such name")
        return self.names[host]

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        url = f"{request.url.scheme}://{request.headers['host']}{request.url.raw_path.decode()}"
        form = dict(parse_qsl((await request.aread()).decode()))
        asked = Asked(request.url.host, request.method, url, form, dict(request.headers))
        self.asked.append(asked)
        await asyncio.sleep(0)  # as on a real network, others get their turn meanwhile
        if urlsplit(url).hostname in self.down:
            raise httpx2.ConnectError("refused", request=request)
        by = self._served.get(url, Page(status=404))
        page = by if isinstance(by, Page) else by(asked)
        return httpx2.Response(
            page.status, headers=dict(page.headers), stream=httpx2.ByteStream(page.body)
        )
