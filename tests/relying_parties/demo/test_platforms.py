"""The demo platforms' pages, through an ASGI client and the simulated provider."""

import logging
import re
from urllib.parse import urlsplit

import httpx2
import pytest
from starlette.responses import JSONResponse

from tests.support.demo_visitor import Visitor, csrf_of, problem_of, words_of
from tests.support.simulated_provider import (
    CODE,
    ISSUER,
    NETWORK_ID,
    RSA,
)


async def test_a_guest_is_offered_to_log_in(visitor: Visitor) -> None:
    page = await visitor.browser.get("/")
    assert page.status_code == 200
    assert 'data-testid="login"' in page.text
    assert "Log in with network ID" in words_of(page)
    assert 'data-testid="network-id"' not in page.text


async def test_the_page_shows_what_was_received(visitor: Visitor, name: str) -> None:
    visitor.provider.ages = {"age_over_18": True} if name == "forum" else {}
    page = await visitor.log_in()
    words = words_of(page)
    assert "-".join(re.findall(".{5}", NETWORK_ID)) in words
    assert f"Signature verified with key {RSA.kid}" in words
    assert "National ID data received: none" in words
    assert "&#34;aud&#34;" in page.text
    assert ("Over 18: yes" in words) == (name == "forum")


@pytest.mark.parametrize("name", ["forum"], indirect=True)
@pytest.mark.parametrize("ages", [{"age_over_18": False}, {}])
async def test_a_minor_is_told_politely(visitor: Visitor, ages: dict[str, bool]) -> None:
    visitor.provider.ages = dict(ages)
    words = words_of(await visitor.log_in())
    assert "This forum is for adults" in words
    assert ("Over 18: no " in words) == bool(ages)
    assert "Tonight" not in words


@pytest.mark.parametrize("name", ["forum"], indirect=True)
async def test_the_forum_asks_for_one_answer_only(visitor: Visitor) -> None:
    url = httpx2.URL((await visitor.browser.get("/login")).headers["location"])
    assert url.params["claims"] == '{"id_token":{"age_over_18":{"essential":true}}}'
    assert url.params["scope"] == "openid"


@pytest.mark.parametrize("name", ["shop"], indirect=True)
async def test_the_shop_asks_for_no_claim(visitor: Visitor) -> None:
    url = httpx2.URL((await visitor.browser.get("/login")).headers["location"])
    assert "claims" not in url.params


async def test_logging_out_forgets_the_session_also_for_a_stolen_cookie(visitor: Visitor) -> None:
    csrf = csrf_of(await visitor.log_in())
    stolen = dict(visitor.browser.cookies)
    assert (await visitor.log_out(csrf)).headers["location"] == "/"
    visitor.browser.cookies.update(stolen)
    assert 'data-testid="login"' in (await visitor.browser.get("/")).text


async def test_logging_out_of_the_provider_too_is_asked_of_the_provider(visitor: Visitor) -> None:
    await visitor.log_in()
    page = await visitor.browser.get("/")
    assert f"form-action 'self' {ISSUER};" in page.headers["content-security-policy"]
    csrf = re.search(r'name="csrf" value="([^"]+)"', page.text)
    assert csrf is not None
    gone = await visitor.browser.post("/logout?also=network-id", data={"csrf": csrf[1]})
    assert gone.headers["location"].startswith(f"{ISSUER}/logout?id_token_hint=ey")
    assert "post_logout_redirect_uri=https%3A%2F%2Fplatform.example%2F" in gone.headers["location"]
    assert 'data-testid="login"' in (await visitor.browser.get("/")).text


@pytest.mark.parametrize("csrf", ["", "another", "é", "x" * 10_000])
async def test_a_forged_logout_is_refused(visitor: Visitor, csrf: str) -> None:
    await visitor.log_in()
    assert (await visitor.log_out(csrf)).status_code == 403
    assert 'data-testid="logout"' in (await visitor.browser.get("/")).text


async def test_a_session_gets_a_new_name_at_sign_in(visitor: Visitor) -> None:
    await visitor.browser.get("/login")
    before = dict(visitor.browser.cookies)
    await visitor.log_in()
    after = dict(visitor.browser.cookies)
    assert before.keys() == after.keys()
    assert before != after
    visitor.browser.cookies.clear()
    visitor.browser.cookies.update(before)
    assert 'data-testid="login"' in (await visitor.browser.get("/")).text


async def test_the_cookie_is_guarded_and_names_its_application(visitor: Visitor, name: str) -> None:
    cookie = (await visitor.browser.get("/login")).headers["set-cookie"]
    assert cookie.startswith(
        {"shop": "__Host-clay-and-leaf=", "forum": "__Host-after-hours="}[name]
    )
    assert {"HttpOnly", "Path=/", "SameSite=lax", "Secure"} <= set(cookie.split("; "))


async def test_an_altered_cookie_is_a_new_visitor(visitor: Visitor) -> None:
    await visitor.log_in()
    name, value = next(iter(visitor.browser.cookies.items()))
    altered = ("b" if value[0] == "a" else "a") + value[1:]
    headers = {"cookie": f"{name}={altered}"}
    visitor.browser.cookies.clear()
    assert 'data-testid="login"' in (await visitor.browser.get("/", headers=headers)).text


async def test_two_tabs_can_sign_in(visitor: Visitor) -> None:
    first = (await visitor.browser.get("/login")).headers["location"]
    second = (await visitor.browser.get("/login")).headers["location"]
    for url in (second, first):
        back = await visitor.browser.get(f"/callback?{visitor.provider.answer(url)}")
        assert back.headers["location"] == "/"


async def test_an_answer_is_accepted_once(visitor: Visitor) -> None:
    url = (await visitor.browser.get("/login")).headers["location"]
    query = visitor.provider.answer(url)
    assert (await visitor.browser.get(f"/callback?{query}")).status_code == 303
    again = await visitor.browser.get(f"/callback?{query}")
    assert (again.status_code, problem_of(again)) == (400, "stale")
    assert "no-sign-in-pending" in again.text


async def test_an_answer_in_another_browser_signs_nobody_in(visitor: Visitor) -> None:
    url = (await visitor.browser.get("/login")).headers["location"]
    visitor.browser.cookies.clear()
    page = await visitor.browser.get(f"/callback?{visitor.provider.answer(url)}")
    assert (page.status_code, problem_of(page)) == (400, "stale")
    assert 'data-testid="login"' in page.text


async def test_saying_no_is_respected(visitor: Visitor) -> None:
    visitor.provider.error = "access_denied"
    page = await visitor.log_in()
    assert (page.status_code, problem_of(page)) == (200, "denied")
    assert "Nothing was shared" in words_of(page)
    assert "Go on as a guest" in words_of(page)


async def test_another_error_is_told(visitor: Visitor) -> None:
    visitor.provider.error = "<script>alert(1)</script>"
    page = await visitor.log_in()
    assert problem_of(page) == "refused"
    assert "<script" not in page.text


async def test_a_token_that_does_not_hold_signs_nobody_in(visitor: Visitor) -> None:
    visitor.provider.change_claims = lambda claims: claims.update(nonce="another")
    page = await visitor.log_in()
    assert (page.status_code, problem_of(page)) == (502, "unproven")
    assert "nonce-mismatch" in page.text
    assert 'data-testid="login"' in (await visitor.browser.get("/")).text


async def test_a_provider_that_is_away_is_told_and_tried_again(visitor: Visitor) -> None:
    visitor.provider.away = True
    page = await visitor.browser.get("/login")
    assert (page.status_code, problem_of(page)) == (503, "away")
    visitor.provider.away = False
    assert (await visitor.browser.get("/login")).status_code == 303


async def test_where_another_try_ends_the_same_way_none_is_offered(visitor: Visitor) -> None:
    refusal = JSONResponse({"error": "invalid_client"}, status_code=401)
    visitor.provider.answers["/token"] = refusal
    page = await visitor.log_in()
    assert (page.status_code, problem_of(page)) == (502, "setup")
    assert 'data-testid="login"' not in page.text
    assert 'href="/"' in page.text


@pytest.mark.spec("RFC 9700 §4.2.4")
async def test_no_code_or_token_is_in_a_log_or_a_page(
    visitor: Visitor, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    visitor.provider.change_claims = lambda claims: claims.update(aud="another")
    url = (await visitor.browser.get("/login")).headers["location"]
    query = visitor.provider.answer(url)
    with caplog.filtering(_Ours()):  # the test's own client writes the URLs that it asks for
        page = await visitor.browser.get(f"/callback?{query}")
    text = page.text + "".join(r.getMessage() for r in caplog.records if _Ours().filter(r))
    assert "sign-in refused: audience" in text
    assert CODE not in text
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["cache-control"] == "no-store"


class _Ours(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        return record.name.startswith(("relying_parties", "uvicorn", "fastapi"))


@pytest.mark.parametrize("path", ["/", "/login", "/callback", "/nowhere", "/files/x", "/healthz"])
async def test_every_answer_carries_the_headers(visitor: Visitor, path: str) -> None:
    answer = await visitor.browser.get(path)
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'self'; img-src 'self'; ")
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "<script" not in answer.text
    assert "style=" not in answer.text


async def test_an_unknown_page_is_a_page(visitor: Visitor) -> None:
    page = await visitor.browser.get("/nowhere")
    assert (page.status_code, problem_of(page)) == (404, "not-found")
    assert (await visitor.browser.get("/logout")).status_code == 405


async def test_all_files_of_a_page_are_local_and_there(visitor: Visitor) -> None:
    page = await visitor.browser.get("/")
    files = set(re.findall(r'(?:src|href)="(/files/[^"]+)"', page.text)) | {"/files/logo.png"}
    assert len(files) == 5
    for file in files:
        assert (await visitor.browser.get(file)).status_code == 200
    assert not re.findall(r'src="https?:', page.text)


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh-Hans"),
        ("en-GB,zh;q=0.5", "en"),
        ("de;q=1,zh;q=0.2", "zh-Hans"),
        ("", "en"),
        (";q=;;,=,zh;q=x", "en"),
    ],
)
async def test_the_language_is_the_visitors(visitor: Visitor, accepted: str, language: str) -> None:
    page = await visitor.browser.get("/", headers={"accept-language": accepted})
    assert f'<html lang="{language}"' in page.text


async def test_a_chosen_language_stays_and_is_passed_on(visitor: Visitor) -> None:
    answer = await visitor.browser.get("/language", params={"to": "zh-Hans"})
    assert answer.headers["location"] == "/"
    assert '<html lang="zh-Hans"' in (await visitor.browser.get("/")).text
    url = httpx2.URL((await visitor.browser.get("/login")).headers["location"])
    assert url.params["ui_locales"] == "zh-Hans"


async def test_no_unknown_language_is_kept(visitor: Visitor) -> None:
    answer = await visitor.browser.get("/language", params={"to": "x; Domain=evil"})
    assert "set-cookie" not in answer.headers
    assert urlsplit(answer.headers["location"]).netloc == ""
