"""Code injection: a stolen code is worth nothing outside the request that it was made for."""

import pytest

from tests.support.browser_like import Answer, Browser
from tests.support.logins import VERIFIER, Platform, basic
from tests.support.provider import Provider


async def is_refused_and_the_owner_unharmed(thief: Answer, owner: Platform, code: str) -> None:
    """The code must neither work for the thief nor be burnt by the attempt."""
    assert thief.status == 400, thief.text
    assert thief.json()["error"] == "invalid_grant"
    assert "access_token" not in thief.text
    assert (await owner.redeem(code)).status == 200


@pytest.mark.spec("RFC 6749 §4.1.3")
@pytest.mark.spec("RFC 9700 §4.5")
async def test_another_clients_code_is_refused(
    provider: Provider, platform: Platform, visitor: Browser
):
    evil = await Platform.register(provider)
    code = await platform.code(visitor)
    await is_refused_and_the_owner_unharmed(await evil.redeem(code), platform, code)


@pytest.mark.spec("RFC 6749 §4.1.3")
async def test_another_client_of_the_same_platform_cannot_redeem_the_code(
    provider: Provider, visitor: Browser
):
    shop = await Platform.register(provider, platform="one-platform")
    sister = await Platform.register(provider, platform="one-platform")
    code = await shop.code(visitor)
    await is_refused_and_the_owner_unharmed(await sister.redeem(code), shop, code)


@pytest.mark.spec("RFC 6749 §4.1.3")
async def test_a_public_client_cannot_redeem_a_confidential_ones_code(
    provider: Provider, platform: Platform, visitor: Browser
):
    public = await Platform.register(provider, token_endpoint_auth_method="none")
    code = await platform.code(visitor)
    await is_refused_and_the_owner_unharmed(await public.redeem(code), platform, code)


@pytest.mark.spec("RFC 9700 §4.5.3.1")
@pytest.mark.spec("RFC 7636 §4.6")
@pytest.mark.parametrize(
    "verifier",
    [
        "A" * 43,
        VERIFIER[:-1] + "A",
        VERIFIER + "A",
        VERIFIER.lower(),
        VERIFIER[:-1],
        "A" * 129,
        VERIFIER[:-1] + "+",
        VERIFIER[:-1] + "é",
        None,
        "",
    ],
)
async def test_a_code_without_its_own_verifier_is_refused(
    platform: Platform, visitor: Browser, verifier: str | None
):
    code = await platform.code(visitor)
    thief = await platform.redeem(code, code_verifier=verifier)
    await is_refused_and_the_owner_unharmed(thief, platform, code)


@pytest.mark.spec("RFC 6749 §4.1.3")
@pytest.mark.parametrize(
    "redirect_uri",
    [
        "https://shop.example/other",
        "https://shop.example/callback/",
        "https://SHOP.example/callback",
        "https://shop.example/callback?",
        "https://shop.example:443/callback",
        "https://evil.example/callback",
        None,
        "",
    ],
)
async def test_another_redirect_uri_than_the_requests_is_refused(
    provider: Provider, visitor: Browser, redirect_uri: str | None
):
    platform = await Platform.register(
        provider, redirect_uris=["https://shop.example/callback", "https://shop.example/other"]
    )
    code = await platform.code(visitor)
    thief = await platform.redeem(code, redirect_uri=redirect_uri)
    await is_refused_and_the_owner_unharmed(thief, platform, code)


@pytest.mark.spec("RFC 8252 §7.3")
async def test_the_loopback_port_of_the_request_is_the_one_at_the_token_endpoint(
    provider: Provider, visitor: Browser
):
    native = await Platform.register(
        provider,
        redirect_uris=["http://127.0.0.1/callback"],
        application_type="native",
        token_endpoint_auth_method="none",
    )
    native.redirect_uri = "http://127.0.0.1:51004/callback"
    code = await native.code(visitor)
    for other in ("http://127.0.0.1/callback", "http://127.0.0.1:51005/callback"):
        assert (await native.redeem(code, redirect_uri=other)).json()["error"] == "invalid_grant"
    assert (await native.redeem(code)).status == 200


@pytest.mark.parametrize("code", ["x", "A" * 43, "0", "' OR 1=1 --", "网号", "A" * 10_000])
async def test_an_invented_code_is_refused(platform: Platform, code: str):
    answer = await platform.redeem(code)
    assert (answer.status, answer.json()["error"]) == (400, "invalid_grant")


async def test_an_access_token_or_interaction_is_no_code(platform: Platform, visitor: Browser):
    page = await platform.ask(visitor)
    interaction = page.form("/signin/persona")["interaction"]
    token = (await platform.tokens(visitor))["access_token"]
    for wrong in (interaction, token):
        assert (await platform.redeem(wrong)).json()["error"] == "invalid_grant"


async def test_another_clients_code_and_no_code_get_the_same_words(
    provider: Provider, platform: Platform, visitor: Browser
):
    evil = await Platform.register(provider)
    code = await platform.code(visitor)
    told = [(await evil.redeem(tried)).json() for tried in (code, "never existed")]
    assert told[0]["error_description"] == told[1]["error_description"]
    assert told[0]["error"] == told[1]["error"]


async def test_the_secret_of_another_client_does_not_open_the_code(
    provider: Provider, platform: Platform, visitor: Browser
):
    evil = await Platform.register(provider)
    code = await platform.code(visitor)
    headers = basic(platform.client_id, evil.secret)
    answer = await platform.at_token_endpoint(platform.token_form(code), headers)
    assert (answer.status, answer.json()["error"]) == (401, "invalid_client")
    assert (await platform.redeem(code)).status == 200
