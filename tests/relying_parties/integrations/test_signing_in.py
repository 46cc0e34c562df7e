"""Logging in, in every framework: what is promised, and what an attacker tries."""

from collections.abc import Callable
from http.cookies import SimpleCookie
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from starlette.responses import JSONResponse
from werkzeug.test import Client as WsgiClient

from tests.support.framework_sites import HOME, NOBODY, Build, Site, Visitor
from tests.support.simulated_provider import OTHER_RSA
from tests.support.time import FrozenClock


def test_a_person_logs_in_and_arrives_where_they_wanted_to_go(visitor: Visitor):
    assert visitor.get("/").text == NOBODY
    answer = visitor.sign_in("?next=/members%3Fpage%3D2")
    assert (answer.status, answer.location) == (303, f"{HOME}/members?page=2")
    assert visitor.is_known()
    assert visitor.get("/members").text == "members"


def test_the_code_stays_in_no_cache_and_no_referer(visitor: Visitor):
    answer = visitor.sign_in()
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "code" not in answer.location


def test_cookies_are_closed_to_scripts_and_to_other_sites(visitor: Visitor):
    visitor.begin()
    answer = visitor.sign_in()
    morsels = [one for line in answer.set_cookies for one in SimpleCookie(line).values()]
    morsels = [one for one in morsels if one.key.startswith("network-id")]
    assert len(morsels) == 2  # the session, and the end of what was pending
    assert all(one["httponly"] and one["samesite"].lower() == "lax" for one in morsels)
    assert all(one["path"] == "/" and not one["domain"] for one in morsels)


def test_over_https_a_cookie_is_secure_and_none_of_a_neighbour_is_taken(make_site: Build):
    site = make_site(url="https://shop.example", session_secret="s" * 32)
    visitor = site.visitor()
    answer = visitor.get("/login")
    (morsel,) = SimpleCookie(answer.set_cookies[0]).values()
    assert morsel["secure"]
    assert morsel.key.startswith("__Host-")


def shown_to(site: Site, cookies: str) -> str:
    """The front page for a ``Cookie`` header of any octets; httpx2's own WSGI takes ASCII alone."""
    octets = cookies.encode()
    if site.framework == "starlette":
        return str(site.client.get("/", headers=[(b"cookie", octets)]).text)
    app = vars(site.client)["_transport"].app
    client = WsgiClient(app, use_cookies=False)
    answer = client.get("/", environ_overrides={"HTTP_COOKIE": octets.decode("latin-1")})
    return str(answer.text)


@pytest.mark.parametrize("before", ["\u2000", "\u00a0", "\u0085", "\u3000", "\x0b", "\x0c"])
def test_what_a_neighbour_plants_by_a_name_that_only_looks_like_ours_signs_nobody_in(
    make_site: Build, before: str
):
    site = make_site(url="https://shop.example", session_secret="s" * 32)
    thief = site.visitor()
    thief.sign_in()
    planted = f"{site.session_cookie}={thief.cookies[site.session_cookie]}"
    for header in (f"{before}{planted}", f"a=b; {before}{planted}"):
        assert shown_to(site, header) == NOBODY
    assert shown_to(site, f"a=b;\t{planted} ") != NOBODY


def test_of_two_sessions_by_one_name_none_counts(visitor: Visitor):
    visitor.sign_in()
    pair = f"{visitor.site.session_cookie}={visitor.cookies[visitor.site.session_cookie]}"
    headers = {"cookie": f"{pair}; {visitor.site.session_cookie}=planted"}
    assert visitor.site.client.get("/", headers=headers).text == NOBODY


def test_a_sealed_cookie_tells_nothing(visitor: Visitor):
    url = visitor.begin("?next=/members")
    state = parse_qs(urlsplit(url).query)["state"][0]
    kept = "; ".join(f"{name}={value}" for name, value in visitor.cookies.items())
    assert state not in kept
    assert "members" not in kept
    visitor.come_back(url)
    assert visitor.get("/").text.replace("-", "") not in "".join(visitor.cookies.values())


@pytest.mark.spec("RFC 6749 §10.12")
def test_an_answer_with_another_state_is_refused(visitor: Visitor):
    query = visitor.site.provider.answer(visitor.begin())
    answer = visitor.get(f"/callback?{query.replace('state=', 'state=x')}")
    assert (answer.status, answer.refusal) == (400, "stale")
    assert not visitor.is_known()


@pytest.mark.spec("RFC 6749 §10.12")
def test_an_answer_in_a_browser_that_did_not_ask_is_refused(visitor: Visitor):
    query = visitor.site.provider.answer(visitor.begin())
    victim = visitor.site.visitor()
    answer = victim.get(f"/callback?{query}")
    assert (answer.status, answer.refusal) == (400, "stale")
    assert not victim.is_known()


def test_what_is_pending_in_one_tab_is_no_help_for_the_answer_of_another(visitor: Visitor):
    first, second = visitor.begin(), visitor.begin()
    name = next(iter(visitor.cookies))
    other = next(one for one in visitor.cookies if one != name)
    visitor.cookies = {other: visitor.cookies[name]}  # the value of one under the other's name
    for url in (first, second):
        assert visitor.come_back(url).refusal == "stale"
    assert not visitor.is_known()


def test_a_callback_works_once(visitor: Visitor):
    url = visitor.begin()
    query = visitor.site.provider.answer(url)
    thief = visitor.copy()
    assert visitor.get(f"/callback?{query}").status == 303
    again = visitor.get(f"/callback?{query}")
    assert (again.status, again.refusal) == (400, "stale")
    assert visitor.is_known()
    assert thief.get(f"/callback?{query}").refusal == "stale"  # the provider knows the code as used
    assert not thief.is_known()


def test_several_tabs_finish_in_any_order(visitor: Visitor):
    first, second = visitor.begin("?next=/park"), visitor.begin("?next=/members")
    assert visitor.come_back(second).location == f"{HOME}/members"
    assert visitor.come_back(first).location == f"{HOME}/park"
    assert visitor.is_known()


def test_however_often_a_login_is_begun_few_cookies_are_kept(
    visitor: Visitor, site: Site, clock: FrozenClock
):
    urls = []
    for _ in range(9):
        urls.append(visitor.begin("?next=/" + "x" * 500))
        clock.advance(1)
    assert len(visitor.cookies) == 4
    assert len("; ".join(f"{n}={v}" for n, v in visitor.cookies.items())) < 6_000
    assert visitor.come_back(urls[0]).refusal == "stale"
    assert visitor.come_back(urls[-1]).status == 303


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "/\t/evil.example",
        "evil.example",
    ],
)
def test_nobody_is_sent_to_another_site(visitor: Visitor, elsewhere: str):
    answer = visitor.sign_in(f"?next={quote(elsewhere)}")
    assert answer.location == f"{HOME}/"


def test_a_session_is_fresh_after_each_login_and_the_old_one_is_over(
    visitor: Visitor, clock: FrozenClock
):
    visitor.sign_in()
    before = visitor.copy()
    clock.advance(1)
    visitor.sign_in()
    assert (
        visitor.cookies[visitor.site.session_cookie] != before.cookies[visitor.site.session_cookie]
    )
    assert visitor.is_known()
    assert not before.is_known()


@pytest.mark.parametrize(
    "alter",
    [
        lambda value: value[:-2] + ("AA" if value[-2:] != "AA" else "BB"),
        lambda _: "!?",
    ],
)
def test_an_altered_cookie_is_no_session(visitor: Visitor, alter: Callable[[str], str]):
    visitor.sign_in()
    name = visitor.site.session_cookie
    visitor.cookies[name] = alter(visitor.cookies[name])
    assert not visitor.is_known()


def test_a_pending_sign_in_under_the_name_of_a_session_is_none(visitor: Visitor):
    visitor.begin()
    (value,) = visitor.cookies.values()
    visitor.cookies = {visitor.site.session_cookie: value}
    assert not visitor.is_known()


def test_a_session_ends_with_its_time_whatever_the_browser_keeps(
    make_site: Build, clock: FrozenClock
):
    visitor = make_site(session_seconds=600).visitor()
    visitor.sign_in()
    clock.advance(599)
    assert visitor.is_known()
    clock.advance(1)
    assert not visitor.is_known()


def test_a_token_that_does_not_hold_signs_nobody_in(visitor: Visitor, site: Site):
    site.provider.key = OTHER_RSA
    site.provider.change_header = lambda header: header.update(kid=site.provider.published[0].kid)
    answer = visitor.sign_in()
    assert (answer.status, answer.refusal) == (502, "unproven")
    assert "signature-invalid" in answer.text  # on localhost developers read why
    assert not visitor.is_known()


def test_away_from_localhost_a_page_tells_nothing_of_the_machinery(make_site: Build):
    site = make_site(url="https://shop.example", session_secret="s" * 32)
    visitor = site.visitor()
    answer = visitor.get("/callback?state=x")
    assert answer.refusal == "stale"
    assert "expected" not in answer.text
    assert "no-sign-in-pending" not in answer.text


def test_a_no_is_taken_as_a_no(visitor: Visitor, site: Site):
    site.provider.error = "access_denied"
    answer = visitor.sign_in()
    assert (answer.status, answer.refusal) == (200, "denied")
    assert "You said no" in answer.text
    assert not visitor.is_known()


def test_a_page_speaks_chinese_to_who_reads_it(visitor: Visitor):
    answer = visitor.get("/callback?state=x", accept_language="fr, zh-CN;q=0.9, en;q=0.5")
    assert 'lang="zh-Hans"' in answer.text
    assert "请重新开始登录" in answer.text
    asked = visitor.get("/login", accept_language="zh-TW").location
    assert parse_qs(urlsplit(asked).query)["ui_locales"] == ["zh-Hans"]


def test_the_provider_may_be_away_when_the_platform_starts(site: Site, clock: FrozenClock):
    site.provider.away = True
    visitor = site.visitor()
    assert visitor.get("/").text == NOBODY
    answer = visitor.get("/login?next=/members")
    assert (answer.status, answer.refusal) == (503, "away")
    assert answer.headers["retry-after"]
    assert 'href="/login?next=%2Fmembers"' in answer.text
    site.provider.away = False
    clock.advance(10)
    assert visitor.sign_in().status == 303


def test_an_answer_that_came_while_the_provider_was_away_can_be_reloaded(
    make_site: Build, clock: FrozenClock
):
    first, second = make_site(), make_site()  # the second is the same platform, started again
    visitor = first.visitor()
    query = first.provider.answer(visitor.begin())
    visitor.site = second
    second.provider.away = True
    assert visitor.get(f"/callback?{query}").status == 503
    second.provider.away = False
    clock.advance(10)
    assert visitor.get(f"/callback?{query}").status == 303


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "[::1]:8000", "LOCALHOST.:8000"])
def test_the_other_name_of_this_machine_leads_to_the_one_that_is_registered(
    visitor: Visitor, host: str
):
    answer = visitor.get("/login?next=/members", host=host)
    if host.startswith("LOCALHOST"):
        assert answer.location.startswith("https://id.example/")
    else:
        assert answer.location == f"{HOME}/login?next=/members"


@pytest.mark.parametrize(
    ("host", "told"),
    [
        ("localhost:8001", True),
        ("127.0.0.1:8001", True),
        ("localhost:8000", False),
        ("127.0.0.1:8000", False),
        ("shop.example:8001", False),
        ("localhost:no", False),
    ],
)
def test_developers_are_told_when_people_come_back_to_another_port(
    visitor: Visitor, caplog: pytest.LogCaptureFixture, host: str, *, told: bool
):
    visitor.get("/login", host=host)
    lines = [line for line in caplog.messages if "PORT=8001" in line]
    assert len(lines) == told
    assert all(f"{HOME}/callback" in line for line in lines)


def test_a_foreign_host_header_changes_nothing(visitor: Visitor):
    asked = visitor.get("/login", host="evil.example").location
    assert parse_qs(urlsplit(asked).query)["redirect_uri"] == [f"{HOME}/callback"]


def test_where_another_try_ends_the_same_way_none_is_offered(visitor: Visitor, site: Site):
    """A secret that is wrong stays wrong until a developer acts; nobody is sent round and round."""
    offered = 'data-testid="login"'
    assert offered in visitor.get("/callback?state=x").text
    refusal = JSONResponse({"error": "invalid_client"}, status_code=401)
    site.provider.answers["/token"] = refusal
    answer = visitor.sign_in()
    assert (answer.status, answer.refusal) == (502, "setup")
    assert offered not in answer.text
    assert 'data-testid="home"' in answer.text
