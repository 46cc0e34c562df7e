"""Where a person is signed in, on their own page."""

import pytest

from tests.support.accounts import Somebody, somebody
from tests.support.browser_like import Answer
from tests.support.provider import Provider

PATH = "/account/sessions"


@pytest.fixture
async def owner(provider: Provider) -> Somebody:
    return await somebody(provider)


def references(page: Answer, test_id: str) -> list[str]:
    """The sessions on a page that carry a mark, by what their forms call them."""
    parts = page.text.split(f'data-testid="{test_id}"')[1:]
    return [part.partition('name="session" value="')[2].partition('"')[0] for part in parts]


async def test_sessions_are_told_by_browser_in_two_words(owner: Somebody):
    await owner.sign_in()
    page = await owner.browser.get(PATH)
    assert page.text.count("Firefox on Windows") == 2
    assert "145.0" not in page.text
    assert len(references(page, "this-session")) == len(references(page, "other-session")) == 1


async def test_one_session_is_ended_and_the_others_go_on(owner: Somebody):
    found, other = await owner.sign_in(), await owner.sign_in()
    page = await owner.browser.get(PATH)
    wanted = references(await found.get(PATH), "this-session")[0]
    answer = await owner.press(page, f"{PATH}/end", session=wanted)
    assert 'data-testid="said"' in (await owner.browser.follow(answer)).text
    assert [await owner.signed_in(one) for one in (None, found, other)] == [True, False, True]
    assert "event-session_ended" in (await owner.browser.get("/account/activity")).text


async def test_all_others_are_ended(owner: Somebody):
    others = await owner.sign_in(), await owner.sign_in()
    answer = await owner.press(await owner.browser.get(PATH), f"{PATH}/end-others")
    assert answer.location == f"{PATH}?said=others"
    assert [await owner.signed_in(one) for one in (None, *others)] == [True, False, False]


async def test_all_are_ended_this_one_too(owner: Somebody):
    other = await owner.sign_in()
    answer = await owner.press(await owner.browser.get(PATH), f"{PATH}/end-all")
    assert "in all your browsers" in (await owner.browser.follow(answer)).text
    assert [await owner.signed_in(one) for one in (None, other)] == [False, False]


async def test_ending_this_session_signs_out(owner: Somebody):
    page = await owner.browser.get(PATH)
    this = references(page, "this-session")[0]
    answer = await owner.press(page, f"{PATH}/end", session=this)
    assert answer.location == "/signed-out"
    assert not await owner.signed_in()


async def test_nobody_ends_another_persons_session(owner: Somebody, provider: Provider):
    stranger = await somebody(provider)
    await stranger.sign_in()
    page = await stranger.browser.get(PATH)
    theirs = references(await owner.browser.get(PATH), "this-session")[0]
    answer = await stranger.press(page, f"{PATH}/end", session=theirs)
    # The same answer as for one that has ended: nobody learns that it was somebody's.
    assert answer.location == f"{PATH}?said=one"
    assert await owner.signed_in()
    await stranger.press(page, f"{PATH}/end-others")
    await stranger.press(page, f"{PATH}/end-all")
    assert await owner.signed_in()


@pytest.mark.parametrize("act", ["end", "end-others", "end-all"])
async def test_a_form_that_is_not_ours_ends_nothing(owner: Somebody, provider: Provider, act: str):
    await owner.sign_in()
    page = await owner.browser.get(PATH)
    stranger = await somebody(provider)
    await stranger.sign_in()
    foreign = (await stranger.browser.get(PATH)).form(f"{PATH}/{act}")["csrf"]
    for token in ("", foreign):
        answer = await owner.press(page, f"{PATH}/{act}", csrf=token)
        assert (answer.status, answer.error_code()) == (403, "csrf_failed")
    assert len(await provider.services.sessions.of(owner.person_id)) == 2


async def test_a_page_holds_neither_a_cookie_nor_its_digest(owner: Somebody, provider: Provider):
    (session,) = await provider.services.sessions.of(owner.person_id)
    page = (await owner.browser.get(PATH)).text
    assert session.digest.hex() not in page
    assert session.reference in page
    cookies = [value for name, value in owner.browser.cookies.items() if name.endswith("session")]
    assert all(value not in page for value in cookies)
