"""Endpoints answer errors of each kind, are in trouble in each way, and work again."""

import asyncio
import base64

import httpx2
import pytest
from network_id_simulator import FAULTS, rows_errors, trouble
from network_id_simulator.discovery import OTHER_ISSUER

from tests.support.simulator import (
    CLIENT_ID,
    ISSUER,
    REDIRECT_URI,
    STATE,
    World,
)

ERRORS = {name for name, fault in FAULTS.items() if fault.group.endswith("error")}
TROUBLE = {
    f"{at}-{how}"
    for at in ("discovery", "jwks", "token", "userinfo", "par")
    for how in ("slow", "503", "garbage", "huge", "redirect")
}
PATHS = {"discovery": "/.well-known/openid-configuration", "jwks": "/jwks", "par": "/par"}


async def reach(world: World, at: str) -> httpx2.Response:
    """Return what the endpoint answers to a right request."""
    if at == "token":
        code = (await world.authorize()).response["code"]
        return await world.redeem(code)
    if at == "userinfo":
        seen = await world.sign_in()
        assert seen.userinfo is not None
        return seen.userinfo
    if at == "par":
        return await world.http.post("/par", data=world.asked())
    return await world.http.get(PATHS[at])


@pytest.mark.parametrize("fault", sorted(ERRORS))
async def test_an_endpoint_answers_an_error(world: World, fault: str):
    at, code = FAULTS[fault].at, rows_errors.error_code(fault)
    world.simulator.switches.on(fault)
    if at == "authorize":
        seen = await world.authorize()
        assert seen.response["error"] == code
        assert seen.response["iss"] == ISSUER
        assert seen.response["state"] == STATE
        assert "code" not in seen.response
        return
    answer = await reach(world, at)
    assert answer.json()["error"] == code
    assert answer.status_code >= 400
    assert ("www-authenticate" in answer.headers) == (answer.status_code in {401, 403})
    assert (await reach(world, at)).status_code < 300


@pytest.mark.parametrize("fault", sorted(TROUBLE))
async def test_an_endpoint_is_in_trouble_and_works_again(world: World, fault: str):
    at, how = fault.rsplit("-", 1)
    world.simulator.config.change({"slow_seconds": 0, "huge_bytes": 5_000_000})
    world.simulator.switches.on(fault)
    assert looks(how, await reach(world, at))
    assert world.simulator.switches.delivered(fault) == 1
    assert (await reach(world, at)).status_code < 300


def looks(how: str, answer: httpx2.Response) -> bool:
    expected = {
        "slow": answer.status_code in {200, 201},  # how slow, another test tells
        "503": answer.status_code == 503 and answer.text.startswith("<"),
        "garbage": answer.status_code == 200 and answer.text.startswith("<html>"),
        "huge": len(answer.content) > 5_000_000,
        "redirect": answer.status_code == 307 and f"{ISSUER}/elsewhere/" in str(answer.headers),
    }
    return expected[how]


async def test_who_follows_a_redirect_gives_the_code_away_and_gets_its_tokens(world: World):
    code = (await world.authorize()).response["code"]
    world.simulator.switches.on("token-redirect", None)
    elsewhere = (await world.redeem(code)).headers["location"]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT_URI}
    form |= {"code_verifier": "a-verifier-of-the-tests-0123456789-0123456789"}
    auth = base64.b64encode(f"{CLIENT_ID}:x".encode()).decode()
    answer = await world.http.post(elsewhere, data=form, headers={"authorization": f"Basic {auth}"})
    assert answer.json()["id_token"]


async def test_the_discovery_document_speaks_for_another_issuer(world: World):
    world.simulator.switches.on("discovery-issuer")
    assert (await reach(world, "discovery")).json()["issuer"] == OTHER_ISSUER
    assert (await reach(world, "discovery")).json()["issuer"] == ISSUER


async def test_the_discovery_document_has_more_members(world: World):
    world.simulator.switches.on("discovery-extra")
    more = (await reach(world, "discovery")).json()
    assert more.items() > (await reach(world, "discovery")).json().items()


def test_every_fault_of_these_groups_is_proved_here():
    groups = {"error", "token-error", "userinfo-error", "par-error", "endpoint"}
    assert ERRORS | TROUBLE | {"discovery-issuer", "discovery-extra"} == {
        fault.name for fault in FAULTS.values() if fault.group in groups
    }


async def test_a_huge_answer_lets_the_server_notice_who_has_gone():
    noticed: list[int] = []
    asyncio.get_running_loop().call_soon(noticed.append, 1)
    pieces = trouble._padding(1 << 20)
    for _ in range(3):
        await anext(pieces)
    assert noticed
