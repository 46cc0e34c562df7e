"""No operator does what another role does, whatever address or form they use."""

import pytest

from idp.domain.operator import Role
from tests.support.browser_like import Browser
from tests.support.operators import Desk, TwoDesks, ask_to_open
from tests.support.provider import Provider
from tests.support.shared_provider import dump

SUPPORT_ONLY = [
    ("GET", "/operator/cases"),
    ("GET", "/operator/cases/new"),
    ("POST", "/operator/cases/new"),
    ("GET", "/operator/cases/X"),
    ("POST", "/operator/cases/X/suspend"),
    ("POST", "/operator/cases/X/lift"),
    ("GET", "/operator/proposals/X"),
    ("POST", "/operator/proposals/X/approve"),
    ("POST", "/operator/proposals/X/decline"),
    ("GET", "/operator/appeals"),
    ("GET", "/operator/appeals/00"),
    ("POST", "/operator/appeals/00/answer"),
]
AUDITOR_ONLY = [("GET", "/operator/audit")]


async def status(browser: Browser, method: str, path: str) -> int:
    if method == "GET":
        return (await browser.get(path)).status
    return (await browser.post(path, {"csrf": "x"})).status


@pytest.mark.parametrize(("method", "path"), SUPPORT_ONLY)
async def test_what_is_for_support_is_for_nobody_else(provider: Provider, method: str, path: str):
    desk = await Desk.join(provider, Role.REGISTRAR, Role.AUDITOR)
    before = dump(provider)
    assert await status(desk.browser, method, path) == 403
    assert await status(provider.browser(), method, path) == 303
    assert dump(provider) == before


@pytest.mark.parametrize(("method", "path"), AUDITOR_ONLY)
async def test_what_is_for_auditors_is_for_nobody_else(provider: Provider, method: str, path: str):
    desk = await Desk.join(provider, Role.REGISTRAR, Role.SUPPORT)
    assert await status(desk.browser, method, path) == 403


async def test_every_page_of_operators_is_behind_the_door(provider: Provider, visitor: Browser):
    """A new page cannot be forgotten: without a session each leads to the sign-in, or is it."""
    open_ones = {"/operator/signin", "/operator/join", "/operator/join/passkey"}
    paths = {
        route.path
        for route in provider.app._routes  # type: ignore[attr-defined]
        if route.path.startswith("/operator") and route.path not in open_ones
    }
    assert len(paths) > 10
    for path in sorted(paths):
        address = path.replace("{", "").replace("}", "")
        for method in ("GET", "POST"):
            answer = await visitor.send(method, address)
            led_away = answer.status == 303 and answer.location.startswith("/operator/signin")
            assert led_away or answer.status == 405, (method, path, answer.status)


async def test_a_form_of_one_act_does_not_do_another(provider: Provider):
    desks = await TwoDesks.at(provider)
    proposal_id = await ask_to_open(desks.one, "BY7Q2YWSGQNFEDCVVCMN1XMFN")
    path = f"/operator/proposals/{proposal_id}"
    page = await desks.other.browser.get(path)
    token = page.form(f"{path}/approve")["csrf"]
    answer = await desks.other.browser.post(f"{path}/decline", {"csrf": token})
    assert (answer.status, answer.error_code()) == (403, "csrf_failed")
    token = page.form(f"{path}/decline")["csrf"]
    answer = await desks.one.browser.post(f"{path}/decline", {"csrf": token})  # of another desk
    assert (answer.status, answer.error_code()) == (403, "csrf_failed")


@pytest.mark.parametrize("path", ["/operator/appeals/zz", "/operator/appeals/00"])
async def test_what_is_not_there_is_a_plain_404(provider: Provider, path: str):
    desk = await Desk.join(provider, Role.SUPPORT)
    assert (await desk.browser.get(path)).status == 404
    assert (await desk.browser.get("/operator/cases/NONE")).status == 404
    assert (await desk.browser.get("/operator/proposals/NONE")).status == 404
