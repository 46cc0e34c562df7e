"""The SDK at the provider itself: the real application, reached without a socket."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import httpx2
import network_id as sdk

from tests.support.by_http import Person

if TYPE_CHECKING:
    from tests.support.provider import Provider

CALLBACK: Final = "https://shop.example/callback"
CONNECTED: Final = {"grant_types": ["authorization_code", "refresh_token"]}


@dataclass
class Kit:
    """Platforms that run on the SDK, and people who sign in there."""

    provider: Provider

    @property
    def transport(self) -> httpx2.ASGITransport:
        return httpx2.ASGITransport(app=self.provider.app)

    def options(self, **options: Any) -> sdk.Options:
        given: dict[str, Any] = {"clock": self.provider.clock.now, "transport": self.transport}
        return sdk.Options(**given | options)

    async def platform(self, options: sdk.Options | None = None, **metadata: Any) -> sdk.Platform:
        """Register a client and discover the provider as it."""
        registered = await self.provider.add_client(**metadata)
        return await sdk.discover(
            self.provider.issuer,
            registered.client.client_id,
            registered.secret,
            CALLBACK,
            options or self.options(),
        )

    async def sign_in(
        self, platform: sdk.Platform, persona: str = "adult", **ask: Any
    ) -> sdk.SignIn:
        """Sign a persona in, who says yes."""
        url, pending = await platform.begin_sign_in(**ask)
        return await platform.finish_sign_in(pending, await self.answer(url, persona))

    async def answer(self, url: str, persona: str = "adult") -> str:
        """Return the query that a person's browser brings back."""
        async with Person(self.provider.issuer, persona, self.transport) as person:
            return urlsplit(await person.open(url)).query
