"""Software statements that somebody else made, that are old, or that say too much."""

from typing import Any

import pytest

from tests.support.jwt import at_once, forge, jwks, signed, unsigned
from tests.support.provider import ISSUER, Provider
from tests.support.registering import Registrant, update
from tests.support.registrants import (
    AUTHORITY,
    STRANGER,
    anybody,
    claims,
    invited,
    statement,
)

__all__ = ["anybody", "invited"]
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.spec("RFC 7591 §2.3")
async def test_what_a_statement_says_goes_before_what_the_client_says(invited: Registrant):
    sent: dict[str, Any] = {
        "software_statement": statement(invited.provider),
        "client_name": "Not the Bank",
        "client_name#zh-Hans": "不是银行",
        "redirect_uris": ["https://evil.example/callback"],
        "contacts": ["shop@example.com"],
    }
    told = (await invited.register(**sent)).json()
    assert told["client_name"] == "The Bank"
    assert "client_name#zh-Hans" not in told
    assert told["redirect_uris"] == ["https://bank.example/callback"]
    assert told["contacts"] == ["shop@example.com"]
    assert told["software_statement"] == sent["software_statement"]
    platform = await invited.platform(told)
    assert platform.registered.client.sector == "platform:bank"


async def test_keys_of_the_clients_own_do_not_join_the_stated_ones(invited: Registrant):
    stated = statement(
        invited.provider, jwks=jwks(AUTHORITY), token_endpoint_auth_method="private_key_jwt"
    )
    told = await invited.registered(
        software_statement=stated, jwks_uri="https://evil.example/jwks", client_name=None
    )
    assert "jwks_uri" not in told


async def test_a_client_by_statement_brings_one_to_change_anything(invited: Registrant):
    told = await invited.registered(software_statement=statement(invited.provider))
    bare = update(told, software_statement=None, platform=None)
    answer = await invited.manage("PUT", told, bare)
    assert answer.json()["error"] == "invalid_software_statement"
    sent = update(told, software_statement=statement(invited.provider, client_name="Bank"))
    answer = await invited.manage("PUT", told, {n: v for n, v in sent.items() if n != "platform"})
    assert (answer.status, answer.json()["client_name"]) == (200, "Bank")


def bad_statements(provider: Provider) -> dict[str, str]:
    now, good = provider.clock.now(), claims(provider)
    header = {"typ": "software-statement+jwt", "kid": AUTHORITY.kid}
    return {
        "none": forge(header | {"alg": "none"}, good, unsigned),
        "none and a signature": forge(header | {"alg": "none"}, good, at_once(AUTHORITY)),
        "stranger": signed(STRANGER, good, typ="software-statement+jwt", kid=AUTHORITY.kid),
        "unknown kid": statement(provider, STRANGER),
        "another type": signed(AUTHORITY, good, typ="JWT"),
        "no type": signed(AUTHORITY, good, typ=None),
        "ID token": signed(AUTHORITY, good | {"sub": "a", "nonce": "b"}, typ="JWT"),
        "another audience": statement(provider, aud="https://other.example"),
        "array": statement(provider, aud=[ISSUER]),
        "prefix": statement(provider, aud=ISSUER[:-1]),
        "slash": statement(provider, aud=ISSUER + "/"),
        "no audience": statement(provider, aud=None),
        "expired": statement(provider, exp=now),
        "endless": statement(provider, exp=None),
        "a time that is text": statement(provider, exp="9999999999"),
        "a time that is true": statement(provider, exp=True),
        "to come": statement(provider, nbf=now + 60),
        "signed tomorrow": statement(provider, iat=now + 60),
        "a platform without addresses": statement(provider, redirect_uris=None),
        "cut": statement(provider)[:-4],
        "key in the header": signed(
            STRANGER, good, typ="software-statement+jwt", jwk=dict(STRANGER.public_jwk)
        ),
    }


@pytest.mark.spec("RFC 7591 §3.2.2")
@pytest.mark.spec("RFC 8725 §3.11")
async def test_a_statement_that_is_not_whole_is_refused(anybody: Registrant, invited: Registrant):
    for registrant in (anybody, invited):  # and an open door makes it no better
        for case, token in bad_statements(registrant.provider).items():
            answer = await registrant.register(software_statement=token)
            assert (answer.status, answer.json()["error"]) == (
                400,
                "invalid_software_statement",
            ), case


async def test_a_statement_by_somebody_unknown_or_about_too_much_is_refused(invited: Registrant):
    unknown = statement(invited.provider, STRANGER, iss="https://evil.example")
    answer = await invited.register(software_statement=unknown)
    assert answer.json()["error"] == "unapproved_software_statement"
    for said in ({"first_party": True}, {"resource": "https://api.example"}):
        answer = await invited.register(software_statement=statement(invited.provider, **said))
        assert answer.json()["error"] == "invalid_client_metadata"
