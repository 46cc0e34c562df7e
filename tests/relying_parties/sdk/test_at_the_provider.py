"""Pushed requests, keys in place of secrets, tokens bound to a key: at the provider itself."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import network_id as sdk
import pytest
import pytest_asyncio
from network_id import ClientKey

from tests.support.provider import running
from tests.support.sdk_at_provider import CONNECTED, Kit
from tests.support.simulated_provider import PSS, RSA

pytestmark = pytest.mark.asyncio(loop_scope="module")
ALGORITHMS = ["ES256", "PS256", "Ed25519"]
KEYS = {alg: ClientKey.generate(alg) for alg in ("ES256", "Ed25519")}
KEYS |= {str(key.alg): ClientKey.read(key.as_dict(private=True)) for key in (RSA, PSS)}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def kit(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Kit]:
    async with running(tmp_path_factory.mktemp("provider")) as provider:
        yield Kit(provider)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def strict(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Kit]:
    """One that demands a nonce of its own in every proof."""
    folder = tmp_path_factory.mktemp("strict")
    async with running(folder, dpop_nonce=True) as provider:
        yield Kit(provider)


def by_key(key: ClientKey, **metadata: Any) -> dict[str, Any]:
    return {"token_endpoint_auth_method": "private_key_jwt", "jwks": key.jwks} | metadata


def parameters(url: str) -> set[str]:
    return set(parse_qs(urlsplit(url).query))


async def test_a_secret_signs_a_person_in(kit: Kit) -> None:
    platform = await kit.platform()
    sign_in = await kit.sign_in(platform, ages=[18, 65])
    assert (sign_in.over(18), sign_in.over(65)) == (True, False)
    assert sign_in.tokens
    assert sign_in.tokens.network_id == sign_in.network_id


@pytest.mark.spec("RFC 7523 §2.2")
@pytest.mark.parametrize("alg", KEYS)
async def test_a_key_takes_the_place_of_the_secret(kit: Kit, alg: str) -> None:
    options = kit.options(private_key=KEYS[alg])
    platform = await kit.platform(options, **by_key(KEYS[alg]))
    for _ in range(2):  # an assertion is good once, so each request has its own
        assert (await kit.sign_in(platform)).network_id


@pytest.mark.spec("RFC 7523 §3")
async def test_a_key_that_is_not_registered_is_refused_by_name(kit: Kit) -> None:
    options = kit.options(private_key=ClientKey.generate())
    platform = await kit.platform(options, **by_key(KEYS["ES256"]))
    with pytest.raises(sdk.ClientRefusedError):
        await kit.sign_in(platform)


@pytest.mark.spec("RFC 9126 §2")
async def test_a_request_is_pushed_when_it_is_wished(kit: Kit) -> None:
    platform = await kit.platform(kit.options(pushed=True))
    url, pending = await platform.begin_sign_in(ages=[18])
    assert parameters(url) == {"client_id", "request_uri"}
    assert pending.state not in url
    sign_in = await platform.finish_sign_in(pending, await kit.answer(url))
    assert sign_in.over(18) is True


@pytest.mark.spec("RFC 9126 §2.3")
async def test_a_pushed_request_that_is_not_as_registered_is_refused_by_name(kit: Kit) -> None:
    platform = await kit.platform(
        kit.options(pushed=True), redirect_uris=["https://shop.example/elsewhere"]
    )
    with pytest.raises(sdk.PushedRequestRefusedError) as refusal:
        await platform.begin_sign_in()
    assert "redirect_uri" in str(refusal.value)


async def test_a_public_client_signs_people_in_without_a_secret(kit: Kit) -> None:
    platform = await kit.platform(token_endpoint_auth_method="none")
    assert (await kit.sign_in(platform)).network_id


@pytest.mark.spec("RFC 9449 §5")
@pytest.mark.spec("RFC 9449 §7.1")
@pytest.mark.parametrize("pushed", [False, True])
@pytest.mark.parametrize("alg", ALGORITHMS)
async def test_tokens_are_bound_to_a_key(kit: Kit, alg: str, pushed: bool) -> None:
    options = kit.options(dpop_key=KEYS[alg], pushed=pushed, scope="openid age offline_access")
    platform = await kit.platform(options, dpop_bound_access_tokens=True, **CONNECTED)
    sign_in = await kit.sign_in(platform)
    assert sign_in.tokens
    assert sign_in.tokens.dpop_key == KEYS[alg].thumbprint
    assert (await platform.userinfo(sign_in)).over(18) is True
    tokens, again = await platform.refresh(sign_in.tokens)
    assert again
    assert again.network_id == sign_in.network_id
    assert (await platform.userinfo(tokens)).network_id == sign_in.network_id
    await platform.revoke(tokens)
    with pytest.raises(sdk.AccessTokenRefusedError):
        await platform.userinfo(tokens)


@pytest.mark.spec("RFC 9449 §7.1")
async def test_a_bound_token_is_of_no_use_without_the_key(kit: Kit) -> None:
    platform = await kit.platform(kit.options(dpop_key=KEYS["ES256"]))
    sign_in = await kit.sign_in(platform)
    assert sign_in.tokens
    async with httpx2.AsyncClient(transport=kit.transport) as thief:
        for kind in ("Bearer", "DPoP"):
            headers = {"authorization": f"{kind} {sign_in.tokens.access_token}"}
            answer = await thief.get(f"{kit.provider.issuer}/userinfo", headers=headers)
            assert answer.status_code == 401


@pytest.mark.spec("RFC 9449 §8")
@pytest.mark.spec("RFC 9449 §9")
@pytest.mark.parametrize("by", ["secret", "key"])
async def test_a_server_that_demands_nonces_is_given_them(strict: Kit, by: str) -> None:
    private = KEYS["ES256"] if by == "key" else None
    options = strict.options(
        dpop_key=KEYS["Ed25519"],
        private_key=private,
        pushed=True,
        scope="openid age offline_access",
    )
    platform = await strict.platform(
        options, **CONNECTED, **({} if private is None else by_key(private))
    )
    for _ in range(2):
        sign_in = await strict.sign_in(platform)
        assert sign_in.tokens
        assert (await platform.userinfo(sign_in)).network_id == sign_in.network_id
        strict.provider.clock.advance(600)  # the nonces of before are dead
        tokens, _ = await platform.refresh(sign_in.tokens)
        assert (await platform.userinfo(tokens)).network_id == sign_in.network_id


@pytest.mark.spec("RFC 9449 §10")
async def test_a_code_cannot_be_redeemed_by_another_process_key(kit: Kit) -> None:
    platform = await kit.platform(kit.options(dpop_key=KEYS["ES256"]))
    url, pending = await platform.begin_sign_in()
    answer = await kit.answer(url)
    other = sdk.discover_later(
        kit.provider.issuer,
        parse_qs(urlsplit(url).query)["client_id"][0],
        "a secret",
        "https://shop.example/callback",
        kit.options(dpop_key=KEYS["Ed25519"]),
    )
    with pytest.raises(sdk.DpopKeyChangedError) as refusal:
        await other.finish_sign_in(pending, answer)
    assert "Options.dpop_key" in refusal.value.todo
    assert (await platform.finish_sign_in(pending, answer)).network_id  # and the code is unspent


@pytest.mark.spec("FAPI 2.0 Security Profile §5.3.2")
async def test_the_strict_profile_is_kept_by_three_options(strict: Kit) -> None:
    key = KEYS["ES256"]
    options = strict.options(
        private_key=key, dpop_key=KEYS["PS256"], pushed=True, algorithms=frozenset({"ES256"})
    )
    platform = await strict.platform(
        options,
        security_profile="fapi2",
        id_token_signed_response_alg="ES256",
        **by_key(key, token_endpoint_auth_signing_alg="ES256"),
    )
    sign_in = await strict.sign_in(platform, ages=[18])
    assert (sign_in.alg, sign_in.over(18)) == ("ES256", True)


async def test_the_provider_pushes_by_itself_where_that_is_demanded(kit: Kit) -> None:
    class Demanding(httpx2.ASGITransport):
        async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
            response = await super().handle_async_request(request)
            members = json.loads(await response.aread())
            if "issuer" in members:
                members["require_pushed_authorization_requests"] = True
            return httpx2.Response(response.status_code, json=members)

    options = kit.options(transport=Demanding(app=kit.provider.app))
    platform = await kit.platform(options, require_pushed_authorization_requests=True)
    url, _ = await platform.begin_sign_in()
    assert parameters(url) == {"client_id", "request_uri"}


@pytest.mark.spec("OpenID Connect Core 1.0 §3.1.2.1")
async def test_a_recent_proof_of_presence_is_asked_for_and_checked(kit: Kit) -> None:
    platform = await kit.platform()
    sign_in = await kit.sign_in(platform, max_age=300)
    assert sign_in.auth_time == kit.provider.clock.now()


@pytest.mark.spec("OpenID Connect Core 1.0 §5.5.1.1")
async def test_a_demanded_acr_is_met_or_nobody_is_signed_in(kit: Kit) -> None:
    platform = await kit.platform()
    (sandbox,) = {(await kit.sign_in(platform)).acr}
    assert sandbox
    assert (await kit.sign_in(platform, required_acr=[sandbox])).acr == sandbox
    with pytest.raises(sdk.ProviderRefusedError) as refusal:
        await kit.sign_in(platform, required_acr=["phr"])
    assert refusal.value.error == "unmet_authentication_requirements"
    assert refusal.value.error_uri.endswith("/errors/authentication_requirements_unmet")


@pytest.mark.spec("OpenID Connect Core 1.0 §5.3.2")
async def test_userinfo_may_be_signed(kit: Kit) -> None:
    options = kit.options(scope="openid age")
    platform = await kit.platform(options, userinfo_signed_response_alg="ES256")
    sign_in = await kit.sign_in(platform)
    assert (await platform.userinfo(sign_in)).over(18) is True


async def test_a_wrong_secret_is_named(kit: Kit) -> None:
    registered = await kit.provider.add_client()
    platform = await sdk.discover(
        kit.provider.issuer,
        registered.client.client_id,
        "another secret",
        "https://shop.example/callback",
        kit.options(),
    )
    with pytest.raises(sdk.ClientRefusedError):
        await kit.sign_in(platform)


@pytest.mark.spec("RFC 6749 §6")
async def test_a_person_stays_connected_at_the_provider_until_it_is_given_back(kit: Kit) -> None:
    platform = await kit.platform(kit.options(scope="openid age offline_access"), **CONNECTED)
    sign_in = await kit.sign_in(platform, ages=[18])
    assert sign_in.tokens
    first = sign_in.tokens
    second, again = await platform.refresh(first)
    assert again
    assert (again.network_id, again.over(18)) == (sign_in.network_id, True)
    assert second.refresh_token != first.refresh_token
    lost, _ = await platform.refresh(first)  # the answer was lost on the way: once more the same
    assert lost.refresh_token == second.refresh_token
    third, _ = await platform.refresh(second, scope="openid")
    assert third.scope == "offline_access openid"
    assert (await platform.userinfo(third)).ages == {}
    await platform.revoke(third)
    with pytest.raises(sdk.RefreshTokenGoneError) as refusal:
        await platform.refresh(third)
    assert "sign in again" in refusal.value.todo
    with pytest.raises(sdk.AccessTokenRefusedError):
        await platform.userinfo(third)


@pytest.mark.spec("RFC 9700 §4.14")
async def test_requests_that_refresh_at_once_lose_no_connection(kit: Kit) -> None:
    platform = await kit.platform(kit.options(scope="openid offline_access"), **CONNECTED)
    tokens = (await kit.sign_in(platform)).tokens
    for _ in range(3):
        assert tokens
        answers = await asyncio.gather(*(platform.refresh(tokens) for _ in range(4)))
        assert len({new.refresh_token for new, _ in answers}) == 1
        tokens = answers[-1][0]
        kit.provider.clock.advance(60)


async def test_a_stolen_refresh_token_ends_the_connection_at_the_provider(kit: Kit) -> None:
    platform = await kit.platform(kit.options(scope="openid offline_access"), **CONNECTED)
    sign_in = await kit.sign_in(platform)
    assert sign_in.tokens
    second, _ = await platform.refresh(sign_in.tokens)
    kit.provider.clock.advance(60)
    for stolen_then_ours in (sign_in.tokens, second):
        with pytest.raises(sdk.RefreshTokenGoneError):
            await platform.refresh(stolen_then_ours)
