"""Each fault of a provider, a browser, or an attacker is refused under its own name."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import network_id as sdk
import pytest
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response

from tests.support.simulated_journey import Journey
from tests.support.simulated_provider import (
    ACCESS_TOKEN,
    CLIENT_SECRET,
    CODE,
    ED,
    OTHER_RSA,
    RSA,
    SimulatedProvider,
)

Break = Callable[[SimulatedProvider], None]


def claims(**values: object) -> Break:
    """Set claims of the next ID token; None leaves one out."""

    def change(given: dict[str, object]) -> None:
        given.update(values)
        for name in [name for name, value in values.items() if value is None]:
            del given[name]

    return lambda provider: setattr(provider, "change_claims", change)


def header(**values: object) -> Break:
    return lambda provider: setattr(provider, "change_header", lambda h: h.update(values))


def token(change: Callable[[str], str]) -> Break:
    return lambda provider: setattr(provider, "change_token", change)


def tokens(**values: object) -> Break:
    return lambda provider: setattr(provider, "change_tokens", lambda t: t.update(values))


def response(**values: object) -> Break:
    def change(given: dict[str, object]) -> None:
        given.update(values)
        for name in [name for name, value in values.items() if value is None]:
            del given[name]

    return lambda provider: setattr(provider, "change_response", change)


def error(code: str) -> Break:
    return lambda provider: setattr(provider, "error", code)


def answer(path: str, response: Response) -> Break:
    return lambda provider: provider.answers.update({path: response})


def other_key(provider: SimulatedProvider) -> None:
    """Sign with a key that is not published, under the name of one that is."""
    provider.key = OTHER_RSA
    provider.change_header = lambda header: header.update(kid=RSA.kid)


def unpublished_key(provider: SimulatedProvider) -> None:
    provider.key = OTHER_RSA


def altered_payload(text: str) -> str:
    head, payload, signature = text.split(".")
    middle = len(payload) // 2
    other = "A" if payload[middle] != "A" else "B"
    return f"{head}.{payload[:middle]}{other}{payload[middle + 1 :]}.{signature}"


NOW = 1_767_225_600  # where the frozen clock stands

FAULTS: dict[str, tuple[Break, type[sdk.SignInError]]] = {
    # The authorization response
    "state altered": (response(state="another"), sdk.StateMismatchError),
    "state missing": (response(state=None), sdk.StateMismatchError),
    "state not ASCII": (response(state="é"), sdk.StateMismatchError),
    "state twice": (response(state=["a", "b"]), sdk.DuplicateParameterError),
    "code twice": (response(code=["a", "b"]), sdk.DuplicateParameterError),
    "iss missing": (response(iss=None), sdk.ResponseIssuerMissingError),
    "iss wrong": (response(iss="https://evil.example"), sdk.ResponseIssuerMismatchError),
    "iss with a slash": (response(iss="https://id.example/"), sdk.ResponseIssuerMismatchError),
    "code missing": (response(code=None), sdk.CodeMissingError),
    "code empty": (response(code=""), sdk.CodeMissingError),
    "response huge": (response(x="x" * 9000), sdk.ResponseTooLargeError),
    "the person said no": (error("access_denied"), sdk.AccessDeniedError),
    "login required": (error("login_required"), sdk.ProviderRefusedError),
    "code unknown": (response(code="another"), sdk.CodeRefusedError),
    # The token endpoint
    "token: client": (
        answer("/token", JSONResponse({"error": "invalid_client"}, 401)),
        sdk.ClientRefusedError,
    ),
    "token: other error": (
        answer("/token", JSONResponse({"error": "invalid_request"}, 400)),
        sdk.TokenRequestRefusedError,
    ),
    "token: 503": (answer("/token", PlainTextResponse("busy", 503)), sdk.ProviderUnavailableError),
    "token: 429": (answer("/token", PlainTextResponse("slow", 429)), sdk.ProviderUnavailableError),
    "token: garbage": (answer("/token", PlainTextResponse("<html>")), sdk.ProviderAnswerError),
    "token: a list": (answer("/token", JSONResponse([1])), sdk.ProviderAnswerError),
    "token: error is a list": (
        answer("/token", JSONResponse({"error": ["invalid_grant"]}, 400)),
        sdk.TokenRequestRefusedError,
    ),
    "token: huge": (answer("/token", PlainTextResponse("x" * 300_000)), sdk.ProviderAnswerError),
    "token: redirect": (
        answer("/token", RedirectResponse("https://evil.example/", 307)),
        sdk.ProviderAnswerError,
    ),
    "token: compressed": (
        answer("/token", Response(b"x", headers={"content-encoding": "gzip"})),
        sdk.ProviderAnswerError,
    ),
    "token: right but huge": (tokens(padding="x" * 300_000), sdk.ProviderAnswerError),
    "token: right but a redirect": (
        answer("/token", JSONResponse({}, 302, {"location": "https://evil.example/"})),
        sdk.ProviderAnswerError,
    ),
    "access token missing": (tokens(access_token=None), sdk.ProviderAnswerError),
    "token type": (tokens(token_type="N_A"), sdk.AccessTokenTypeError),
    "no ID token": (tokens(id_token=None), sdk.TokenMalformedError),
    "ID token is a number": (tokens(id_token=7), sdk.TokenMalformedError),
    # The ID token's header and signature
    "not a JWT": (token(lambda _: "abc"), sdk.TokenMalformedError),
    "five parts": (token(lambda text: text + ".a.b"), sdk.TokenMalformedError),
    "header is a list": (token(lambda t: "W10." + t.partition(".")[2]), sdk.TokenMalformedError),
    "not ASCII": (token(lambda text: text + "é"), sdk.TokenMalformedError),
    "too long": (token(lambda text: text + "A" * 20_000), sdk.TokenMalformedError),
    "alg none": (header(alg="none"), sdk.AlgorithmRefusedError),
    "alg HS256 with the public key": (header(alg="HS256"), sdk.AlgorithmRefusedError),
    "alg of another key": (header(alg="PS256"), sdk.KeyUnknownError),
    "typ of an access token": (header(typ="at+jwt"), sdk.TokenTypeError),
    "typ of a logout token": (header(typ="logout+jwt"), sdk.TokenTypeError),
    "kid missing": (header(kid=None), sdk.KeyUnknownError),
    "kid unknown": (header(kid="another"), sdk.KeyUnknownError),
    "key unpublished": (unpublished_key, sdk.KeyUnknownError),
    "signature of another key": (other_key, sdk.SignatureInvalidError),
    "payload altered": (token(altered_payload), sdk.SignatureInvalidError),
    "signature removed": (
        token(lambda t: t.rpartition(".")[0] + "."),
        sdk.SignatureInvalidError,
    ),
    "crit unknown": (header(crit=["x"], x=1), sdk.TokenMalformedError),
    # The claims
    "iss of another": (claims(iss="https://evil.example"), sdk.TokenIssuerError),
    "iss absent": (claims(iss=None), sdk.TokenIssuerError),
    "iss a list": (claims(iss=["https://id.example"]), sdk.TokenIssuerError),
    "aud of another": (claims(aud="another"), sdk.AudienceError),
    "aud absent": (claims(aud=None), sdk.AudienceError),
    "aud with company": (claims(aud=["client-of-the-shop", "another"]), sdk.AudienceError),
    "azp of another": (claims(azp="another"), sdk.AuthorizedPartyError),
    "azp empty": (claims(azp=""), sdk.AuthorizedPartyError),
    "expired": (claims(exp=NOW - 31), sdk.TokenExpiredError),
    "exp absent": (claims(exp=None), sdk.TokenExpiredError),
    "exp as text": (claims(exp="9999999999"), sdk.TokenExpiredError),
    "exp not a number": (claims(exp=float("nan")), sdk.TokenExpiredError),
    "issued in the future": (claims(iat=NOW + 31), sdk.IssuedInFutureError),
    "iat absent": (claims(iat=None), sdk.IssuedInFutureError),
    "not yet valid": (claims(nbf=NOW + 31), sdk.TokenNotYetValidError),
    "nonce of another": (claims(nonce="another"), sdk.NonceMismatchError),
    "nonce absent": (claims(nonce=None), sdk.NonceMismatchError),
    "at_hash of another": (claims(at_hash="another"), sdk.AccessTokenHashError),
    "at_hash half a character": (claims(at_hash="\ud800"), sdk.AccessTokenHashError),
    "at_hash empty": (claims(at_hash=""), sdk.AccessTokenHashError),
    "at_hash a number": (claims(at_hash=0), sdk.AccessTokenHashError),
    "sub absent": (claims(sub=None), sdk.NotANetworkIdError),
    "sub mistyped": (claims(sub="7K9Q2YWSGQNFEDCVVCMN3XD00"), sdk.NotANetworkIdError),
    "sub in lower case": (claims(sub="by7q2ywsgqnfedcvvcmn1xmfn"), sdk.NotANetworkIdError),
    "age as text": (claims(age_over_18="false"), sdk.ClaimInvalidError),
    "age as number": (claims(age_over_18=1), sdk.ClaimInvalidError),
    "acr a list": (claims(acr=["phr"]), sdk.ClaimInvalidError),
    "auth_time as text": (claims(auth_time="now"), sdk.ClaimInvalidError),
    "sid a number": (claims(sid=7), sdk.ClaimInvalidError),
}


@pytest.mark.spec("OpenID Connect Core 1.0 §3.1.3.7")
@pytest.mark.spec("OpenID Connect Core 1.0 §3.1.2.7")
@pytest.mark.parametrize("fault", FAULTS)
async def test_a_fault_is_refused_under_its_own_name(journey: Journey, fault: str) -> None:
    damage, name = FAULTS[fault]
    platform = await journey.platform()
    damage(journey.provider)
    with pytest.raises(sdk.SignInError) as refusal:
        await journey.sign_in(platform)
    assert type(refusal.value) is name
    assert_helpful_and_silent(refusal.value)


def assert_helpful_and_silent(error: sdk.SignInError) -> None:
    assert error.expected
    assert error.came
    assert error.todo
    text = f"{error!s} {error!r} {vars(error)}"
    assert not [s for s in (CODE, ACCESS_TOKEN, CLIENT_SECRET) if s in text]
    assert text.isascii() or "…" in text


async def test_the_client_secret_is_checked(journey: Journey) -> None:
    journey.provider.change_tokens = lambda tokens: tokens.clear()
    platform = await journey.platform()
    with pytest.raises(sdk.ProviderAnswerError):
        await journey.sign_in(platform)


@pytest.mark.spec("RFC 6749 §10.12")
async def test_a_response_without_a_sign_in_begun_here_is_refused(journey: Journey) -> None:
    platform = await journey.platform()
    url, _ = await platform.begin_sign_in()
    with pytest.raises(sdk.NoSignInPendingError):
        await platform.finish_sign_in(None, journey.provider.answer(url))


@pytest.mark.spec("RFC 6749 §10.12")
async def test_another_browsers_response_is_refused(journey: Journey) -> None:
    platform = await journey.platform()
    _, mine = await platform.begin_sign_in()
    attackers, _ = await platform.begin_sign_in()
    with pytest.raises(sdk.StateMismatchError):
        await platform.finish_sign_in(mine, journey.provider.answer(attackers))


@pytest.mark.spec("RFC 7636 §4.6")
async def test_a_code_of_another_challenge_is_refused(journey: Journey) -> None:
    platform = await journey.platform()
    url, pending = await platform.begin_sign_in()
    pending = replace(pending, code_verifier="v" * 43)
    with pytest.raises(sdk.CodeRefusedError):
        await platform.finish_sign_in(pending, journey.provider.answer(url))


async def test_a_late_answer_is_refused(journey: Journey) -> None:
    platform = await journey.platform()
    url, pending = await platform.begin_sign_in()
    journey.clock.advance(3601)
    with pytest.raises(sdk.SignInExpiredError):
        await platform.finish_sign_in(pending, journey.provider.answer(url))


@pytest.mark.spec("RFC 9207 §2.4")
async def test_an_error_of_another_issuer_is_not_believed(journey: Journey) -> None:
    platform = await journey.platform()
    journey.provider.error = "access_denied"
    journey.provider.change_response = lambda given: given.update(iss="https://evil.example")
    with pytest.raises(sdk.ResponseIssuerMismatchError):
        await journey.sign_in(platform)


@pytest.mark.spec("RFC 9207 §2.4")
async def test_no_code_is_sent_anywhere_before_the_issuer_is_checked(journey: Journey) -> None:
    platform = await journey.platform()
    journey.provider.change_response = lambda given: given.update(iss="https://evil.example")
    with pytest.raises(sdk.ResponseIssuerMismatchError):
        await journey.sign_in(platform)
    assert "/token" not in journey.provider.requests


async def test_an_answer_within_the_leeway_is_accepted(journey: Journey) -> None:
    claims(iat=NOW + 30, exp=NOW - 29)(journey.provider)
    assert (await journey.sign_in()).network_id


async def test_at_hash_of_another_is_refused_where_the_library_knows_no_hash(
    journey: Journey,
) -> None:
    journey.provider.key = ED
    claims(at_hash="another")(journey.provider)
    with pytest.raises(sdk.AccessTokenHashError):
        await journey.sign_in()


async def test_only_the_registered_algorithm_is_accepted(journey: Journey) -> None:
    platform = await journey.platform(algorithms=frozenset({"ES256"}))
    with pytest.raises(sdk.AlgorithmRefusedError):
        await journey.sign_in(platform)


@pytest.mark.parametrize("algorithms", [{"none"}, {"HS256", "RS256"}, set()])
async def test_no_unsafe_algorithm_can_be_chosen(journey: Journey, algorithms: set[str]) -> None:
    with pytest.raises(sdk.AlgorithmRefusedError):
        await journey.platform(algorithms=frozenset(algorithms))


async def test_a_dripping_answer_ends_in_time(journey: Journey) -> None:
    async def slowly(*_: object) -> None:
        await asyncio.sleep(5)

    platform = await journey.platform(seconds=0.05)
    journey.provider.answers["/token"] = slowly  # type: ignore[assignment]
    with pytest.raises(sdk.ProviderUnavailableError):
        await journey.sign_in(platform)
