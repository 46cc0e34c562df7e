"""Recovery as a way into somebody else's account: it waits, it warns, it is stopped."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from idp.domain.activity import Happened
from idp.domain.clock import SECONDS_PER_DAY
from idp.domain.recovery import BEGUN_SECONDS, KEPT_DAYS
from idp.services import housekeeping
from tests.support.authenticator import SoftAuthenticator
from tests.support.browser_like import Answer, Browser
from tests.support.logins import Platform
from tests.support.passkeys import sign_in
from tests.support.races import at_once
from tests.support.recovery import (
    WAIT,
    Owner,
    another_owner,
    make_new_passkey,
    owner,
    recover,
    send_code,
)
from tests.support.shared_provider import dump

WARNING = 'data-testid="recovery-warning"'


@pytest_asyncio.fixture
async def victim(tmp_path: Path) -> AsyncIterator[Owner]:
    async with owner(tmp_path) as found:
        yield found


async def stop(browser: Browser, page: Answer) -> Answer:
    return await browser.follow(await browser.post("/recover/stop", page.form("/recover/stop")))


async def happened(victim: Owner) -> list[Happened]:
    events = await victim.provider.services.activity.events(victim.person_id, [])
    return [event.happened for event in events]


async def test_a_new_passkey_opens_nothing_before_its_time(victim: Owner):
    provider, thief = victim.provider, victim.provider.browser()
    device = await recover(provider, thief, victim.codes[0])
    provider.clock.advance(WAIT - 1)
    page = await thief.follow(await victim.comes_back(device, thief))
    assert page.url.startswith("/recover/waiting")
    assert not any("session" in name for name in thief.cookies)
    provider.clock.advance(1)
    assert (await victim.comes_back(device, thief)).location == "/"


async def test_every_sign_in_warns_until_the_recovery_is_over(victim: Owner):
    provider = victim.provider
    await recover(provider, provider.browser(), victim.codes[0])
    for _ in range(2):
        answer = await victim.comes_back()
        assert answer.location.startswith("/recover/warning")
        assert WARNING in (await victim.browser.follow(answer)).text
    for path in ("/", "/account", "/account/recovery"):
        page = await victim.browser.follow(await victim.browser.get(path))
        assert WARNING in page.text


async def test_a_sign_in_at_a_platform_warns_too_and_goes_on(victim: Owner):
    provider, platform = victim.provider, await Platform.register(victim.provider)
    await platform.id_token(victim.browser)
    await recover(provider, provider.browser(), victim.codes[0])
    browser = provider.browser()
    page = await sign_in(provider, browser, await platform.ask(browser), victim.authenticator)
    warning = await browser.follow(page)
    assert WARNING in warning.text
    stopped = await stop(browser, warning)
    assert "stopped" in stopped.text
    token = warning.form("/recover/stop")["interaction"]
    consent = await browser.follow(await browser.get(f"/continue?interaction={token}"))
    assert consent.url.startswith("/consent")


async def test_a_silent_login_is_not_disturbed_and_tells_the_platform_nothing(victim: Owner):
    provider, platform = victim.provider, await Platform.register(victim.provider)
    await platform.log_in(victim.browser, remember=True)
    quiet = await victim.browser.get(platform.address(prompt="none"))
    await recover(provider, provider.browser(), victim.codes[0])
    warned = await victim.browser.get(platform.address(prompt="none"))
    assert quiet.location_query.keys() == warned.location_query.keys()
    assert "code" in warned.location_query


async def test_one_click_stops_it_and_its_passkey_is_refused_for_ever(victim: Owner):
    provider, thief = victim.provider, victim.provider.browser()
    device = await recover(provider, thief, victim.codes[0])
    stopped = await stop(victim.browser, await victim.browser.get("/account"))
    assert "stopped" in stopped.text
    provider.clock.advance(WAIT)
    answer = await victim.comes_back(device, thief)
    assert answer.status == 400
    assert Happened.RECOVERY_STOPPED in await happened(victim)


async def test_stopping_needs_no_fresh_sign_in(victim: Owner):
    """An owner kept from stopping loses the account; one who is wrong loses a code."""
    await recover(victim.provider, victim.provider.browser(), victim.codes[0])
    victim.provider.clock.advance(30 * 60)
    assert "stopped" in (await stop(victim.browser, await victim.browser.get("/account"))).text


async def test_nobody_else_stops_it(victim: Owner):
    provider = victim.provider
    await recover(provider, provider.browser(), victim.codes[0])
    form = (await victim.browser.get("/account")).form("/recover/stop")
    stranger = provider.browser()
    assert (await stranger.post("/recover/stop", form)).location.startswith("/signin")
    other = await another_owner(provider)
    assert (await other.browser.post("/recover/stop", form)).status == 403
    without = {name: value for name, value in form.items() if name != "csrf"}
    assert (await victim.browser.post("/recover/stop", without)).status == 403
    assert WARNING in (await victim.browser.get("/account")).text


async def test_a_thief_with_codes_cannot_push_the_owners_recovery_aside(victim: Owner):
    """Neither replaced nor begun anew: the clock runs on."""
    provider = victim.provider
    device = await recover(provider, provider.browser(), victim.codes[0])
    provider.clock.advance(WAIT - 60)
    thief = provider.browser()
    page = await thief.follow(await send_code(thief, victim.codes[1]))
    answer = await make_new_passkey(provider, thief, page, SoftAuthenticator())
    assert answer.error_code() == "recovery_pending"
    assert await provider.services.recovery_codes.left(victim.person_id) == 9
    provider.clock.advance(60)
    assert (await victim.comes_back(device, provider.browser())).location == "/"


async def test_a_proof_of_identity_goes_before_a_thiefs_code_and_voids_the_rest(victim: Owner):
    provider, person_id = victim.provider, victim.person_id
    thief = provider.browser()
    stolen = await recover(provider, thief, victim.codes[0])
    browser = provider.browser()
    await browser.get("/recover/code")
    name = next(value for key, value in browser.cookies.items() if "browser" in key)
    token = provider.services.recovery.begin(person_id, "in_person", browser=name)
    page = await browser.get(f"/recover/passkey?recovery={token}")
    device = SoftAuthenticator()
    assert (await make_new_passkey(provider, browser, page, device)).status == 303
    assert (await send_code(thief, victim.codes[1])).status == 400
    provider.clock.advance(WAIT)
    assert (await victim.comes_back(stolen, thief)).status == 400
    assert (await victim.comes_back(device, browser)).location == "/"


async def test_a_token_is_of_no_use_in_another_browser_or_too_late(victim: Owner):
    provider, browser = victim.provider, victim.provider.browser()
    address = (await send_code(browser, victim.codes[0])).location
    other = provider.browser()
    await other.get("/signin")
    assert (await other.get(address)).error_code() == "recovery_ended"
    page = await browser.get(address)
    provider.clock.advance(BEGUN_SECONDS)
    assert (await browser.get(address)).error_code() == "recovery_ended"
    answer = await make_new_passkey(provider, browser, page, SoftAuthenticator())
    assert answer.error_code() == "recovery_ended"
    assert dump(provider)["provider.recoveries"] == []


async def test_the_passkey_of_ones_own_recovery_is_not_taken_for_somebody_elses(victim: Owner):
    """Two recoveries in one browser, token and challenge swapped."""
    provider, browser = victim.provider, victim.provider.browser()
    mallory = await another_owner(provider)
    own = await browser.follow(await send_code(browser, mallory.codes[0]))
    theirs = await browser.follow(await send_code(browser, victim.codes[0]))
    device = SoftAuthenticator()
    credential = device.create(own.passkey_options(), provider.issuer)
    form = own.form("/recover/passkey") | {"credential": credential}
    swapped = form | {"recovery": theirs.form("/recover/passkey")["recovery"]}
    assert (await browser.post("/recover/passkey", swapped)).status == 400
    assert dump(provider)["provider.recoveries"] == []


@pytest.mark.parametrize("text", ["", "x", "A" * 400])
async def test_a_token_that_is_not_ours_leads_nowhere(victim: Owner, text: str):
    for page in ("passkey", "waiting"):
        answer = await victim.browser.get(f"/recover/{page}?recovery={text}")
        assert answer.error_code() == "recovery_ended"


async def test_a_waiting_token_makes_no_passkey_and_the_other_way_round(victim: Owner):
    browser = victim.provider.browser()
    address = (await send_code(browser, victim.codes[0])).location
    token = address.partition("recovery=")[2]
    assert (await browser.get(f"/recover/waiting?recovery={token}")).status == 400
    page = await browser.get(address)
    done = await make_new_passkey(victim.provider, browser, page, SoftAuthenticator())
    waiting = done.location.partition("recovery=")[2]
    assert (await browser.get(f"/recover/passkey?recovery={waiting}")).status == 400


@pytest.mark.spec("WebAuthn L3 §6.3.2")
async def test_a_device_that_still_has_a_passkey_is_told_so(victim: Owner):
    """Or the new one, which waits, would overwrite the one that works."""
    browser = victim.provider.browser()
    page = await browser.follow(await send_code(browser, victim.codes[0]))
    with pytest.raises(ValueError, match="registered already"):
        victim.authenticator.create(page.passkey_options(), victim.provider.issuer)


async def test_completing_ends_every_other_session(victim: Owner):
    provider = victim.provider
    device = await recover(provider, provider.browser(), victim.codes[0])
    provider.clock.advance(WAIT)
    await victim.comes_back()  # whoever has the old device signs in just before
    browser = provider.browser()
    assert (await victim.comes_back(device, browser)).location == "/"
    assert (await victim.browser.get("/account")).location.startswith("/signin")
    assert (await browser.get("/account")).status == 200
    assert WARNING not in (await browser.get("/account")).text


async def test_what_is_due_can_still_be_stopped_until_it_is_used(victim: Owner):
    provider = victim.provider
    device = await recover(provider, provider.browser(), victim.codes[0])
    provider.clock.advance(WAIT + 60)
    await victim.comes_back()
    assert "stopped" in (await stop(victim.browser, await victim.browser.get("/account"))).text
    assert (await victim.comes_back(device, provider.browser())).status == 400


async def test_a_stop_and_the_first_sign_in_at_once_have_one_winner(victim: Owner):
    provider, browser = victim.provider, victim.provider.browser()
    device = await recover(provider, provider.browser(), victim.codes[0])
    provider.clock.advance(WAIT)
    await victim.comes_back()
    form = (await victim.browser.get("/account")).form("/recover/stop")
    page = await browser.get("/signin")
    stopping = victim.browser.post("/recover/stop", form)
    signing_in = sign_in(provider, browser, page, device)
    await at_once(provider, [stopping, signing_in])
    rows = dump(provider)
    assert rows["provider.recoveries"] == []
    stored = {row[2] for row in rows["provider.passkeys"]}
    signed_in = any("session" in name for name in browser.cookies)
    assert (device.passkeys[0].credential_id in stored) == signed_in


async def test_a_recovery_nobody_uses_lapses(victim: Owner):
    provider = victim.provider
    device = await recover(provider, provider.browser(), victim.codes[0])
    provider.clock.advance(WAIT + (KEPT_DAYS + 1) * SECONDS_PER_DAY)
    await housekeeping.prune(provider.parts.database, provider.clock)
    assert (await victim.comes_back(device, provider.browser())).status == 400


async def test_the_history_tells_how_it_went(victim: Owner):
    provider = victim.provider
    device = await recover(provider, provider.browser(), victim.codes[0])
    provider.clock.advance(WAIT)
    browser = provider.browser()
    await victim.comes_back(device, browser)
    found = await happened(victim)
    assert Happened.RECOVERY_STARTED in found
    assert Happened.RECOVERY_COMPLETED in found
    assert Happened.RECOVERY_CODES_MADE in found


async def test_a_recovery_changes_no_network_id(victim: Owner):
    provider, platform = victim.provider, await Platform.register(victim.provider)
    before = await platform.id_token(victim.browser)
    device = await recover(provider, provider.browser(), victim.codes[0])
    provider.clock.advance(WAIT)
    browser = provider.browser()
    await victim.comes_back(device, browser)
    after = await platform.id_token(browser)
    assert after["sub"] == before["sub"]


async def test_with_no_waiting_time_the_passkey_works_at_once(tmp_path: Path):
    async with owner(tmp_path, recovery_days=0) as found:
        browser = found.provider.browser()
        device = await recover(found.provider, browser, found.codes[0])
        assert (await found.comes_back(device, browser)).location == "/"


async def test_a_pending_passkey_cannot_be_read_or_moved_to_another_person(victim: Owner):
    provider = victim.provider
    device = await recover(provider, provider.browser(), victim.codes[0])
    stored = repr(dump(provider)["provider.recoveries"])
    assert repr(device.passkeys[0].credential_id)[2:-1] not in stored
