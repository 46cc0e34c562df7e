"""The sandbox's own API, which says what it received."""

from pathlib import Path

import pytest

from tests.support import assertions
from tests.support.browser_like import Browser
from tests.support.dpop import Holder
from tests.support.jwt import parts
from tests.support.logins import Platform
from tests.support.provider import ISSUER, Provider, running
from tests.support.resources import SANDBOX_SCOPE

PATH = "/sandbox/resource"
SCOPE = f"openid {SANDBOX_SCOPE}"
INTERACTION = "c770aef3-6784-41f7-8E0E-ff5f97bddb3a"


async def test_it_says_what_a_bearer_token_says(provider: Provider, visitor: Browser):
    platform = await Platform.register(provider, scope=SCOPE)
    tokens = await platform.tokens(visitor, scope=SANDBOX_SCOPE)
    assert "id_token" not in tokens
    header = {"authorization": f"Bearer {tokens['access_token']}"}
    for answer in (
        await visitor.get(PATH, header),
        await visitor.send("POST", PATH, headers=header),
        await visitor.post(PATH, {"any": "form"}, headers=header),
    ):
        assert (answer.status, answer.json()) == (
            200,
            {
                "sub": parts(tokens["access_token"])[1]["sub"],
                "client_id": platform.client_id,
                "aud": ISSUER + PATH,
                "scope": SANDBOX_SCOPE,
                "time": provider.clock.now(),
            },
        )
        assert answer.headers["cache-control"] == "no-store"
        assert "x-fapi-interaction-id" not in answer.headers


@pytest.mark.spec("RFC 9449 §7.1")
@pytest.mark.spec("FAPI 2.0 Security Profile §5.3.4")
async def test_a_strict_client_uses_it_with_a_bound_token(provider: Provider, visitor: Browser):
    """Without ``openid``, as plain OAuth 2.0: no sign-in is told, and no ID token given."""
    platform = await assertions.register(
        provider,
        scope=SCOPE,
        security_profile="fapi2",
        id_token_signed_response_alg="ES256",
    )
    code, holder = await platform.code(visitor, scope=SANDBOX_SCOPE), Holder(platform)
    form = assertions.with_assertion(platform, assertions.assertion(platform), code)
    tokens = (await holder.redeem(form)).json()
    assert "id_token" not in tokens
    for method in ("GET", "POST"):
        answer = await holder.call(tokens["access_token"], PATH, method)
        assert (answer.status, answer.json()["scope"]) == (200, SANDBOX_SCOPE)
    bearer = {"authorization": f"Bearer {tokens['access_token']}"}
    assert (await visitor.get(PATH, bearer)).status == 401


@pytest.mark.parametrize(
    ("sent", "told"),
    [(INTERACTION, INTERACTION), ("x", None), (INTERACTION + "\r\nx: y", None), ("", None)],
)
async def test_an_interaction_id_is_said_again_if_it_is_one(
    provider: Provider, visitor: Browser, sent: str, told: str | None
):
    platform = await Platform.register(provider, scope=SCOPE)
    token = (await platform.tokens(visitor, scope=SANDBOX_SCOPE))["access_token"]
    headers = {"authorization": f"Bearer {token}", "x-fapi-interaction-id": sent}
    assert (await visitor.get(PATH, headers)).headers.get("x-fapi-interaction-id") == told


@pytest.mark.spec("RFC 6750 §2.2", "RFC 6750 §2.3", "RFC 6750 §5.3")
async def test_a_token_stands_in_the_header_alone(provider: Provider, visitor: Browser):
    platform = await Platform.register(provider, scope=SCOPE)
    token = (await platform.tokens(visitor, scope=SANDBOX_SCOPE))["access_token"]
    for answer in (
        await visitor.get(f"{PATH}?access_token={token}"),
        await visitor.post(PATH, {"access_token": token}),
        await visitor.get(PATH),
    ):
        assert answer.status == 401
        assert answer.headers["www-authenticate"] == 'Bearer, DPoP algs="ES256 PS256 Ed25519"'
        assert answer.headers["content-type"] == "application/json"


@pytest.mark.spec("RFC 9068 §4")
async def test_tokens_of_another_audience_and_ended_ones_are_refused(
    provider: Provider, visitor: Browser
):
    platform = await Platform.register(provider, scope=SCOPE)
    theirs = (await platform.tokens(visitor))["access_token"]
    code = await platform.code(visitor, scope=SANDBOX_SCOPE)
    ended = (await platform.redeem(code)).json()["access_token"]
    assert (await platform.redeem(code)).status == 400  # the code again: it ends what it gave
    for token in (theirs, ended, ended[:-1], "x"):
        answer = await visitor.get(PATH, {"authorization": f"Bearer {token}"})
        assert (answer.status, answer.json()["error"]) == (401, "invalid_token")


async def test_it_is_there_in_sandbox_mode_alone(tmp_path: Path):
    async with running(tmp_path, sandbox=False) as provider:
        for method in ("GET", "POST", "OPTIONS"):
            assert (await provider.browser().send(method, PATH)).status == 404
