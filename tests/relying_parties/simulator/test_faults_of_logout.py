"""Each fault of logout tokens does what the table says, on the wire, and nothing else."""

from typing import Any

import pytest
from network_id_simulator import FAULTS, jws, logout
from network_id_simulator.discovery import OTHER_ISSUER

from tests.support.simulator import CLIENT_ID, FUTURE, ISSUER, LOGOUT_URI, MISSING, OTHER, World

NOW = 1_767_225_600
LOGOUT: dict[str, dict[str, Any]] = {
    "logout-iss": {"iss": OTHER_ISSUER},
    "logout-aud": {"aud": OTHER},
    "logout-nonce": {"nonce": "a-nonce-that-does-not-belong-here"},
    "logout-events-missing": {"events": MISSING},
    "logout-no-subject": {"sid": MISSING},
    "logout-iat": {"iat": NOW + 600, "exp": NOW + 720},
    "logout-exp": {"iat": NOW - 1200, "exp": NOW - 600},
    "logout-other-sid": {"sid": "the-session-of-somebody-else"},
    "logout-extra-claims": FUTURE,
    "logout-typ-jwt": {},
    "logout-alg-none": {},
    "logout-signature": {},
}
LOGOUT_HEADERS: dict[str, dict[str, Any]] = {
    "logout-typ-jwt": {"typ": "JWT"},
    "logout-alg-none": {"alg": "none"},
}


@pytest.mark.parametrize("fault", LOGOUT)
async def test_a_logout_token_is_wrong_and_the_session_goes_on(world: World, fault: str):
    world.simulator.config.change({"backchannel_logout_uri": LOGOUT_URI})
    sid = (await world.sign_in()).claims["sid"]
    world.simulator.switches.on(fault)
    await logout.send(world.simulator)
    await logout.send(world.simulator)
    (wrong, right) = world.logout_tokens
    claims = {"iss": ISSUER, "aud": CLIENT_ID, "iat": NOW, "exp": NOW + 120, "sid": sid}
    claims |= {"events": {logout.EVENT: {}}, "jti": jws.read(wrong)[1]["jti"]}
    assert compared(claims, jws.read(wrong)[1]) == LOGOUT[fault]
    header = {"alg": "RS256", "kid": jws.read(right)[0]["kid"], "typ": "logout+jwt"}
    assert compared(header, jws.read(wrong)[0]) == LOGOUT_HEADERS.get(fault, {})
    unsigned = fault in {"logout-signature", "logout-alg-none"}
    assert await world.verifies(wrong) is not unsigned
    assert await world.verifies(right)


def compared(right: dict[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    names = right.keys() | found.keys()
    return {n: found.get(n, MISSING) for n in names if right.get(n) != found.get(n)}


async def test_a_logout_token_is_sent_once_more(world: World):
    world.simulator.config.change({"backchannel_logout_uri": LOGOUT_URI})
    await world.sign_in()
    await logout.send(world.simulator)
    await world.sign_in()
    world.simulator.switches.on("logout-jti-replayed")
    await logout.send(world.simulator)
    assert world.logout_tokens[0] == world.logout_tokens[1]


async def test_an_id_token_is_sent_in_a_logout_tokens_place(world: World):
    world.simulator.config.change({"backchannel_logout_uri": LOGOUT_URI})
    seen = await world.sign_in()
    world.simulator.switches.on("logout-id-token")
    await logout.send(world.simulator)
    assert world.logout_tokens == [seen.id_token]


def test_every_fault_of_these_groups_is_proved_here():
    groups = {"logout"}
    assert set(LOGOUT) | {"logout-jti-replayed", "logout-id-token"} == {
        fault.name for fault in FAULTS.values() if fault.group in groups
    }
