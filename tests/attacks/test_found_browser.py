"""A browser found open, or a session that was taken: it looks, and takes or destroys nothing.

What cannot be undone, and what could be carried off, needs a sign-in of the last two minutes.
"""

import pytest

from tests.support.accounts import Somebody, somebody
from tests.support.provider import Provider
from tests.support.shared_provider import dump

# Where each form stands, where it goes, and what it would send.
FORMS = {
    "export": ("/account/data", "/account/data/export", {}),
    "close": ("/account/close", "/account/close", {"understood": "yes"}),
    "clear": ("/account/activity/clear", "/account/activity/clear", {}),
}
TWO_MINUTES = 120


@pytest.mark.parametrize("act", FORMS)
async def test_a_form_from_two_minutes_ago_does_nothing(provider: Provider, act: str):
    owner = await somebody(provider)
    path, action, fields = FORMS[act]
    page = await owner.browser.get(path)
    provider.clock.advance(TWO_MINUTES)
    before = dump(provider)
    answer = await owner.press(page, action, **fields)
    assert (answer.status, answer.location.partition("&")[0][:13]) == (303, "/signin?then=")
    assert dump(provider) == before


@pytest.mark.parametrize("act", FORMS)
async def test_a_page_opened_late_offers_no_form(provider: Provider, act: str):
    owner = await somebody(provider)
    provider.clock.advance(TWO_MINUTES)
    page = await owner.browser.get(FORMS[act][0])
    assert f'action="{FORMS[act][1]}"' not in page.text


@pytest.mark.parametrize("act", FORMS)
async def test_a_form_of_the_session_before_is_worth_nothing(provider: Provider, act: str):
    owner = await somebody(provider)
    path, action, fields = FORMS[act]
    page = await owner.browser.get(path)
    await owner.sign_in(owner.browser)
    answer = await owner.press(page, action, **fields)
    assert (answer.status, answer.error_code()) == (403, "csrf_failed")


@pytest.mark.parametrize("act", FORMS)
async def test_a_session_that_was_ended_does_nothing(provider: Provider, act: str):
    owner: Somebody = await somebody(provider)
    path, action, fields = FORMS[act]
    page = await owner.browser.get(path)
    await provider.services.sessions.end_all(owner.person_id)
    before = dump(provider)
    answer = await owner.press(page, action, **fields)
    assert answer.location.startswith("/signin?then=")
    assert dump(provider) == before
