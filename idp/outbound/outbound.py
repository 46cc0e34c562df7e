"""What the services ask for: fetch a small document, deliver a small form."""

from __future__ import annotations

import asyncio
from functools import cache, partial
from ssl import SSLCertVerificationError
from typing import TYPE_CHECKING

import httpx2
from msgspec import Struct, field

from idp.outbound.reach import OutboundRefused, Reach
from idp.outbound.transport import TOLD, Guarded, dialled, resolve

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path
    from ssl import SSLContext

    from idp.outbound.transport import Dial, Resolve, Tls

SECONDS = 10.0  # for a whole exchange, however slowly its bytes come
MAX_BYTES = 64 * 1024
_MOST_AT_ONCE = 50


class Fetched(Struct, frozen=True):
    """An answer, whole; ``content_type`` in lower case and without parameters.

    ``told``: what it says of its age, by header in lower case; ``tls`` is None for plain http.
    """

    status: int
    content_type: str
    body: bytes
    told: Mapping[str, str] = field(default_factory=dict)
    tls: Tls | None = None


class Outbound:
    """Sends to public https hosts, and to those that an operator named in ``reach``.

    ``resolving`` and ``dialling`` are the system's own; tests hand in an internet of theirs.
    """

    def __init__(
        self,
        reach: Reach | None = None,
        *,
        ca: Path | None = None,
        resolving: Resolve = resolve,
        dialling: Dial | None = None,
        seconds: float = SECONDS,
    ) -> None:
        self._reach = reach or Reach()
        self._resolving = resolving
        self._dialling = dialling or partial(_dial, ca)
        self._seconds = seconds
        self._turns = asyncio.Semaphore(_MOST_AT_ONCE)

    async def get(self, url: str, *, accept: str, limit: int = MAX_BYTES) -> Fetched:
        """Fetch a document of at most ``limit`` bytes, whatever its status is.

        Raises OutboundRefused, also for a host that is down or slow.
        """
        return await self._get(url, self._reach, accept, limit)

    async def get_own(self, url: str, *, accept: str, limit: int = MAX_BYTES) -> Fetched:
        """Fetch from our own address, which the operator named: private or plain as it may be.

        As ``get`` in all else.
        """
        return await self._get(url, self._reach.with_host_of(url), accept, limit)

    async def _get(self, url: str, reach: Reach, accept: str, limit: int) -> Fetched:
        reach.target(url)  # as it was written: below, httpx2 has put it in order
        request = httpx2.Request("GET", _bare(url), headers={"Accept": accept})
        answer = await self._send(request, reach, limit)
        content_type = answer.headers["content-type"].partition(";")[0].strip().lower()
        told = {name: answer.headers[name] for name in TOLD if name in answer.headers}
        tls = answer.extensions.get("tls")
        return Fetched(answer.status_code, content_type, answer.content, told, tls)

    async def post_form(self, url: str, fields: Mapping[str, str]) -> int:
        """Deliver a form and return the status of the answer, which is not read further.

        Raises OutboundRefused, also for a host that is down or slow.
        """
        self._reach.target(url)
        request = httpx2.Request("POST", _bare(url), data=dict(fields))
        answer = await self._send(request, self._reach, 0)
        return answer.status_code

    def transport(self, hosts: Collection[str], *, limit: int) -> Guarded:
        """Return a transport to ``hosts`` alone, which an operator named, for a library's use."""
        return self._guarded(Reach(frozenset(hosts), only=True), limit)

    def _guarded(self, reach: Reach, limit: int) -> Guarded:
        return Guarded(reach, resolving=self._resolving, dialling=self._dialling, limit=limit)

    async def _send(self, request: httpx2.Request, reach: Reach, limit: int) -> httpx2.Response:
        try:
            async with asyncio.timeout(self._seconds), self._turns:
                return await self._guarded(reach, limit).handle_async_request(request)
        except TimeoutError:
            raise OutboundRefused("the exchange takes too long") from None
        except OutboundRefused:
            raise
        except httpx2.HTTPError as error:
            raise OutboundRefused(f"the exchange failed: {_why(error)}") from None


def _why(error: BaseException) -> str:
    """Say what failed: by its type, or that a certificate is not what it should be."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, SSLCertVerificationError):
            return "its certificate is not valid, for another name, or of an unknown authority"
        cause = cause.__cause__ or cause.__context__
    return type(error).__name__


def _bare(url: str) -> str:
    return url.partition("#")[0]


@cache
def _trusted(ca: Path | None) -> SSLContext:
    # Read once: reading every certificate takes longer than asking, and holds everybody up.
    context = httpx2.create_ssl_context()
    if ca is not None:
        context.load_verify_locations(ca)
    return context


def _dial(ca: Path | None) -> httpx2.AsyncBaseTransport:
    return dialled(_trusted(ca))
