"""Keys take over and leave while a provider runs (promise P7)."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from idp.domain.signing_key import KeyState, TooEarly, WrongStep
from idp.keystore.memory import MemoryKeystore
from idp.protocol import jose
from idp.services.keys import KeyLives, SigningKeys
from idp.storage import signing_keys
from tests.support.provider import Provider, running
from tests.support.time import SeededEntropy

HOUR = 3600


@pytest_asyncio.fixture
async def provider(tmp_path: Path) -> AsyncIterator[Provider]:
    async with running(tmp_path) as started:
        await started.services.key_lives.load()
        yield started


async def served(provider: Provider) -> dict[str, dict[str, Any]]:
    answer = await provider.browser().get("/jwks")
    return {key["kid"]: key for key in json.loads(answer.text)["keys"]}


async def signer_of(provider: Provider, alg: str) -> str:
    token = await provider.services.keys.sign(alg, {"sub": "somebody"}, typ="JWT")
    found = await served(provider)
    verified = jose.verify(
        token, jose.PublicKeys({"keys": list(found.values())}), algs=[alg], typs=["jwt"]
    )
    return str(verified.header["kid"])


async def test_p7_a_key_takes_over_after_every_platform_could_fetch_it(provider: Provider):
    lives, before = provider.services.key_lives, await signer_of(provider, "ES256")

    staged = await lives.stage("ES256")
    await lives.load()
    assert {before, staged.kid} <= (await served(provider)).keys()
    assert await signer_of(provider, "ES256") == before
    with pytest.raises(TooEarly):
        await lives.activate(staged.kid)

    provider.clock.advance(HOUR + 300)
    await lives.activate(staged.kid)
    await lives.load()
    assert await signer_of(provider, "ES256") == staged.kid
    assert before in await served(provider)

    with pytest.raises(TooEarly):
        await lives.remove(before)
    provider.clock.advance(2 * HOUR)
    await lives.remove(before)
    await lives.load()
    assert before not in await served(provider)
    assert await signer_of(provider, "ES256") == staged.kid


async def test_what_a_removed_key_signed_is_still_known_as_ours(provider: Provider):
    lives, keys = provider.services.key_lives, provider.services.keys
    old = await keys.sign("RS256", {"sub": "somebody"}, typ="JWT")
    staged = await lives.stage("RS256")
    provider.clock.advance(HOUR + 300)
    await lives.activate(staged.kid)
    provider.clock.advance(2 * HOUR)
    gone = next(k for k in await lives.everyone() if k.state is KeyState.RETIRED)
    await lives.remove(gone.kid)
    await lives.load()

    assert jose.verify(old, keys.known, algs=["RS256"], typs=["jwt"]).claims == {"sub": "somebody"}
    with pytest.raises(jose.JwtRefused):
        jose.verify(old, keys.public, algs=["RS256"], typs=["jwt"])
    assert gone.kid not in {signer.kid for signer in provider.parts.keystore.signers()}


async def test_of_two_operators_one_activates(provider: Provider):
    lives = provider.services.key_lives
    staged = [await lives.stage("ES256") for _ in range(2)]
    provider.clock.advance(HOUR + 300)

    done = await asyncio.gather(
        *(lives.activate(key.kid) for key in staged for _ in range(2)), return_exceptions=True
    )

    assert all(isinstance(one, WrongStep) or one.state is KeyState.ACTIVE for one in done)  # type: ignore[union-attr]
    active = [k for k in await lives.everyone() if k.state is KeyState.ACTIVE and k.alg == "ES256"]
    assert len(active) == 1


async def test_a_node_without_the_private_half_goes_on_with_the_key_before(provider: Provider):
    lives = provider.services.key_lives
    here = await signer_of(provider, "ES256")
    staged = await lives.stage("ES256")
    provider.clock.advance(HOUR + 300)
    await lives.activate(staged.kid)

    store = MemoryKeystore.create(SeededEntropy(5))
    store._signers = tuple(s for s in provider.parts.keystore.signers() if s.kid != staged.kid)
    node = SigningKeys(store.signers())
    behind = KeyLives(
        database=provider.parts.database,
        keys=node,
        store=store,
        clock=provider.clock,
        entropy=SeededEntropy(6),
    )
    with pytest.raises(ValueError, match=staged.kid):
        await behind.load()
    assert staged.kid in {key["kid"] for key in json.loads(node.jwks)["keys"]}
    token = await node.sign("ES256", {}, typ="JWT")
    assert jose.verify(token, node.public, algs=["ES256"], typs=["jwt"]).header["kid"] == here


async def test_the_first_start_makes_the_stores_keys_the_active_ones_once(provider: Provider):
    await asyncio.gather(*(provider.services.key_lives.load() for _ in range(5)))
    rows = await signing_keys.everyone(provider.parts.database)
    assert sorted((row["alg"], row["state"]) for row in rows) == [
        ("ES256", "active"),
        ("RS256", "active"),
    ]
