"""How surely somebody was proved: told where it was asked for and allowed, and nowhere else."""

import json

import pytest

from tests.support.browser_like import Browser
from tests.support.jwt import parts
from tests.support.logins import Platform
from tests.support.provider import Provider

CLAIM = "identity_assurance_level"


def asking(*places: str) -> str:
    return json.dumps({place: {CLAIM: None} for place in places})


async def test_it_is_shown_before_and_told_in_the_id_token(platform: Platform, visitor: Browser):
    page = await platform.ask(visitor, claims=asking("id_token"))
    page = await platform.choose_persona(visitor, page, "adult")
    assert f'data-testid="value-{CLAIM}"' in page.text
    assert "not at all: invented, for practice" in page.text
    answer = await platform.decide(visitor, page, "allow")
    tokens = (await platform.redeem(answer.location_query["code"])).json()
    assert parts(tokens["id_token"])[1][CLAIM] == "none"
    assert CLAIM not in (await platform.userinfo(tokens["access_token"])).json()


async def test_it_is_told_by_userinfo_where_it_was_asked_there(
    platform: Platform, visitor: Browser
):
    tokens = await platform.tokens(visitor, claims=asking("userinfo"))
    assert CLAIM not in parts(tokens["id_token"])[1]
    assert (await platform.userinfo(tokens["access_token"])).json()[CLAIM] == "none"


@pytest.mark.parametrize("scope", ["openid", "openid age"])
async def test_no_scope_asks_for_it(platform: Platform, visitor: Browser, scope: str):
    tokens = await platform.tokens(visitor, scope=scope)
    assert CLAIM not in parts(tokens["id_token"])[1]
    assert CLAIM not in (await platform.userinfo(tokens["access_token"])).json()


async def test_a_remembered_yes_without_it_does_not_cover_it(platform: Platform, visitor: Browser):
    await platform.log_in(visitor, remember=True)
    page = await platform.ask(visitor, claims=asking("id_token"))
    assert page.url.startswith("/consent")
    await platform.decide(visitor, page, "allow", remember=True)
    assert (await platform.ask(visitor, claims=asking("id_token"))).status == 303


async def test_discovery_names_it(provider: Provider):
    document = (await provider.browser().get("/.well-known/openid-configuration")).json()
    assert CLAIM in document["claims_supported"]
