"""The only way out to another provider: few hosts, no redirect, little time, little space."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import httpx2

from idp.protocol.upstream import is_allowed

if TYPE_CHECKING:
    from collections.abc import Collection
    from ssl import SSLContext

MAX_BYTES = 256 * 1024
SECONDS = 10.0  # for a whole exchange, however slowly its bytes come
_REDIRECTS = range(300, 400)


class OutboundRefused(httpx2.TransportError):
    """The answer is not one that we take; the text names no value."""


class Bounded(httpx2.AsyncBaseTransport):
    """Sends to ``hosts`` alone, and takes no answer that redirects, unpacks or does not end."""

    def __init__(self, hosts: Collection[str], *, loopback: bool) -> None:
        self._hosts = hosts
        self._loopback = loopback
        self._inner = httpx2.AsyncHTTPTransport(verify=_trusted(), retries=0)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request and return its whole answer; raises OutboundRefused."""
        if not is_allowed(str(request.url), self._hosts, loopback=self._loopback):
            raise OutboundRefused("the address is not on an allowed host")
        request.headers["Accept-Encoding"] = "identity"  # nothing small that becomes large
        answer = await self._inner.handle_async_request(request)
        try:
            return httpx2.Response(
                answer.status_code,
                headers={"Content-Type": answer.headers.get("content-type", "")},
                content=await _whole(answer),
                request=request,
            )
        finally:
            await answer.aclose()

    async def aclose(self) -> None:
        """Close all connections."""
        await self._inner.aclose()


@cache
def _trusted() -> SSLContext:
    # Read once: reading every certificate takes longer than asking, and holds everybody up.
    return httpx2.create_ssl_context()


async def _whole(answer: httpx2.Response) -> bytes:
    if answer.status_code in _REDIRECTS:
        raise OutboundRefused("the answer is a redirect")
    if answer.headers.get("content-encoding", "identity") != "identity":
        raise OutboundRefused("the answer is packed")
    body = bytearray()
    async for chunk in answer.aiter_raw():
        body += chunk
        if len(body) > MAX_BYTES:
            raise OutboundRefused("the answer is too large")
    return bytes(body)
