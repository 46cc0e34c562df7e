"""A request travels in our own addresses: it fits them, or is refused before it sets out."""

import pytest

from idp.protocol.authorization_request import MAX_TOTAL
from tests.support.browser_like import Browser
from tests.support.logins import Platform
from tests.support.passkeys import begin_enrolment

PROXY_BUFFER = 8 * 1024


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
