"""P8: everything single-use is used at most once: here DPoP proofs, raced by two nodes."""

import asyncio
from pathlib import Path

import pytest

from tests.support.dpop import Holder
from tests.support.logins import Platform
from tests.support.provider import Provider, running

PROOFS = 10
CLIENTS = 8


async def use(node: Provider, token: str, proof: str) -> int:
    headers = {"authorization": f"DPoP {token}", "dpop": proof}
    return (await node.browser().get("/userinfo", headers)).status


async def check(one: Provider, two: Provider, anew: Provider) -> None:
    platform = await Platform.register(one)
    holder, code = Holder(platform), await platform.code(one.browser())
    tokens = await platform.redeem(code, headers={"dpop": holder.proof("POST", "/token")})
    token = tokens.json()["access_token"]
    for _ in range(PROOFS):
        proof = holder.proof("GET", "/userinfo", token)
        statuses = await asyncio.gather(*(use(node, token, proof) for node in [one, two] * CLIENTS))
        assert statuses.count(200) == 1
        assert set(statuses) == {200, 401}
        assert await use(anew, token, proof) == 401


@pytest.mark.spec("RFC 9449 §11.1")
async def test_p8_two_nodes_and_one_that_starts_anew_take_a_proof_once(tmp_path: Path):
    """The store's own races run on both databases (tests/storage/test_replays.py)."""
    async with running(tmp_path) as one:
        keys = one.parts.keystore
        async with (
            running(tmp_path, keystore=keys) as two,
            running(tmp_path, keystore=keys) as three,
        ):
            await check(one, two, three)
