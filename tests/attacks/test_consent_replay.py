"""One person's yes must never count for another, nor for something else."""

import pytest

from idp.storage import people
from tests.support.browser_like import Answer, Browser
from tests.support.logins import Platform
from tests.support.provider import Provider
from tests.support.shared_provider import dump


async def as_persona(platform: Platform, browser: Browser, persona: str, **changes: str) -> Answer:
    page = await platform.ask(browser, prompt="login", **changes)
    return await platform.choose_persona(browser, page, persona)


async def test_a_consent_form_dies_when_somebody_else_signs_in(
    provider: Provider, platform: Platform, visitor: Browser
):
    """Tab one shows the values of one person; in tab two another signs in; tab one says *Allow*."""
    first = await as_persona(platform, visitor, "adult", scope="openid age")
    await as_persona(platform, visitor, "minor", scope="openid age")
    before = dump(provider)
    answer = await visitor.post(
        "/consent", first.form("/consent") | {"decision": "allow", "remember": "on"}
    )
    assert (answer.status, answer.error_code()) == (403, "csrf_failed")
    assert dump(provider) == before
    # And the way on shows this person's own values.
    page = await visitor.follow(
        await visitor.get("/continue?interaction=" + first.form("/consent")["interaction"])
    )
    assert page.url.startswith("/consent?")
    value = page.text.partition('data-testid="value-age_over_18"')[2]
    assert value.startswith("><strong>no</strong>")


async def test_a_consent_form_dies_with_the_session(platform: Platform, visitor: Browser):
    page = await as_persona(platform, visitor, "adult")
    await visitor.post("/signout", (await visitor.get("/signout")).form("/signout"))
    answer = await visitor.post("/consent", page.form("/consent") | {"decision": "allow"})
    assert answer.status == 403


async def test_a_consent_form_of_one_person_does_nothing_in_anothers_browser(
    provider: Provider, platform: Platform, visitor: Browser
):
    theirs = await as_persona(platform, visitor, "adult")
    other = provider.browser()
    await as_persona(platform, other, "elder")
    answer = await other.post("/consent", theirs.form("/consent") | {"decision": "allow"})
    assert answer.status == 403


async def test_a_remembered_yes_is_one_persons(platform: Platform, visitor: Browser):
    await platform.log_in(visitor, "adult", remember=True)
    assert (await visitor.get(platform.address())).location.startswith(platform.redirect_uri)
    page = await as_persona(platform, visitor, "elder")
    assert page.url.startswith("/consent?")


async def test_a_remembered_yes_is_for_one_client_even_within_a_platform(
    provider: Provider, visitor: Browser
):
    shop = await Platform.register(provider, platform="a-family")
    sister = await Platform.register(provider, platform="a-family")
    await shop.log_in(visitor, remember=True)
    assert (await sister.ask(visitor)).url.startswith("/consent?")


async def test_a_remembered_yes_covers_what_was_allowed_and_no_more(
    platform: Platform, visitor: Browser
):
    await platform.log_in(visitor, remember=True)
    page = await platform.ask(visitor, scope="openid age")
    assert page.url.startswith("/consent?")
    silent = await visitor.get(platform.address(scope="openid age", prompt="none"))
    assert silent.location_query["error"] == "consent_required"


@pytest.mark.parametrize("decision", ["", "ALLOW", "yes", "allow deny", None])
async def test_only_a_plain_allow_is_a_yes(
    provider: Provider, platform: Platform, visitor: Browser, decision: str | None
):
    page = await as_persona(platform, visitor, "adult")
    before = dump(provider)
    form = page.form("/consent") | ({} if decision is None else {"decision": decision})
    answer = await visitor.post("/consent", form)
    assert (answer.status, answer.error_code()) == (400, "decision_missing")
    assert dump(provider) == before


@pytest.mark.parametrize("remember", ["", "off", "true", "1", "ON"])
async def test_only_a_ticked_box_is_remembered(platform: Platform, visitor: Browser, remember: str):
    page = await as_persona(platform, visitor, "adult")
    form = page.form("/consent") | {"decision": "allow", "remember": remember}
    assert (await visitor.post("/consent", form)).status == 303
    assert (await platform.ask(visitor)).url.startswith("/consent?")


async def test_a_yes_given_before_a_suspension_gives_no_code_after_it(
    provider: Provider, platform: Platform, visitor: Browser
):
    """The last statement rechecks the person, even for a page that was open before."""
    page = await platform.choose_persona(visitor, await platform.ask(visitor), "newcomer")
    before = dump(provider)
    person = await provider.services.sandbox.sign_in("newcomer")  # type: ignore[union-attr]
    await set_status(provider, person, "suspended")
    try:
        answer = await visitor.post(
            "/consent", page.form("/consent") | {"decision": "allow", "remember": "on"}
        )
        assert answer.status == 303
        assert answer.location.startswith("/suspended?")
    finally:
        await set_status(provider, person, "active")
    assert dump(provider) == before


async def set_status(provider: Provider, person: bytes, status: str) -> None:
    row = await people.find(provider.parts.database, person)
    assert row is not None
    await people.set_status(provider.parts.database, person, status, row["notice_sealed"])
