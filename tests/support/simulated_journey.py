"""A browser's way through a sign-in at the simulated provider, without a socket."""

from dataclasses import dataclass

from network_id import Options, Platform, SignIn, discover

from tests.support.simulated_provider import CLIENT_ID, CLIENT_SECRET, ISSUER, SimulatedProvider
from tests.support.time import FrozenClock

REDIRECT_URI = "https://shop.example/callback"


@dataclass
class Journey:
    """A browser that signs in at a platform, whose answer a test may alter on the way."""

    provider: SimulatedProvider
    clock: FrozenClock

    def options(self, **changes: object) -> Options:
        given = {"clock": self.clock.now, "transport": self.provider.transport(), **changes}
        return Options(**given)  # type: ignore[arg-type]

    async def platform(self, **changes: object) -> Platform:
        options = self.options(**changes)
        return await discover(ISSUER, CLIENT_ID, CLIENT_SECRET, REDIRECT_URI, options)

    async def sign_in(self, platform: Platform | None = None) -> SignIn:
        platform = platform or await self.platform()
        url, pending = await platform.begin_sign_in()
        return await platform.finish_sign_in(pending, self.provider.answer(url))
