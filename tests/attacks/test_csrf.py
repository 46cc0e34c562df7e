"""Cross-site request forgery: a form counts only from our page, in this browser, for its use."""

import pytest

from tests.support import passkeys
from tests.support.browser_like import Answer, Browser
from tests.support.logins import Platform
from tests.support.provider import Provider
from tests.support.shared_provider import dump

# Where each form stands, and what it would send.
FORMS = {
    "/signin/persona": {"persona": "adult"},
    "/signin/passkey": {"credential": "{}"},
    "/signin/continue": {},
    "/signin/other": {},
    "/consent": {"decision": "allow", "remember": "on"},
    "/create": {"citizen": "citizen-01"},
    "/create/passkey": {"credential": "{}"},
    "/signout": {},
    "/account/data/export": {},
    "/account/close": {"understood": "yes"},
    "/account/activity/clear": {},
    "/account/sessions/end": {},
    "/account/sessions/end-all": {},
}
ACCOUNT = {
    "/account/data/export": "/account/data",
    "/account/sessions/end": "/account/sessions",
    "/account/sessions/end-all": "/account/sessions",
}
# Forms that do the same thing on one page, or in one row of pages, share a token.
USES = [
    {"/signin/persona", "/signin/passkey"},
    {"/signin/continue", "/signin/other"},
    {"/consent"},
    {"/create", "/create/passkey"},
    {"/signout"},
    {"/account/data/export"},
    {"/account/close"},
    {"/account/activity/clear"},
    {"/account/sessions/end"},
    {"/account/sessions/end-all"},
]


async def page_with(action: str, platform: Platform, browser: Browser) -> Answer:
    """Bring the browser to the page on which the form stands."""
    if action.startswith("/create"):
        first = await browser.get("/create")
        return first if action == "/create" else await passkeys.begin_enrolment(browser)
    if action in {"/signin/persona", "/signin/passkey"}:
        return await platform.ask(browser, prompt="login")
    if not any(name.endswith("session") for name in browser.cookies):
        await platform.provider.sign_in(browser)
    if action.startswith("/account"):
        return await browser.get(ACCOUNT.get(action, action))
    if action == "/signout":
        return await browser.get("/signout")
    prompt = "consent" if action == "/consent" else "select_account"
    return await platform.ask(browser, prompt=prompt)


def assert_refused(answer: Answer) -> None:
    assert (answer.status, answer.error_code()) == (403, "csrf_failed")
    assert answer.cookies == ()


@pytest.mark.parametrize("action", FORMS)
@pytest.mark.parametrize("token", [None, "", "0" * 64, "é", "x" * 5000])
async def test_a_form_without_its_token_does_nothing(
    platform: Platform, visitor: Browser, action: str, token: str | None
):
    form = (await page_with(action, platform, visitor)).form(action) | FORMS[action]
    form = {name: value for name, value in form.items() if name != "csrf"}
    before = dump(platform.provider)
    answer = await visitor.post(action, form | ({} if token is None else {"csrf": token}))
    assert_refused(answer)
    assert dump(platform.provider) == before


@pytest.mark.parametrize("action", FORMS)
async def test_the_token_of_another_browser_does_nothing(
    provider: Provider, platform: Platform, visitor: Browser, action: str
):
    attacker = provider.browser()
    theirs = (await page_with(action, platform, attacker)).form(action)["csrf"]
    form = (await page_with(action, platform, visitor)).form(action) | FORMS[action]
    before = dump(provider)
    assert_refused(await visitor.post(action, form | {"csrf": theirs}))
    assert dump(provider) == before


@pytest.mark.parametrize("action", FORMS)
async def test_a_form_without_the_cookie_of_its_page_does_nothing_and_says_so(
    platform: Platform, visitor: Browser, action: str
):
    """As another site sends it: SameSite keeps the cookies at home."""
    form = (await page_with(action, platform, visitor)).form(action) | FORMS[action]
    before = dump(platform.provider)
    visitor.cookies.clear()
    answer = await visitor.post(action, form)
    if action.startswith("/account"):  # nobody is signed in
        assert (answer.status, answer.location.partition("?")[0]) == (303, "/signin")
    else:
        assert (answer.status, answer.error_code()) == (403, "cookie_missing")
    assert answer.cookies == ()
    assert dump(platform.provider) == before


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"csrf": ""}, "no token"),
        ({"csrf": "0" * 64}, "token of another browser, session or form"),
    ],
)
async def test_the_log_says_what_was_wrong_with_a_form(
    platform: Platform,
    visitor: Browser,
    caplog: pytest.LogCaptureFixture,
    changed: dict[str, str],
    problem: str,
):
    form = (await platform.ask(visitor)).form("/signin/persona") | {"persona": "adult"}
    with caplog.at_level("INFO", logger="idp"):
        assert_refused(await visitor.post("/signin/persona", form | changed))
    assert f'"cause": "csrf_failed", "problem": "{problem}"' in caplog.text


@pytest.mark.parametrize("action", FORMS)
async def test_the_token_of_another_form_does_nothing(
    provider: Provider, platform: Platform, visitor: Browser, action: str
):
    """What one page is for must not be turned against another."""
    await provider.sign_in(visitor)
    forms = {name: (await page_with(name, platform, visitor)).form(name) for name in FORMS}
    own = next(use for use in USES if action in use)
    for other in set(FORMS) - own:
        wrong = forms[action] | FORMS[action] | {"csrf": forms[other]["csrf"]}
        assert_refused(await visitor.post(action, wrong))


@pytest.mark.parametrize("action", FORMS)
@pytest.mark.parametrize("content_type", ["text/plain", "application/json", "multipart/form-data"])
async def test_a_body_that_another_site_may_send_unasked_is_no_form(
    platform: Platform, visitor: Browser, action: str, content_type: str
):
    """CVE-2021-32677: `text/plain` needs no preflight."""
    await page_with(action, platform, visitor)
    answer = await visitor.post(
        action, body=b'{"csrf": "x"}', headers={"content-type": content_type}
    )
    assert (answer.status, answer.error_code()) == (400, "not_a_form")


@pytest.mark.parametrize("action", FORMS)
async def test_no_form_works_by_get(
    provider: Provider, platform: Platform, visitor: Browser, action: str
):
    form = (await page_with(action, platform, visitor)).form(action) | FORMS[action]
    before = dump(provider)
    await visitor.get(f"{action}?" + "&".join(f"{k}={v}" for k, v in form.items()))
    assert dump(provider) == before


async def test_the_token_of_an_earlier_sign_in_does_not_allow_anything(
    provider: Provider, platform: Platform, visitor: Browser
):
    await provider.sign_in(visitor)
    old = (await platform.ask(visitor)).form("/consent")
    again = await platform.ask(visitor, prompt="login")
    page = await platform.choose_persona(visitor, again, "adult")
    assert_refused(await visitor.post("/consent", old | {"decision": "allow"}))
    answer = await visitor.post("/consent", page.form("/consent") | {"decision": "allow"})
    assert answer.status == 303


async def test_the_way_out_of_a_refused_form_is_the_sign_in_it_belonged_to(
    platform: Platform, visitor: Browser
):
    form = (await platform.ask(visitor)).form("/signin/persona")
    answer = await visitor.post("/signin/persona", form | {"csrf": "x", "persona": "adult"})
    assert f'href="/continue?interaction={form["interaction"]}"' in answer.text
