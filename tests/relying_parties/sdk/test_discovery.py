"""Discovery: only a document that speaks for exactly this issuer, safely, is used."""

import asyncio
import pickle
from collections.abc import Callable
from copy import copy
from typing import Any

import network_id as sdk
import pytest
from network_id import discover, discover_later
from network_id.provider import PAUSE
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response

from tests.support.simulated_journey import REDIRECT_URI, Journey
from tests.support.simulated_provider import CLIENT_ID, CLIENT_SECRET, ISSUER

WELL_KNOWN = "/.well-known/openid-configuration"


def put(**values: object) -> Callable[[dict[str, Any]], None]:
    return lambda document: document.update(values)


DOCUMENTS: dict[str, tuple[Callable[[dict[str, Any]], None], type[sdk.SignInError]]] = {
    "another issuer": (put(issuer="https://evil.example"), sdk.IssuerMismatchError),
    "issuer with a slash": (put(issuer="https://id.example/"), sdk.IssuerMismatchError),
    "issuer in capitals": (put(issuer="https://ID.example"), sdk.IssuerMismatchError),
    "no issuer": (put(issuer=None), sdk.IssuerMismatchError),
    "no token endpoint": (put(token_endpoint=None), sdk.DiscoveryInvalidError),
    "token endpoint a number": (put(token_endpoint=7), sdk.DiscoveryInvalidError),
    "plain http": (put(jwks_uri="http://id.example/jwks"), sdk.DiscoveryInvalidError),
    "downgrade to loopback": (put(jwks_uri="http://localhost/jwks"), sdk.InsecureUrlError),
    "logout elsewhere": (put(end_session_endpoint="http://id.example/"), sdk.InsecureUrlError),
    "logout no address": (put(end_session_endpoint=7), sdk.DiscoveryInvalidError),
    "hidden host": (put(token_endpoint="https://id.example@evil/t"), sdk.InsecureUrlError),
    "two ports": (put(jwks_uri=f"{ISSUER}:443:1/jwks"), sdk.InsecureUrlError),
    "NUL in an address": (put(token_endpoint=f"{ISSUER}/\0"), sdk.InsecureUrlError),
    "no S256": (put(code_challenge_methods_supported=["plain"]), sdk.DiscoveryInvalidError),
    "no PKCE": (put(code_challenge_methods_supported=None), sdk.DiscoveryInvalidError),
    "no code": (put(response_types_supported=["id_token"]), sdk.DiscoveryInvalidError),
    "iss support as text": (
        put(authorization_response_iss_parameter_supported="yes"),
        sdk.DiscoveryInvalidError,
    ),
}


@pytest.mark.spec("OpenID Connect Discovery 1.0 §4.3")
@pytest.mark.parametrize("fault", DOCUMENTS)
async def test_a_document_that_does_not_fit_is_refused(journey: Journey, fault: str) -> None:
    journey.provider.change_discovery, name = DOCUMENTS[fault]
    with pytest.raises(sdk.SignInError) as refusal:
        await journey.platform()
    assert type(refusal.value) is name


ANSWERS: dict[str, tuple[Response, type[sdk.SignInError]]] = {
    "not found": (PlainTextResponse("no", 404), sdk.ProviderAnswerError),
    "garbage": (PlainTextResponse("{"), sdk.ProviderAnswerError),
    "deep garbage": (PlainTextResponse("[" * 100_000), sdk.ProviderAnswerError),
    "huge": (PlainTextResponse(" " * 300_000), sdk.ProviderAnswerError),
    "redirect": (RedirectResponse("https://evil.example/", 302), sdk.ProviderAnswerError),
    "down": (PlainTextResponse("no", 503), sdk.ProviderUnavailableError),
}


@pytest.mark.parametrize("path", [WELL_KNOWN, "/jwks"])
@pytest.mark.parametrize("fault", ANSWERS)
async def test_an_answer_that_is_none_is_refused(journey: Journey, fault: str, path: str) -> None:
    journey.provider.answers[path], name = ANSWERS[fault]
    with pytest.raises(sdk.SignInError) as refusal:
        await journey.platform()
    assert type(refusal.value) is name


@pytest.mark.spec("RFC 9700 §2.6")
async def test_no_variable_of_the_environment_opens_plain_http(
    journey: Journey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")  # developers set it, and forget it
    with pytest.raises(sdk.InsecureUrlError):
        discover_later("http://id.example", CLIENT_ID, CLIENT_SECRET, REDIRECT_URI)
    journey.provider.change_discovery = put(jwks_uri="http://id.example/jwks")
    with pytest.raises(sdk.InsecureUrlError):
        await journey.platform()


async def test_a_right_document_in_a_redirect_is_refused(journey: Journey) -> None:
    document = journey.provider.document()
    headers = {"location": "https://evil.example/"}
    journey.provider.answers[WELL_KNOWN] = JSONResponse(document, 302, headers)
    with pytest.raises(sdk.ProviderAnswerError, match="a redirect"):
        await journey.platform()


@pytest.mark.parametrize(
    "issuer",
    [
        "http://id.example",
        "https://id.example?x=1",
        "https://id.example#x",
        "https://a@id.example",
        "http://localhost:80@evil.example",
        "ftp://localhost",
        "id.example",
        "https://[",
        "",
    ],
)
async def test_an_unsafe_issuer_is_refused_before_any_fetch(journey: Journey, issuer: str) -> None:
    with pytest.raises(sdk.InsecureUrlError):
        await discover(issuer, CLIENT_ID, None, REDIRECT_URI, journey.options())
    assert journey.provider.requests == []


async def test_an_unsafe_redirect_uri_is_refused(journey: Journey) -> None:
    with pytest.raises(sdk.InsecureUrlError):
        await discover("https://id.example", CLIENT_ID, None, "http://shop.example/callback")


async def test_a_provider_that_is_away_is_named(journey: Journey) -> None:
    journey.provider.away = True
    with pytest.raises(sdk.ProviderUnavailableError) as refusal:
        await journey.platform()
    assert "ConnectError" in refusal.value.came


@pytest.mark.spec("RFC 9207 §3")
async def test_iss_may_be_absent_when_it_is_not_announced(journey: Journey) -> None:
    journey.provider.change_discovery = lambda document: document.pop(
        "authorization_response_iss_parameter_supported"
    )
    journey.provider.change_response = lambda response: response.pop("iss")
    assert (await journey.sign_in()).network_id


@pytest.mark.spec("RFC 9207 §2.4")
async def test_iss_is_compared_whenever_it_comes(journey: Journey) -> None:
    journey.provider.change_discovery = lambda document: document.pop(
        "authorization_response_iss_parameter_supported"
    )
    journey.provider.change_response = lambda response: response.update(iss="https://evil.example")
    with pytest.raises(sdk.ResponseIssuerMismatchError):
        await journey.sign_in()


async def test_discovery_may_wait_until_it_is_needed(journey: Journey) -> None:
    platform = discover_later(ISSUER, CLIENT_ID, CLIENT_SECRET, REDIRECT_URI, journey.options())
    assert journey.provider.requests == []
    await asyncio.gather(*(journey.sign_in(platform) for _ in range(4)))
    assert journey.provider.requests.count(WELL_KNOWN) == 1


async def test_a_late_discovery_refuses_the_same_documents(journey: Journey) -> None:
    journey.provider.change_discovery = put(issuer="https://evil.example")
    platform = discover_later(ISSUER, CLIENT_ID, CLIENT_SECRET, REDIRECT_URI, journey.options())
    with pytest.raises(sdk.IssuerMismatchError):
        await platform.begin_sign_in()


async def test_a_provider_that_is_away_is_not_asked_by_each_person(journey: Journey) -> None:
    journey.provider.away = True
    platform = discover_later(ISSUER, CLIENT_ID, CLIENT_SECRET, REDIRECT_URI, journey.options())
    for _ in range(5):
        with pytest.raises(sdk.ProviderUnavailableError, match="ConnectError"):
            await platform.begin_sign_in()
    assert journey.provider.requests.count(WELL_KNOWN) == 1
    journey.clock.advance(PAUSE)
    journey.provider.away = False
    assert (await journey.sign_in(platform)).network_id


@pytest.mark.parametrize("issuer", ["http://id.example", "https://id.example?x=1"])
def test_an_unsafe_issuer_is_refused_at_once(journey: Journey, issuer: str) -> None:
    with pytest.raises(sdk.InsecureUrlError):
        discover_later(issuer, CLIENT_ID, None, REDIRECT_URI, journey.options())


async def test_an_error_can_be_copied_and_sent_to_another_process(journey: Journey) -> None:
    journey.provider.error = "login_required"
    with pytest.raises(sdk.ProviderRefusedError) as refusal:
        await journey.sign_in()
    sent = pickle.loads(pickle.dumps(refusal.value))  # noqa: S301  # our own bytes
    for other in (copy(refusal.value), sent):
        assert type(other) is sdk.ProviderRefusedError
        assert (str(other), vars(other)) == (str(refusal.value), vars(refusal.value))
