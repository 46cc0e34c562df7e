"""Open redirects: the provider sends a browser to itself, or to a registered address."""

from urllib.parse import quote, urlencode

import pytest

from tests.support.browser_like import Browser
from tests.support.logins import Platform

EVIL = "https://evil.example/"


# Every one of these is wrong; with a redirect URI that is not registered none may be told of it.
WRONG_REQUESTS = [
    {},
    {"response_type": "token"},
    {"response_type": None},
    {"response_mode": "form_post"},
    {"scope": None},
    {"prompt": "none"},
    {"prompt": "none login"},
    {"max_age": "-1"},
    {"claims": "{"},
    {"request": "x"},
    {"request_uri": EVIL},
    {"id_token_hint": "x"},
    {"code_challenge": None},
    {"state": "s" * 2000},
    {"display": "evil"},
]


@pytest.mark.spec("RFC 6749 §4.1.2.1")
@pytest.mark.spec("RFC 9700 §4.11.2")
@pytest.mark.parametrize("wrong", WRONG_REQUESTS, ids=str)
async def test_an_error_is_never_told_to_an_address_that_is_not_registered(
    platform: Platform, visitor: Browser, wrong: dict[str, str | None]
):
    answer = await visitor.get(platform.address(redirect_uri=EVIL, **wrong))
    assert answer.status == 400
    assert "location" not in answer.headers


@pytest.mark.spec("RFC 6749 §4.1.2.1")
@pytest.mark.parametrize("wrong", WRONG_REQUESTS, ids=str)
@pytest.mark.parametrize("client_id", ["nobody", None, "", "é", "a b", "\n"])
async def test_an_error_is_never_told_to_an_unknown_client(
    platform: Platform, visitor: Browser, wrong: dict[str, str | None], client_id: str | None
):
    answer = await visitor.get(platform.address(client_id=client_id, **wrong))
    assert answer.status == 400
    assert answer.error_code() in {"unknown_client", "client_id_missing"}
    assert "location" not in answer.headers


BACK = [
    EVIL,
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "\t//evil.example",
    " //evil.example",
    "https:evil.example",
    "https:/evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "evil.example",
    "@evil.example",
    ".evil.example",
    "?x",
    "#x",
    "",
    "/\x00/evil.example",
    "/ /evil.example",
    "/é",
    "/x\\..\\evil",
]


@pytest.mark.parametrize("back", BACK)
async def test_the_language_switch_comes_back_to_us(visitor: Browser, back: str):
    answer = await visitor.get("/language?" + urlencode({"to": "en", "back": back}))
    if answer.status == 400:  # a control character is refused before anybody looks at the path
        assert "location" not in answer.headers
    else:
        assert (answer.status, answer.location) == (303, "/")


@pytest.mark.parametrize(
    "back", ["/", "/help", "/signin?interaction=AAE", "/..//evil.example", "/a//b?x=//y#z"]
)
async def test_the_language_switch_comes_back_to_the_page_it_was_on(visitor: Browser, back: str):
    answer = await visitor.get(f"/language?to=zh-Hans&back={quote(back, safe='')}")
    assert answer.location == back
    assert answer.location.startswith("/")
    assert not answer.location.startswith("//")


@pytest.mark.parametrize("path", ["//evil.example/%2e%2e", "/\\evil.example", "//evil.example"])
async def test_a_page_at_a_strange_path_links_to_our_own_pages_only(visitor: Browser, path: str):
    answer = await visitor.send("GET", "http://localhost:8000" + path)
    assert answer.status == 404
    assert "back=%2F%2F" not in answer.text
    assert "back=%2F%5C" not in answer.text


@pytest.mark.parametrize("interaction", [EVIL, "//evil.example", "\r\nLocation: " + EVIL])
async def test_a_form_leads_to_our_own_pages_whatever_it_is_told(
    platform: Platform, visitor: Browser, interaction: str
):
    pages = [("/signin/persona", await visitor.get("/signin"))]
    await platform.provider.sign_in(visitor)
    choosing = await platform.ask(visitor, prompt="select_account")
    pages += [("/signin/other", choosing), ("/signout", await visitor.get("/signout"))]
    for action, page in pages:
        form = page.form(action) | {"persona": "adult", "interaction": interaction}
        answer = await visitor.post(action, form)
        if answer.status == 400:  # the carriage return is refused before anything else
            assert "location" not in answer.headers
        else:
            assert answer.status == 303
            assert answer.location.split("?")[0] in {"/continue", "/signed-out"}


@pytest.mark.spec("RFC 9700 §4.12")
async def test_every_redirect_is_a_303(platform: Platform, visitor: Browser):
    """A 307 would post what the person typed to the platform."""
    first = await visitor.get(platform.address())
    page = await visitor.follow(first)
    form = page.form("/signin/persona") | {"persona": "adult"}
    second = await visitor.post("/signin/persona", form)
    page = await visitor.follow(second)
    third = await visitor.post("/consent", page.form("/consent") | {"decision": "allow"})
    assert [answer.status for answer in (first, second, third)] == [303, 303, 303]
    for answer in (first, second, third):
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize("host", ["evil.example", "localhost:8000@evil.example", "evil\r\nX: y"])
async def test_the_host_header_leads_nowhere(platform: Platform, visitor: Browser, host: str):
    for path in (platform.address(), "/", "/.well-known/openid-configuration", "/nowhere"):
        answer = await visitor.get(path, {"host": host, "x-forwarded-host": "evil.example"})
        assert "evil" not in answer.text
        assert "evil" not in answer.headers.get("location", "")
