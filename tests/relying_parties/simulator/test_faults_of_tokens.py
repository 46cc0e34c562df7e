"""Each fault of tokens and userinfo does what the table says, on the wire, and nothing else."""

import hashlib
import hmac
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from joserfc.jws import JWSRegistry
from network_id_simulator import FAULTS, base64url, jws
from network_id_simulator.discovery import OTHER_ISSUER
from network_id_simulator.id_token import at_hash

from tests.support.simulator import (
    CLIENT_ID,
    FUTURE,
    ISSUER,
    MISSING,
    OTHER,
    Seen,
    World,
    differences,
)

NOW = 1_767_225_600
CLAIMS: dict[str, dict[str, Any]] = {
    "iss": {"iss": OTHER_ISSUER},
    "iss-slash": {"iss": f"{ISSUER}/"},
    "iss-missing": {"iss": MISSING},
    "aud-other": {"aud": OTHER},
    "aud-others": {"aud": [CLIENT_ID, OTHER]},
    "aud-missing": {"aud": MISSING},
    "aud-array": {"aud": [CLIENT_ID]},
    "azp": {"azp": OTHER},
    "nonce": {"nonce": "the-nonce-of-another-sign-in"},
    "nonce-missing": {"nonce": MISSING},
    "exp": {"iat": NOW - 1200, "exp": NOW - 600},
    "exp-missing": {"exp": MISSING},
    "nbf": {"nbf": NOW + 600, "exp": NOW + 1200},
    "iat": {"iat": NOW + 600, "exp": NOW + 1200},
    "sub-missing": {"sub": MISSING},
    "sub-empty": {"sub": ""},
    "at-hash": {"at_hash": at_hash("of-another-access-token")},
    "age-text": {"age_over_18": "false"},
    "extra-claims": FUTURE,
}


@pytest.mark.parametrize("fault", CLAIMS)
async def test_a_claim_is_wrong_and_all_else_is_right(world: World, fault: str):
    world.simulator.switches.on(fault)
    seen = await world.sign_in()
    assert differences(world, seen) == CLAIMS[fault]
    assert await world.verifies(seen.id_token)
    assert world.simulator.switches.delivered(fault) == 1
    assert differences(world, seen := await world.sign_in()) == {}
    assert await world.verifies(seen.id_token)


Check = Callable[[World, Seen], Awaitable[Any]]


async def flipped(world: World, seen: Seen) -> Any:
    return not await world.verifies(seen.id_token) and differences(world, seen) == {}


async def cut_off(world: World, seen: Seen) -> Any:
    return seen.id_token.endswith(".") and seen.header["alg"] == "RS256"


async def by_a_stranger(world: World, seen: Seen) -> Any:
    named = world.simulator.keys.find(seen.header["kid"]) is not None
    return named and not await world.verifies(seen.id_token)


async def altered(world: World, seen: Seen) -> Any:
    others = world.simulator.network_id(CLIENT_ID, "minor")
    return differences(world, seen) == {"sub": others} and not await world.verifies(seen.id_token)


async def unsigned(world: World, seen: Seen) -> Any:
    kid = world.simulator.keys.current("RS256").kid  # who looks for the key first finds it
    right = {"alg": "none", "kid": kid, "typ": "JWT"}
    return seen.header == right and seen.id_token.endswith(".")


async def by_the_public_key(world: World, seen: Seen) -> Any:
    key = world.simulator.keys.find(seen.header["kid"])
    signed, _, signature = seen.id_token.rpartition(".")
    ours = hmac.digest(key.as_pem(private=False), signed.encode(), hashlib.sha256) if key else b""
    return seen.header["alg"] == "HS256" and base64url.encode(ours) == signature


async def by_another_algorithm(world: World, seen: Seen) -> Any:
    key = world.simulator.keys.find(seen.header["kid"])
    signed, _, signature = seen.id_token.rpartition(".")
    algorithm: Any = JWSRegistry.algorithms["RS512"]
    holds = algorithm.verify(signed.encode(), base64url.decode(signature), key)
    return seen.header["alg"] == "RS512" and key is not None and key.alg == "RS256" and holds


async def by_no_known_name(world: World, seen: Seen) -> Any:
    return world.simulator.keys.find(seen.header["kid"]) is None


async def by_no_name(world: World, seen: Seen) -> Any:
    named = jws.sign({"alg": "RS256"}, seen.claims, world.simulator.keys.current("RS256"))
    return "kid" not in seen.header and named.split(".")[2:] != []


async def by_a_key_of_another_type(world: World, seen: Seen) -> Any:
    key = world.simulator.keys.find(seen.header["kid"])
    return seen.header["alg"] == "RS256" and key is not None and key.alg == "ES256"


async def mistyped(world: World, seen: Seen) -> Any:
    right = world.simulator.network_id(CLIENT_ID, "adult")
    return seen.claims["sub"][:-1] == right[:-1] and seen.claims["sub"] != right


async def is_none(world: World, seen: Seen) -> Any:
    return "id_token" not in seen.tokens


async def is_garbage(world: World, seen: Seen) -> Any:
    return "." not in seen.id_token


async def is_the_access_token(world: World, seen: Seen) -> Any:
    assert await world.verifies(seen.id_token)
    return seen.id_token == seen.tokens["access_token"] and seen.header["typ"] == "at+jwt"


async def has_more_members(world: World, seen: Seen) -> Any:
    return seen.tokens.items() >= FUTURE.items() and differences(world, seen) == {}


async def is_of_no_known_type(world: World, seen: Seen) -> Any:
    return seen.tokens["token_type"] == "of-a-kind-to-come"


async def renewed(world: World, seen: Seen) -> Any:
    before = (await world.sign_in()).claims["sub"]
    return (
        before == seen.claims["sub"] != World(world.clock).simulator.network_id(CLIENT_ID, "adult")
    )


async def of_another_person(world: World, seen: Seen) -> Any:
    assert seen.userinfo is not None
    others = world.simulator.network_id(CLIENT_ID, "minor")
    return seen.userinfo.json()["sub"] == others != seen.claims["sub"]


async def of_nobody(world: World, seen: Seen) -> Any:
    assert seen.userinfo is not None
    return seen.userinfo.json() == {}


async def more_is_told(world: World, seen: Seen) -> Any:
    assert seen.userinfo is not None
    return seen.userinfo.json() == {"sub": seen.claims["sub"], **FUTURE}


TOKENS: dict[str, Check] = {
    "signature": flipped,
    "signature-missing": cut_off,
    "signature-other-key": by_a_stranger,
    "payload-altered": altered,
    "alg-none": unsigned,
    "alg-hs256": by_the_public_key,
    "alg-unregistered": by_another_algorithm,
    "kid-unknown": by_no_known_name,
    "kid-missing": by_no_name,
    "kid-other-type": by_a_key_of_another_type,
    "sub-malformed": mistyped,
    "id-token-missing": is_none,
    "id-token-garbage": is_garbage,
    "id-token-access-token": is_the_access_token,
    "token-extra": has_more_members,
    "token-type": is_of_no_known_type,
    "network-id-renewed": renewed,
    "userinfo-sub": of_another_person,
    "userinfo-sub-missing": of_nobody,
    "userinfo-extra": more_is_told,
}


@pytest.mark.parametrize("fault", TOKENS)
async def test_a_token_is_wrong_as_the_table_says(world: World, fault: str):
    world.simulator.switches.on(fault)
    assert await TOKENS[fault](world, await world.sign_in())
    assert world.simulator.switches.all_delivered == {fault: 1}


def test_every_fault_of_these_groups_is_proved_here():
    groups = {"id-token", "signature", "userinfo", "person"}
    assert set(CLAIMS) | set(TOKENS) == {
        fault.name for fault in FAULTS.values() if fault.group in groups
    }
