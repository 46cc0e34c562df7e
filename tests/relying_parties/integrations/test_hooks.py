"""What a platform may do itself, and what the framework's own session holds meanwhile."""

from typing import Any

from network_id import SignIn
from network_id.integrations import Refusal

from tests.support.framework_sites import Build, Site, Visitor
from tests.support.simulated_provider import with_check_characters


def test_a_platform_shows_a_page_of_its_own(make_site: Build, framework: str):
    seen: list[tuple[Any, ...]] = []

    def on_refused(_request: Any, refusal: Refusal) -> Any:
        seen.append((refusal.kind, refusal.status, refusal.code, refusal.again, refusal.home))
        if framework == "flask":
            return "our own page", 418
        if framework == "django":
            from django.http import HttpResponse  # noqa: PLC0415 - each framework's own

            return HttpResponse("our own page", status=418)
        from starlette.responses import PlainTextResponse  # noqa: PLC0415 - the same

        return PlainTextResponse("our own page", 418)

    site = make_site(on_refused=on_refused)
    visitor = site.visitor()
    site.provider.error = "access_denied"
    answer = visitor.sign_in("?next=/members")
    assert (answer.status, answer.text) == (418, "our own page")
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"
    assert not visitor.cookies  # what was pending is over, whoever made the page
    assert seen == [("denied", 200, "access-denied", "/login?next=%2Fmembers", "/")]


def test_a_sign_in_that_fits_into_no_cookie_changes_nothing(make_site: Build):
    welcomed: list[Any] = []
    site = make_site(on_signed_in=lambda _request, sign_in: welcomed.append(sign_in))
    visitor = site.visitor()
    visitor.sign_in()
    site.provider.change_claims = lambda claims: claims.update(much="x" * 3_000)
    assert visitor.sign_in().status == 500
    assert len(welcomed) == 1
    assert visitor.is_known()


def test_a_hook_that_says_nothing_leaves_the_page(make_site: Build):
    visitor = make_site(on_refused=lambda _request, _refusal: None).visitor()
    assert visitor.get("/callback?state=x").refusal == "stale"


def test_a_platform_that_knows_the_language_says_it(make_site: Build):
    visitor = make_site(language=lambda _request: "zh-Hant-HK").visitor()
    asked = visitor.get("/login", accept_language="en").location
    assert "ui_locales=zh-Hant-HK" in asked
    assert 'lang="zh-Hans"' in visitor.get("/callback?state=x", accept_language="en").text
    unsure = make_site(language=lambda _request: None).visitor()
    assert 'lang="en"' in unsure.get("/callback?state=x", accept_language="en").text


def test_a_platform_hears_of_who_comes_and_goes(make_site: Build):
    heard: list[str] = []
    site = make_site(
        on_signed_in=lambda _request, sign_in: heard.append(sign_in.network_id),
        on_signed_out=lambda _request: heard.append("out"),
    )
    visitor = site.visitor()
    visitor.sign_in()
    visitor.post("/logout")
    assert heard == [site.provider.subject, "out"]


def test_a_hook_that_fails_lets_nobody_in(make_site: Build):
    def on_signed_in(_request: Any, _sign_in: SignIn) -> None:
        raise LookupError("no such account")

    visitor = make_site(on_signed_in=on_signed_in).visitor()
    url = visitor.begin()
    assert visitor.come_back(url).status == 500
    assert not visitor.is_known()


def test_a_coroutine_is_waited_for_or_refused(make_site: Build, framework: str):
    heard: list[str] = []

    async def on_signed_in(_request: Any, sign_in: SignIn) -> None:
        heard.append(sign_in.network_id)

    visitor = make_site(on_signed_in=on_signed_in).visitor()
    url = visitor.begin()
    if framework == "starlette":
        visitor.come_back(url)
        assert heard
        assert visitor.is_known()
    else:
        assert visitor.come_back(url).status == 500
        assert not visitor.is_known()


def test_paths_may_stand_elsewhere(make_site: Build):
    site = make_site(prefix="/auth", url="http://localhost:8000/shop", home="/shop/front")
    assert site.id.redirect_uri == "http://localhost:8000/shop/auth/callback"
    assert site.id.login_url("/x", age=18) == "/shop/auth/login?next=%2Fx&age=18"
    assert site.id.logout_url == "/shop/auth/logout"
    visitor = site.visitor()
    url = visitor.get("/auth/login").location
    query = site.provider.answer(url)
    answer = visitor.get(f"/auth/callback?{query}")
    assert answer.location == "http://localhost:8000/shop/front"


def test_two_platforms_on_one_machine_do_not_read_each_others_cookies(make_site: Build, site: Site):
    visitor = site.visitor()
    visitor.sign_in()
    other = make_site(session_secret="another secret, long enough for all")
    guest = Visitor(other, dict(visitor.cookies))
    assert not guest.is_known()


def test_a_guests_basket_is_kept_and_another_persons_is_not_shown(visitor: Visitor, site: Site):
    visitor.get("/basket?put=tea")
    visitor.sign_in()
    assert visitor.get("/basket").text == "tea"
    del visitor.cookies[site.session_cookie]  # time passed, and somebody else sits down here
    site.provider.subject = with_check_characters("8K9Q2YWSGQNFEDCVVCMN3XA")
    visitor.sign_in()
    assert visitor.get("/basket").text == "empty"


def test_logging_out_empties_the_frameworks_own_session_too(visitor: Visitor):
    visitor.sign_in()
    visitor.get("/basket?put=tea")
    visitor.post("/logout")
    assert visitor.get("/basket").text == "empty"


def test_the_button_leads_to_the_login_and_brings_its_style_sheet(visitor: Visitor, site: Site):
    shown = site.id.button("/members", age=18, language="zh")
    assert 'href="/login?next=%2Fmembers&amp;age=18"' in shown
    assert "使用网号登录" in shown
    answer = visitor.get(site.id.button_css)
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    assert ".network-id-button" in answer.text


async def test_the_sdk_is_there_for_more_than_logging_in(site: Site):
    assert site.id.platform.issuer == "https://id.example"  # type: ignore[attr-defined]
