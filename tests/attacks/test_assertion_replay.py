"""Assertions that were seen on their way, are too old, or speak for somebody else."""

import pytest

from idp.services import housekeeping
from tests.support import assertions
from tests.support.browser_like import Answer
from tests.support.jwt import jwks, key
from tests.support.logins import Platform
from tests.support.provider import Provider

DAY = 24 * 3600


async def authenticate(platform: Platform, proof: str) -> Answer:
    """Present an assertion; one that authenticates goes on to fail for its invented code."""
    return await platform.at_token_endpoint(assertions.with_assertion(platform, proof))


def accepted(answer: Answer) -> bool:
    assert answer.json()["error"] in {"invalid_grant", "invalid_client"}, answer.text
    return bool(answer.json()["error"] == "invalid_grant")


@pytest.mark.spec("RFC 7523 §3")
async def test_an_assertion_is_used_once(provider: Provider):
    platform = await assertions.register(provider)
    proof = assertions.assertion(platform)
    assert accepted(await authenticate(platform, proof))
    replay = await authenticate(platform, proof)
    assert replay.json()["error_code"] == "assertion_replayed"


async def test_another_assertion_with_the_same_jti_is_a_replay(provider: Provider):
    platform = await assertions.register(provider)
    now = provider.clock.now()
    assert accepted(await authenticate(platform, assertions.assertion(platform, jti="one")))
    again = assertions.assertion(platform, jti="one", exp=now + 100)
    assert not accepted(await authenticate(platform, again))


async def test_two_clients_may_use_one_jti(provider: Provider):
    one, two = await assertions.register(provider), await assertions.register(provider)
    assert accepted(await authenticate(one, assertions.assertion(one, jti="shared")))
    assert accepted(await authenticate(two, assertions.assertion(two, jti="shared")))


@pytest.mark.parametrize("lifetime", [1, 60, 60.9, 3600])
async def test_a_replay_is_refused_until_the_assertion_has_died(
    provider: Provider, lifetime: float
):
    """At every second, and right after the table was swept: no gap between the two clocks."""
    platform = await assertions.register(provider)
    proof = assertions.assertion(platform, exp=provider.clock.now() + lifetime)
    assert accepted(await authenticate(platform, proof))
    waited = 0
    for moment in sorted({0, 1, *range(int(lifetime), int(lifetime) + 15)}):
        provider.clock.advance(moment - waited)
        waited = moment
        await housekeeping.prune(provider.parts.database, provider.clock)
        assert not accepted(await authenticate(platform, proof)), f"after {moment} s"


@pytest.mark.spec("FAPI 2.0 Security Profile §5.3.2.1")
@pytest.mark.parametrize(
    ("changes", "right"),
    [
        ({"exp": 60}, True),
        ({"exp": 0}, True),  # skew: up to 10 s are forgiven
        ({"exp": -9}, True),
        ({"exp": -10}, False),
        ({"exp": -DAY}, False),
        ({"exp": 3600}, True),
        ({"exp": 3610}, True),
        ({"exp": 3611}, False),
        ({"exp": 10 * 365 * DAY}, False),
        ({"iat": 10, "exp": 60}, True),
        ({"iat": 11, "exp": 60}, False),
        ({"iat": 61, "exp": 120}, False),
        ({"nbf": 10}, True),
        ({"nbf": 11}, False),
        ({"iat": -DAY}, True),
    ],
)
async def test_times_are_bounded(provider: Provider, changes: dict[str, int], right: bool):
    platform = await assertions.register(provider)
    now = provider.clock.now()
    times = {name: now + offset for name, offset in changes.items()}
    answer = await authenticate(platform, assertions.assertion(platform, None, **times))
    assert accepted(answer) is right


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": None},
        {"exp": "tomorrow"},
        {"exp": True},
        {"exp": []},
        {"exp": 1e300},
        {"exp": 10**400},
        {"iat": "now"},
        {"iat": {}},
        {"nbf": 1e300},
        {"jti": None},
        {"jti": ""},
        {"jti": 7},
        {"jti": ["x"]},
        {"jti": "x" * 257},
        {"iss": None},
        {"iss": "somebody else"},
        {"iss": ["{client}"]},
        {"sub": None},
        {"sub": 7},
        {"sub": "nobody"},
        {"sub": "\ud800"},
        {"sub": "a\u0000b"},
        {"sub": "x" * 5000},
    ],
    ids=lambda changes: repr(changes)[:40],
)
@pytest.mark.spec("RFC 7523 §3")
async def test_a_claim_that_is_wrong_or_missing_is_refused(
    provider: Provider, changes: dict[str, object]
):
    platform = await assertions.register(provider)
    answer = await authenticate(platform, assertions.assertion(platform, None, **changes))
    assert (answer.status, answer.json()["error"]) == (401, "invalid_client")


async def test_a_client_cannot_speak_for_another(provider: Provider):
    victim = await assertions.register(provider)
    evil_key = key("ES256", "evil")
    evil = await assertions.register(provider, jwks=jwks(evil_key))
    tries = [
        assertions.assertion(victim, evil_key),  # my key, your name
        assertions.assertion(victim, evil_key, iss=evil.client_id),
        assertions.assertion(evil, evil_key, sub=victim.client_id),
        assertions.assertion(evil, evil_key, iss=victim.client_id),
    ]
    for proof in tries:
        assert not accepted(await authenticate(victim, proof))
        named = assertions.with_assertion(victim, proof) | {"client_id": victim.client_id}
        assert not accepted(await victim.at_token_endpoint(named))


@pytest.mark.parametrize(
    "kind",
    [
        "",
        "urn:ietf:params:oauth:client-assertion-type:saml2-bearer",
        "urn:ietf:params:oauth:client-assertion-type:jwt-bearer ",
        "jwt",
    ],
)
@pytest.mark.spec("RFC 7521 §4.2")
async def test_an_assertion_of_another_type_is_refused(provider: Provider, kind: str):
    platform = await assertions.register(provider)
    form = assertions.with_assertion(platform, assertions.assertion(platform))
    answer = await platform.at_token_endpoint(form | {"client_assertion_type": kind})
    assert (answer.status, answer.json()["error"]) == (401, "invalid_client")
