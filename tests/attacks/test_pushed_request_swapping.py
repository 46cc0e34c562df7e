"""PAR swapping and browser swapping: a pushed request is its client's, and one browser's.

The attacker begins a sign-in, and has somebody else go on with it: then their account at the
platform would be filled with the other one's network ID, or the code come to where they wait.
"""

from collections.abc import Callable

import pytest

from idp.domain.pushed_request import PREFIX
from tests.support import pushing
from tests.support.browser_like import Browser
from tests.support.logins import Platform
from tests.support.provider import Provider
from tests.support.shared_provider import dump, dump_but_counts


@pytest.mark.spec("FAPI 2.0 Security Profile §5.3.2.2")
async def test_another_browser_does_not_get_on_with_it(
    provider: Provider, platform: Platform, visitor: Browser
):
    uri = await pushing.request_uri(platform)
    mine = await pushing.visit(platform, visitor, uri)
    victim = provider.browser()
    await provider.sign_in(victim)
    for address in (pushing.address(platform, uri), mine.url):
        answer = await victim.follow(await victim.get(address))
        assert (answer.status, answer.error_code()) == (400, "pushed_request_of_another_browser")


async def test_nor_does_one_by_the_pages_on_the_way(
    provider: Provider, platform: Platform, visitor: Browser
):
    """Every page's address carries the sign-in; it is of no use elsewhere, at no step."""
    page = await pushing.visit(platform, visitor, await pushing.request_uri(platform))
    token = page.url.partition("interaction=")[2]
    consent = await platform.choose_persona(visitor, page, "adult")
    victim = provider.browser()
    await provider.sign_in(victim)
    for path in ("/continue", "/signin", "/consent", "/select-account"):
        answer = await victim.get(f"{path}?interaction={token}")
        assert answer.error_code() == "pushed_request_of_another_browser"
    own = await platform.ask(victim)
    stolen = own.form("/consent") | {"interaction": consent.form("/consent")["interaction"]}
    answer = await victim.post("/consent", stolen | {"decision": "allow"})
    assert answer.status in {400, 403}
    assert "code" in (await platform.decide(visitor, consent, "allow")).location_query


async def test_a_no_of_another_browser_ends_nothing(
    provider: Provider, platform: Platform, visitor: Browser
):
    uri = await pushing.request_uri(platform)
    page = await pushing.visit(platform, visitor, uri)
    token = page.url.partition("interaction=")[2]
    await provider.browser().get(f"/decline?interaction={token}")
    assert "code" in (await pushing.log_in(platform, visitor, uri)).location_query


async def test_two_requests_of_one_browser_cannot_be_exchanged(
    platform: Platform, visitor: Browser
):
    """What one of them asks for is not released for the other."""
    small = await pushing.request_uri(platform, state="small")
    large = await pushing.request_uri(platform, state="large", scope="openid age")
    page = await pushing.visit(platform, visitor, small)
    await pushing.visit(platform, visitor, large)
    page = await platform.choose_persona(visitor, page, "adult")
    told = await platform.decide(visitor, page, "allow")
    assert told.location_query["state"] == "small"
    tokens = (await platform.redeem(told.location_query["code"])).json()
    assert tokens["scope"] == "openid"


@pytest.mark.spec("RFC 9126 §2.2", "RFC 9126 §7.1")
async def test_another_client_does_not_get_it_and_the_right_one_still_does(
    provider: Provider, platform: Platform, visitor: Browser
):
    other = await Platform.register(provider)
    uri = await pushing.request_uri(platform)
    answer = await pushing.visit(other, visitor, uri)
    assert (answer.status, answer.error_code()) == (400, "pushed_request_of_another_client")
    assert "code" in (await pushing.log_in(platform, visitor, uri)).location_query


@pytest.mark.parametrize(
    "change",
    [
        lambda uri: uri[:-1],
        lambda uri: uri + "x",
        lambda uri: uri.upper(),
        lambda uri: uri.replace(PREFIX, PREFIX.upper()),
        lambda _: PREFIX,
        lambda _: PREFIX + "\u0000".join("ab"),
        lambda uri: uri.replace("request_uri", "request%5Furi"),
        lambda uri: f"{uri}#x",
    ],
)
@pytest.mark.spec("RFC 9126 §7.1")
async def test_a_handle_is_the_whole_handle(
    platform: Platform, visitor: Browser, change: Callable[[str], str]
):
    uri = change(await pushing.request_uri(platform))
    before = dump_but_counts(platform.provider)
    answer = await pushing.visit(platform, visitor, uri)
    assert answer.status == 400
    assert answer.error_code() in {
        "pushed_request_unknown",
        "request_uri_not_registered",
        "malformed_parameters",
    }
    assert dump_but_counts(platform.provider) == before


async def test_what_is_stored_names_neither_the_handle_nor_what_is_asked(
    platform: Platform, visitor: Browser
):
    uri = await pushing.request_uri(platform, state="a state that is told nobody")
    await pushing.visit(platform, visitor, uri)
    rows = repr(dump(platform.provider)["provider.pushed_requests"])
    for secret in (uri.removeprefix(PREFIX), "told nobody", platform.client_id, "openid"):
        assert secret not in rows


async def test_no_strict_prefix_of_a_handle_opens_anything(platform: Platform, visitor: Browser):
    uri = await pushing.request_uri(platform)
    for length in range(len(PREFIX), len(uri)):
        answer = await pushing.visit(platform, visitor, uri[:length])
        assert answer.error_code() == "pushed_request_unknown"
    assert "code" in (await pushing.log_in(platform, visitor, uri)).location_query
