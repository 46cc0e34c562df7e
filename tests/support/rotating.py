"""What stands between us and platforms while keys rotate, and the steps that a rotation waits for.

All of `idp.outbound` and of the services is the real one.
"""

from __future__ import annotations

import itertools
from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from idp.domain.clock import SECONDS_PER_DAY
from idp.domain.secret_key import SecretDomain
from idp.keystore.keyring import in_order
from idp.keystore.memory import MemoryKeystore
from idp.keystore.signing import algorithm, generate, signer_for
from tests.support import ready_made
from tests.support.internet import Asked, Internet, Page
from tests.support.provider import ISSUER, running
from tests.support.time import SeededEntropy

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from idp.domain.clock import Clock, Entropy
    from idp.domain.signing_key import KeyState
    from idp.keystore import Keystore, Signer
    from idp.keystore.signing import LocalSigner
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


class Shelf(MemoryKeystore):
    """A store whose keys are made ahead, for RSA takes its time; each is handed out once."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._given: set[str] = set()

    @classmethod
    def of(cls, store: Keystore) -> Shelf:
        """One more store with all that is in ``store`` now."""
        return cls(store.signers(), {domain: store.secret(domain) for domain in SecretDomain})

    def make(self, alg: str, entropy: Entropy, clock: Clock) -> Signer:
        self._given |= {signer.kid for signer in self.signers()}
        made = next(
            one for n in itertools.count() if (one := _ahead(alg, n)).kid not in self._given
        )
        self._given.add(made.kid)
        self._signers = in_order([*self._signers, made])
        return made


@cache
def _ahead(alg: str, _number: int) -> LocalSigner:
    known = algorithm(alg)
    return signer_for(known, generate(known))


class Killed(BaseException):
    """Stands for the end of the process."""


class Mortal:
    """A database whose process ends before its next statement but ``left``."""

    def __init__(self, living: Any, left: int) -> None:
        self._living = living
        self.left = left

    def __getattr__(self, name: str) -> Any:
        return getattr(self._living, name)

    async def one(self, *given: Any, **named: Any) -> Any:
        self._spend()
        return await self._living.one(*given, **named)

    async def all(self, *given: Any, **named: Any) -> Any:
        self._spend()
        return await self._living.all(*given, **named)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Any]:
        self._spend()
        async with self._living.transaction() as transaction:
            yield transaction if transaction is self._living else Mortal.within(self, transaction)

    @classmethod
    def within(cls, outer: Mortal, transaction: Any) -> Mortal:
        """The same life, in a transaction."""
        inner = cls(transaction, 0)
        inner._spend = outer._spend  # type: ignore[method-assign]
        return inner

    def _spend(self) -> None:
        if self.left == 0:
            raise Killed
        self.left -= 1


async def minute(provider: Provider, minutes: int = 1) -> None:
    """Let a server live on: it keeps up, and its schedule has its turn each minute."""
    for _ in range(minutes):
        await provider.services.key_lives.keep_up()
        provider.clock.advance(60)
        await provider.services.key_lives.keep_up()
        await provider.services.rotation.run()


async def days(provider: Provider, count: int) -> None:
    """Let days pass; of each minute only the last ones are lived through."""
    provider.clock.advance(count * SECONDS_PER_DAY)
    await minute(provider, 2)


@asynccontextmanager
async def started(
    folder: Path, front: Front, store: Shelf | None = None, **settings: Any
) -> AsyncIterator[Provider]:
    """A provider in which nobody is yet, with a store whose keys are made ahead."""
    store = store or Shelf.of(ready_made.keystore(SeededEntropy(3)))
    async with running(
        folder, internet=front.internet, keystore=store, sandbox=False, **settings
    ) as one:
        front.stand_before(one)
        await one.services.key_lives.keep_up()
        yield one


async def states(provider: Provider) -> dict[str, Counter[str]]:
    """How many keys of each algorithm are in each state."""
    found: dict[str, Counter[str]] = {}
    for key in await provider.services.key_lives.everyone():
        found.setdefault(key.alg, Counter())[key.state.value] += 1
    return found


async def kids_in(state: KeyState, provider: Provider) -> set[str]:
    keys = await provider.services.key_lives.everyone()
    return {key.kid for key in keys if key.state is state}
