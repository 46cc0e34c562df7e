"""Staying connected: new tokens for old ones; nothing is lost, nothing is believed too early."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import network_id as sdk
import pytest
from network_id import Tokens
from network_id.keys import OUTAGE
from starlette.responses import JSONResponse, PlainTextResponse, Response

from tests.support.simulated_journey import Journey
from tests.support.simulated_provider import (
    ACCESS_TOKEN,
    CLIENT_ID,
    ISSUER,
    NETWORK_ID,
    OTHER_RSA,
    RSA,
)

OLD, NEW = "an-old-refresh-token", "a-new-refresh-token"
OTHER_NETWORK_ID = "BY7Q2YWSGQNFEDCVVCMN1XMFN"
HELD = Tokens(
    issuer=ISSUER,
    network_id=NETWORK_ID,
    access_token="an-old-access-token",
    refresh_token=OLD,
    auth_time=1_767_225_000,
)


def answer(journey: Journey, **changes: Any) -> None:
    """Let the token endpoint answer a refresh, right but for ``changes``."""
    asked = {"client_id": CLIENT_ID, "nonce": "n"}
    before = journey.provider.change_claims

    def without_nonce(claims: dict[str, Any]) -> None:
        claims.pop("nonce")
        claims["auth_time"] = HELD.auth_time
        before(claims)

    journey.provider.change_claims = without_nonce
    tokens = {
        "access_token": ACCESS_TOKEN,
        "token_type": "Bearer",
        "expires_in": 600,
        "scope": "openid offline_access",
        "refresh_token": NEW,
        "id_token": journey.provider.id_token(asked),
    } | changes
    journey.provider.answers["/token"] = JSONResponse(
        {name: value for name, value in tokens.items() if value is not None}
    )


@pytest.mark.spec("OpenID Connect Core 1.0 §12.2")
async def test_new_tokens_come_for_old_ones(journey: Journey) -> None:
    journey.provider.ages = {"age_over_18": True}
    answer(journey)
    tokens, sign_in = await (await journey.platform()).refresh(HELD)
    assert tokens == replace(
        HELD,
        access_token=ACCESS_TOKEN,
        refresh_token=NEW,
        expires_at=journey.clock.now() + 600,
        scope="openid offline_access",
    )
    assert sign_in
    assert (sign_in.network_id, sign_in.over(18), sign_in.tokens) == (NETWORK_ID, True, tokens)
    assert (tokens.are_over(journey.clock.now()), tokens.are_over(1_767_226_200)) == (False, True)


@pytest.mark.spec("RFC 6749 §6")
@pytest.mark.parametrize("nothing", [None, ""])
async def test_the_old_refresh_token_stays_where_no_new_one_comes(
    journey: Journey, nothing: str | None
) -> None:
    answer(journey, refresh_token=nothing, id_token=None, expires_in=None, scope=None)
    tokens, sign_in = await (await journey.platform()).refresh(HELD)
    assert (tokens.refresh_token, sign_in) == (OLD, None)
    assert (tokens.expires_at, tokens.scope) == (None, None)
    assert not tokens.are_over(2**40)


def claims(**values: object) -> Callable[[Journey], None]:
    def change(given: dict[str, Any]) -> None:
        given.update(values)

    return lambda journey: setattr(journey.provider, "change_claims", change)


def forged(journey: Journey) -> None:
    journey.provider.key = OTHER_RSA
    journey.provider.change_header = lambda header: header.update(kid=RSA.kid)


LIES: dict[str, tuple[Callable[[Journey], None], type[sdk.SignInError]]] = {
    "another person": (claims(sub=OTHER_NETWORK_ID), sdk.SubjectChangedError),
    "another issuer": (claims(iss="https://evil.example"), sdk.TokenIssuerError),
    "another platform": (claims(aud="another"), sdk.AudienceError),
    "a nonce": (claims(nonce="n"), sdk.NonceMismatchError),
    "another sign-in": (claims(auth_time=1_767_225_600), sdk.AuthTimeError),
    "of the future": (claims(iat=1_767_225_700), sdk.IssuedInFutureError),
    "expired": (claims(exp=1_767_225_500), sdk.TokenExpiredError),
    "another access token": (claims(at_hash="another"), sdk.AccessTokenHashError),
    "a forged signature": (forged, sdk.SignatureInvalidError),
}


@pytest.mark.spec("OpenID Connect Core 1.0 §12.2")
@pytest.mark.parametrize("lie", LIES)
async def test_an_id_token_that_lies_gives_no_tokens(journey: Journey, lie: str) -> None:
    damage, name = LIES[lie]
    damage(journey)
    answer(journey)
    with pytest.raises(sdk.SignInError) as refusal:
        await (await journey.platform()).refresh(HELD)
    assert type(refusal.value) is name
    assert not [secret for secret in (OLD, NEW, ACCESS_TOKEN) if secret in str(refusal.value)]


REFUSALS: dict[str, tuple[Response, type[sdk.SignInError]]] = {
    "gone": (JSONResponse({"error": "invalid_grant"}, 400), sdk.RefreshTokenGoneError),
    "gone with 200": (JSONResponse({"error": "invalid_grant"}), sdk.RefreshTokenGoneError),
    "client": (JSONResponse({"error": "invalid_client"}, 401), sdk.ClientRefusedError),
    "disabled": (JSONResponse({"error": "unauthorized_client"}, 400), sdk.ClientNotAllowedError),
    "scope": (JSONResponse({"error": "invalid_scope"}, 400), sdk.TokenRequestRefusedError),
    "proof": (JSONResponse({"error": "invalid_dpop_proof"}, 400), sdk.ProofRefusedError),
    "down": (PlainTextResponse("busy", 503), sdk.ProviderUnavailableError),
    "garbage": (PlainTextResponse("<html>"), sdk.ProviderAnswerError),
    "garbage with 400": (PlainTextResponse("<html>", 400), sdk.ProviderAnswerError),
    "no access token": (JSONResponse({"token_type": "Bearer"}), sdk.ProviderAnswerError),
    "bound unasked": (
        JSONResponse({"access_token": "a", "token_type": "DPoP"}),
        sdk.AccessTokenTypeError,
    ),
    "life as text": (
        JSONResponse({"access_token": "a", "token_type": "Bearer", "expires_in": "600"}),
        sdk.ProviderAnswerError,
    ),
    "refresh token a list": (
        JSONResponse({"access_token": "a", "token_type": "Bearer", "refresh_token": ["a"]}),
        sdk.ProviderAnswerError,
    ),
}


@pytest.mark.spec("RFC 6749 §5.2")
@pytest.mark.parametrize("fault", REFUSALS)
async def test_a_refusal_has_its_own_name(journey: Journey, fault: str) -> None:
    platform = await journey.platform()
    journey.provider.answers["/token"], name = REFUSALS[fault]
    with pytest.raises(sdk.SignInError) as refusal:
        await platform.refresh(HELD)
    assert type(refusal.value) is name
    assert OLD not in str(refusal.value)


async def test_what_the_provider_says_of_the_cause_is_passed_on(journey: Journey) -> None:
    body = {"error": "invalid_grant", "error_description": "it is over", "error_code": "the_code"}
    body |= {"error_uri": "https://id.example/errors/the_code"}
    journey.provider.answers["/token"] = JSONResponse(body, 400)
    with pytest.raises(sdk.RefreshTokenGoneError, match=r"it is over.*the_code.*/errors/the_code"):
        await (await journey.platform()).refresh(HELD)


async def test_keys_too_old_to_verify_are_noticed_before_the_token_is_spent(
    journey: Journey,
) -> None:
    platform = await journey.platform()
    journey.provider.answers["/jwks"] = PlainTextResponse("no", 503)
    journey.clock.advance(600 + OUTAGE)
    with pytest.raises(sdk.ProviderUnavailableError):
        await platform.refresh(HELD)
    assert "/token" not in journey.provider.requests


async def test_tokens_are_not_lost_for_want_of_a_key(journey: Journey) -> None:
    platform = await journey.platform()
    journey.provider.key = OTHER_RSA
    answer(journey)
    journey.provider.answers["/jwks"] = PlainTextResponse("no", 503)
    journey.clock.advance(100)
    tokens, sign_in = await platform.refresh(HELD)
    assert (tokens.refresh_token, sign_in) == (NEW, None)


async def test_a_person_who_is_not_connected_cannot_be_refreshed(journey: Journey) -> None:
    sign_in = await journey.sign_in()
    assert sign_in.tokens
    with pytest.raises(sdk.TokensMissingError) as refusal:
        await (await journey.platform()).refresh(sign_in.tokens)
    assert "offline_access" in refusal.value.todo


async def test_tokens_of_another_provider_are_sent_nowhere(journey: Journey) -> None:
    platform = await journey.platform()
    elsewhere = replace(HELD, issuer="https://other.example")
    journey.provider.requests.clear()
    for use in (platform.refresh, platform.userinfo, platform.revoke):
        with pytest.raises(sdk.TokensOfAnotherProviderError):
            await use(elsewhere)
    assert journey.provider.requests == []


async def test_tokens_survive_a_store_and_show_themselves_nowhere(journey: Journey) -> None:
    assert Tokens.from_json(HELD.to_json()) == HELD
    assert Tokens.from_dict(json.loads(json.dumps(HELD.to_dict()))) == HELD
    sign_in = await journey.sign_in()
    assert sign_in.tokens
    text = f"{HELD!r} {HELD} {sign_in!r} {sign_in.tokens} {sign_in.to_json()}"
    assert not [secret for secret in (OLD, HELD.access_token, ACCESS_TOKEN) if secret in text]


@pytest.mark.parametrize("change", [{"access_token": None}, {"expires_at": "1"}, {"admin": True}])
def test_stored_tokens_of_another_form_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(sdk.SessionValueError):
        Tokens.from_dict(HELD.to_dict() | change)
