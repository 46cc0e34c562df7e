"""`/authorize`: what each parameter of a request does (OpenID Connect Core 1.0 §3.1.2.1)."""

import pytest

from tests.support.browser_like import Browser
from tests.support.logins import REDIRECT_URI, Platform
from tests.support.provider import Provider
from tests.support.shared_provider import dump


def session(browser: Browser) -> str:
    return next(value for name, value in browser.cookies.items() if name.endswith("session"))


@pytest.mark.spec("RFC 6749 §4.1.1")
@pytest.mark.spec("OpenID Connect Core 1.0 §3.1.2.5")
async def test_a_first_login_asks_twice_and_ends_at_the_platform(
    platform: Platform, visitor: Browser
):
    page = await platform.ask(visitor)
    assert page.url.startswith("/signin?interaction=")
    page = await platform.choose_persona(visitor, page, "adult")
    assert page.url.startswith("/consent?interaction=")
    answer = await platform.decide(visitor, page, "allow")
    assert answer.location.startswith(REDIRECT_URI + "?code=")
    assert len(answer.location_query["code"]) == 43  # 256 bits


@pytest.mark.spec("OpenID Connect Core 1.0 §3.1.2.1")
async def test_a_request_may_come_by_post(platform: Platform, visitor: Browser):
    page = await visitor.follow(await visitor.post("/authorize", platform.request()))
    assert page.url.startswith("/signin?")
    page = await platform.choose_persona(visitor, page, "adult")
    answer = await platform.decide(visitor, page, "allow")
    assert (await platform.redeem(answer.location_query["code"])).status == 200


async def test_a_post_from_another_site_knows_who_is_signed_in(
    platform: Platform, visitor: Browser
):
    """Its browser leaves the SameSite=Lax cookie out; the GET that we go on with brings it."""
    await platform.log_in(visitor, remember=True)
    cookies, visitor.cookies = visitor.cookies, {}
    first = await visitor.post("/authorize", platform.request())
    visitor.cookies = cookies
    answer = await visitor.follow(first)
    assert "code" in answer.location_query


@pytest.mark.spec("OpenID Connect Core 1.0 §3.1.2.1")
async def test_prompt_login_asks_for_a_new_sign_in(platform: Platform, visitor: Browser):
    await platform.log_in(visitor, remember=True)
    before = session(visitor)
    page = await platform.ask(visitor, prompt="login")
    assert page.url.startswith("/signin?")
    answer = await platform.choose_persona(visitor, page, "adult")
    assert "code" in answer.location_query
    assert session(visitor) != before


async def test_prompt_login_is_not_met_by_going_back(platform: Platform, visitor: Browser):
    await platform.log_in(visitor, remember=True)
    page = await platform.ask(visitor, prompt="login")
    interaction = page.form("/signin/persona")["interaction"]
    for path in ("/continue", "/consent", "/select-account", "/signin"):
        answer = await visitor.follow(await visitor.get(f"{path}?interaction={interaction}"))
        assert answer.url.startswith("/signin?")


@pytest.mark.spec("OpenID Connect Core 1.0 §3.1.2.1")
async def test_prompt_consent_asks_although_it_was_remembered(platform: Platform, visitor: Browser):
    await platform.log_in(visitor, remember=True)
    page = await platform.ask(visitor, prompt="consent")
    assert page.url.startswith("/consent?")
    assert "code" in (await platform.decide(visitor, page, "allow")).location_query


@pytest.mark.spec("OpenID Connect Core 1.0 §3.1.2.1")
async def test_prompt_select_account_asks_who(platform: Platform, visitor: Browser):
    await platform.log_in(visitor, remember=True)
    before = session(visitor)
    page = await platform.ask(visitor, prompt="select_account")
    assert page.url.startswith("/select-account?")
    form = page.form("/signin/continue")
    answer = await visitor.follow(await visitor.post("/signin/continue", form))
    assert "code" in answer.location_query
    assert session(visitor) == before


async def test_somebody_else_may_be_selected(platform: Platform, visitor: Browser):
    first = await platform.id_token(visitor, "adult")
    page = await platform.ask(visitor, prompt="select_account")
    page = await visitor.follow(await visitor.post("/signin/other", page.form("/signin/other")))
    assert page.url.startswith("/signin?")
    page = await platform.choose_persona(visitor, page, "elder")
    assert page.url.startswith("/consent?")
    code = (await platform.decide(visitor, page, "allow")).location_query["code"]
    info = await platform.userinfo((await platform.redeem(code)).json()["access_token"])
    assert info.json()["sub"] != first["sub"]


async def test_several_prompts_are_all_met(platform: Platform, visitor: Browser):
    await platform.log_in(visitor, remember=True)
    page = await platform.ask(visitor, prompt="select_account consent login")
    assert page.url.startswith("/signin?")
    page = await platform.choose_persona(visitor, page, "adult")
    assert page.url.startswith("/consent?")


@pytest.mark.spec("OpenID Connect Core 1.0 §3.1.2.1")
async def test_max_age_asks_again_when_the_sign_in_is_too_old(
    provider: Provider, platform: Platform, visitor: Browser
):
    await platform.log_in(visitor, remember=True, max_age="1000")
    provider.clock.advance(100)
    assert "code" in (await platform.ask(visitor, max_age="101")).location_query
    page = await platform.ask(visitor, max_age="99")
    assert page.url.startswith("/signin?")
    answer = await platform.choose_persona(visitor, page, "adult")
    assert "code" in answer.location_query


@pytest.mark.spec("OpenID Connect Core 1.0 §3.1.2.1")
async def test_max_age_zero_always_asks_again(
    provider: Provider, platform: Platform, visitor: Browser
):
    claims = await platform.id_token(visitor, max_age="0")
    assert claims["auth_time"] == provider.clock.now()
    page = await platform.ask(visitor, max_age="0")
    assert page.url.startswith("/signin?")


@pytest.mark.spec("OpenID Connect Dynamic Client Registration 1.0 §2")
async def test_a_registered_default_max_age_holds_unless_the_request_says_otherwise(
    provider: Provider, visitor: Browser
):
    platform = await Platform.register(provider, default_max_age=10)
    await platform.log_in(visitor, remember=True)
    provider.clock.advance(11)
    assert (await platform.ask(visitor)).url.startswith("/signin?")
    assert "code" in (await platform.ask(visitor, max_age="1000")).location_query


@pytest.mark.parametrize("max_age", ["-1", "1.5", "ten", "\u0661", "9" * 10, " 1", "0x1", "+1"])
async def test_max_age_is_a_whole_number(platform: Platform, visitor: Browser, max_age: str):
    answer = await visitor.get(platform.address(max_age=max_age))
    assert answer.location_query["error"] == "invalid_request"


@pytest.mark.spec("OpenID Connect Core 1.0 §5.5.1.1")
async def test_an_essential_acr_is_met_or_refused(platform: Platform, visitor: Browser):
    essential = '{"id_token":{"acr":{"essential":true,"values":["phr"]}}}'
    page = await platform.ask(visitor, claims=essential)
    answer = await platform.choose_persona(visitor, page, "adult")
    assert answer.location_query["error"] == "unmet_authentication_requirements"
    wish = '{"id_token":{"acr":{"values":["phr"]}}}'
    assert (await platform.ask(visitor, claims=wish)).url.startswith("/consent?")
    page = await platform.ask(visitor, acr_values="phr")
    assert page.url.startswith("/consent?")


@pytest.mark.spec("OpenID Connect Core 1.0 §5.5.1")
async def test_a_sub_that_was_asked_for_is_met_or_refused(
    provider: Provider, platform: Platform, visitor: Browser
):
    sub = (await platform.id_token(visitor, "adult"))["sub"]
    wanted = f'{{"id_token":{{"sub":{{"value":"{sub}"}}}}}}'
    assert (await platform.id_token(visitor, claims=wanted))["sub"] == sub
    other = provider.browser()
    page = await platform.ask(other, claims=wanted)
    answer = await platform.choose_persona(other, page, "elder")
    assert answer.location_query["error"] == "login_required"


@pytest.mark.spec("OpenID Connect Core 1.0 §3.1.2.1")
@pytest.mark.parametrize(
    "ignored",
    [
        {"login_hint": "somebody@example.com"},
        {"display": "popup"},
        {"something_new": "x"},
        {"acr_values": "urn:unknown"},
        {"scope": "openid profile email offline_access"},
        {"claims": '{"userinfo":{"name":null,"birthdate":{"essential":true}}}'},
        {"resource": "http://localhost:8000"},
        {"response_mode": "query"},
    ],
    ids=str,
)
async def test_what_we_do_not_know_or_need_is_ignored(
    platform: Platform, visitor: Browser, ignored: dict[str, str]
):
    found = await platform.tokens(visitor, remember=False, **ignored)
    assert (await platform.userinfo(found["access_token"])).json().keys() == {"sub"}


@pytest.mark.spec("RFC 6749 §3.3")
async def test_a_scope_that_the_client_did_not_register_is_refused(
    provider: Provider, visitor: Browser
):
    platform = await Platform.register(provider, scope="openid")
    answer = await visitor.get(platform.address(scope="openid age"))
    assert answer.location_query["error"] == "invalid_scope"


@pytest.mark.spec("OpenID Connect Core 1.0 §3.1.2.1")
@pytest.mark.parametrize(("wished", "lang"), [("zh-CN en", "zh-Hans"), ("fr en", "en"), ("", "en")])
async def test_ui_locales_chooses_the_language_of_every_page(
    platform: Platform, visitor: Browser, wished: str, lang: str
):
    page = await platform.ask(visitor, ui_locales=wished)
    assert page.headers["content-language"] == lang
    page = await platform.choose_persona(visitor, page, "adult")
    assert page.url.startswith("/consent?")
    assert f'<html lang="{lang}"' in page.text


async def test_the_persons_own_choice_of_language_goes_first(platform: Platform, visitor: Browser):
    page = await platform.ask(visitor, ui_locales="en")
    switch = page.text.partition('href="/language?to=zh-Hans')[2].partition('"')[0]
    switch = "/language?to=zh-Hans" + switch.replace("&amp;", "&")
    page = await visitor.follow(await visitor.get(switch))
    assert page.url.startswith("/signin?interaction=")
    assert page.headers["content-language"] == "zh-Hans"


async def test_the_page_names_the_client_and_links_its_policies(
    provider: Provider, visitor: Browser
):
    platform = await Platform.register(
        provider,
        **{"client_name#zh-Hans": "街角小店"},
        policy_uri="https://shop.example/privacy",
        tos_uri="https://shop.example/terms",
    )
    page = await platform.ask(visitor)
    for shown in ("Corner Shop", "https://shop.example/privacy", "https://shop.example/terms"):
        assert shown in page.text
    assert "街角小店" in (await platform.ask(visitor, ui_locales="zh")).text


async def test_the_logo_is_served_from_our_own_origin(provider: Provider, visitor: Browser):
    png = b"\x89PNG\r\n\x1a\n" + bytes(64)
    document = {"client_name": "Shop", "redirect_uris": [REDIRECT_URI]}
    registered = await provider.services.clients.add(document, logo=png)
    platform = Platform(provider, registered)
    address = f"/clients/{platform.client_id}/logo.png"
    assert f'src="{address}"' in (await platform.ask(visitor)).text
    logo = await visitor.get(address)
    assert (logo.headers["content-type"], logo.body) == ("image/png", png)
    assert logo.headers["x-content-type-options"] == "nosniff"
    assert (await visitor.get("/clients/nobody/logo.png")).status == 404


async def test_a_request_alone_writes_nothing(platform: Platform, visitor: Browser):
    before = dump(platform.provider)
    await platform.ask(visitor)
    await visitor.post("/authorize", platform.request())
    await visitor.get("/signin")
    assert dump(platform.provider) == before
