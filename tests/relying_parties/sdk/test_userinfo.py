"""Userinfo: only about the person whom the ID token named, and only in its right form."""

from typing import Any

import network_id as sdk
import pytest
from joserfc import jwt
from network_id import Platform, SignIn
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response

from tests.support.simulated_journey import Journey
from tests.support.simulated_provider import (
    ACCESS_TOKEN,
    CLIENT_ID,
    ISSUER,
    NETWORK_ID,
    OTHER_RSA,
    RSA,
)

OTHER_NETWORK_ID = "BY7Q2YWSGQNFEDCVVCMN1XMFN"


async def signed_in(journey: Journey) -> tuple[Platform, SignIn]:
    journey.provider.change_discovery = lambda document: document.update(
        userinfo_endpoint=f"{ISSUER}/userinfo", revocation_endpoint=f"{ISSUER}/revoke"
    )
    platform = await journey.platform()
    return platform, await journey.sign_in(platform)


@pytest.mark.spec("OpenID Connect Core 1.0 §5.3.2")
async def test_it_answers_for_the_person_who_signed_in(journey: Journey) -> None:
    platform, sign_in = await signed_in(journey)
    body = {"sub": NETWORK_ID, "age_over_18": True, "age_over_65": False}
    journey.provider.answers["/userinfo"] = JSONResponse(body)
    found = await platform.userinfo(sign_in)
    assert (found.over(18), found.over(65), found.over(14)) == (True, False, None)
    assert (found.network_id, found.display) == (NETWORK_ID, sign_in.display)
    assert found.claims == body


REFUSALS: dict[str, tuple[Response, type[sdk.SignInError]]] = {
    "another person": (JSONResponse({"sub": OTHER_NETWORK_ID}), sdk.UserInfoSubjectError),
    "nobody": (JSONResponse({}), sdk.UserInfoSubjectError),
    "in lower case": (JSONResponse({"sub": NETWORK_ID.lower()}), sdk.UserInfoSubjectError),
    "a list of people": (JSONResponse({"sub": [NETWORK_ID]}), sdk.UserInfoSubjectError),
    "age as text": (
        JSONResponse({"sub": NETWORK_ID, "age_over_18": "true"}),
        sdk.ClaimInvalidError,
    ),
    "token over": (
        PlainTextResponse("", 401, {"www-authenticate": 'Bearer error="invalid_token"'}),
        sdk.AccessTokenRefusedError,
    ),
    "not allowed": (PlainTextResponse("", 403), sdk.AccessTokenRefusedError),
    "down": (PlainTextResponse("", 503), sdk.ProviderUnavailableError),
    "not there": (JSONResponse({"sub": NETWORK_ID}, 404), sdk.ProviderAnswerError),
    "a page": (PlainTextResponse("<html>"), sdk.ProviderAnswerError),
    "a page that says JSON": (
        Response("<html>", media_type="application/json"),
        sdk.ProviderAnswerError,
    ),
    "a list": (JSONResponse([]), sdk.ProviderAnswerError),
    "a redirect": (RedirectResponse("https://evil.example/"), sdk.ProviderAnswerError),
    "a JWT that is none": (
        Response("a.b.c", media_type="application/jwt"),
        sdk.TokenMalformedError,
    ),
    "a JWT with an error": (
        Response("a.b.c", 400, media_type="application/jwt"),
        sdk.ProviderAnswerError,
    ),
}


@pytest.mark.spec("OpenID Connect Core 1.0 §5.3.2")
@pytest.mark.parametrize("fault", REFUSALS)
async def test_a_fault_is_refused_under_its_own_name(journey: Journey, fault: str) -> None:
    platform, sign_in = await signed_in(journey)
    journey.provider.answers["/userinfo"], name = REFUSALS[fault]
    with pytest.raises(sdk.SignInError) as refusal:
        await platform.userinfo(sign_in)
    assert type(refusal.value) is name
    assert ACCESS_TOKEN not in str(refusal.value)


def signed(journey: Journey, **changes: Any) -> Response:
    """Return a right answer as a JWT, but for ``changes``; None leaves a member out."""
    members = {"iss": ISSUER, "aud": CLIENT_ID, "sub": NETWORK_ID, "age_over_18": True} | changes
    claims = {name: value for name, value in members.items() if value is not None}
    key = journey.provider.key
    token = jwt.encode({"alg": key.alg, "kid": RSA.kid}, claims, key)
    return Response(token, media_type="application/jwt; charset=utf-8")


@pytest.mark.spec("OpenID Connect Core 1.0 §5.3.2")
async def test_a_signed_answer_is_verified(journey: Journey) -> None:
    platform, sign_in = await signed_in(journey)
    journey.provider.answers["/userinfo"] = signed(journey)
    assert (await platform.userinfo(sign_in)).over(18) is True


LIES: dict[str, tuple[dict[str, Any], type[sdk.SignInError]]] = {
    "another person": ({"sub": OTHER_NETWORK_ID}, sdk.UserInfoSubjectError),
    "another issuer": ({"iss": "https://evil.example"}, sdk.TokenIssuerError),
    "no issuer": ({"iss": None}, sdk.TokenIssuerError),
    "another platform": ({"aud": "another"}, sdk.AudienceError),
    "two platforms": ({"aud": [CLIENT_ID, "another"]}, sdk.AudienceError),
    "no platform": ({"aud": None}, sdk.AudienceError),
    "an ID token": ({"exp": 2**31, "nonce": "n"}, sdk.TokenTypeError),
}


@pytest.mark.parametrize("lie", LIES)
async def test_a_signed_answer_that_lies_is_refused(journey: Journey, lie: str) -> None:
    changes, name = LIES[lie]
    platform, sign_in = await signed_in(journey)
    journey.provider.answers["/userinfo"] = signed(journey, **changes)
    with pytest.raises(sdk.SignInError) as refusal:
        await platform.userinfo(sign_in)
    assert type(refusal.value) is name


async def test_a_forged_answer_is_refused(journey: Journey) -> None:
    platform, sign_in = await signed_in(journey)
    journey.provider.key = OTHER_RSA
    journey.provider.answers["/userinfo"] = signed(journey)
    with pytest.raises(sdk.SignatureInvalidError):
        await platform.userinfo(sign_in)


async def test_a_sign_in_from_a_session_has_no_tokens(journey: Journey) -> None:
    platform, sign_in = await signed_in(journey)
    kept = SignIn.from_json(sign_in.to_json())
    uses: list[Any] = [platform.userinfo, platform.revoke]
    for use in uses:
        with pytest.raises(sdk.TokensMissingError):
            await use(kept)


async def test_what_the_provider_does_not_have_is_named(journey: Journey) -> None:
    platform = await journey.platform()
    sign_in = await journey.sign_in(platform)
    uses: list[Any] = [platform.userinfo, platform.revoke]
    for use in uses:
        with pytest.raises(sdk.NotOfferedError):
            await use(sign_in)


@pytest.mark.spec("RFC 7009 §2.2")
async def test_a_token_is_given_back(journey: Journey) -> None:
    platform, sign_in = await signed_in(journey)
    journey.provider.answers["/revoke"] = Response(status_code=200)
    await platform.revoke(sign_in)
    assert journey.provider.requests[-1] == "/revoke"


@pytest.mark.spec("RFC 7009 §2.2.1")
async def test_a_token_that_is_not_taken_back_is_named(journey: Journey) -> None:
    platform, sign_in = await signed_in(journey)
    journey.provider.answers["/revoke"] = JSONResponse({"error": "unsupported_token_type"}, 400)
    with pytest.raises(sdk.TokenRequestRefusedError, match="unsupported_token_type"):
        await platform.revoke(sign_in)
