"""A flood of tokens must not become a flood of fetches at a platform's host."""

import pytest

from tests.support.jwt import jwks, key, signed
from tests.support.registering import Registrant
from tests.support.registrants import STRANGER, anybody

__all__ = ["anybody"]
pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_flood_of_assertions_is_no_flood_of_fetches(anybody: Registrant):
    """PyJWT fetched a key set for each unknown kid, at the word of whoever sent one."""
    url = anybody.internet.serve("https://shop.example/storm", jwks(key()))
    told = await anybody.registered(token_endpoint_auth_method="private_key_jwt", jwks_uri=url)
    platform = await anybody.platform(told)
    kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    for number in range(50):
        proof = signed(STRANGER, {"sub": platform.client_id}, kid=f"kid {number}")
        form = {"client_assertion_type": kind, "client_assertion": proof}
        answer = await platform.at_token_endpoint(platform.token_form("a code") | form)
        assert answer.status == 401
    assert anybody.internet.times(url) == 2
