"""What stands between us and platforms while keys rotate, and the steps that a rotation waits for.

All of `idp.outbound` and of the services is the real one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from tests.support.internet import Asked, Internet, Page
from tests.support.provider import ISSUER

if TYPE_CHECKING:
    from idp.services.keys import SigningKeys
    from tests.support.provider import Provider

JWKS: Final = f"{ISSUER}/jwks"


@dataclass
class Front:
    """A cache before the provider: passes the JWKS on, or shows what it kept."""

    internet: Internet = field(default_factory=lambda: Internet({"localhost": ["127.0.0.1"]}))
    kept: bytes | None = None
    _keys: SigningKeys | None = None

    def stand_before(self, provider: Provider) -> None:
        self._keys = provider.services.keys
        self.internet.answer(JWKS, self._show)

    def keep(self) -> None:
        """Show what is served now from now on, whatever becomes of it."""
        assert self._keys is not None
        self.kept = self._keys.served()

    def _show(self, _asked: Asked) -> Page:
        assert self._keys is not None
        body = self._keys.served() if self.kept is None else self.kept
        return Page(body, 200, {"content-type": "application/jwk-set+json"})


async def wait_for(provider: Provider, seconds: int) -> None:
    """Let time pass as it does for a server that runs: it keeps up at both ends."""
    await provider.services.key_lives.keep_up()
    provider.clock.advance(seconds)
    await provider.services.key_lives.keep_up()


async def ripen(provider: Provider) -> None:
    """Let every key that is published be seen, and long enough for all caches."""
    await provider.services.key_lives.keep_up()
    await provider.services.key_lives.look()
    policy = provider.services.keys.policy
    await wait_for(provider, policy.jwks_max_age + policy.margin)
