"""A demo platform hears when a session at the provider ends, and ends its own."""

from typing import Any

import httpx2
import pytest

from tests.support.demo_visitor import Visitor
from tests.support.simulated_logout import SID, logout_token
from tests.support.simulated_provider import NETWORK_ID

PATH = "/backchannel-logout"


@pytest.fixture
def visitor(visitor: Visitor) -> Visitor:
    visitor.provider.change_claims = lambda claims: claims.update(sid=SID)
    return visitor


async def told(visitor: Visitor, token: str | None) -> httpx2.Response:
    """Post what the provider posts, from a machine without the browser's cookies."""
    form = {"other": "x"} | ({} if token is None else {"logout_token": token})
    cookies, visitor.browser.cookies = visitor.browser.cookies, httpx2.Cookies()
    answer = await visitor.browser.post(PATH, data=form)
    visitor.browser.cookies = cookies
    return answer


async def is_signed_in(visitor: Visitor) -> bool:
    return 'data-testid="logout"' in (await visitor.browser.get("/")).text


@pytest.mark.spec(
    "OpenID Connect Back-Channel Logout 1.0 §2.7", "OpenID Connect Back-Channel Logout 1.0 §2.8"
)
@pytest.mark.parametrize("named", [{}, {"sub": NETWORK_ID}, {"sub": NETWORK_ID, "sid": None}])
async def test_the_session_that_is_named_ends(visitor: Visitor, named: dict[str, Any]) -> None:
    await visitor.log_in()
    answer = await told(visitor, logout_token(visitor.provider, **named))
    assert (answer.status_code, answer.text) == (200, "")
    assert answer.headers["cache-control"] == "no-store"
    assert not await is_signed_in(visitor)
    await visitor.log_in()
    assert await is_signed_in(visitor)


@pytest.mark.parametrize("named", [{"sid": "another"}, {"sub": "BY7Q2YWSGQNFEDCVVCMN1XMFN"}])
async def test_another_session_goes_on(visitor: Visitor, named: dict[str, Any]) -> None:
    await visitor.log_in()
    answer = await told(visitor, logout_token(visitor.provider, **named))
    assert answer.status_code == 200
    assert await is_signed_in(visitor)


async def test_a_visitor_who_is_not_signed_in_is_left_alone(visitor: Visitor) -> None:
    url = (await visitor.browser.get("/login")).headers["location"]
    await told(visitor, logout_token(visitor.provider))
    back = await visitor.browser.get(f"/callback?{visitor.provider.answer(url)}")
    assert back.headers["location"] == "/"


async def test_what_does_not_hold_is_refused_and_ends_nothing(
    visitor: Visitor, caplog: pytest.LogCaptureFixture
) -> None:
    await visitor.log_in()
    token = logout_token(visitor.provider, aud="another")
    for wrong in (token, token[:-9], "", None):
        answer = await told(visitor, wrong)
        assert (answer.status_code, answer.text) == (400, "")
        assert answer.headers["cache-control"] == "no-store"
    assert await is_signed_in(visitor)
    assert "logout refused: audience" in caplog.messages
    assert token not in caplog.text


async def test_a_replay_is_refused(visitor: Visitor) -> None:
    await visitor.log_in()
    token = logout_token(visitor.provider)
    assert (await told(visitor, token)).status_code == 200
    await visitor.log_in()
    assert (await told(visitor, token)).status_code == 400
    assert await is_signed_in(visitor)


async def test_an_outage_of_the_provider_asks_it_to_try_again(visitor: Visitor) -> None:
    token = logout_token(visitor.provider)
    visitor.provider.away = True
    assert (await told(visitor, token)).status_code == 503
