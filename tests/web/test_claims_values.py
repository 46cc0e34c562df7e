"""`claims` with essential, value and values: what a platform can insist on, and what is a wish."""

import json
from typing import Any

import pytest

from tests.support.browser_like import Browser
from tests.support.jwt import parts
from tests.support.logins import Platform


def asking(place: str, **claims: Any) -> str:
    return json.dumps({place: claims})


@pytest.mark.parametrize(
    "detail",
    [
        {"essential": True},
        {"essential": True, "value": True},
        {"values": [True]},
        {"value": "whatever"},
    ],
    ids=json.dumps,
)
@pytest.mark.spec("OpenID Connect Core 1.0 §5.5.1")
async def test_no_is_an_answer_whatever_was_wished(
    platform: Platform, visitor: Browser, detail: dict[str, Any]
):
    claims = asking("id_token", age_over_18=detail, given_name={"essential": True})
    token = await platform.id_token(visitor, "minor", claims=claims)
    assert token["age_over_18"] is False
    assert "given_name" not in token


@pytest.mark.spec("OpenID Connect Core 1.0 §5.5.1")
async def test_one_of_the_expected_people_will_do_and_nobody_else(
    platform: Platform, visitor: Browser
):
    sub = (await platform.id_token(visitor))["sub"]
    others = ["BY7Q2YWSGQNFEDCVVCMN1XMFN", sub]
    for place in ("id_token", "userinfo"):
        claims = asking(place, sub={"values": others})
        assert (await platform.id_token(visitor, claims=claims))["sub"] == sub
        claims = asking(place, sub={"values": others[:1]})
        told = await platform.ask(visitor, claims=claims, prompt="none")
        assert told.location_query["error"] == "login_required"
    both = {"id_token": {"sub": {"value": sub}}, "userinfo": {"sub": {"value": others[0]}}}
    told = await platform.ask(visitor, claims=json.dumps(both), prompt="none")
    assert told.location_query["error"] == "login_required"


@pytest.mark.spec("OpenID Connect Core 1.0 §5.5.1.1")
async def test_an_essential_acr_is_met_or_refused_and_a_wish_is_not(
    platform: Platform, visitor: Browser
):
    persona = "urn:network-id:acr:sandbox-persona"
    for demand in ({"values": ["phr", persona]}, {"value": persona}):
        claims = asking("id_token", acr={"essential": True} | demand)
        code = await platform.code(visitor, claims=claims)
        tokens = (await platform.redeem(code)).json()
        assert parts(tokens["id_token"])[1]["acr"] == persona
    unmet = asking("id_token", acr={"essential": True, "value": "phr"})
    page = await platform.ask(visitor, claims=unmet)
    told = await platform.choose_persona(visitor, page, "adult")
    assert told.location_query["error"] == "unmet_authentication_requirements"
    wish = asking("id_token", acr={"value": "phr"})
    assert (await platform.id_token(visitor, claims=wish))["acr"] == persona
