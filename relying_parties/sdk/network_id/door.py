"""The one way out to the network: every fetch of the SDK passes these limits.

Guarantees: https, or http on loopback; no redirect is followed; an answer is complete within a
total time and a total size; nothing is decompressed. Otherwise an error of ours is raised.
"""

from __future__ import annotations

import asyncio
import ipaddress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx2

from network_id.errors import (
    InsecureUrlError,
    ProviderAnswerError,
    ProviderUnavailableError,
    shown,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from urllib.parse import SplitResult

REDIRECTS = 300
CLIENT_ERRORS = 400
SERVER_ERROR = 500
TOO_MANY_REQUESTS = 429


class Door(httpx2.AsyncBaseTransport):
    """A transport that lets nothing through beyond its limits.

    ``seconds`` bounds a whole exchange, so an answer that drips does not hold a worker. ``size``
    bounds the body in bytes.
    """

    def __init__(self, inner: httpx2.AsyncBaseTransport, *, seconds: float, size: int) -> None:
        self._inner = inner
        self._seconds = seconds
        self._size = size

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send one request and read its answer.

        Raises InsecureUrlError, ProviderUnavailableError, ProviderAnswerError.
        """
        where = f"{request.url.netloc.decode('ascii')}{request.url.path}"
        require_secure(str(request.url))
        request.headers["accept-encoding"] = "identity"  # a compressed answer could be a zip bomb
        try:
            async with asyncio.timeout(self._seconds):
                return await self._exchange(request, where)
        except TimeoutError:
            raise ProviderUnavailableError(
                expected=f"an answer of {where} within {self._seconds:g} s", came="none"
            ) from None
        except httpx2.TransportError as error:
            # `from None`: the original holds the request, and with it codes and secrets.
            raise ProviderUnavailableError(
                expected=f"an answer of {where}", came=_named(error)
            ) from None

    async def _exchange(self, request: httpx2.Request, where: str) -> httpx2.Response:
        response = await self._inner.handle_async_request(request)
        try:
            _refuse_by_head(response, where)
            body = await self._read(response, where)
        finally:
            await response.aclose()
        return httpx2.Response(response.status_code, headers=response.headers, content=body)

    async def _read(self, response: httpx2.Response, where: str) -> bytes:
        body = bytearray()
        # A transport of the platform's own may have read the answer already.
        chunks = _whole(response) if response.is_stream_consumed else response.aiter_raw()
        async for chunk in chunks:
            body += chunk
            if len(body) > self._size:
                raise ProviderAnswerError(
                    expected=f"at most {self._size} bytes from {where}", came="more"
                )
        return bytes(body)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._inner.aclose()


def _named(error: httpx2.TransportError) -> str:
    """Return what went wrong; in full only where nothing of ours can be in it."""
    name = type(error).__name__
    return f"{name} ({shown(str(error))})" if isinstance(error, httpx2.ConnectError) else name


async def _whole(response: httpx2.Response) -> AsyncIterator[bytes]:
    yield response.content


def _refuse_by_head(response: httpx2.Response, where: str) -> None:
    if REDIRECTS <= response.status_code < CLIENT_ERRORS:
        # Followed, it would carry the client secret to an address that nobody configured.
        raise ProviderAnswerError(
            expected=f"an answer of {where}", came=f"a redirect ({response.status_code})"
        )
    if response.status_code >= SERVER_ERROR or response.status_code == TOO_MANY_REQUESTS:
        raise ProviderUnavailableError(
            expected=f"an answer of {where}", came=f"HTTP {response.status_code}"
        )
    encoding = response.headers.get("content-encoding", "identity")
    if encoding != "identity":
        raise ProviderAnswerError(
            expected=f"a plain answer of {where}", came=f"content-encoding {shown(encoding)}"
        )


def require_secure(url: str, name: str = "a URL") -> None:
    """Refuse a URL that is neither https nor loopback http, or that hides its host.

    ``name`` says what it is. Raises InsecureUrlError.
    """
    try:
        parts, _ = urlsplit(url), httpx2.URL(url)  # what the one takes, the other may not
    except (ValueError, httpx2.InvalidURL):
        raise InsecureUrlError(expected=name, came=shown(url)) from None
    if not _is_secure(parts) or "@" in parts.netloc or parts.fragment:
        raise InsecureUrlError(
            expected=f"{name} with https (or http on loopback), no user name and no fragment",
            came=shown(url),
        )


def _is_secure(parts: SplitResult) -> bool:
    # Not Authlib's `is_secure_transport`: a variable of the environment turns that off.
    return bool(parts.hostname) and (
        parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(parts.hostname or ""))
    )


def _is_loopback(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost"
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_loopback
