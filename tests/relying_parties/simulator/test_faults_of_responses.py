"""Each fault of responses and codes does what the table says, on the wire, and nothing else."""

import pytest
from network_id_simulator import FAULTS, jws
from network_id_simulator.discovery import OTHER_ISSUER

from tests.support.simulator import CLIENT_ID, ISSUER, NONCE, REDIRECT_URI, STATE, World

RESPONSES: dict[str, dict[str, str | None]] = {
    "state": {"state": "the-state-of-nobody-that-you-know"},
    "state-missing": {"state": None},
    "response-iss": {"iss": OTHER_ISSUER},
    "response-iss-missing": {"iss": None},
    "response-empty": {"code": None},
    "response-extra": {"session_state": "of-a-standard-to-come", "x_future": "1"},
}


@pytest.mark.parametrize("fault", RESPONSES)
async def test_a_response_is_wrong_and_all_else_is_right(world: World, fault: str):
    world.simulator.switches.on(fault)
    seen = await world.authorize()
    code = next(iter(world.simulator.store.codes))
    right = {"code": code, "state": STATE, "iss": ISSUER}
    expected = {n: v for n, v in {**right, **RESPONSES[fault]}.items() if v is not None}
    assert seen.response == expected
    assert seen.authorize.headers["location"].startswith(f"{REDIRECT_URI}?")


async def login_csrf(world: World) -> None:
    await world.authorize(state="an-attackers", nonce="an-attackers-too")
    world.simulator.switches.on("state-other-session")
    seen = await world.sign_in()
    assert seen.response["state"] == "an-attackers"
    assert seen.claims["nonce"] == "an-attackers-too"


async def replay(world: World) -> None:
    world.simulator.switches.on("code-replayed")
    seen = await world.sign_in()
    assert seen.token is not None
    assert seen.token.json()["error_code"] == "code_replayed"


async def injection(world: World) -> None:
    world.simulator.switches.on("code-other-person")
    seen = await world.sign_in()
    assert seen.token is not None
    assert seen.token.json()["error_code"] == "verifier_wrong"
    # A platform without PKCE has its nonce alone to notice it by.
    world.simulator.config.require_pkce = False
    world.simulator.switches.on("code-other-person")
    seen = await world.authorize(code_challenge=None, code_challenge_method=None)
    form = {"grant_type": "authorization_code", "code": seen.response["code"]}
    form |= {"redirect_uri": REDIRECT_URI, "client_id": CLIENT_ID}
    claims = jws.read((await world.http.post("/token", data=form)).json()["id_token"])[1]
    assert claims["nonce"] != NONCE
    assert claims["sub"] == world.simulator.network_id(CLIENT_ID, "minor")


CODES = {
    "state-other-session": login_csrf,
    "code-replayed": replay,
    "code-other-person": injection,
}


@pytest.mark.parametrize("fault", CODES)
async def test_a_code_is_of_another_sign_in(world: World, fault: str):
    await CODES[fault](world)
    assert world.simulator.switches.delivered(fault) > 0


def test_every_fault_of_these_groups_is_proved_here():
    groups = {"response", "code"}
    assert set(RESPONSES) | set(CODES) == {
        fault.name for fault in FAULTS.values() if fault.group in groups
    }


async def test_a_request_that_was_refused_is_no_other_sign_in(world: World):
    await world.authorize(state="another browser's")
    await world.authorize(state="refused", scope="nothing")
    world.simulator.switches.on("state-other-session")
    seen = await world.authorize()
    assert seen.response["state"] == "another browser's"
    assert seen.response["code"]
