"""What is wrong with keys is found, and by its name."""

import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
import pytest_asyncio

from idp.domain.signing_key import KeyState
from idp.keystore.signing import generate, signer_for
from idp.storage import signing_keys
from tests.support.provider import Provider, running
from tests.support.rotating import Front, ripen


@pytest.fixture
def front() -> Front:
    return Front()


@pytest_asyncio.fixture
async def provider(tmp_path: Path, front: Front) -> AsyncIterator[Provider]:
    async with running(tmp_path, internet=front.internet) as started:
        front.stand_before(started)
        await started.services.key_lives.keep_up()
        yield started


async def found(provider: Provider) -> list[tuple[str, str]]:
    return [(one.code, one.about) for one in await provider.services.key_check.findings()]


async def test_nothing_is_wrong_at_first_nor_after_a_rotation(provider: Provider):
    lives = provider.services.key_lives
    assert await found(provider) == []
    staged = await lives.stage("ES256")
    await ripen(provider)
    assert await found(provider) == []
    await lives.activate(staged.kid)
    await lives.keep_up()
    assert await found(provider) == []


async def test_a_private_half_that_is_gone(provider: Provider):
    kid = (await provider.services.key_lives.stage("ES256")).kid
    await provider.services.key_lives.keep_up()
    provider.parts.keystore.destroy(kid, provider.parts.entropy)
    assert await found(provider) == [("private_half_missing", kid)]


async def test_a_private_half_that_outlived_its_key(provider: Provider):
    lives = provider.services.key_lives
    kid = (await lives.stage("ES256")).kid
    old = await lives.one(kid)
    await signing_keys.move(provider.parts.database, old, old.compromised(provider.clock.now()))
    codes = await found(provider)
    assert ("not_destroyed", kid) in codes


async def test_a_key_that_nobody_was_told_of(provider: Provider):
    store = provider.parts.keystore
    made = store.make("ES256", provider.parts.entropy, provider.clock)
    assert await found(provider) == [("unpublished", made.kid)]


async def test_halves_that_do_not_belong_together(provider: Provider, tmp_path: Path):
    """Somebody who can write to the table alone makes us serve their key under our kid."""
    other = signer_for("ES256", generate("ES256"))
    keys = await provider.services.key_lives.everyone()
    kid = next(key.kid for key in keys if key.alg == "ES256" and key.state is KeyState.ACTIVE)
    lie = json.dumps(dict(other.public_jwk) | {"kid": kid})
    with closing(sqlite3.connect(tmp_path / "provider.db")) as thief, thief:
        thief.execute("UPDATE signing_keys SET public_jwk = ? WHERE kid = ?", (lie, kid))
    assert ("public_half_wrong", kid) in await found(provider)


async def test_what_platforms_see_is_compared(provider: Provider, front: Front):
    front.keep()
    kid = (await provider.services.key_lives.stage("ES256")).kid
    await provider.services.key_lives.keep_up()
    assert await found(provider) == [("not_seen", kid)]
    front.kept = b"<html>"
    assert [code for code, _ in await found(provider)] == ["jwks_unreachable"]


async def test_an_algorithm_that_nothing_signs(provider: Provider):
    lives = provider.services.key_lives
    keys = await lives.everyone()
    old = next(key for key in keys if key.alg == "PS256")
    await signing_keys.move(provider.parts.database, old, old.retired(provider.clock.now()))
    assert await found(provider) == [("no_active_key", "PS256")]
