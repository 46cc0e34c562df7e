"""A request travels in our own addresses: it fits them, or is refused before it sets out."""

import itertools
import sqlite3

import pytest

from idp.domain.resource import MAX_IDENTIFIER, MAX_SCOPE, MAX_SCOPES_OF_CLIENT
from idp.protocol.authorization_request import MAX_NONCE, MAX_TOTAL
from tests.support.browser_like import Browser
from tests.support.jwt import parts
from tests.support.logins import Platform
from tests.support.passkeys import begin_enrolment
from tests.support.provider import Provider

PROXY_BUFFER = 8 * 1024
NONCE = "n" * MAX_NONCE
NUMBERS = itertools.count(1)


async def test_the_largest_request_that_is_taken_fits_the_buffer_of_a_proxy(
    platform: Platform, visitor: Browser
):
    room = MAX_TOTAL - sum(map(len, platform.request(state="", nonce="n" * 512).values()))
    wish = {"nonce": "n" * 512, "state": "s" * 1000, "ui_locales": "x" * (room - 1000)}
    page = await platform.ask(visitor, **wish)
    assert page.status == 200
    assert len(page.url) < PROXY_BUFFER
    token = page.form("/signin/persona")["interaction"]
    page = await visitor.get(f"/create?interaction={token}")
    form = page.form("/create") | {"citizen": "citizen-01"}
    answer = await visitor.post("/create", form)
    assert len(answer.location) < PROXY_BUFFER
    assert (await visitor.get(answer.location)).status == 200


@pytest.mark.parametrize("method", ["get", "post"])
async def test_a_larger_request_is_refused_to_the_client(
    platform: Platform, visitor: Browser, method: str
):
    wish = {"ui_locales": "x" * 5000}
    if method == "get":
        answer = await visitor.get(platform.address(**wish))
    else:
        answer = await visitor.post("/authorize", platform.request(**wish))
    assert answer.location.startswith(platform.redirect_uri)
    assert answer.location_query["error"] == "invalid_request"


async def test_parameters_that_nobody_reads_are_left_behind(platform: Platform, visitor: Browser):
    page = await platform.ask(visitor, unknown="x" * 9000)
    assert page.status == 200
    assert len(page.url) < PROXY_BUFFER


async def test_not_now_on_the_passkey_page_goes_back_to_the_sign_in(
    platform: Platform, visitor: Browser
):
    page = await platform.ask(visitor)
    token = page.form("/signin/persona")["interaction"]
    choice = await visitor.get(f"/create?interaction={token}")
    form = choice.form("/create") | {"citizen": "citizen-02"}
    page = await visitor.follow(await visitor.post("/create", form))
    assert f'href="/continue?interaction={token}"' in page.text


async def test_an_enrolment_outside_any_sign_in_expires_without_a_false_way_on(
    platform: Platform, visitor: Browser
):
    page = await begin_enrolment(visitor, "citizen-03")
    platform.provider.clock.advance(31 * 60)
    expired = await visitor.get(page.url)
    assert expired.status == 400
    assert "/continue" not in expired.text


async def longest_code(provider: Provider, visitor: Browser) -> tuple[Platform, str]:
    """Return the code for the longest request there is, of a client with the longest scopes."""
    number = next(NUMBERS)
    address = f"https://{number}.example/".ljust(MAX_IDENTIFIER, "a")
    scopes = {f"r{number}:{n:x>{MAX_SCOPE - 3}}": "Read" for n in range(MAX_SCOPES_OF_CLIENT)}
    await provider.add_client(
        platform=f"records-{number}",
        grant_types=[],
        redirect_uris=[],
        resource=address,
        resource_scopes=scopes,
    )
    scope = " ".join(["openid", "age", "offline_access", *scopes])
    types = ["authorization_code", "refresh_token"]
    user = await Platform.register(provider, scope=scope, grant_types=types)
    return user, await user.code(visitor, scope=scope, resource=address, nonce=NONCE)


async def test_a_nonce_without_room_in_the_grant_comes_back_by_the_code(
    provider: Provider, visitor: Browser
):
    """Promise P3: all grants are of one size, so the longest nonce is not stored in its own."""
    user, code = await longest_code(provider, visitor)
    short = await user.code(visitor, nonce="short")
    assert "." in code
    assert "." not in short
    answer = await user.redeem(code)
    assert parts(answer.json()["id_token"])[1]["nonce"] == NONCE
    await user.redeem(short)
    rows = sqlite3.connect(provider.parts.settings.database_url.removeprefix("sqlite:///"))
    sizes = set(rows.execute("SELECT length(facts_sealed) FROM grants"))
    rows.close()
    assert len(sizes) == 1


async def test_a_code_is_known_as_a_whole_with_the_nonce_that_it_carries(
    provider: Provider, visitor: Browser
):
    """Nobody takes the nonce off, or puts another sealed one in its place."""
    user, code = await longest_code(provider, visitor)
    drawn, _, carried = code.partition(".")
    for altered in (drawn, f"{drawn}.", f"{drawn}.{carried[:-1]}", f"{code}.", f"{code}A"):
        answer = await user.redeem(altered)
        assert (answer.status, answer.json()["error"]) == (400, "invalid_grant")
    assert (await user.redeem(code)).status == 200
    assert (await user.redeem(code)).json()["error"] == "invalid_grant"
