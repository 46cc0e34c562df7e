"""Who gets onto the operators' pages, and for how long."""

from pathlib import Path

import pytest

from idp.domain.operator import ABSOLUTE_SECONDS, IDLE_SECONDS, Role
from tests.support.browser_like import Browser
from tests.support.operators import Desk
from tests.support.provider import Provider, running


async def test_a_stranger_signs_in_first_and_comes_back_to_the_page(
    provider: Provider, visitor: Browser
):
    desk = await Desk.join(provider, Role.AUDITOR)
    desk.browser = visitor
    answer = await visitor.get("/operator/audit")
    assert (answer.status, answer.location) == (303, "/operator/signin?then=%2Foperator%2Faudit")
    assert (await desk.sign_in("/operator/audit")).location == "/operator/audit"
    assert (await visitor.get("/operator/audit")).status == 200


@pytest.mark.parametrize("then", ["https://evil.example", "//evil.example", "/account", "/x"])
async def test_nobody_is_sent_to_another_page_after_signing_in(provider: Provider, then: str):
    desk = await Desk.join(provider, Role.AUDITOR)
    desk.browser = provider.browser()
    assert (await desk.sign_in(then)).location == "/operator"


async def test_a_page_of_another_role_is_a_clear_403(provider: Provider):
    desk = await Desk.join(provider, Role.REGISTRAR, Role.SUPPORT)
    answer = await desk.browser.get("/operator/audit")
    assert (answer.status, answer.error_code()) == (403, "role_missing")
    assert "/operator/audit" not in (await desk.browser.get("/operator")).text


async def test_a_session_ends_after_a_quarter_of_an_hour_without_use(tmp_path: Path):
    async with running(tmp_path) as own:
        desk = await Desk.join(own, Role.AUDITOR)
        for _ in range(3):
            own.clock.advance(IDLE_SECONDS - 60)
            assert (await desk.browser.get("/operator")).status == 200
        own.clock.advance(IDLE_SECONDS)
        assert (await desk.browser.get("/operator")).status == 303


async def test_a_session_ends_after_eight_hours_of_use(tmp_path: Path):
    async with running(tmp_path) as own:
        desk = await Desk.join(own, Role.AUDITOR)
        step = IDLE_SECONDS // 2
        for _ in range(ABSOLUTE_SECONDS // step - 1):
            own.clock.advance(step)
            assert (await desk.browser.get("/operator")).status == 200
        own.clock.advance(step)
        assert (await desk.browser.get("/operator")).status == 303


async def test_signing_out_ends_the_session(provider: Provider):
    desk = await Desk.join(provider, Role.AUDITOR)
    held = dict(desk.browser.cookies)
    answer = await desk.send(await desk.browser.get("/operator"), "/operator/signout")
    assert answer.location == "/operator/signin"
    desk.browser.cookies = held
    assert (await desk.browser.get("/operator")).status == 303


async def test_the_cookie_travels_with_nothing_of_another_site(provider: Provider):
    desk = await Desk.join(provider, Role.AUDITOR)
    desk.browser = provider.browser()
    [cookie] = [line for line in (await desk.sign_in()).cookies if "operator=" in line]
    assert {"httponly", "samesite=strict", "path=/"} <= set(cookie.lower().split("; "))


async def test_a_removed_operator_is_out_at_once(provider: Provider):
    desk = await Desk.join(provider, Role.AUDITOR)
    operators = provider.services.operations.operators
    assert await operators.remove(desk.operator_id)
    assert not await operators.remove(desk.operator_id)
    assert (await desk.browser.get("/operator")).status == 303
    assert (await desk.sign_in()).status == 400


async def test_a_role_taken_away_is_gone_at_once(provider: Provider):
    desk = await Desk.join(provider, Role.AUDITOR)
    await provider.services.operations.operators.add(desk.name, frozenset({Role.SUPPORT}))
    assert (await desk.browser.get("/operator/audit")).status == 403
