"""Another provider says who somebody is: a real one, in its own process, over HTTP."""

import logging
import socket
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from idp.services.upstreams import SIGN_IN_SECONDS
from tests.support.at_eid import CALLBACK, answer_there, enrol, go, headcount, leave, notice, steer
from tests.support.eid import BORN, CLIENT_ID, GOSSIP, NUMBER
from tests.support.live_eid import FLAT, LiveEid, write_settings
from tests.support.provider import Provider, running
from tests.support.shared_provider import dump

pytestmark = pytest.mark.asyncio(loop_scope="package")


@pytest.mark.spec("OpenID Connect Core 1.0 §9")
@pytest.mark.spec("RFC 7636 §4.5")
async def test_what_the_eid_says_becomes_an_account(provider: Provider, eid: LiveEid):
    browser = provider.browser()
    page = await go(browser)
    assert page.url.startswith("/enrol/passkey?enrolment=")
    assert (await enrol(provider, browser, page)).location == "/created"
    assert await headcount(provider) == 1
    [asked] = [one for one in eid.seen() if one.get("redirect_uri") == CALLBACK and "scope" in one][
        -1:
    ]
    assert (asked["client_id"], asked["scope"]) == (CLIENT_ID, "openid")


async def test_nothing_it_says_beside_is_kept_or_shown(
    provider: Provider, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG)
    browser = provider.browser()
    page = await go(browser)
    done = await enrol(provider, browser, page)
    shown = page.text + page.url + done.text + str(done.headers) + caplog.text
    stored = repr(dump(provider))
    for secret in (NUMBER, BORN, "citizen-4711", *GOSSIP.values()):
        assert secret not in shown
        assert secret not in stored


async def test_a_code_of_an_office_and_the_eid_find_one_account(provider: Provider):
    first, second = provider.browser(), provider.browser()
    assert (await enrol(provider, first, await go(first))).status == 303
    answer = await enrol(provider, second, await go(second))
    assert "You already have a network ID" in answer.text
    assert await headcount(provider) == 1


async def test_a_no_there_leads_back_to_all_the_ways(provider: Provider):
    page = await go(provider.browser(), "no")
    assert (page.status, notice(page)) == (400, "upstream_cancelled")
    assert 'href="/enrol/code"' in page.text


async def test_an_answer_is_taken_once(shared: Provider, eid: LiveEid):
    await steer(shared, eid)
    browser = shared.browser()
    back = answer_there(await leave(browser))
    assert (await browser.get(back)).location.startswith("/enrol/passkey")
    page = await browser.get(back)
    assert (page.status, notice(page)) == (400, "upstream_expired")


async def test_an_answer_is_taken_in_the_browser_that_asked_alone(shared: Provider, eid: LiveEid):
    await steer(shared, eid)
    back = answer_there(await leave(shared.browser()))
    victim = shared.browser()
    await victim.get("/enrol")
    page = await victim.get(back)
    assert (page.status, notice(page)) == (400, "upstream_expired")


async def test_an_answer_to_a_head_request_uses_nothing_up(shared: Provider, eid: LiveEid):
    await steer(shared, eid)
    browser = shared.browser()
    back = answer_there(await leave(browser))
    assert (await browser.send("HEAD", back)).status == 405
    assert (await browser.get(back)).status == 303


async def test_an_answer_that_comes_late_is_not_taken(provider: Provider):
    browser = provider.browser()
    back = answer_there(await leave(browser))
    provider.clock.advance(SIGN_IN_SECONDS)
    assert notice(await browser.get(back)) == "upstream_expired"


@pytest.mark.parametrize("state", ["", "made up", "A" * 400])
async def test_a_state_that_is_not_ours_is_refused(shared: Provider, eid: LiveEid, state: str):
    await steer(shared, eid)
    page = await shared.browser().get(f"{CALLBACK}?code=a&state={state.replace(' ', '+')}")
    assert (page.status, notice(page)) == (400, "upstream_expired")


@pytest.mark.spec("RFC 9700 §4.4")
async def test_a_code_of_one_provider_is_never_sent_to_another(tmp_path: Path, eid: LiveEid):
    """Mix-up: the browser is sent to the callback of another provider with this one's answer."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        other.setblocking(False)
        issuer = f"http://127.0.0.1:{other.getsockname()[1]}"
        entries = [eid.settings(), eid.settings(id="other", name="Other eID", issuer=issuer)]
        file = write_settings(tmp_path, *entries)
        async with running(tmp_path, sandbox=False, upstreams_file=file) as provider:
            await steer(provider, eid)
            browser = provider.browser()
            back = answer_there(await leave(browser))
            page = await browser.get(back.replace("/city/", "/other/"))
            assert (page.status, notice(page)) == (400, "upstream_expired")
            with pytest.raises(BlockingIOError):  # nobody knocked
                other.accept()


async def test_no_two_sign_ins_have_anything_in_common_that_we_drew(shared: Provider, eid: LiveEid):
    await steer(shared, eid)
    found = [parse_qs(urlsplit(await leave(shared.browser())).query) for _ in range(2)]
    for name in ("state", "nonce", "code_challenge"):
        assert found[0][name] != found[1][name]
    assert found[0]["code_challenge_method"] == ["S256"]


async def test_a_provider_that_does_not_answer_leaves_the_other_ways(tmp_path: Path, eid: LiveEid):
    file = write_settings(tmp_path, eid.settings(issuer="http://127.0.0.1:9"))
    async with running(tmp_path, sandbox=False, upstreams_file=file) as provider:
        browser = provider.browser()
        form = (await browser.get("/enrol")).form("/enrol/upstream") | {"upstream": "city"}
        page = await browser.post("/enrol/upstream", form)
        assert (page.status, notice(page)) == (400, "upstream_unavailable")
        page = await browser.post("/enrol/upstream", form | {"upstream": "nobody"})
        assert (page.status, notice(page)) == (400, "upstream_unavailable")


async def test_flat_claims_do_as_well(tmp_path: Path, eid: LiveEid):
    file = write_settings(tmp_path, eid.settings(claims=FLAT))
    async with running(tmp_path, sandbox=False, upstreams_file=file) as provider:
        flat = {"citizen_number": NUMBER, "birthdate": BORN, "acr": "https://eid.example/high"}
        await steer(provider, eid, claims=flat)
        browser = provider.browser()
        assert (await enrol(provider, browser, await go(browser))).location == "/created"
        for missing in flat:
            await steer(provider, eid, claims=flat | {missing: None})
            assert notice(await go(provider.browser())) == "upstream_refused"


async def test_the_sign_in_that_asked_goes_on_afterwards(provider: Provider):
    platform = await provider.add_client()
    browser = provider.browser()
    query = (
        f"client_id={platform.client.client_id}&redirect_uri=https%3A%2F%2Fshop.example%2Fcallback"
        "&response_type=code&scope=openid&code_challenge_method=S256"
        "&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    )
    page = await browser.follow(await browser.get(f"/authorize?{query}"))
    link = page.text.partition('href="/enrol?')[2].partition('"')[0]
    form = (await browser.get(f"/enrol?{link}")).form("/enrol/upstream") | {"upstream": "city"}
    address = (await browser.post("/enrol/upstream", form)).location
    page = await browser.follow(await browser.get(answer_there(address)))
    assert (await enrol(provider, browser, page)).location.startswith("/created?interaction=")
