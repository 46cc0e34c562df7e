"""The passkeys page of an account, over HTTP: who may look, who may change, and what happens."""

import html
import json
import re
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from idp.domain.activity import Happened
from idp.domain.passkey import MAX_PASSKEYS
from idp.web.account.door import FRESH_SECONDS
from tests.support import passkeys
from tests.support.authenticator import SoftAuthenticator, decode, encode
from tests.support.owner import LIST, Owner
from tests.support.provider import running


@pytest_asyncio.fixture
async def owner(tmp_path: Path):
    """An instance of its own: there are few citizens to enrol."""
    async with running(tmp_path) as provider:
        browser = provider.browser()
        yield Owner(provider, browser, await passkeys.enrol(provider, browser))


async def test_a_stranger_signs_in_first(owner: Owner):
    stranger = owner.provider.browser()
    for path in (LIST, f"{LIST}/add", f"{LIST}/add/here"):
        answer = await stranger.get(path)
        assert answer.location.startswith("/signin?then=")
        assert answer.location_query["then"] == path


async def test_a_practice_person_reads_that_there_is_none(owner: Owner):
    browser = owner.provider.browser()
    await owner.provider.sign_in(browser)
    assert 'data-testid="no-passkey"' in (await browser.get(LIST)).text
    assert 'data-testid="no-passkey"' not in (await owner.browser.get(LIST)).text


async def test_a_second_passkey_signs_the_same_person_in(owner: Owner):
    second = SoftAuthenticator(synced=False)
    answer = await owner.add(second)
    assert (answer.status, answer.location) == (303, f"{LIST}?said=added")
    assert await owner.names() == ["Passkey", "Security key"]
    browser = owner.provider.browser()
    assert (await owner.sign_in(browser, second, then=LIST)).location == LIST
    assert "Security key" in (await browser.get(LIST)).text
    assert Happened.PASSKEY_ADDED in await owner.happened()


@pytest.mark.spec("WebAuthn L3 §5.4")
async def test_the_device_that_has_a_passkey_is_named_and_makes_no_second(owner: Owner):
    options = (await owner.browser.get(f"{LIST}/add")).passkey_options()
    held = owner.device.passkeys[0]
    assert [decode(shut["id"]) for shut in options["excludeCredentials"]] == [held.credential_id]
    assert decode(options["user"]["id"]) == held.user_handle
    assert "authenticatorAttachment" not in options["authenticatorSelection"]
    with pytest.raises(ValueError, match="InvalidStateError"):
        await owner.add(owner.device)


async def test_a_passkey_is_called_by_where_it_was_made_until_it_has_a_name(owner: Owner):
    await owner.add(SoftAuthenticator())
    assert await owner.names() == ["Passkey", "Passkey on Android"]
    second = (await owner.ids())[1]
    answer = await owner.act("rename", second, name="  My <b>\u202ephone\n ")
    assert answer.location == f"{LIST}?said=renamed"
    assert await owner.names() == ["Passkey", "My &lt;b&gt;phone"]
    await owner.act("rename", second, name=" ")
    assert await owner.names() == ["Passkey", "Passkey on Android"]
    assert (await owner.happened())[:2] == [Happened.PASSKEY_RENAMED] * 2


async def test_a_passkey_that_was_removed_signs_nobody_in(owner: Owner):
    second = SoftAuthenticator()
    await owner.add(second)
    answer = await owner.act("remove", (await owner.ids())[1])
    assert answer.location == f"{LIST}?said=removed"
    assert await owner.names() == ["Passkey"]
    assert (await owner.sign_in(owner.provider.browser(), second)).status == 400
    assert (await owner.happened())[0] is Happened.PASSKEY_REMOVED


@pytest.mark.spec("WebAuthn L3 §5.1.10.3")
async def test_devices_are_told_what_still_signs_in(owner: Owner):
    """And only when somebody has just shown who they are: it names what they have."""
    second = SoftAuthenticator()
    await owner.add(second)

    async def told() -> Any:
        found = re.search(r'data-passkeys-accepted="([^"]*)"', (await owner.page()).text)
        return found and json.loads(html.unescape(found[1]))

    ids = [encode(d.passkeys[0].credential_id) for d in (owner.device, second)]
    assert sorted((await told())["allAcceptedCredentialIds"]) == sorted(ids)
    assert (await told())["userId"] == encode(owner.device.passkeys[0].user_handle)
    await owner.act("remove", (await owner.ids())[1])
    assert (await told())["allAcceptedCredentialIds"] == ids[:1]
    owner.provider.clock.advance(FRESH_SECONDS)
    assert await told() is None


async def test_the_last_passkey_cannot_be_removed(owner: Owner):
    page = await owner.page()
    assert "Your only passkey cannot be removed" in page.text
    await owner.add(SoftAuthenticator())
    first, second = await owner.ids()
    stale = (await owner.page()).form(f"{LIST}/remove")
    await owner.browser.post(f"{LIST}/remove", stale | {"passkey": second})
    answer = await owner.browser.post(f"{LIST}/remove", stale | {"passkey": first})
    assert answer.status == 409
    assert "This is your last passkey, so it was not removed" in answer.text
    assert (await owner.sign_in(owner.provider.browser(), owner.device)).status == 303


async def test_a_passkey_removed_in_another_tab_is_said_to_be_gone(owner: Owner):
    await owner.add(SoftAuthenticator())
    second = (await owner.ids())[1]
    stale = await owner.page()
    await owner.act("remove", second)
    for act in ("rename", "remove"):
        form = stale.form(f"{LIST}/{act}") | {"passkey": second, "name": "late"}
        answer = await owner.browser.post(f"{LIST}/{act}", form)
        assert (answer.status, "not in your account any more" in answer.text) == (409, True)


async def test_removing_a_passkey_ends_the_sessions_that_it_began(owner: Owner):
    second = SoftAuthenticator()
    await owner.add(second)
    lost, own = owner.provider.browser(), owner.provider.browser()
    await owner.sign_in(lost, second)
    await owner.sign_in(own, owner.device)
    await owner.act("remove", (await owner.ids())[1])
    assert (await lost.get("/account")).status == 303
    assert (await own.get("/account")).status == 200
    assert (await owner.browser.get("/account")).status == 200


async def test_whoever_removes_the_passkey_of_this_very_session_stays_signed_in(owner: Owner):
    second = SoftAuthenticator()
    await owner.add(second)
    await owner.sign_in(owner.browser, second)
    page = await owner.page()
    assert page.text.count("used for this sign-in") == 1
    await owner.act("remove", (await owner.ids())[1])
    assert (await owner.browser.get("/account")).status == 200
    assert await owner.names() == ["Passkey"]


async def test_every_change_needs_a_sign_in_of_a_moment_ago(owner: Owner):
    await owner.add(SoftAuthenticator())
    first, _ = await owner.ids()
    page, adding = await owner.page(), await owner.browser.get(f"{LIST}/add")
    credential = SoftAuthenticator().create(adding.passkey_options(), owner.provider.issuer)
    owner.provider.clock.advance(FRESH_SECONDS)
    again = f"/signin?then={LIST.replace('/', '%2F')}"
    for act in ("rename", "remove"):
        form = page.form(f"{LIST}/{act}") | {"passkey": first, "name": "theirs"}
        answer = await owner.browser.post(f"{LIST}/{act}", form)
        assert (answer.status, answer.location) == (303, f"{again}&again=1")
    form = adding.form(f"{LIST}/add") | {"credential": credential}
    answer = await owner.browser.post(f"{LIST}/add", form)
    assert (answer.status, answer.location) == (303, f"{again}%2Fadd&again=1")
    stale = await owner.page()
    assert 'data-testid="passkeys-change"' in stale.text
    assert f"{LIST}/remove" not in stale.text
    assert await owner.names() == ["Passkey", "Passkey on Android"]


async def test_a_sign_in_once_more_leads_back_to_the_page(owner: Owner):
    owner.provider.clock.advance(FRESH_SECONDS)
    answer = await owner.browser.get(f"{LIST}/add")
    page = await owner.browser.get(answer.location)
    assert "Show once more that it is you" in page.text
    answer = await passkeys.sign_in(owner.provider, owner.browser, page, owner.device)
    assert answer.location == f"{LIST}/add"
    assert (await owner.browser.get(answer.location)).status == 200


@pytest.mark.parametrize("act", ["rename", "remove", "add"])
async def test_a_form_that_is_not_ours_changes_nothing(owner: Owner, act: str):
    await owner.add(SoftAuthenticator())
    first, _ = await owner.ids()
    answer = await owner.browser.post(
        f"{LIST}/{act}", {"csrf": "0" * 64, "passkey": first, "name": "theirs"}
    )
    assert (answer.status, answer.error_code()) == (403, "csrf_failed")
    assert len(await owner.names()) == 2


async def test_somebody_elses_passkey_is_as_good_as_gone(owner: Owner):
    theirs = owner.provider.browser()
    other = Owner(owner.provider, theirs, await passkeys.enrol(owner.provider, theirs))
    await other.add(SoftAuthenticator())
    await owner.add(SoftAuthenticator())
    for act in ("rename", "remove"):
        answer = await owner.act(act, (await other.ids())[1], name="mine now")
        assert answer.status == 409
    assert await other.names() == ["Passkey", "Passkey on Android"]


@pytest.mark.parametrize("passkey", ["", "zz", "00" * 16, "00" * 4096])
async def test_a_passkey_that_never_was_is_refused(owner: Owner, passkey: str):
    await owner.add(SoftAuthenticator())
    assert (await owner.act("remove", passkey)).status in {404, 409}
    assert len(await owner.names()) == 2


async def test_an_account_holds_no_more_passkeys_than_it_can_show(owner: Owner):
    for _ in range(MAX_PASSKEYS - 2):
        await owner.add(SoftAuthenticator())
    pages = [await owner.browser.get(f"{LIST}/add") for _ in range(2)]  # two tabs, one place left
    answers = []
    for page in pages:
        credential = SoftAuthenticator().create(page.passkey_options(), owner.provider.issuer)
        form = page.form(f"{LIST}/add") | {"credential": credential}
        answers.append(await owner.browser.post(f"{LIST}/add", form))
    assert [answer.status for answer in answers] == [303, 409]
    assert "as many passkeys as an account can hold" in answers[1].text
    assert (await owner.browser.get(f"{LIST}/add")).status == 409
    assert 'data-testid="passkey-add"' not in (await owner.page()).text


async def test_where_a_passkey_is_is_said_in_plain_words(owner: Owner):
    assert "<strong>Synced</strong>" in (await owner.page()).text
    await owner.add(SoftAuthenticator(synced=False))
    assert "<strong>Only on this one device</strong>" in (await owner.page()).text


@pytest.mark.spec("WebAuthn L3 §6.1.1")
async def test_a_counter_that_went_back_is_shown_and_shuts_nobody_out(
    owner: Owner, caplog: pytest.LogCaptureFixture
):
    key, browser = SoftAuthenticator(synced=False), owner.provider.browser()
    await owner.add(key)
    key.passkeys[0].uses = 40
    await owner.sign_in(browser, key)
    assert "counter went backwards" not in (await owner.page()).text
    key.passkeys[0].uses = 7
    with caplog.at_level("INFO", logger="idp"):
        assert (await owner.sign_in(browser, key)).status == 303
    assert '"problem": "sign_count_regressed"' in caplog.text
    await owner.sign_in(browser, key)
    assert "On 1 January 2026 its counter went backwards." in (await owner.page()).text
    assert (await owner.happened()).count(Happened.PASSKEY_SUSPICIOUS) == 1


@pytest.mark.spec("WebAuthn L3 §6.1.3")
async def test_a_copy_that_is_made_or_taken_back_is_shown(owner: Owner):
    await owner.add(SoftAuthenticator())
    again = SoftAuthenticator()
    await owner.add(again, clear_flags=0x10)
    assert "<strong>On one device so far</strong>" in (await owner.page()).text
    await owner.sign_in(owner.provider.browser(), again)
    assert "<strong>On one device so far</strong>" not in (await owner.page()).text


async def test_the_page_speaks_chinese(owner: Owner):
    owner.browser.cookies["network_id_language"] = "zh-Hans"
    await owner.add(SoftAuthenticator(synced=False))
    page = await owner.page()
    for words in ("安全密钥", "已同步", "只在这一台设备上", "2026年1月1日", "再添加一个通行密钥"):
        assert words in page.text
