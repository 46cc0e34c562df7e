"""Clients that register themselves, and whom that must not help.

canaille took registration tokens that nobody had signed, bound none to its client, and let anybody
manage every client once registration was open; Keycloak gave one client's data for another's id
(IDOR); Abblix let a registration enter a stranger's sector.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.internet import Internet
from tests.support.jwt import jwks, key
from tests.support.logins import Platform
from tests.support.provider import running
from tests.support.registering import ORDINARY, Registrant, update
from tests.support.registrants import PEOPLE, anybody, invited, statement

__all__ = ["anybody", "invited"]
pytestmark = pytest.mark.asyncio(loop_scope="module")


def refused(answer: Any) -> bool:
    assert answer.status == 401, answer.text
    assert answer.json()["error"] == "invalid_token"
    assert answer.headers["www-authenticate"].startswith('Bearer error="invalid_token"')
    assert "DPoP" not in answer.headers["www-authenticate"], "these tokens are never bound"
    return True


async def test_a_token_of_another_client_opens_nothing(anybody: Registrant):
    mine, yours = await anybody.registered(), await anybody.registered()
    token = mine["registration_access_token"]
    for method, body in (("GET", None), ("PUT", update(yours)), ("DELETE", None)):
        assert refused(await anybody.manage(method, yours, body, token))
    assert (await anybody.manage("GET", yours)).status == 200


async def test_an_unknown_client_and_a_wrong_token_are_answered_alike(anybody: Registrant):
    told = await anybody.registered()
    operators = (await anybody.provider.add_client(platform="operators")).client.client_id
    base = f"{anybody.provider.issuer}/register"
    answers = []
    for client_id in (told["client_id"], operators, "nobody", "%00", "a" * 300):
        shown = told | {"registration_client_uri": f"{base}/{client_id}"}
        answer = await anybody.manage("GET", shown, token="A" * 43)
        assert refused(answer)
        answers.append({n: v for n, v in answer.json().items() if n != "request_id"})
    assert answers.count(answers[0]) == len(answers)


@pytest.mark.parametrize("token", [None, "", "A" * 43, "a b"])
async def test_open_registration_opens_no_management(anybody: Registrant, token: str | None):
    told = await anybody.registered()
    for method, body in (("GET", None), ("PUT", update(told)), ("DELETE", None)):
        answer = await anybody.manage(method, told, body, token)
        assert answer.status == 401
        assert answer.headers["www-authenticate"].startswith("Bearer")
    assert (await anybody.manage("GET", told)).status == 200


async def test_a_token_counts_in_the_header_alone_and_whole(anybody: Registrant):
    told = await anybody.registered()
    token, browser = told["registration_access_token"], anybody.provider.browser()
    url = told["registration_client_uri"]
    assert (await browser.get(f"{url}?access_token={token}")).status == 401
    assert (await browser.get(url, {"authorization": token})).status == 401
    assert (await browser.get(url, {"authorization": f"Basic {token}"})).status == 401
    for end in (1, 10, len(token) - 1):
        assert refused(await anybody.manage("GET", told, token=token[:end]))
    assert refused(await anybody.manage("GET", told, token=told["client_secret"]))


async def test_an_access_token_manages_no_client(anybody: Registrant):
    told = await anybody.registered()
    platform = await anybody.platform(told)
    tokens = await platform.tokens(anybody.provider.browser())
    for token in (tokens["access_token"], tokens["id_token"]):
        assert refused(await anybody.manage("GET", told, token=token))


async def test_tokens_are_kept_as_digests(anybody: Registrant):
    told = await anybody.registered()
    invitation = await anybody.invitation()
    home = anybody.provider.parts.settings.home
    stored = b"".join(file.read_bytes() for file in home.glob("provider.db*"))
    for secret in ("registration_access_token", "client_secret"):
        assert told[secret].encode() not in stored
    assert invitation.encode() not in stored


async def test_where_registration_is_off_there_is_no_such_address(tmp_path: Path):
    async with running(tmp_path) as closed:
        there = Registrant(closed, Internet())
        assert (await there.register()).status == 404
        assert (await closed.browser().get("/register/somebody")).status == 404
        found = await closed.browser().get("/.well-known/openid-configuration")
        assert "registration_endpoint" not in found.json()


async def test_without_an_invitation_nobody_registers(invited: Registrant):
    answer = await invited.register()
    assert answer.status == 401
    assert "error" not in answer.json()
    for token in ("A" * 43, "", "a b"):
        assert (await invited.register(token)).status == 401


@pytest.mark.spec("RFC 7591 §3")
async def test_an_invitation_is_for_so_many_clients_of_one_platform(invited: Registrant):
    token = await invited.invitation("corner-shop", uses=2)
    for _ in range(2):
        told = await invited.registered(token, **PEOPLE)
        assert told["platform"] == "corner-shop"
        assert told["require_pkce"] is True
        platform = await invited.platform(told)
        assert platform.registered.client.sector == "platform:corner-shop"
        assert platform.registered.client.reviewed
    assert refused(await invited.register(token, **PEOPLE))


async def test_an_invitation_that_was_tried_in_vain_is_not_used_up(invited: Registrant):
    token = await invited.invitation("corner-shop")
    for sent in ({}, PEOPLE | {"platform": "another"}, PEOPLE | {"subject_type": "public"}):
        assert (await invited.register(token, **sent)).status == 400
    unreachable = PEOPLE | {"logo_uri": "https://nowhere.example/logo.png"}
    assert (await invited.register(token, **unreachable)).status == 400
    assert (await invited.register(token, **PEOPLE, platform="corner-shop")).status == 201


async def test_an_invitation_ends(invited: Registrant):
    token = await invited.invitation("corner-shop")
    invited.provider.clock.advance(3600)
    assert refused(await invited.register(token, **PEOPLE))


async def test_an_invitation_is_no_way_to_reach_data_without_people(invited: Registrant):
    token = await invited.invitation("corner-shop")
    answer = await invited.register(token, **PEOPLE, grant_types=["client_credentials"])
    assert answer.json()["error"] == "invalid_client_metadata"


async def test_an_invited_client_keeps_its_platform(invited: Registrant):
    told = await invited.registered(await invited.invitation("corner-shop"), **PEOPLE)
    for platform in ("another", "", 1):
        answer = await invited.manage("PUT", told, update(told, platform=platform))
        assert answer.status == (200 if platform == "" else 400)
    kept = (await invited.manage("PUT", told, update(told, platform=None))).json()
    assert kept["platform"] == "corner-shop"
    unaccountable = update(told, alternative=None)
    assert (await invited.manage("PUT", told, unaccountable)).status == 400


async def network_id(platform: Platform, persona: str = "adult") -> str:
    return str((await platform.id_token(platform.provider.browser(), persona))["sub"])


@pytest.mark.spec("OpenID Connect Core 1.0 §8.1")
async def test_nobody_learns_the_network_ids_of_a_sector_that_is_not_theirs(anybody: Registrant):
    """Sector takeover: each way in that a hostile registration has."""
    owner = await Platform.register(
        anybody.provider, platform="victim", redirect_uris=["https://victim.example/callback"]
    )
    by_host = await anybody.registered(redirect_uris=["https://victim.example/callback"])
    known = {await network_id(owner), await network_id(await anybody.platform(by_host))}
    vouching = "https://victim.example/redirect_uris.json"
    anybody.internet.serve(vouching, ["https://victim.example/callback"])
    evil = ["https://evil.example/callback"]
    tries: tuple[dict[str, Any], ...] = (
        {"redirect_uris": evil, "platform": "victim"},
        {"redirect_uris": evil, "platform#en": "victim"},
        {"redirect_uris": evil, "sector_identifier_uri": vouching},
        {"redirect_uris": [*evil, "https://victim.example/callback"]},
        {"redirect_uris": ["https://victim.example@evil.example/callback"]},
        {"redirect_uris": ["https://evil.example\\@victim.example/callback"]},
        {"redirect_uris": evil, "sector": "platform:victim"},
        {"redirect_uris": evil, "client_id": owner.client_id},
        {"redirect_uris": ["https://victim.example.evil.example/callback"]},
    )
    for sent in tries:
        answer = await anybody.register(**sent)
        if answer.status == 201:
            hostile = await anybody.platform(answer.json())
            assert await network_id(hostile) not in known, sent
    told = await anybody.registered(redirect_uris=evil)
    for sent in tries:
        answer = await anybody.manage("PUT", told, update(told, **sent))
        found = await anybody.platform(told)
        assert found.registered.client.sector == "host:evil.example", sent
        assert answer.status in {200, 400}


async def test_what_everybody_sends_is_still_taken(anybody: Registrant):
    """So that the refusals above are about what they say."""
    assert (await anybody.register()).status == 201
    told = await anybody.registered(software_statement=statement(anybody.provider), **ORDINARY)
    assert told["client_name"] == "The Bank"


GARBAGE = (
    b'{"jwks":{"keys":[KEY],"x":1e999}}',
    b'{"jwks":{"keys":[KEY],"x":"\\ud800"}}',
    b'{"jwks":{"keys":[KEY],"x":' + b"[" * 400 + b"]" * 400 + b"}}",
    b'{"jwks":{"keys":[KEY]},"scope":"\\ud800"}',
    b'{"jwks":{"keys":[' + b"KEY," * 100 + b"KEY]}}",
)


@pytest.mark.parametrize("body", GARBAGE, ids=range(len(GARBAGE)))
async def test_garbage_is_told_to_its_sender_and_breaks_nothing(anybody: Registrant, body: bytes):
    whole = body.replace(b"KEY", json.dumps(jwks(key())["keys"][0]).encode())
    ordinary = json.dumps(ORDINARY).encode()[:-1] + b"," + whole[1:]
    answer = await anybody.post(ordinary)
    assert (answer.status, answer.json()["error"]) == (400, "invalid_client_metadata")


@pytest.mark.parametrize("member", ["client_name", "client_name#zh-Hans", "purpose", "alternative"])
@pytest.mark.parametrize(
    "text", ["\u202eknab ruoY", "The\u200bBank", " \u2007", "a\u0000", "\ufeff"]
)
async def test_words_on_our_own_pages_hide_nothing(anybody: Registrant, member: str, text: str):
    answer = await anybody.register(**{member: text})
    assert (answer.status, answer.json()["error"]) == (400, "invalid_client_metadata")
    told = await anybody.registered()
    answer = await anybody.manage("PUT", told, update(told, **{member: text}))
    assert answer.status == 400
