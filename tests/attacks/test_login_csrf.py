"""Login CSRF: nobody is signed in, or out, by another site."""

from idp.domain.clock import NODE_SKEW_SECONDS
from tests.support import passkeys
from tests.support.authenticator import SoftAuthenticator
from tests.support.browser_like import Browser
from tests.support.logins import Platform
from tests.support.provider import Provider


def signed_in(browser: Browser) -> bool:
    return any(name.endswith("session") for name in browser.cookies)


async def test_an_attackers_own_sign_in_form_does_not_work_in_the_victims_browser(
    provider: Provider, platform: Platform, visitor: Browser
):
    """Else the attacker would see what the victim does in the attacker's account."""
    attacker = provider.browser()
    form = (await platform.ask(attacker)).form("/signin/persona") | {"persona": "adult"}
    for browser in (visitor, provider.browser()):
        answer = await browser.post("/signin/persona", form)
        assert answer.status == 403
        assert not signed_in(browser)


async def test_an_attackers_passkey_response_does_not_work_in_the_victims_browser(
    provider: Provider, platform: Platform, visitor: Browser
):
    """Neither with the attacker's CSRF token, nor with the victim's own."""
    attacker, authenticator = provider.browser(), SoftAuthenticator()
    page = await passkeys.begin_enrolment(provider.browser())
    authenticator.create(page.passkey_options(), provider.issuer)
    theirs = await platform.ask(attacker)
    form = theirs.form("/signin/passkey")
    form |= {"credential": authenticator.get(theirs.passkey_options(), provider.issuer)}
    own = (await platform.ask(visitor)).form("/signin/passkey")["csrf"]
    for csrf in (form["csrf"], own):
        answer = await visitor.post("/signin/passkey", form | {"csrf": csrf})
        assert answer.status in {400, 403}
        assert not signed_in(visitor)


async def test_an_attackers_interaction_signs_in_nobody_by_itself(
    provider: Provider, platform: Platform, visitor: Browser
):
    """A link to somebody else's sign-in is a link to a page that asks."""
    attacker = provider.browser()
    page = await platform.ask(attacker)
    interaction = page.form("/signin/persona")["interaction"]
    await platform.choose_persona(attacker, page, "adult")
    for path in ("/signin", "/continue", "/consent", "/select-account", "/suspended", "/created"):
        answer = await visitor.follow(await visitor.get(f"{path}?interaction={interaction}"))
        assert answer.status == 200
        assert not signed_in(visitor)


async def test_what_one_person_chose_does_not_choose_for_another(
    provider: Provider, platform: Platform, visitor: Browser
):
    """An interaction in which the attacker picked an account asks the victim all the same."""
    await provider.sign_in(visitor)
    provider.clock.advance(NODE_SKEW_SECONDS + 1)  # so far apart clocks may be: it began after
    attacker = provider.browser()
    await provider.sign_in(attacker)
    page = await platform.ask(attacker, prompt="select_account")
    answer = await attacker.post("/signin/continue", page.form("/signin/continue"))
    page = await visitor.follow(await visitor.get(answer.location))
    assert page.url.startswith("/select-account?")
