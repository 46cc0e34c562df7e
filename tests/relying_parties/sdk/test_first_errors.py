"""What newcomers do first: taken where it is harmless, explained where it is not."""

from collections.abc import Callable

import httpx2
import network_id as sdk
import pytest
from network_id import discover

from tests.support.simulated_journey import REDIRECT_URI, Journey
from tests.support.simulated_provider import CLIENT_ID, ISSUER

GIVEN: dict[str, Callable[[str], str | bytes]] = {
    "the query": lambda query: query,
    "as bytes": lambda query: query.encode(),
    "the whole address": lambda query: f"{REDIRECT_URI}?{query}",
    "with a fragment": lambda query: f"{REDIRECT_URI}?{query}#_=_",
}


@pytest.mark.parametrize("form", GIVEN)
async def test_the_query_is_taken_as_frameworks_give_it(journey: Journey, form: str) -> None:
    platform = await journey.platform()
    url, pending = await platform.begin_sign_in()
    query = GIVEN[form](journey.provider.answer(url))
    assert (await platform.finish_sign_in(pending, query)).network_id


async def test_what_a_session_held_is_taken_as_it_stands(journey: Journey) -> None:
    platform = await journey.platform()
    url, pending = await platform.begin_sign_in()
    query = journey.provider.answer(url)
    with pytest.raises(sdk.SessionValueError):
        await platform.finish_sign_in({"state": pending.state}, query)
    assert (await platform.finish_sign_in(pending.to_dict(), query)).network_id


@pytest.mark.parametrize("query", [b"\xff\xfe", "http://", "https://shop.example/callback", "?"])
async def test_nonsense_is_refused_and_nothing_crashes(journey: Journey, query: str) -> None:
    platform = await journey.platform()
    _, pending = await platform.begin_sign_in()
    with pytest.raises(sdk.StateMismatchError) as refusal:
        await platform.finish_sign_in(pending, query)
    assert "raw query string" in refusal.value.todo


async def test_an_unsafe_address_is_named_by_what_it_is() -> None:
    with pytest.raises(sdk.InsecureUrlError, match="a redirect_uri with https"):
        await discover(ISSUER, CLIENT_ID, None, "http://shop.example/callback")
    with pytest.raises(sdk.InsecureUrlError, match="an issuer with https"):
        await discover("http://id.example", CLIENT_ID, None, REDIRECT_URI)


async def test_why_there_is_no_connection_is_told(journey: Journey) -> None:
    journey.provider.away = True
    with pytest.raises(sdk.ProviderUnavailableError, match="no route to the simulated provider"):
        await journey.platform()


async def test_no_other_fault_of_the_network_is_told_in_full(journey: Journey) -> None:
    class Leaking(httpx2.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
            raise httpx2.LocalProtocolError("Illegal header value b'Basic c2VjcmV0'")

    with pytest.raises(sdk.ProviderUnavailableError) as refusal:
        await journey.platform(transport=Leaking())
    assert "c2VjcmV0" not in str(refusal.value)
    assert refusal.value.came == "LocalProtocolError"


async def test_a_wrong_clock_is_seen_at_a_glance(journey: Journey) -> None:
    now = journey.clock.now()
    platform = await journey.platform()
    journey.provider.change_claims = lambda claims: claims.update(iat=now + 3600)
    with pytest.raises(sdk.IssuedInFutureError, match="3600 s ahead by this machine's clock"):
        await journey.sign_in(platform)
    journey.provider.change_claims = lambda claims: claims.update(exp=now - 3600)
    with pytest.raises(sdk.TokenExpiredError, match="3600 s ago"):
        await journey.sign_in(platform)


TODO = {
    "login_required": "without it",
    "unmet_authentication_requirements": "another way",
    "temporarily_unavailable": "Try again",
    "invalid_scope": "A developer must",
    "something_new": "begin again",
}


@pytest.mark.parametrize("error", TODO)
async def test_what_to_do_about_a_refusal_fits_its_cause(journey: Journey, error: str) -> None:
    journey.provider.error = error
    with pytest.raises(sdk.ProviderRefusedError) as refusal:
        await journey.sign_in()
    assert TODO[error] in refusal.value.todo
    assert refusal.value.error == error


@pytest.mark.spec("RFC 6749 §4.1.2.1")
@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (f"{ISSUER}/errors/scope_missing", True),
        ("https://evil.example/errors/scope_missing", False),
        (f"{ISSUER}.evil.example/errors", False),
        ("javascript:alert(1)", False),
        (None, False),
    ],
)
async def test_a_link_that_explains_a_refusal_is_the_providers_own_or_none(
    journey: Journey, sent: str | None, *, kept: bool
) -> None:
    journey.provider.error = "invalid_scope"
    if sent is not None:
        journey.provider.change_response = lambda response: response.update(error_uri=sent)
    with pytest.raises(sdk.ProviderRefusedError) as refusal:
        await journey.sign_in()
    assert refusal.value.error_uri == (sent if kept else "")
    assert ("explained at" in str(refusal.value)) == kept
