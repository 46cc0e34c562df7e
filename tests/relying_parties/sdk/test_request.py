"""What a platform may ask: sent as the standard says, and checked again in the answer."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import network_id as sdk
import pytest
from network_id import ClientKey, Pending
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response

from tests.support.simulated_journey import Journey
from tests.support.simulated_provider import CLIENT_ID, ISSUER

NOW = 1_767_225_600
OFFERED = {
    "acr_values_supported": ["phr", "phrh"],
    "claims_supported": ["sub", "age_over_14", "age_over_18"],
    "prompt_values_supported": ["none", "login", "consent"],
}


@pytest.fixture(autouse=True)
def offered(journey: Journey) -> None:
    journey.provider.change_discovery = lambda document: document.update(OFFERED)


async def asked(journey: Journey, **ask: Any) -> dict[str, str]:
    url, _ = await (await journey.platform()).begin_sign_in(**ask)
    return dict(parse_qsl(urlsplit(url).query))


@pytest.mark.spec("OpenID Connect Core 1.0 §3.1.2.1")
async def test_each_wish_is_sent_as_the_standard_has_it(journey: Journey) -> None:
    sent = await asked(
        journey,
        max_age=0,
        prompt="login consent",
        acr_values=["phrh", "phr"],
        ui_locales="zh-Hans en",
        scope="openid offline_access",
    )
    assert {name: sent[name] for name in ("max_age", "prompt", "acr_values", "ui_locales")} == {
        "max_age": "0",
        "prompt": "login consent",
        "acr_values": "phrh phr",
        "ui_locales": "zh-Hans en",
    }
    assert sent["scope"] == "openid offline_access"


async def test_nothing_is_sent_that_was_not_asked(journey: Journey) -> None:
    for ask in ({}, dict.fromkeys(sdk.Ask.__annotations__)):
        assert (await asked(journey, **ask)).keys() == {
            *("response_type", "client_id", "redirect_uri", "scope", "state", "nonce"),
            *("code_challenge", "code_challenge_method"),
        }


@pytest.mark.spec("OpenID Connect Core 1.0 §5.5")
async def test_ages_and_a_demanded_acr_join_the_claims(journey: Journey) -> None:
    mine = {"userinfo": {"age_over_14": None}, "id_token": {"age_over_18": {"essential": True}}}
    sent = await asked(journey, ages=[14, 18], required_acr=["phr"], claims=mine)
    assert json.loads(sent["claims"]) == {
        "userinfo": {"age_over_14": None},
        "id_token": {
            "age_over_14": None,
            "age_over_18": {"essential": True},
            "acr": {"essential": True, "values": ["phr"]},
        },
    }
    assert mine["id_token"] == {"age_over_18": {"essential": True}}  # the platform's own is whole


ABSURD: dict[str, dict[str, Any]] = {
    "an age that is not offered": {"ages": [21]},
    "an age as text": {"ages": ["18"]},
    "an age below": {"ages": [0]},
    "an age that is a truth": {"ages": [True]},
    "a max_age below": {"max_age": -1},
    "a max_age as text": {"max_age": "300"},
    "an unknown prompt": {"prompt": "create"},
    "an unknown acr": {"acr_values": ["loa9"]},
    "a demanded acr that is not offered": {"required_acr": ["loa9"]},
    "acr as one text": {"required_acr": "phr"},
    "a misspelt wish": {"age": [18]},
}


@pytest.mark.parametrize("wish", ABSURD)
async def test_what_cannot_be_asked_is_refused_before_anybody_is_sent_away(
    journey: Journey, wish: str
) -> None:
    with pytest.raises(sdk.RequestInvalidError):
        await asked(journey, **ABSURD[wish])


async def test_where_the_provider_says_nothing_all_may_be_asked(journey: Journey) -> None:
    journey.provider.change_discovery = lambda _: None
    sent = await asked(journey, ages=[21], prompt="create", acr_values=["loa9"])
    assert (sent["prompt"], sent["acr_values"]) == ("create", "loa9")


ANSWERS: dict[str, tuple[dict[str, Any], dict[str, Any], type[sdk.SignInError] | None]] = {
    "just now": ({"max_age": 0}, {"auth_time": NOW}, None),
    "within the leeway": ({"max_age": 300}, {"auth_time": NOW - 330}, None),
    "too long ago": ({"max_age": 300}, {"auth_time": NOW - 331}, sdk.AuthTimeError),
    "in the future": ({"max_age": 300}, {"auth_time": NOW + 31}, sdk.AuthTimeError),
    "nobody knows when": ({"max_age": 300}, {}, sdk.AuthTimeError),
    "a truth": ({"max_age": NOW}, {"auth_time": True}, sdk.AuthTimeError),
    "not asked": ({}, {"auth_time": 1}, None),
    "as strong": ({"required_acr": ["phrh", "phr"]}, {"acr": "phr"}, None),
    "weaker": ({"required_acr": ["phrh"]}, {"acr": "phr"}, sdk.AcrUnmetError),
    "no acr": ({"required_acr": ["phr"]}, {"acr": None}, sdk.AcrUnmetError),
    "a part of one": ({"required_acr": ["phrh"]}, {"acr": "phr phrh"}, sdk.AcrUnmetError),
    "only wished": ({"acr_values": ["phrh"]}, {"acr": "phr"}, None),
}


@pytest.mark.spec("OpenID Connect Core 1.0 §3.1.2.1")
@pytest.mark.spec("OpenID Connect Core 1.0 §5.5.1.1")
@pytest.mark.parametrize("case", ANSWERS)
async def test_the_answer_is_held_to_what_was_asked(journey: Journey, case: str) -> None:
    ask, claims, name = ANSWERS[case]
    platform = await journey.platform()
    url, pending = await platform.begin_sign_in(**ask)
    journey.provider.change_claims = lambda given: given.update(claims)
    kept = Pending.from_json(pending.to_json())
    if name is None:
        assert (await platform.finish_sign_in(kept, journey.provider.answer(url))).network_id
        return
    with pytest.raises(name):
        await platform.finish_sign_in(kept, journey.provider.answer(url))


def pushing(journey: Journey, answer: Response | None) -> None:
    journey.provider.change_discovery = lambda document: document.update(
        pushed_authorization_request_endpoint=f"{ISSUER}/par"
    )
    if answer is not None:
        journey.provider.answers["/par"] = answer


@pytest.mark.spec("RFC 9126 §4")
async def test_a_pushed_request_leaves_a_reference_in_the_address(journey: Journey) -> None:
    pushing(journey, JSONResponse({"request_uri": "urn:example:1", "expires_in": 60}, 201))
    url, _ = await (await journey.platform(pushed=True)).begin_sign_in()
    sent = dict(parse_qsl(urlsplit(url).query))
    assert sent == {"client_id": CLIENT_ID, "request_uri": "urn:example:1"}


PUSHES: dict[str, tuple[Response, type[sdk.SignInError]]] = {
    "client": (JSONResponse({"error": "invalid_client"}, 401), sdk.ClientRefusedError),
    "disabled": (JSONResponse({"error": "unauthorized_client"}, 400), sdk.ClientNotAllowedError),
    "proof": (JSONResponse({"error": "invalid_dpop_proof"}, 400), sdk.ProofRefusedError),
    "request": (JSONResponse({"error": "invalid_request"}, 400), sdk.PushedRequestRefusedError),
    "down": (PlainTextResponse("busy", 503), sdk.ProviderUnavailableError),
    "garbage": (PlainTextResponse("<html>", 201), sdk.ProviderAnswerError),
    "nothing": (JSONResponse({}, 201), sdk.ProviderAnswerError),
    "a number": (JSONResponse({"request_uri": 7}, 201), sdk.ProviderAnswerError),
    "a redirect": (RedirectResponse("https://evil.example/", 307), sdk.ProviderAnswerError),
}


@pytest.mark.spec("RFC 9126 §2.3")
@pytest.mark.parametrize("fault", PUSHES)
async def test_a_push_that_fails_has_its_own_name(journey: Journey, fault: str) -> None:
    answer, name = PUSHES[fault]
    pushing(journey, answer)
    with pytest.raises(sdk.SignInError) as refusal:
        await (await journey.platform(pushed=True)).begin_sign_in()
    assert type(refusal.value) is name


async def test_a_provider_without_pushed_requests_is_named(journey: Journey) -> None:
    with pytest.raises(sdk.NotOfferedError):
        await (await journey.platform(pushed=True)).begin_sign_in()


KEY = ClientKey.generate()
UNOFFERED: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "a secret": ({"token_endpoint_auth_methods_supported": ["none"]}, {}),
    "DPoP": ({}, {"dpop_key": KEY}),
    "its algorithm": ({"dpop_signing_alg_values_supported": ["PS256"]}, {"dpop_key": KEY}),
    "the ID token's": (
        {"id_token_signing_alg_values_supported": ["RS256"]},
        {"algorithms": frozenset({"ES256"})},
    ),
}


@pytest.mark.parametrize("case", UNOFFERED)
async def test_an_option_that_the_provider_does_not_know_is_named_at_the_start(
    journey: Journey, case: str
) -> None:
    change, options = UNOFFERED[case]
    journey.provider.change_discovery = lambda document: document.update(change)
    with pytest.raises(sdk.NotOfferedError):
        await journey.platform(**options)


REFUSALS: dict[str, Callable[[Journey], Any]] = {
    "both": lambda journey: journey.platform(private_key=KEY),
    "a key that is none": lambda journey: journey.platform(dpop_key="-----BEGIN"),
}


@pytest.mark.parametrize("case", REFUSALS)
async def test_credentials_that_make_no_sense_are_named_before_any_fetch(
    journey: Journey, case: str
) -> None:
    with pytest.raises(sdk.ConfigurationError):
        await REFUSALS[case](journey)
    assert journey.provider.requests == []
