"""One exchange with another machine: to a checked address, with an answer that ends and is small.

Each exchange has a connection of its own: none is kept for another host that shares the address, or
for a time when the name leads elsewhere.
"""

from __future__ import annotations

import asyncio
import ssl
from typing import TYPE_CHECKING

import httpx2
from msgspec import Struct

from idp.outbound.reach import NOT_PUBLIC, OutboundRefused, Reach, Target, check_public

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from ssl import SSLContext

    Resolve = Callable[[str, int], Awaitable[list[str]]]
    Dial = Callable[[], httpx2.AsyncBaseTransport]

CONNECT_SECONDS = 3.0
_REDIRECTS = range(300, 400)
_MOST_TRIED = 4  # addresses of one host that are tried, one after the other
TOLD = ("age", "cache-control", "date")  # what an answer says of itself, and who kept it meanwhile
_DROPPED = {"host", "accept-encoding", "user-agent", "connection"}


class Tls(Struct, frozen=True):
    """The protocol, such as ``TLSv1.3``, and when the certificate ends (epoch seconds)."""

    protocol: str
    until: int


async def resolve(host: str, port: int) -> list[str]:
    """Return every IP address that the system knows of a host; raises OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=1)  # SOCK_STREAM
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def dialled(trust: SSLContext) -> httpx2.AsyncBaseTransport:
    """Return a fresh connection to whatever address it is told."""
    return httpx2.AsyncHTTPTransport(verify=trust, trust_env=False, retries=0)


class Guarded(httpx2.AsyncBaseTransport):
    """A transport that sends within ``reach``, and takes no redirect, nothing packed or endless.

    ``limit`` is the most bytes of an answer; 0: what is in it is not read. Errors:
    OutboundRefused and what httpx2 raises.
    """

    def __init__(self, reach: Reach, *, resolving: Resolve, dialling: Dial, limit: int) -> None:
        self._reach = reach
        self._resolving = resolving
        self._dialling = dialling
        self._limit = limit

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request and return its whole answer."""
        target = self._reach.target(str(request.url))
        content = await request.aread()
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                addresses = await self._addresses(target)
        except TimeoutError:
            raise OutboundRefused("the host's name takes too long") from None
        for last, address in enumerate(addresses, start=1):
            try:
                return await self._exchange(_pinned(request, target, address, content))
            except (httpx2.ConnectError, httpx2.ConnectTimeout):
                if last == len(addresses):
                    raise
        raise OutboundRefused(NOT_PUBLIC)

    async def _addresses(self, target: Target) -> list[str]:
        host = target.host.strip("[]")
        try:
            found = await self._resolving(host, target.port)
        except OSError:
            told = "the host is not known" if target.private else NOT_PUBLIC
            raise OutboundRefused(told) from None
        if not target.private:
            check_public(found)
        return found[:_MOST_TRIED]

    async def _exchange(self, request: httpx2.Request) -> httpx2.Response:
        async with self._dialling() as connection:
            answer = await connection.handle_async_request(request)
            try:
                secured = tls(answer)
                return httpx2.Response(
                    answer.status_code,
                    headers=_kept(answer),
                    content=await self._whole(answer),
                    request=request,
                    extensions={} if secured is None else {"tls": secured},
                )
            finally:
                await answer.aclose()

    async def _whole(self, answer: httpx2.Response) -> bytes:
        if answer.status_code in _REDIRECTS:
            raise OutboundRefused("the answer is a redirect")
        if self._limit == 0:
            return b""
        if answer.headers.get("content-encoding", "identity") != "identity":
            raise OutboundRefused("the answer is packed")
        body = bytearray()
        async for chunk in answer.aiter_raw():
            body += chunk
            if len(body) > self._limit:
                raise OutboundRefused("the answer is too large")
        return bytes(body)


def _kept(answer: httpx2.Response) -> dict[bytes, bytes]:
    # As bytes: the library reads such a header that it would not write.
    found = {name: answer.headers.get(name, "") for name in ("content-type", *TOLD)}
    return {
        name.encode(): value.encode("utf-8", "replace")
        for name, value in found.items()
        if value or name == "content-type"
    }


def tls(answer: httpx2.Response) -> Tls | None:
    """Return how an answer was protected on its way; None for plain http."""
    stream = answer.extensions.get("network_stream")
    secured = None if stream is None else stream.get_extra_info("ssl_object")
    if secured is None:
        return None
    certificate = secured.getpeercert()
    return Tls(str(secured.version()), int(ssl.cert_time_to_seconds(certificate["notAfter"])))


def _pinned(
    request: httpx2.Request, target: Target, address: str, content: bytes
) -> httpx2.Request:
    """Return the request to send to one checked address, under the host's own name."""
    literal = f"[{address}]" if ":" in address else address
    kept = [pair for pair in request.headers.multi_items() if pair[0] not in _DROPPED]
    return httpx2.Request(
        request.method,
        f"{target.scheme}://{literal}:{target.port}{target.rest}",
        headers=[
            ("Host", target.authority),
            *kept,
            ("Accept-Encoding", "identity"),  # nothing small that becomes large
            ("User-Agent", "network-id"),
            ("Connection", "close"),
        ],
        content=content,
        extensions={
            "timeout": httpx2.Timeout(10.0, connect=CONNECT_SECONDS).as_dict(),
            "sni_hostname": target.host.strip("[]"),  # the name that the certificate has to bear
        },
    )
