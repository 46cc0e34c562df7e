"""Logout CSRF: no foreign page, frame, image or link signs a person out."""

import pytest

from tests.support.browser_like import Browser
from tests.support.leaving import AFTER, choose, is_signed_in, leaving_platform, logout_url
from tests.support.provider import Provider


async def test_coming_here_signs_nobody_out_whatever_comes_along(
    provider: Provider, visitor: Browser
):
    shop = await leaving_platform(provider)
    hint = (await shop.tokens(visitor, remember=True))["id_token"]
    urls = (logout_url(), logout_url(hint, post_logout_redirect_uri=AFTER), "/signout?choice=out")
    for url in urls:
        for method in ("GET", "HEAD"):
            await visitor.follow(await visitor.send(method, url))
    await visitor.post("/logout", {"id_token_hint": hint, "choice": "out", "csrf": "x"})
    assert await is_signed_in(visitor)


@pytest.mark.parametrize("choice", ["out", "everywhere", "stay", ""])
async def test_a_form_that_is_not_ours_does_nothing(
    provider: Provider, visitor: Browser, choice: str
):
    await provider.sign_in(visitor)
    stranger = provider.browser()
    await provider.sign_in(stranger, "elder")
    page, theirs = await visitor.get("/signout"), await stranger.get("/signout")
    for csrf in ("", "x", theirs.form("/signout")["csrf"]):
        answer = await choose(visitor, page, choice, csrf=csrf)
        assert (answer.status, answer.error_code()) == (403, "csrf_failed")
    assert await is_signed_in(visitor)


async def test_another_form_of_ours_is_no_permission(provider: Provider, visitor: Browser):
    await provider.sign_in(visitor)
    page = await visitor.get("/signout")
    other = (await visitor.get("/account/sessions")).form("/account/sessions/end")["csrf"]
    assert (await choose(visitor, page, csrf=other)).status == 403
