"""The key cache: rotation is followed, an outage is survived, nobody can make it hammer."""

import asyncio
from typing import Any

import network_id
import pytest
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey
from network_id.keys import COOL_DOWN, OUTAGE, read_keys
from starlette.responses import JSONResponse, PlainTextResponse, Response

from tests.support.simulated_journey import Journey
from tests.support.simulated_provider import EC, ED, OTHER_RSA, PSS, RSA, SimulatedProvider


def fetches(provider: SimulatedProvider) -> int:
    return provider.requests.count("/jwks")


def rotate(provider: SimulatedProvider) -> None:
    provider.key = OTHER_RSA
    provider.published = [OTHER_RSA]


async def test_keys_are_fetched_once_for_many_sign_ins(journey: Journey) -> None:
    platform = await journey.platform()
    for _ in range(5):
        await journey.sign_in(platform)
    assert fetches(journey.provider) == 1


async def test_a_new_key_is_found_by_one_refetch(journey: Journey) -> None:
    platform = await journey.platform()
    rotate(journey.provider)
    journey.clock.advance(COOL_DOWN)
    assert (await journey.sign_in(platform)).kid == OTHER_RSA.kid
    assert fetches(journey.provider) == 2


async def test_a_key_that_is_changed_right_after_the_start_is_found_too(journey: Journey) -> None:
    platform = await journey.platform()
    rotate(journey.provider)
    assert (await journey.sign_in(platform)).kid == OTHER_RSA.kid
    journey.clock.advance(600)  # and right after the keys were fetched because their time was over
    await journey.sign_in(platform)
    journey.provider.key, journey.provider.published = RSA, [RSA]
    assert (await journey.sign_in(platform)).kid == RSA.kid


async def test_unknown_kids_cause_one_fetch_per_cool_down(journey: Journey) -> None:
    platform = await journey.platform()
    journey.clock.advance(COOL_DOWN)
    journey.provider.change_header = lambda header: header.update(kid="forged")
    for _ in range(10):
        with pytest.raises(network_id.KeyUnknownError):
            await journey.sign_in(platform)
    assert fetches(journey.provider) == 2


async def test_concurrent_sign_ins_share_one_refetch(journey: Journey) -> None:
    platform = await journey.platform()
    rotate(journey.provider)
    journey.clock.advance(COOL_DOWN)
    await asyncio.gather(*(journey.sign_in(platform) for _ in range(8)))
    assert fetches(journey.provider) == 2


async def test_a_withdrawn_key_is_forgotten_when_its_time_is_over(journey: Journey) -> None:
    platform = await journey.platform()
    journey.provider.published = [EC]
    journey.clock.advance(600)  # the provider's max-age
    with pytest.raises(network_id.KeyUnknownError):
        await journey.sign_in(platform)


BROKEN: dict[str, Response] = {
    "down": PlainTextResponse("no", 503),
    "garbage": PlainTextResponse("<html>"),
    "no keys": JSONResponse({"keys": []}),
    "keys of no use": JSONResponse({"keys": [{"kty": "oct", "k": "AAAA", "kid": "a"}, 7, {}]}),
}


@pytest.mark.parametrize("answer", BROKEN)
async def test_known_keys_survive_an_outage(journey: Journey, answer: str) -> None:
    platform = await journey.platform()
    journey.provider.answers["/jwks"] = BROKEN[answer]
    journey.clock.advance(OUTAGE)
    assert (await journey.sign_in(platform)).network_id
    assert fetches(journey.provider) == 2


async def test_a_new_key_that_cannot_be_had_now_is_not_called_a_forgery(journey: Journey) -> None:
    platform = await journey.platform()
    rotate(journey.provider)
    journey.provider.answers["/jwks"] = BROKEN["down"]
    journey.clock.advance(COOL_DOWN)
    for _ in range(3):  # the first one asks; the others within the cool-down hear the same
        with pytest.raises(network_id.ProviderUnavailableError):
            await journey.sign_in(platform)
    assert fetches(journey.provider) == 2
    del journey.provider.answers["/jwks"]
    journey.clock.advance(COOL_DOWN)
    assert (await journey.sign_in(platform)).kid == OTHER_RSA.kid


async def test_a_fetch_that_nobody_waited_for_makes_no_forgery_of_a_new_key(
    journey: Journey,
) -> None:
    asked = asyncio.Event()

    async def for_ever(*_: object) -> None:
        asked.set()
        await asyncio.Event().wait()

    platform = await journey.platform()
    rotate(journey.provider)
    journey.provider.answers["/jwks"] = for_ever  # type: ignore[assignment]
    under_way = asyncio.create_task(journey.sign_in(platform))
    await asked.wait()
    under_way.cancel()
    await asyncio.wait([under_way])
    with pytest.raises(network_id.ProviderUnavailableError):
        await journey.sign_in(platform)


async def test_known_keys_do_not_live_for_ever(journey: Journey) -> None:
    platform = await journey.platform()
    journey.provider.answers["/jwks"] = BROKEN["down"]
    journey.clock.advance(600 + OUTAGE)
    with pytest.raises(network_id.ProviderUnavailableError):
        await journey.sign_in(platform)


def as_dict(key: RSAKey | ECKey | OctKey | OKPKey, **changes: object) -> dict[str, Any]:
    return {**key.as_dict(private=False), **changes}


@pytest.mark.spec("RFC 8725 §3.1")
@pytest.mark.parametrize(
    "member",
    [
        as_dict(RSA, use="enc"),
        as_dict(RSA, alg="PS512"),
        as_dict(RSA, alg="Ed25519"),
        as_dict(RSA, crv="P-256"),
        as_dict(ED, crv="Ed448"),
        as_dict(ED, alg="EdDSA"),
        as_dict(RSA, alg="HS256"),
        as_dict(RSA, kid=None),
        as_dict(RSA, kid=7),
        as_dict(RSA, n="AQAB"),
        as_dict(RSA, n=7),
        as_dict(RSA, n="A" * 400),
        as_dict(EC, crv="P-384"),
        as_dict(EC, x="!"),
        as_dict(EC, alg="RS256"),
        {"kty": "oct", "k": "c2VjcmV0", "kid": "a", "alg": "RS256"},
        {"kty": ["RSA"], "kid": "a"},
        "a text",
        None,
    ],
)
def test_a_key_that_is_not_fit_verifies_nothing(member: object) -> None:
    assert read_keys({"keys": [member]}) == {}


def test_a_key_verifies_one_algorithm() -> None:
    assert set(read_keys({"keys": [as_dict(key) for key in (RSA, PSS, EC, ED)]})) == {
        (RSA.kid, "RS256"),
        (PSS.kid, "PS256"),
        (EC.kid, "ES256"),
        (ED.kid, "Ed25519"),
    }


def test_a_key_of_an_unknown_kind_is_passed_over() -> None:
    future = {"kty": "AKP", "alg": "ML-DSA-65", "kid": "future", "pub": "AAAA"}
    assert set(read_keys({"keys": [future, as_dict(RSA)]})) == {(RSA.kid, "RS256")}
