"""A code from an office becomes an account: in any browser, once, and told to nobody else."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from idp.domain import enrolment_code
from idp.domain.closing import closed
from idp.domain.throttle import LIMITS, Act, Subject
from idp.services.enrolling import BEGUN_SECONDS
from idp.storage import people
from tests.support.authenticator import SoftAuthenticator
from tests.support.browser_like import Answer, Browser
from tests.support.logins import Platform
from tests.support.provider import Provider, running
from tests.support.registrar import BORN, code_for
from tests.support.shared_provider import dump
from tests.support.time import SeededEntropy

NUMBER = "GB 532 998 417"
WRONG = enrolment_code.draw(SeededEntropy(9))  # its check holds, and nobody issued it


@pytest.fixture
async def instance(tmp_path: Path) -> AsyncIterator[Provider]:
    """An instance for real people: nobody is enrolled."""
    async with running(tmp_path, sandbox=False) as started:
        yield started


@pytest.fixture
def browser(instance: Provider) -> Browser:
    return instance.browser()


async def send(browser: Browser, code: str, address: str = "/enrol/code") -> Answer:
    page = await browser.get(address)
    form = page.form("/enrol/code") | {"code": code}
    return await browser.follow(await browser.post("/enrol/code", form))


async def make(
    instance: Provider, browser: Browser, page: Answer, device: SoftAuthenticator | None = None
) -> Answer:
    device = device or SoftAuthenticator()
    credential = device.create(page.passkey_options(), instance.issuer)
    form = page.form("/enrol/passkey") | {"credential": credential}
    return await browser.post("/enrol/passkey", form)


async def headcount(instance: Provider) -> int:
    return await people.count(instance.parts.database, sandbox=False)


def says(page: Answer) -> str:
    """What the page says of a code, or nothing."""
    return page.text.partition('data-testid="code-fault">')[2].partition("<")[0]


async def test_every_instance_offers_a_way_in_on_both_pages_that_strangers_see(browser: Browser):
    for path in ("/", "/signin"):
        assert 'href="/enrol"' in (await browser.get(path)).text
    page = await browser.get("/enrol")
    assert 'href="/enrol/code"' in page.text
    assert "/create" not in page.text


async def test_the_sandbox_offers_its_citizens_beside_it(tmp_path: Path):
    async with running(tmp_path) as provider:
        page = await provider.browser().get("/enrol")
        assert 'href="/enrol/code"' in page.text
        assert 'href="/create"' in page.text


async def test_a_code_becomes_an_account_that_signs_in(instance: Provider, browser: Browser):
    page = await send(browser, await code_for(instance.services, NUMBER))
    assert page.url.startswith("/enrol/passkey?enrolment=")
    device = SoftAuthenticator()
    created = await make(instance, browser, page, device)
    assert created.location == "/created"
    assert (await browser.get("/account")).status == 200
    other = instance.browser()
    page = await other.get("/signin")
    credential = device.get(page.passkey_options(), instance.issuer)
    form = page.form("/signin/passkey") | {"credential": credential}
    assert (await other.post("/signin/passkey", form)).status == 303
    assert (await other.get("/account")).status == 200


async def test_it_goes_on_to_the_platform_that_asked(instance: Provider, browser: Browser):
    platform = await Platform.register(instance)
    page = await platform.ask(browser)
    for path in ("/enrol", "/enrol/code"):
        address = page.text.partition(f'href="{path}?')[2].partition('"')[0]
        page = await browser.get(f"{path}?{address}")
    code = await code_for(instance.services, NUMBER)
    page = await send(browser, code, page.url)
    created = await browser.follow(await make(instance, browser, page))
    on = created.text.partition('href="/continue?')[2].partition('"')[0]
    consent = await browser.follow(await browser.get(f"/continue?{on}"))
    assert "code" in (await platform.decide(browser, consent, "allow")).location_query


async def test_nothing_a_person_or_an_onlooker_sees_holds_what_was_proved(
    instance: Provider, browser: Browser, caplog: pytest.LogCaptureFixture
):
    caplog.set_level("DEBUG")
    code = await code_for(instance.services, NUMBER)
    page = await send(browser, code)
    made = await make(instance, browser, page)
    seen = "".join(one.text + one.url + str(one.headers) for one in (page, made)) + caplog.text
    for secret in (NUMBER, "532998417", BORN, code, code.replace("-", "")):
        assert secret not in seen
    assert page.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "ten characters"),
        ("7KQX2", "ten characters"),
        ("7KQX2-M9P4*", "no code has"),
        ("7KQX2-M9P4T", "a slip"),
    ],
)
async def test_a_slip_is_said_at_once_and_costs_no_try(browser: Browser, typed: str, words: str):
    for _ in range(LIMITS[Act.ENROLMENT_CODE][Subject.DEVICE].tries + 2):
        page = await send(browser, typed)
        assert (page.status, words in says(page)) == (400, True)
        assert f'value="{typed}"' in page.text  # to be mended, not typed once more


async def test_guessing_is_slowed_and_right_codes_are_not(instance: Provider, browser: Browser):
    tries = LIMITS[Act.ENROLMENT_CODE][Subject.DEVICE].tries
    for _ in range(tries + 2):
        page = await send(browser, await code_for(instance.services, NUMBER))
        assert page.url.startswith("/enrol/passkey")
    for _ in range(tries):
        page = await send(browser, WRONG)
        assert (page.status, "not valid" in says(page)) == (400, True)
        assert WRONG not in page.text
    page = await send(browser, WRONG)
    assert (page.status, page.error_code()) == (429, "too_many_tries")
    code = await code_for(instance.services, NUMBER)
    assert (await send(browser, code)).status == 429  # or the limit would tell a right one
    instance.clock.advance(600)
    assert (await send(browser, code)).url.startswith("/enrol/passkey")


async def test_a_code_is_used_once(instance: Provider, browser: Browser):
    code = await code_for(instance.services, NUMBER)
    page, late = await send(browser, code), await send(browser, code)
    assert (await make(instance, browser, page)).status == 303
    again = await make(instance, browser, late)
    assert (again.status, "not valid" in says(again)) == (400, True)
    assert "not valid" in says(await send(browser, code))
    assert await headcount(instance) == 1


async def test_an_expired_code_is_as_unknown_as_one_that_never_was(
    instance: Provider, browser: Browser
):
    code = await code_for(instance.services, NUMBER, seconds=900)
    instance.clock.advance(900)
    assert says(await send(browser, code)) == says(await send(browser, WRONG)) != ""


async def test_a_code_that_expires_while_the_passkey_is_made_is_not_used(
    instance: Provider, browser: Browser
):
    page = await send(browser, await code_for(instance.services, NUMBER, seconds=900))
    instance.clock.advance(900 - 1)
    device = SoftAuthenticator()
    page = await browser.get(page.url)
    instance.clock.advance(1)
    assert (await make(instance, browser, page, device)).status == 400
    assert await headcount(instance) == 0


async def test_the_address_of_the_passkey_page_is_of_no_use_in_another_browser(
    instance: Provider, browser: Browser
):
    page = await send(browser, await code_for(instance.services, NUMBER))
    thief = instance.browser()
    assert (await thief.get(page.url)).error_code() == "interaction_invalid"
    assert (await make(instance, browser, page)).status == 303


async def test_an_enrolment_left_open_ends_by_itself(instance: Provider, browser: Browser):
    page = await send(browser, await code_for(instance.services, NUMBER))
    instance.clock.advance(BEGUN_SECONDS + 1)
    assert (await browser.get(page.url)).status == 400
    assert (await make(instance, browser, page)).status == 400
    assert await headcount(instance) == 0


async def test_a_refused_passkey_is_tried_again_and_costs_no_code(
    instance: Provider, browser: Browser
):
    page = await send(browser, await code_for(instance.services, NUMBER))
    form = page.form("/enrol/passkey") | {"credential": "{}"}
    page = await browser.post("/enrol/passkey", form)
    assert page.status == 400
    assert (await make(instance, browser, page)).status == 303


async def test_up_to_the_passkey_nothing_tells_whether_there_is_an_account(instance: Provider):
    known, unknown = instance.browser(), instance.browser()
    first = await send(known, await code_for(instance.services, NUMBER))
    assert (await make(instance, known, first)).status == 303
    for browser in (known, unknown):
        browser.cookies.clear()
    one = await send(known, await code_for(instance.services, NUMBER))
    other = await send(unknown, await code_for(instance.services, "GB 111 222 333"))
    assert (one.status, len(one.body)) == (other.status, len(other.body))
    assert skeleton(one) == skeleton(other)


def skeleton(page: Answer) -> list[str]:
    """The page's lines without those that differ in every two answers."""
    hidden = (f'name="{name}"' for name in ("enrolment", "challenge", "csrf"))
    drawn = ("nonce=", "data-options", "/language?", *hidden)
    lines = page.text.splitlines()
    return [line for line in lines if not any(mark in line for mark in drawn)]


async def test_a_second_enrolment_becomes_a_recovery_and_uses_its_code_up(
    instance: Provider, browser: Browser
):
    page = await send(browser, await code_for(instance.services, NUMBER))
    assert (await make(instance, browser, page)).status == 303
    other = instance.browser()
    page = await send(other, await code_for(instance.services, NUMBER))
    answer = await make(instance, other, page)
    assert "You already have a network ID" in answer.text
    assert await headcount(instance) == 1
    link = answer.text.partition('href="/recover/passkey?')[2].partition('"')[0]
    page = await other.get(f"/recover/passkey?{link}")
    credential = SoftAuthenticator().create(page.passkey_options(), instance.issuer)
    form = page.form("/recover/passkey") | {"credential": credential}
    assert (await other.post("/recover/passkey", form)).location.startswith("/recover/waiting")
    assert (await browser.get("/account")).status == 200
    assert dump(instance)["enrolment.vouchers"] == []


async def test_who_closed_an_account_is_told_from_when_on_they_can_come_back(
    instance: Provider, browser: Browser
):
    page = await send(browser, await code_for(instance.services, NUMBER))
    assert (await make(instance, browser, page)).status == 303
    [person] = dump(instance)["provider.people"]
    person_id = person[0]
    today = instance.clock.now() // 86400
    assert await instance.services.enrolment.close(person_id, closed(today, 180, ()))
    await people.remove(instance.parts.database, person_id)

    other = instance.browser()
    page = await send(other, await code_for(instance.services, NUMBER))
    answer = await make(instance, other, page)
    assert answer.status == 409
    assert 'data-testid="cooling-off-until">30 June 2026<' in answer.text
    assert await headcount(instance) == 0


@pytest.mark.parametrize("path", ["/enrol/code", "/enrol/passkey"])
async def test_a_form_of_somebody_else_is_refused(browser: Browser, path: str):
    await browser.get("/enrol/code")
    answer = await browser.post(path, {"code": WRONG, "csrf": "made up"})
    assert (answer.status, answer.error_code()) == (403, "csrf_failed")
