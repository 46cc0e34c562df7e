"""Our own SDK does what each fault demands: refuses, survives, or says so and works again."""

import asyncio
from typing import Any

import pytest
from network_id import Platform, SignIn, SignInError
from network_id.errors import TokenError
from network_id_simulator import FAULTS, Fault, Must, logout

from tests.support.simulator import LOGOUT_URI, World
from tests.support.time import FrozenClock

SLOW = [name for name in FAULTS if name.endswith("-slow")]
SIGN_INS = [n for n, fault in FAULTS.items() if fault.group != "logout" and n not in SLOW]
LOGOUTS = [name for name, fault in FAULTS.items() if fault.group == "logout"]
SOON_STALE = 300  # the JWKS may be kept for five minutes


async def attempt(world: World, platform: Platform, fault: Fault) -> SignIn:
    """Sign an adult in at the platform, which asks userinfo where the fault is there."""
    url, pending = await platform.begin_sign_in(ages=[18])
    location = (await world.http.get(url)).headers["location"]
    sign_in = await platform.finish_sign_in(pending, location.partition("?")[2])
    if fault.at == "userinfo":
        await platform.userinfo(sign_in)
    return sign_in


async def meet(world: World, fault: Fault, **options: Any) -> SignIn | SignInError:
    """Return what becomes of a sign-in that meets the fault."""
    try:
        platform = None
        if fault.at not in {"discovery", "jwks"}:
            platform = await world.platform(pushed=fault.at == "par", **options)
            world.clock.advance(SOON_STALE)
            await world.authorize(state="another browser's")
        world.simulator.switches.on(fault.name)
        platform = platform or await world.platform(**options)
        return await attempt(world, platform, fault)
    except SignInError as error:
        return error


@pytest.mark.spec("OpenID Connect Core 1.0 §3.1.3.7")
@pytest.mark.spec("OpenID Connect Core 1.0 §5.3.2")
@pytest.mark.spec("OpenID Connect Core 1.0 §10.1.1")
@pytest.mark.spec("RFC 7517 §5")
@pytest.mark.spec("RFC 9207 §2.4")
@pytest.mark.parametrize("name", SIGN_INS)
async def test_a_sign_in_that_meets_a_fault_ends_as_it_must(world: World, name: str):
    fault = FAULTS[name]
    outcome = await meet(world, fault)
    assert world.simulator.switches.delivered(name) == 1
    assert_right(fault, outcome)
    again = await attempt(world, await world.platform(), fault)
    assert again.network_id == world.simulator.network_id("client-of-the-shop", "adult")


def assert_right(fault: Fault, outcome: SignIn | SignInError) -> None:
    if fault.must is Must.SURVIVE:
        assert isinstance(outcome, SignIn), outcome
    elif not fault.may_sign_in:
        assert isinstance(outcome, SignInError)
        assert outcome.todo


async def test_a_slow_endpoint_holds_nobody_for_long(clock: FrozenClock):
    worlds = {name: World(clock) for name in SLOW}
    for world in worlds.values():
        world.simulator.config.slow_seconds = 600
    outcomes = await asyncio.gather(
        *(meet(world, FAULTS[name], seconds=1) for name, world in worlds.items())
    )
    for name, outcome in zip(SLOW, outcomes, strict=True):
        assert worlds[name].simulator.switches.delivered(name) == 1
        assert_right(FAULTS[name], outcome)


@pytest.mark.spec("OpenID Connect Back-Channel Logout 1.0 §2.6")
@pytest.mark.parametrize("name", LOGOUTS)
async def test_a_logout_token_with_a_fault_ends_nothing(world: World, name: str):
    world.simulator.config.change({"backchannel_logout_uri": LOGOUT_URI})
    platform = await world.platform()
    sign_in = await attempt(world, platform, FAULTS[name])
    if name == "logout-jti-replayed":
        await logout.send(world.simulator)
        await platform.verify_logout(world.logout_tokens[-1])
        sign_in = await attempt(world, platform, FAULTS[name])
    world.simulator.switches.on(name)
    await logout.send(world.simulator)
    assert await ends(platform, world.logout_tokens[-1], sign_in) is (
        FAULTS[name].must is Must.SURVIVE
    )


async def test_a_right_logout_token_ends_its_session(world: World):
    world.simulator.config.change({"backchannel_logout_uri": LOGOUT_URI})
    platform = await world.platform()
    sign_in = await attempt(world, platform, FAULTS["nonce"])
    await logout.send(world.simulator)
    assert await ends(platform, world.logout_tokens[-1], sign_in)


async def ends(platform: Platform, token: str, sign_in: SignIn) -> bool:
    try:
        told = await platform.verify_logout(token)
    except TokenError:
        return False
    return told.ends(network_id=sign_in.network_id, sid=sign_in.sid)
