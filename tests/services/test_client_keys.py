"""Keys that clients publish: fetched seldom, kept for a while, and never at a stranger's beck."""

import asyncio
from collections.abc import Callable
from typing import Any, Final

import pytest

from idp.domain.client import Client
from idp.protocol.jose import JwtRefused
from idp.services.client_keys import (
    COOL_DOWN_SECONDS,
    KEPT_SECONDS,
    STALE_SECONDS,
    ClientKeys,
)
from tests.support.internet import Internet, Page
from tests.support.jwt import jwks, key, signed
from tests.support.time import FrozenClock

URI: Final = "https://shop.example/jwks"
OLD, NEW, OTHER = key(name="old"), key(name="new"), key(name="other")


class World:
    def __init__(self) -> None:
        self.internet, self.clock = Internet(), FrozenClock()
        self.keys = ClientKeys(self.internet.outbound(), self.clock)
        self.client = client()
        self.internet.serve(URI, jwks(OLD))

    async def knows(self, signer: Any) -> bool:
        try:
            found = await self.keys.of(self.client, signed(signer, {}))
        except JwtRefused:
            return False
        return found.knows(signer.kid)

    @property
    def fetched(self) -> int:
        return self.internet.times(URI)


@pytest.fixture
def world() -> World:
    return World()


def client(**changes: Any) -> Client:
    ordinary: dict[str, Any] = {
        "client_id": "shop",
        "platform": "",
        "sector": "host:shop.example",
        "redirect_uris": (),
        "names": {},
        "jwks_uri": URI,
    }
    return Client(**ordinary | changes)


async def test_keys_are_fetched_once_and_again_when_they_are_old(world: World):
    assert await world.knows(OLD)
    world.clock.advance(KEPT_SECONDS - 1)
    assert await world.knows(OLD)
    assert world.fetched == 1
    world.internet.serve(URI, jwks(NEW))
    world.clock.advance(1)
    assert not await world.knows(OLD)  # a key that was taken away is gone
    assert world.fetched == 2


@pytest.mark.spec("OpenID Connect Core 1.0 §10.1.1")
async def test_a_key_that_is_new_is_found_at_once(world: World):
    assert await world.knows(OLD)
    world.internet.serve(URI, jwks(OLD, NEW))
    assert await world.knows(NEW)
    assert world.fetched == 2


async def test_a_kid_that_nobody_knows_has_keys_fetched_once_in_a_while(world: World):
    assert await world.knows(OLD)
    for number in range(100):
        token = signed(OTHER, {}, kid=f"invented {number}")
        await world.keys.of(world.client, token)
    assert world.fetched == 2
    world.clock.advance(COOL_DOWN_SECONDS)
    assert not await world.knows(OTHER)
    assert world.fetched == 3


async def test_all_who_wait_for_one_clients_keys_wait_for_one_fetch(world: World):
    assert all(await asyncio.gather(*(world.knows(OLD) for _ in range(50))))
    assert world.fetched == 1


async def test_a_host_that_is_down_is_left_alone_and_its_keys_go_on(world: World):
    assert await world.knows(OLD)
    world.internet.down.add("shop.example")
    world.clock.advance(KEPT_SECONDS)
    for _ in range(20):
        assert await world.knows(OLD)
        assert not await world.knows(NEW)
    assert world.fetched == 2
    world.clock.advance(STALE_SECONDS - KEPT_SECONDS - 1)
    assert await world.knows(OLD)
    world.clock.advance(1)
    assert not await world.knows(OLD)  # whoever holds a host down keeps no key alive for long
    world.internet.down.clear()
    world.clock.advance(COOL_DOWN_SECONDS)
    assert await world.knows(OLD)


async def test_a_host_that_never_answered_is_asked_once_in_a_while(world: World):
    world.internet.down.add("shop.example")
    for _ in range(20):
        assert not await world.knows(OLD)
    assert world.fetched == 1
    world.internet.down.clear()
    world.clock.advance(COOL_DOWN_SECONDS)
    assert await world.knows(OLD)


UNUSABLE: dict[str, Callable[[], Page]] = {
    "no JSON": lambda: Page(b"<html>"),
    "a list": lambda: Page(b"[]"),
    "no keys": lambda: Page(b'{"keys": []}'),
    "keys that are none": lambda: Page(b'{"keys": [1]}'),
    "a secret": lambda: Page(b'{"keys": [{"kty": "oct", "k": "AAAA"}]}'),
    "deep": lambda: Page(b"[" * 60_000),
    "large": lambda: Page(b'{"keys": []}' + b" " * 70_000),
    "an error": lambda: Page(b"{}", status=500),
    "a redirect": lambda: Page(status=302, headers={"location": URI}),
}


@pytest.mark.parametrize("answer", UNUSABLE)
async def test_an_answer_that_is_no_set_of_public_keys_is_refused(world: World, answer: str):
    world.internet.answer(URI, UNUSABLE[answer]())
    assert not await world.knows(OLD)


@pytest.mark.spec("RFC 7517 §5")
async def test_keys_for_encryption_and_of_unknown_kinds_are_left_out(world: World):
    strange = [
        {"kty": "AKP", "alg": "ML-DSA-44", "pub": "AAAA", "kid": "strange"},
        dict(OTHER.public_jwk) | {"use": "enc"},
    ]
    world.internet.serve(URI, {"keys": [*strange, dict(OLD.public_jwk)]})
    assert await world.knows(OLD)
    assert not await world.knows(OTHER)


async def test_another_address_or_key_set_of_a_client_counts_at_once(world: World):
    assert await world.knows(OLD)
    elsewhere = world.internet.serve("https://shop.example/new", jwks(NEW))
    world.client = client(jwks_uri=elsewhere)
    assert await world.knows(NEW)
    world.client = client(jwks_uri=None, jwks=jwks(OTHER))
    assert await world.knows(OTHER)
    assert not await world.knows(NEW)
