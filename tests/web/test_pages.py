import re
from html import escape
from typing import Any, Final

import jinja2
import pytest
from starlette.requests import Request
from starlette.responses import Response

from idp.domain.person import SuspensionNotice
from idp.protocol.causes import TABLE
from idp.web import words, words_errors
from idp.web.pages import TEMPLATES, Pages, policy
from idp.web.static_files import static_files
from idp.web.views import ClientView, ConsentValue
from tests.support.sample_pages import NETWORK_ID, SAMPLES
from tests.support.time import SeededEntropy

ISSUER: Final = "https://id.example/realm"
HOSTILE: Final = "<script>alert(1)</script>'\"&"


@pytest.fixture(scope="module")
def pages() -> Pages:
    return Pages(issuer=ISSUER, sandbox=True, entropy=SeededEntropy())


def request(path: str = "/signin", query: str = "", method: str = "GET", **headers: str) -> Request:
    return Request(
        {
            "type": "http",
            "method": method,
            "path": path,
            "query_string": query.encode(),
            "headers": [(k.replace("_", "-").encode(), v.encode()) for k, v in headers.items()],
            "scheme": "https",
            "server": ("id.example", 443),
        }
    )


def render(pages: Pages, sample: str, asked: Request | None = None, **more: object) -> Response:
    name, context = SAMPLES[sample]
    return pages.render(asked or request(), name, {**context, **more})


def text(response: Response) -> str:
    return bytes(response.body).decode()


@pytest.mark.parametrize("language", ["en", "zh-Hans"])
def test_every_template_compiles(pages: Pages, language: str):
    """A server compiles each when it is first shown, which would be late to find a mistake."""
    environment = pages._environments[language]
    assert len([environment.get_template(name) for name in environment.list_templates()]) > 50


@pytest.mark.parametrize("language", ["en", "zh-Hans"])
@pytest.mark.parametrize("sample", SAMPLES)
def test_every_page_is_whole(pages: Pages, sample: str, language: str):
    page = text(render(pages, sample, locale=language))
    assert f'<html lang="{language}" dir="ltr">' in page
    assert page.count("<h1>") == 1
    assert page.count("<main ") == 1
    assert not re.search(r'[>"=]None[<"]', page)
    assert not re.search(r"<title>\s|\s</title>", page)
    for link in ("/realm/help", "/realm/privacy", "/realm/accessibility"):
        assert f'href="{link}"' in page


ADDRESSES: Final[dict[str, Any]] = {
    f"{name}_url": f"/realm/{name}"
    for name in ("create", "continue", "code", "sandbox", "ways", "recover")
} | {"action": "/realm/enrol/passkey"}


@pytest.mark.parametrize("sample", SAMPLES)
def test_nothing_on_a_page_leaves_the_base_path_or_the_origin(pages: Pages, sample: str):
    page = text(render(pages, sample, **ADDRESSES))
    local = re.findall(r'(?:href|src|action)="(/[^"]*)"', page)
    assert local
    assert [address for address in local if not address.startswith("/realm/")] == []
    loaded = re.findall(r'(?:src|<link[^>]*href)="([^"]*)"', page)
    assert [address for address in loaded if "//" in address] == []


@pytest.mark.parametrize("sample", SAMPLES)
def test_no_page_has_an_inline_script_style_or_handler(pages: Pages, sample: str):
    page = text(render(pages, sample))
    assert not re.search(r"<script(?![^>]*\bsrc=)", page)
    assert not re.search(r"<style(?=[ >])", page)
    assert not re.search(r"<[a-z][^>]*\s(on\w+|style)=", page)


def test_every_template_has_a_sample():
    # The walk of tests/support/states*.py shows those in folders; a few have samples too.
    shown = {name for name, _ in SAMPLES.values() if "/" not in name}
    every = {path.name for path in TEMPLATES.glob("*.html") if not path.name.startswith("_")}
    assert shown == every


def test_a_page_that_lacks_something_is_not_shown(pages: Pages):
    with pytest.raises(jinja2.UndefinedError):
        pages.render(request(), "consent.html", {"client": ClientView("Shop"), "csrf": "c"})


# Security headers


def test_every_answer_carries_the_security_headers(pages: Pages):
    headers = render(pages, "signin").headers
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-content-type-options"] == "nosniff"
    # A platform may open the sign-in in a popup: its callback page then needs window.opener.
    assert "cross-origin-opener-policy" not in headers
    assert "publickey-credentials-get=(self)" in headers["permissions-policy"]
    assert headers["content-type"] == "text/html; charset=utf-8"
    assert headers["content-language"] == "en"
    for directive in ("default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"):
        assert directive in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]


def test_hsts_is_sent_over_https_only(pages: Pages):
    plain = Pages(issuer="http://localhost:8000", sandbox=True, entropy=SeededEntropy())
    assert "strict-transport-security" in render(pages, "home").headers
    assert "strict-transport-security" not in render(plain, "home").headers


def test_the_nonce_is_new_for_every_response_and_stands_on_the_script(pages: Pages):
    nonces = set()
    for _ in range(3):
        response = render(pages, "signin")
        (nonce,) = re.findall(
            r"script-src 'nonce-([^']+)'", response.headers["content-security-policy"]
        )
        assert f'<script nonce="{nonce}" src="/realm/static/passkey.' in text(response)
        nonces.add(nonce)
    assert len(nonces) == 3


def test_a_form_may_lead_to_the_platform_and_nowhere_else(pages: Pages):
    name, context = SAMPLES["consent"]
    answer = pages.render(request(), name, context, form_action=["https://shop.example"])
    assert "form-action 'self' https://shop.example;" in answer.headers["content-security-policy"]
    assert "form-action 'self';" in render(pages, "home").headers["content-security-policy"]


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        ("https://shop.example", "'self' https://shop.example"),
        ("http://localhost:8010", "'self' http://localhost:8010"),
        ("http://[::1]:8010", "'self' http:"),
        ("com.example.app:", "'self' com.example.app:"),
        ("https://shop.example; script-src *", "'self'"),
        ("https://shop.example\r\nX: y", "'self'"),
        ("https://a;b", "'self'"),
        ("'unsafe-inline'", "'self'"),
        ("*", "'self'"),
        ("", "'self'"),
    ],
)
def test_an_origin_cannot_add_a_directive(origin: str, expected: str):
    assert f"form-action {expected};" in policy("n", [origin])


# Words and escaping


@pytest.mark.parametrize(
    ("sample", "more"),
    [
        ("signin", {"client": ClientView(HOSTILE)}),
        ("signin", {"csrf": HOSTILE, "interaction": HOSTILE}),
        ("consent", {"client": ClientView(HOSTILE, alternative=HOSTILE), "purpose": HOSTILE}),
        ("consent", {"values": [ConsentValue(HOSTILE, value=True)], "not_shared": [HOSTILE]}),
        ("suspended", {"notices": [SuspensionNotice(HOSTILE, HOSTILE, 1, HOSTILE)]}),
        ("error", {"code": HOSTILE, "request_id": HOSTILE, "technical": {HOSTILE: HOSTILE}}),
        ("create passkey", {"options": {"challenge": HOSTILE}}),
    ],
)
def test_what_came_from_outside_is_escaped(pages: Pages, sample: str, more: dict[str, object]):
    name, context = SAMPLES[sample]
    for language in ("en", "zh-Hans"):
        page = text(pages.render(request(), name, {**context, **more, "locale": language}))
        assert "alert(1)" in page
        assert "<script>alert" not in page
        assert not re.search(r'="[^"<>]*\'"&', page)


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "data:text/html,x", "//evil.example", "https:/a", "ftp://a"]
)
def test_a_policy_link_that_is_no_web_address_is_not_shown(pages: Pages, address: str):
    page = text(render(pages, "signin", client=ClientView("Shop", None, address, address)))
    assert escape(address) not in page


def test_consent_shows_the_exact_values_and_what_is_not_shared(pages: Pages):
    page = text(render(pages, "consent"))
    shown = re.sub(r"<wbr>", "", page)
    assert 'data-testid="network-id">BY7Q2-YWSGQ-NFEDC-VVCMN-1XMFN</span>' in shown
    assert re.search(r"Over 18</dt>\s*<dd[^>]*><strong>yes</strong>", page)
    for label in words.NOT_SHARED_LABELS.values():
        assert f"<li>{label}</li>" in page
    again = text(render(pages, "consent", network_id=NETWORK_ID[:10] + "-" + NETWORK_ID[10:]))
    assert "BY7Q2-<wbr>YWSGQ-<wbr>NFEDC" in again


def test_consent_says_when_an_id_will_be_drawn_and_what_is_new(pages: Pages):
    page = text(render(pages, "consent to something new"))
    assert "a new one, drawn when you allow" in page
    assert re.search(r'Over 65 <span class="tag">new</span>', page)
    assert "This page waits 1 minute." in page


def test_yes_and_no_weigh_the_same(pages: Pages):
    page = text(render(pages, "consent"))
    allow, deny = re.findall(r"<button ([^>]*decision[^>]*)>", page)
    assert allow.replace("allow", "?") == deny.replace("deny", "?")


def test_the_personas_stand_in_sandbox_mode_only(pages: Pages):
    page = text(render(pages, "signin"))
    found = re.findall(r'data-testid="persona-(\w+)"', page)
    assert found == ["adult", "minor", "elder", "rtl", "suspended", "newcomer"]
    assert "Practice mode." in page
    real = Pages(issuer=ISSUER, sandbox=False, entropy=SeededEntropy())
    page = text(render(real, "signin"))
    assert "persona" not in page
    assert "Practice mode." not in page


@pytest.mark.parametrize("key", sorted({outcome.page for outcome in TABLE.values()}))
def test_every_refusal_has_words_of_its_own(key: str):
    assert key in words_errors.ERROR_TEXTS


def test_an_unknown_page_key_or_notice_still_gets_words(pages: Pages):
    assert "This did not work" in text(render(pages, "error", page="unheard-of"))
    assert 'role="alert"' in text(render(pages, "signin", notice="unheard-of"))


def test_the_error_page_gives_code_request_and_time(pages: Pages):
    page = text(render(pages, "error"))
    assert '<code data-testid="error-code">server_error</code>' in page
    assert '<code data-testid="request-id">4f1d9c0a77e3b2</code>' in page
    assert '<time datetime="2026-11-23T23:21:05Z">2026-11-23 23:21:05 UTC</time>' in page


def test_the_difference_between_two_addresses_is_marked(pages: Pages):
    page = text(render(pages, "error about an address"))
    assert "https://shop.example/callback<mark>/</mark>" in page
    assert 'https://shop.example/callback<mark class="gap"></mark>' in page
    assert "First difference: character 30 is <code>/</code>, and should not be there." in page


# Languages


def test_the_switch_leads_back_to_the_same_page(pages: Pages):
    page = text(render(pages, "signin", request("/signin", "interaction=a%2Bb&x=1")))
    back = "%2Fsignin%3Finteraction%3Da%252Bb%26x%3D1"
    assert f'href="/realm/language?to=zh-Hans&amp;back={back}" lang="zh-Hans"' in page


@pytest.mark.parametrize("path", ["//evil.example", "/\\evil.example", "/é"])
def test_the_switch_never_leads_away(pages: Pages, path: str):
    page = text(render(pages, "error", request(path)))
    assert "to=zh-Hans&amp;back=%2F&#34;".replace("&#34;", '"') in page


def test_an_answered_form_has_no_address_to_come_back_to(pages: Pages):
    page = text(render(pages, "signin", request("/signin/passkey", method="POST")))
    assert 'back=%2F"' in page
    page = text(render(pages, "signin", request("/x", method="POST"), back="/signin?a=b"))
    assert 'back=%2Fsignin%3Fa%3Db"' in page


def test_the_browsers_language_is_spoken_unless_another_was_chosen(pages: Pages):
    chinese = request(accept_language="zh-CN,zh;q=0.9")
    assert "用通行密钥登录" in text(render(pages, "signin", chinese))
    chosen = request(accept_language="zh-CN", cookie="network_id_language=en")
    assert "Sign in with a passkey" in text(render(pages, "signin", chosen))


# Static files


def test_a_static_file_is_named_by_its_content(pages: Pages):
    files = {file.name: file for file in static_files()}
    style = files["site.css"]
    assert re.fullmatch(r"/static/site\.[0-9a-f]{12}\.css", style.path)
    assert pages.asset("site.css") == "/realm" + style.path
    assert style.etag.strip('"') in style.path
    assert style.headers["Content-Type"] == "text/css; charset=utf-8"
    assert "immutable" in style.headers["Cache-Control"]
    assert style.headers["X-Content-Type-Options"] == "nosniff"
    with pytest.raises(KeyError):
        pages.asset("../pages.py")
