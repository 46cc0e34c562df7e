"""A person's own page about suspensions: what it says, and the way to object."""

from pathlib import Path

import pytest

from idp.domain.appeal import LONGEST_TEXT
from idp.domain.operator import Role
from tests.support.browser_like import Answer, Browser
from tests.support.operators import Desk
from tests.support.provider import Provider, running
from tests.support.shared_provider import dump

PAGE = "/account/suspension"


async def object_to(browser: Browser, text: str) -> Answer:
    page = await browser.get(PAGE)
    return await browser.post(f"{PAGE}/object", page.form(f"{PAGE}/object") | {"text": text})


async def test_whoever_is_not_suspended_reads_that_and_what_would_happen(
    provider: Provider, visitor: Browser
):
    await provider.sign_in(visitor)
    page = await visitor.get(PAGE)
    assert "not-suspended" in page.text
    assert "/transparency" in page.text
    assert "That is its own decision" in page.text  # a platform's ban
    assert f'action="{PAGE}/object"' not in page.text


async def test_the_word_stands_in_the_account_of_those_alone_whom_it_concerns(tmp_path: Path):
    async with running(tmp_path) as own:
        person, other = own.browser(), own.browser()
        await own.sign_in(other)
        for path in ("/account", "/account/data", PAGE):  # the page itself answers all the same
            assert f'<a href="{PAGE}"' not in (await other.get(path)).text
        await own.sign_in(person, "suspended")
        assert f'<a href="{PAGE}"' in (await person.get("/account/data")).text
        await object_to(person, "It was somebody else.")
        assert f'<a href="{PAGE}" aria-current="page"' in (await person.get(PAGE)).text


async def test_a_stranger_signs_in_first(visitor: Browser):
    answer = await visitor.get(PAGE)
    assert answer.location == "/signin?then=%2Faccount%2Fsuspension"


async def test_one_objection_at_a_time_and_its_answer_is_read_once_given(tmp_path: Path):
    async with running(tmp_path) as own:
        person, desk = own.browser(), await Desk.join(own, Role.SUPPORT)
        await own.sign_in(person, "suspended")
        page = await person.get(PAGE)  # two tabs are open
        form = page.form(f"{PAGE}/object") | {"text": "First."}
        assert (await person.post(f"{PAGE}/object", form)).status == 303
        assert "You have objected" in (await person.get(PAGE)).text
        second = await person.post(f"{PAGE}/object", form | {"text": "Second."})
        assert (second.status, "Second." in second.text) == (409, False)

        listed = await desk.browser.get("/operator/appeals")
        path = "/operator/appeals/" + listed.text.partition("/operator/appeals/")[2][:32]
        shown = await desk.browser.get(path)
        empty = await desk.send(shown, f"{path}/answer", reply=" ")
        assert (empty.status, 'role="alert"' in empty.text) == (400, True)
        assert (await desk.send(shown, f"{path}/answer", reply="No.")).status == 303
        again = await desk.send(shown, f"{path}/answer", reply="Yes.")
        assert (again.status, again.error_code()) == (409, "proposal_closed")
        page = await person.get(PAGE)
        assert 'data-testid="appeal-reply">No.<' in page.text
        assert f'action="{PAGE}/object"' in page.text  # answered: another may follow


@pytest.mark.parametrize("text", ["", "  \n ", "x" * (LONGEST_TEXT + 1), "a\u202eb"])
async def test_what_cannot_be_read_is_shown_again_with_what_to_do(
    provider: Provider, visitor: Browser, text: str
):
    await provider.sign_in(visitor, "suspended")
    before = dump(provider)["provider.appeals"]
    answer = await object_to(visitor, text)
    assert answer.status == 400
    assert 'role="alert"' in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert dump(provider)["provider.appeals"] == before


async def test_the_longest_objection_and_answer_fit(tmp_path: Path):
    """Four bytes a character, twelve of them in the sealed record."""
    async with running(tmp_path) as own:
        person, desk = own.browser(), await Desk.join(own, Role.SUPPORT)
        await own.sign_in(person, "suspended")
        longest = "\U0001f600" * LONGEST_TEXT
        assert (await object_to(person, longest)).status == 303
        appeal = (await own.services.operations.appeals.everyone())[0]
        await own.services.operations.appeals.answer(appeal.appeal_id, desk.operator_id, longest)
        assert (await own.services.operations.appeals.find(appeal.appeal_id)).reply == longest


async def test_nobody_fills_the_store(tmp_path: Path):
    async with running(tmp_path) as own:
        person, desk = own.browser(), await Desk.join(own, Role.SUPPORT)
        await own.sign_in(person, "suspended")
        appeals, statuses = own.services.operations.appeals, []
        for _ in range(8):
            statuses.append((await object_to(person, "Again.")).status)
            if statuses[-1] != 303:
                break
            for appeal in await appeals.everyone():
                if not appeal.reply:
                    await appeals.answer(appeal.appeal_id, desk.operator_id, "No.")
        assert statuses[-1] == 429
        assert len(statuses) < 8


async def test_an_objection_needs_a_form_of_this_session(provider: Provider, visitor: Browser):
    await provider.sign_in(visitor, "suspended")
    other = provider.browser()
    await provider.sign_in(other, "suspended")
    form = (await other.get(PAGE)).form(f"{PAGE}/object") | {"text": "Not mine."}
    answer = await visitor.post(f"{PAGE}/object", form)
    assert (answer.status, answer.error_code()) == (403, "csrf_failed")


async def test_an_objection_to_a_case_of_somebody_else_is_refused(
    provider: Provider, visitor: Browser
):
    await provider.sign_in(visitor, "suspended")
    form = (await visitor.get(PAGE)).form(f"{PAGE}/object")
    answer = await visitor.post(f"{PAGE}/object", form | {"case": "7K3F-9QWX-2B4M", "text": "x"})
    assert answer.status == 409
