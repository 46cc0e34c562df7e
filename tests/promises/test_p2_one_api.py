"""P2: an API that two platforms use cannot tell that two network IDs are one person."""

from pathlib import Path

from tests.support.jwt import parts
from tests.support.provider import running
from tests.support.resources import Api, ask

SAME_FOR_EVERYBODY = {"iss", "aud", "iat", "exp", "scope", "active", "token_type"}


async def test_an_api_sees_two_people_where_two_platforms_ask_for_one(tmp_path: Path):
    """In the tokens and in what introspection tells; what is left is the same for everybody."""
    async with running(tmp_path) as provider:
        api = await Api.offered(provider)
        browser, seen = provider.browser(), []
        for shop in (await api.user(), await api.user()):
            token = (await shop.tokens(browser, scope=f"openid age {api.read}"))["access_token"]
            claims = parts(token)[1] | (await ask(api, token)).json()
            seen.append({n: v for n, v in claims.items() if n not in SAME_FOR_EVERYBODY})
        one, other = seen
        assert one.keys() == other.keys() == {"sub", "client_id", "jti"}
        assert not set(one.values()) & set(other.values())
        assert one["jti"][:8] != other["jti"][:8]
