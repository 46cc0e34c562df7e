"""The right way through: what a platform gets, and over real HTTP."""

import json
from dataclasses import FrozenInstanceError
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from joserfc.jwk import RSAKey
from network_id import Options, discover

from tests.support.simulated_journey import REDIRECT_URI, Journey
from tests.support.simulated_provider import (
    ACCESS_TOKEN,
    CLIENT_ID,
    CLIENT_SECRET,
    CODE,
    EC,
    ED,
    ISSUER,
    NETWORK_ID,
    PSS,
    RSA,
    SimulatedProvider,
    serving,
)
from tests.support.time import FrozenClock


@pytest.mark.spec("OpenID Connect Core 1.0 §3.1.3.7")
@pytest.mark.parametrize("key", [RSA, PSS, EC, ED], ids=lambda key: key.alg)
async def test_a_sign_in_says_who_and_which_key_verified_it(journey: Journey, key: RSAKey) -> None:
    journey.provider.key = key
    journey.provider.ages = {"age_over_18": True, "age_over_65": False}
    sign_in = await journey.sign_in()
    assert sign_in.network_id == NETWORK_ID
    assert sign_in.display.replace("-", "") == NETWORK_ID
    assert [len(group) for group in sign_in.display.split("-")] == [5] * 5
    assert (sign_in.over(18), sign_in.over(65), sign_in.over(14)) == (True, False, None)
    assert (sign_in.kid, sign_in.alg) == (key.kid, key.alg)
    assert sign_in.acr == "urn:example:sandbox"
    assert sign_in.claims["aud"] == CLIENT_ID
    assert sign_in.header["kid"] == key.kid


async def test_a_sign_in_cannot_be_altered(journey: Journey) -> None:
    sign_in = await journey.sign_in()
    with pytest.raises(FrozenInstanceError):
        sign_in.network_id = "another"  # type: ignore[misc]
    with pytest.raises(TypeError):
        sign_in.claims["sub"] = "another"  # type: ignore[index]


@pytest.mark.spec("RFC 7636 §4.3")
async def test_the_request_carries_state_nonce_and_an_s256_challenge(journey: Journey) -> None:
    platform = await journey.platform()
    claims = {"id_token": {"age_over_18": {"essential": True}}}
    url, pending = await platform.begin_sign_in(claims=claims, ui_locales="zh-Hans")
    asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    assert url.startswith(f"{ISSUER}/authorize?")
    assert (asked["state"], asked["nonce"]) == (pending.state, pending.nonce)
    assert asked["code_challenge_method"] == "S256"
    assert pending.code_verifier not in url
    assert json.loads(asked["claims"]) == claims
    assert asked["ui_locales"] == "zh-Hans"
    assert (asked["scope"], asked["response_type"]) == ("openid", "code")
    assert asked["redirect_uri"] == REDIRECT_URI


async def test_two_sign_ins_share_no_secret(journey: Journey) -> None:
    platform = await journey.platform()
    pendings = [(await platform.begin_sign_in())[1] for _ in range(50)]
    secrets = {s for p in pendings for s in (p.state, p.nonce, p.code_verifier)}
    assert len(secrets) == 150
    assert all(len(secret) == 43 for secret in secrets)


async def test_no_repr_shows_a_secret(journey: Journey) -> None:
    platform = await journey.platform()
    _, pending = await platform.begin_sign_in()
    sign_in = await journey.sign_in(platform)
    text = f"{platform!r} {platform} {pending!r} {sign_in!r} {journey.options()!r}"
    hidden = [CLIENT_SECRET, pending.state, pending.nonce, pending.code_verifier]
    hidden.append(sign_in.claims["nonce"])
    assert not [s for s in [*hidden, sign_in.id_token, ACCESS_TOKEN, CODE] if s in text]


async def test_signing_out_is_local_unless_the_provider_is_to_end_its_session_too(
    journey: Journey,
) -> None:
    platform = await journey.platform()
    sign_in = await journey.sign_in(platform)
    assert await platform.sign_out("/bye") == "/bye"
    url = urlsplit(await platform.sign_out("https://platform.example/", sign_in))
    assert f"{url.scheme}://{url.netloc}{url.path}" == f"{journey.provider.issuer}/logout"
    assert parse_qs(url.query) == {
        "id_token_hint": [sign_in.id_token],
        "post_logout_redirect_uri": ["https://platform.example/"],
    }
    journey.provider.change_discovery = lambda found: found.pop("end_session_endpoint")
    assert await (await journey.platform()).sign_out("/bye", sign_in) == "/bye"


async def test_a_sign_in_over_real_http(clock: FrozenClock) -> None:
    provider = SimulatedProvider(clock.now)
    with serving(provider.app) as url:
        provider.issuer = url
        options = Options(clock=clock.now)
        platform = await discover(url, CLIENT_ID, CLIENT_SECRET, f"{url}/callback", options)
        async with platform, httpx2.AsyncClient() as browser:
            to, pending = await platform.begin_sign_in()
            back = (await browser.get(to)).headers["location"]
            sign_in = await platform.finish_sign_in(pending, urlsplit(back).query)
    assert sign_in.network_id == NETWORK_ID
