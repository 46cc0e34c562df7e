"""Keys take over and leave while a provider runs (promise P7)."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from msgspec.structs import replace

from idp.app import build_services
from idp.domain.secret_key import SecretDomain
from idp.domain.signing_key import (
    ALGORITHMS,
    KeyState,
    NotLoaded,
    NotSeen,
    Standing,
    TooEarly,
    WrongStep,
)
from idp.keystore.memory import MemoryKeystore
from idp.protocol import jose
from idp.protocol.jose import SignerUnavailable
from idp.storage import signing_keys
from idp.web.site import Services
from tests.support.provider import Provider, running
from tests.support.rotating import Front, ripen, wait_for

HOUR = 3600


@pytest.fixture
def front() -> Front:
    return Front()


@pytest_asyncio.fixture
async def provider(tmp_path: Path, front: Front) -> AsyncIterator[Provider]:
    async with running(tmp_path, internet=front.internet) as started:
        front.stand_before(started)
        await started.services.key_lives.keep_up()
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

    await ripen(provider)
    await lives.activate(staged.kid)
    await lives.load()
    assert await signer_of(provider, "ES256") == staged.kid
    assert before in await served(provider)

    with pytest.raises(TooEarly):
        await lives.remove(before)
    await wait_for(provider, 2 * HOUR)
    await lives.remove(before)
    await lives.load()
    assert before not in await served(provider)
    assert await signer_of(provider, "ES256") == staged.kid


async def test_p7_a_cache_that_hides_the_key_keeps_it_from_signing(
    provider: Provider, front: Front
):
    lives = provider.services.key_lives
    front.keep()
    staged = await lives.stage("ES256")
    await ripen(provider)
    with pytest.raises(NotSeen):
        await lives.activate(staged.kid)

    front.kept = None
    with pytest.raises(TooEarly) as refused:  # who asked a moment before has the older set
        await lives.activate(staged.kid)
    assert refused.value.since == provider.clock.now() + HOUR
    await wait_for(provider, HOUR)
    assert (await lives.activate(staged.kid)).state is KeyState.ACTIVE


async def test_p7_a_cache_that_shows_an_older_set_again_begins_the_wait_anew(
    provider: Provider, front: Front
):
    lives = provider.services.key_lives
    front.keep()
    older = front.kept
    front.kept = None
    staged = await lives.stage("ES256")
    await ripen(provider)
    front.kept = older
    await lives.look()
    with pytest.raises(NotSeen):
        await lives.activate(staged.kid)
    front.kept = None
    with pytest.raises(TooEarly):
        await lives.activate(staged.kid)


async def test_p7_who_stood_still_after_the_look_activates_nothing(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
):
    lives = provider.services.key_lives
    staged, standing = await lives.stage("ES256"), lives.standing
    await ripen(provider)

    async def asleep(**seen: bool | None) -> Standing:
        found = await standing(**seen)
        provider.clock.advance(16)
        return found

    with monkeypatch.context() as slow:
        slow.setattr(lives, "standing", asleep)
        with pytest.raises(WrongStep, match="some time ago"):
            await lives.activate(staged.kid)
    assert (await lives.activate(staged.kid)).state is KeyState.ACTIVE


@pytest.mark.parametrize("lie", ["another public half", "no key at all", "not a JWKS"])
async def test_p7_what_is_seen_has_to_be_the_key_itself(provider: Provider, front: Front, lie: str):
    lives = provider.services.key_lives
    staged = await lives.stage("ES256")
    await ripen(provider)
    shown = await served(provider)
    other = next(key for key in shown.values() if key["kid"] != staged.kid and key["kty"] == "EC")
    front.kept = {
        "another public half": json.dumps({"keys": [other | {"kid": staged.kid}]}),
        "no key at all": json.dumps({"keys": [staged.kid]}),
        "not a JWKS": "<html>",
    }[lie].encode()
    with pytest.raises(NotSeen):
        await lives.activate(staged.kid)


async def test_p7_a_key_waits_for_the_node_that_lacks_it(provider: Provider):
    lives, other = provider.services.key_lives, another_node(provider)
    await other.key_lives.keep_up()
    staged = await lives.stage("ES256")
    await ripen(provider)
    await other.key_lives.keep_up()  # it serves the key, and could not sign with it
    with pytest.raises(NotLoaded):
        await lives.activate(staged.kid)

    await wait_for(provider, lives_margin(provider) + 1)  # gone, or stopped by itself
    assert (await lives.activate(staged.kid)).state is KeyState.ACTIVE


async def test_p7_a_node_without_the_private_half_signs_with_the_key_before_and_then_stops(
    provider: Provider,
):
    here = await signer_of(provider, "ES256")
    behind = another_node(provider)
    await behind.key_lives.load()
    staged = await provider.services.key_lives.stage("ES256")
    await ripen(provider)
    await provider.services.key_lives.activate(staged.kid)

    for _ in range(2):
        with pytest.raises(ValueError, match=staged.kid):
            await behind.key_lives.load()
        token = await behind.keys.sign("ES256", {}, typ="JWT")
        verified = jose.verify(token, behind.keys.public, algs=["ES256"], typs=["jwt"])
        assert verified.header["kid"] == here
    provider.clock.advance(lives_margin(provider) + 1)
    with pytest.raises(ValueError, match=staged.kid):
        await behind.key_lives.load()
    with pytest.raises(SignerUnavailable):
        await behind.keys.sign("ES256", {}, typ="JWT")
    assert await behind.keys.sign("RS256", {}, typ="JWT")


async def test_p7_a_node_that_hears_nothing_neither_signs_nor_serves(provider: Provider):
    browser = provider.browser()
    provider.clock.advance(lives_margin(provider))
    assert (await browser.get("/jwks")).status == 200
    provider.clock.advance(1)
    answer = await browser.get("/jwks")
    assert (answer.status, "max-age" in answer.headers.get("cache-control", "")) == (503, False)
    with pytest.raises(SignerUnavailable):
        await provider.services.keys.sign("ES256", {}, typ="JWT")
    await provider.services.key_lives.load()
    assert await signer_of(provider, "ES256")


async def test_what_a_removed_key_signed_is_still_known_as_ours(provider: Provider):
    lives, keys = provider.services.key_lives, provider.services.keys
    old = await keys.sign("RS256", {"sub": "somebody"}, typ="JWT")
    staged = await lives.stage("RS256")
    await ripen(provider)
    await lives.activate(staged.kid)
    await wait_for(provider, 2 * HOUR)
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
    await ripen(provider)

    done = await asyncio.gather(
        *(lives.activate(key.kid) for key in staged for _ in range(2)), return_exceptions=True
    )

    assert all(isinstance(one, WrongStep) or one.state is KeyState.ACTIVE for one in done)  # type: ignore[union-attr]
    active = [k for k in await lives.everyone() if k.state is KeyState.ACTIVE and k.alg == "ES256"]
    assert len(active) == 1


async def test_a_key_that_signs_is_retired_by_the_one_that_waits(provider: Provider):
    lives, before = provider.services.key_lives, await signer_of(provider, "ES256")
    with pytest.raises(WrongStep, match="stage one first"):
        await lives.retire(before)
    staged = await lives.stage("ES256")
    with pytest.raises(TooEarly):
        await lives.retire(before)
    await ripen(provider)
    assert (await lives.retire(before)).state is KeyState.RETIRED
    await lives.load()
    assert await signer_of(provider, "ES256") == staged.kid


async def test_a_key_that_never_signed_is_withdrawn_and_destroyed(provider: Provider):
    lives = provider.services.key_lives
    staged = await lives.stage("ES256")
    await lives.retire(staged.kid)
    await lives.remove(staged.kid)
    await lives.load()
    assert staged.kid not in await served(provider)
    assert staged.kid not in {signer.kid for signer in provider.parts.keystore.signers()}


async def test_the_first_start_makes_the_stores_keys_the_active_ones_once(provider: Provider):
    await asyncio.gather(*(provider.services.key_lives.load() for _ in range(5)))
    rows = await signing_keys.everyone(provider.parts.database)
    assert sorted((row["alg"], row["state"]) for row in rows) == [
        (alg, "active") for alg in sorted(ALGORITHMS)
    ]


def lives_margin(provider: Provider) -> int:
    return provider.services.keys.policy.margin


def another_node(provider: Provider) -> Services:
    """Another server process on a machine that has its own copy of today's keys."""
    store = provider.parts.keystore
    secrets = {domain: store.secret(domain) for domain in SecretDomain}
    own = MemoryKeystore(store.signers(), secrets)
    return build_services(replace(provider.parts, keystore=own))
