"""Somebody who knows a client's id, which is public, asks error pages where else it lives.

A host that a platform forgot can be taken over; whoever finds its name in the registration then
receives codes. And whoever can write on a client's own error page, by way of a redirect, can tell
people to call a number.
"""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest

from tests.support import pushing
from tests.support.logins import Platform
from tests.support.provider import Provider, running

FORGOTTEN: Final = "https://old-test.shop.example/callback"
METADATA: Final = {
    "redirect_uris": ["https://shop.example/callback", FORGOTTEN],
    "post_logout_redirect_uris": ["https://shop.example/bye", FORGOTTEN],
    "purpose": "To keep your orders.",
    "alternative": "Order as a guest.",
}
PROBES: Final = (
    None,
    "https://",
    "https://o",
    "https://old-test",
    "https://old-test.",
    "https://old-test.shop.exampl",
    "https://old-test.shop.example.evil.example/callback",
    "https://evil.example/https://old-test.shop.example/callback",
    "https://shop.example/callbacc",
    "http://127.0.0.1:9/x",
    "//old-test",
    "com.example:/",
)


@pytest.fixture
async def real(tmp_path: Path) -> AsyncIterator[Provider]:
    async with running(tmp_path, sandbox=False) as provider:
        yield provider


async def test_nobody_is_told_of_a_host_that_they_did_not_name(real: Provider):
    platform = await Platform.register(real, **METADATA)
    for probe in PROBES:
        page = await real.browser().get(platform.address(redirect_uri=probe))
        answer = await pushing.push(platform, redirect_uri=probe)
        for told in (page, answer):
            assert told.status == 400
            assert "old-test.shop.example/callback" not in told.text.replace(str(probe), "")


async def test_the_developer_on_that_host_is_told_all_of_it(real: Provider):
    platform = await Platform.register(real, **METADATA)
    page = await real.browser().get(platform.address(redirect_uri=f"{FORGOTTEN}/"))
    assert FORGOTTEN in page.text
    assert "https://shop.example/callback" not in page.text


async def test_no_redirect_carries_what_a_stranger_wrote(real: Provider):
    """Content injection: the client's own error page would show it to whoever followed the link."""
    platform = await Platform.register(real, **METADATA)
    text = "your account is locked, call 00 123 456"
    for name in ("response_type", "response_mode", "prompt", "display", "claims", "max_age"):
        answer = await real.browser().get(platform.address(**{name: text}))
        assert answer.location.startswith("https://shop.example/callback?")
        assert "error" in answer.location_query
        assert "call+" not in answer.location
        assert "locked" not in answer.location


async def test_no_sentence_of_a_strangers_stands_on_our_page(real: Provider):
    """Who follows a link to a provider believes what stands there."""
    platform = await Platform.register(real, **METADATA)
    text = "Your account is locked. Call 00 123 456"
    for changes in ({"client_id": text}, {"redirect_uri": f"https://shop.example/ {text}"}):
        page = await real.browser().get(platform.address(**changes))
        assert page.status == 400
        assert "account is locked" not in page.text
        assert "account[U+0020]is[U+0020]locked" in page.text
