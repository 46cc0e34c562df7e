"""The provider as a platform reaches it: through the door, discovered once, its keys cached.

Discovery happens when it is first needed and is kept then. One that fails is kept for some seconds
too: whoever comes meanwhile hears the same at once, instead of waiting for a provider that is away.
That the document is fetched late makes it no less safe: the issuer is configured, and a document
that does not name it is refused.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import httpx2

from network_id.door import Door
from network_id.errors import SignInError
from network_id.keys import KeyCache
from network_id.metadata import Metadata, check_issuer, fetch_metadata

if TYPE_CHECKING:
    import ssl

    from network_id.options import Options

PAUSE: Final = 5  # seconds for which a failed discovery is not tried again


@dataclass(frozen=True, slots=True)
class Discovered:
    """A provider's checked metadata, and its keys."""

    metadata: Metadata
    keys: KeyCache


class Provider:
    """The provider named ``issuer``. Safe for concurrent use on one event loop."""

    def __init__(self, issuer: str, options: Options, tls: ssl.SSLContext | None = None) -> None:
        """Fetch nothing yet. Raises InsecureUrlError."""
        check_issuer(issuer)
        self.issuer = issuer
        self.options = options
        # Reading the trusted authorities takes some 20 ms, so it is done once.
        self._tls = tls or (None if options.transport else httpx2.create_ssl_context())
        inner = options.transport or httpx2.AsyncHTTPTransport(verify=self._tls or True)
        self.door = Door(inner, seconds=options.seconds, size=options.size)
        # trust_env off: a proxy from the environment would go round the door. No timeout here: the
        # door's is for the whole exchange, and the client's own would be shorter than some choose.
        self.http = httpx2.AsyncClient(transport=self.door, trust_env=False, timeout=None)
        self._lock = asyncio.Lock()
        self._discovered: Discovered | None = None
        self._failed: tuple[int, SignInError] | None = None

    async def discovered(self) -> Discovered:
        """Return what discovery found, fetching it when nobody has yet.

        Raises IssuerMismatchError, DiscoveryInvalidError, InsecureUrlError,
        ProviderUnavailableError, ProviderAnswerError.
        """
        if self._discovered is None:
            async with self._lock:
                if self._discovered is None:
                    self._discovered = await self._discover()
        return self._discovered

    async def _discover(self) -> Discovered:
        clock = self.options.clock
        if self._failed is not None and abs(clock() - self._failed[0]) < PAUSE:
            raise self._failed[1].again()
        try:
            metadata = await fetch_metadata(self.http, self.issuer)
            metadata.require_any("id_token_signing_alg_values_supported", self.options.algorithms)
            keys = KeyCache(self.http, metadata.jwks_uri, clock)
            await keys.load()
        except SignInError as error:
            self._failed = (clock(), error.again())
            raise
        return Discovered(metadata, keys)

    def renewed(self) -> Provider:
        """Return the same provider with connections of its own, knowing what is known already."""
        other = Provider(self.issuer, self.options, self._tls)
        other._failed = self._failed
        if self._discovered is not None:
            metadata, keys = self._discovered.metadata, self._discovered.keys
            other._discovered = Discovered(metadata, keys.renewed(other.http))
        return other


class ProviderOfLoops:
    """One provider, with connections of its own for each event loop that uses it.

    A connection belongs to the loop that it was opened on. Test clients run a loop for each
    request, scripts one after the other, and a forked process has none of its parent's. What is
    known (metadata, keys, when to ask again) is handed on to the next. What belongs to a loop that
    was closed is dropped; a forked process keeps its parent's, which it must not close.
    """

    def __init__(self, first: Provider) -> None:
        self._newest = first
        self._unused = [first]
        self._of_loop: dict[asyncio.AbstractEventLoop, Provider] = {}

    def here(self) -> Provider:
        """Return the provider for the running loop."""
        loop = asyncio.get_running_loop()
        found = self._of_loop.get(loop)
        if found is None:
            try:
                found = self._unused.pop()  # by one thread alone, without a lock that a fork keeps
            except IndexError:
                found = self._newest.renewed()
            for closed in [other for other in list(self._of_loop) if other.is_closed()]:
                self._of_loop.pop(closed, None)
            self._of_loop[loop] = self._newest = found
        return found

    async def aclose(self) -> None:
        """Close the running loop's connections; whoever comes later on it opens new ones."""
        found = self._of_loop.pop(asyncio.get_running_loop(), None)
        if found is None:
            return
        if found is self._newest:
            self._newest = found.renewed()
        await found.http.aclose()
