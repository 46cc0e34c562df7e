"""What becomes of the provider's keys, in its proper and in hostile forms, seen on the wire."""

import pytest

from tests.support.simulator import World


async def kids(world: World) -> list[str]:
    return [key.get("kid", "") for key in (await world.http.get("/jwks")).json()["keys"]]


async def test_proper_rotation_uses_a_key_that_was_published_before(world: World):
    before = await kids(world)
    old = (await world.sign_in()).header["kid"]
    world.simulator.switches.on("keys-rotated")
    seen = await world.sign_in()
    assert seen.header["kid"] in before
    assert seen.header["kid"] != old
    assert old in await kids(world)
    assert await world.verifies(seen.id_token)


async def test_an_unfamiliar_key_is_published_the_moment_it_signs(world: World):
    before = await kids(world)
    world.simulator.switches.on("keys-unfamiliar")
    seen = await world.sign_in()
    assert seen.header["kid"] not in before
    assert await world.verifies(seen.id_token)


async def test_an_unpublished_key_signs(world: World):
    world.simulator.switches.on("keys-unpublished")
    assert (await world.sign_in()).header["kid"] not in await kids(world)


async def test_a_kid_is_reused_and_what_comes_after_is_right_for_everybody(world: World):
    before = {key["kid"]: key for key in world.simulator.keys.published()}
    world.simulator.switches.on("keys-reused-kid")
    seen = await world.sign_in()
    after = {key["kid"]: key for key in world.simulator.keys.published()}
    assert before[seen.header["kid"]]["n"] != after[seen.header["kid"]]["n"]
    assert await world.verifies(seen.id_token)
    assert (await world.sign_in()).header["kid"] in before


async def test_a_key_is_removed_while_it_signs(world: World):
    before = await kids(world)
    world.simulator.switches.on("keys-removed")
    seen = await world.sign_in()
    assert seen.header["kid"] in before
    assert seen.header["kid"] not in await kids(world)
    assert (await world.sign_in()).header["kid"] in before


async def test_no_key_is_published(world: World):
    world.simulator.switches.on("keys-empty")
    assert await kids(world) == []
    assert len(await kids(world)) == len(world.simulator.keys.published())


async def test_old_keys_leave_in_time(world: World):
    for _ in range(40):
        world.simulator.keys.rotate("ES256")
    seen = await world.sign_in()
    assert len(await kids(world)) == 26
    assert await world.verifies(seen.id_token)


@pytest.mark.parametrize("fault", ["keys-junk", "keys-extra"])
async def test_odd_keys_stand_before_the_right_ones(world: World, fault: str):
    right = world.simulator.keys.published()
    world.simulator.switches.on(fault)
    keys = (await world.http.get("/jwks")).json()["keys"]
    assert [key["kid"] for key in keys[-len(right) :]] == [key["kid"] for key in right]
    assert len(keys) > len(right)
