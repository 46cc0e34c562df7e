"""Recovery codes: used once, by one, and telling nothing to whoever guesses."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from idp.domain import recovery_code
from idp.domain.throttle import LIMITS, Act, Subject
from idp.storage import people
from tests.support.authenticator import SoftAuthenticator
from tests.support.browser_like import Answer
from tests.support.races import at_once
from tests.support.recovery import (
    WAIT,
    Owner,
    make_codes,
    make_new_passkey,
    owner,
    recover,
    send_code,
)
from tests.support.shared_provider import dump
from tests.support.time import SeededEntropy

UNKNOWN = recovery_code.display(recovery_code.draw_set(SeededEntropy(99))[0])


@pytest_asyncio.fixture
async def victim(tmp_path: Path) -> AsyncIterator[Owner]:
    async with owner(tmp_path) as found:
        yield found


def words(answer: Answer) -> str:
    """The page without what is drawn anew for every page."""
    form = answer.form("/recover/code")
    text = answer.text.replace(form["csrf"], "")
    nonce = answer.headers["content-security-policy"].partition("'nonce-")[2].partition("'")[0]
    return text.replace(nonce, "")


async def test_a_code_is_used_once(victim: Owner):
    provider = victim.provider
    await recover(provider, provider.browser(), victim.codes[0])
    answer = await send_code(provider.browser(), victim.codes[0])
    assert answer.status == 400
    assert "does not work" in answer.text
    assert await provider.services.recovery_codes.left(victim.person_id) == 9


@pytest.mark.spec("NIST SP 800-63B §4.2.1")
async def test_a_code_that_was_only_shown_is_not_used_up(victim: Owner):
    """A device that fails to make a passkey costs nobody a code."""
    provider, browser = victim.provider, victim.provider.browser()
    for _ in range(3):
        assert (await send_code(browser, victim.codes[0])).status == 303
    assert await provider.services.recovery_codes.left(victim.person_id) == 10


async def test_of_two_who_redeem_one_code_at_once_one_wins(victim: Owner):
    provider = victim.provider
    requests = []
    for _ in range(2):
        browser, device = provider.browser(), SoftAuthenticator()
        page = await browser.follow(await send_code(browser, victim.codes[0]))
        requests.append(make_new_passkey(provider, browser, page, device))
    answers = await at_once(provider, requests)
    assert sorted(answer.status for answer in answers) in ([303, 400], [303, 409])
    assert len(dump(provider)["provider.recoveries"]) == 1
    assert await provider.services.recovery_codes.left(victim.person_id) == 9


async def test_one_token_makes_one_passkey(victim: Owner):
    """Replay of the page's form, also after the owner stopped what it began."""
    provider, browser = victim.provider, victim.provider.browser()
    page = await browser.follow(await send_code(browser, victim.codes[0]))
    assert (await make_new_passkey(provider, browser, page, SoftAuthenticator())).status == 303
    await provider.services.recovery.stop(victim.person_id)
    again = await browser.get(page.url)
    answer = await make_new_passkey(provider, browser, again, SoftAuthenticator())
    assert answer.error_code() == "recovery_ended"
    assert dump(provider)["provider.recoveries"] == []


async def test_making_new_codes_voids_the_old(victim: Owner):
    new = await make_codes(victim.browser)
    assert not set(new) & set(victim.codes)
    for code in victim.codes:
        assert (await send_code(victim.provider.browser(), code)).status == 400
    assert (await send_code(victim.provider.browser(), new[0])).status == 303


async def test_a_form_sent_again_does_not_void_what_was_printed(victim: Owner):
    browser = victim.browser
    form = (await browser.get("/account/recovery")).form("/account/recovery")
    first = await browser.post("/account/recovery", form)
    again = await browser.follow(await browser.post("/account/recovery", form))
    printed = first.text.partition('<code dir="ltr">')[2].partition("<")[0]
    assert "shown already" in again.text
    assert printed not in again.text
    assert (await send_code(victim.provider.browser(), printed)).status == 303


async def test_codes_are_made_only_by_whoever_just_signed_in(victim: Owner):
    form = (await victim.browser.get("/account/recovery")).form("/account/recovery")
    victim.provider.clock.advance(2 * 60)
    answer = await victim.browser.post("/account/recovery", form)
    assert answer.location.startswith("/signin?")
    assert (await send_code(victim.provider.browser(), victim.codes[0])).status == 303


async def test_a_used_an_unknown_and_a_voided_code_look_alike(victim: Owner):
    provider = victim.provider
    await recover(provider, provider.browser(), victim.codes[0])
    used = await send_code(provider.browser(), victim.codes[0])
    unknown = await send_code(provider.browser(), UNKNOWN)
    await victim.comes_back()
    await make_codes(victim.browser)
    voided = await send_code(provider.browser(), victim.codes[1])
    assert used.status == unknown.status == voided.status == 400
    assert words(used) == words(unknown) == words(voided)


async def test_a_known_and_an_unknown_code_cost_the_same_work(
    victim: Owner, monkeypatch: pytest.MonkeyPatch
):
    """By statements run, which decides the time: a used code and one that never was."""
    provider = victim.provider
    await recover(provider, provider.browser(), victim.codes[0])
    run: list[str] = []
    database = provider.parts.database
    one = database.one

    async def counting(statement: object, **given: object) -> object:
        run.append(str(id(statement)))
        return await one(statement, **given)  # type: ignore[arg-type]

    monkeypatch.setattr(database, "one", counting)
    await send_code(provider.browser(), victim.codes[0])
    used, run[:] = list(run), []
    await send_code(provider.browser(), UNKNOWN)
    assert used == run
    assert run


async def test_wrong_codes_slow_the_guesser_and_not_the_owner(victim: Owner):
    provider, guesser = victim.provider, victim.provider.browser()
    tries = LIMITS[Act.RECOVERY_CODE][Subject.DEVICE].tries
    for _ in range(tries):
        assert (await send_code(guesser, UNKNOWN)).status == 400
    answer = await send_code(guesser, UNKNOWN)
    assert answer.status == 429
    assert int(answer.headers["retry-after"]) > 0
    # The owner, in the guesser's own network and even browser, gets in with the right code.
    assert (await send_code(guesser, victim.codes[0])).status == 303
    neighbour = provider.browser()
    neighbour.network = guesser.network
    assert (await send_code(neighbour, victim.codes[1])).status == 303


async def test_a_stored_code_cannot_be_read(victim: Owner):
    stored = repr(dump(victim.provider))
    for code in victim.codes:
        for form in (code, code.replace("-", "")):
            assert form not in stored


async def test_codes_stand_in_no_address_and_no_answer_but_one(victim: Owner):
    browser = victim.provider.browser()
    answer = await send_code(browser, victim.codes[0])
    assert victim.codes[0].replace("-", "") not in answer.location.replace("-", "")
    for path in ("/account", "/account/recovery"):
        page = await victim.browser.get(path)
        assert not any(code in page.text for code in victim.codes)


async def test_a_suspended_persons_codes_work_and_the_suspension_stays(victim: Owner):
    provider, person_id = victim.provider, victim.person_id
    database = provider.parts.database
    assert await people.set_status(database, person_id, "suspended", None)
    device = await recover(provider, provider.browser(), victim.codes[0])
    provider.clock.advance(WAIT)
    assert (await victim.comes_back(device, provider.browser())).status == 303
    row = await people.find(database, person_id)
    assert row is not None
    assert row["status"] == "suspended"
