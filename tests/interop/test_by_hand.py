"""The protocol by hand: HTTP requests and one JOSE library, no OpenID library between."""

import base64
import hashlib
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from tests.support.by_http import Person
from tests.support.live_demo import LiveDemo
from tests.support.strict_platform import CALLBACK, CHALLENGE, VERIFIER, Strict, metadata_of


@pytest.mark.spec("OpenID Connect Core 1.0 §3.1.3.7")
@pytest.mark.spec("OpenID Connect Core 1.0 §3.1.3.6")
@pytest.mark.spec("RFC 9207 §2")
@pytest.mark.parametrize("alg", ["RS256", "ES256"])
async def test_the_published_keys_verify_what_the_token_endpoint_gives(demo: LiveDemo, alg: str):
    registered = demo.add_client(
        client_name="A platform", redirect_uris=[CALLBACK], id_token_signed_response_alg=alg
    )
    async with httpx2.AsyncClient() as http, Person(demo.issuer, "adult") as person:
        metadata = (await http.get(f"{demo.issuer}/.well-known/openid-configuration")).json()
        back = await person.open(asking(metadata, registered))
        answer = one_each(back)
        assert answer["iss"] == demo.issuer
        assert answer["state"] == "af0ifjsldkj"
        tokens = (await redeem(http, metadata, registered, answer["code"])).json()
        keys = KeySet.import_key_set((await http.get(metadata["jwks_uri"])).json())

    decoded = jwt.decode(tokens["id_token"], keys, algorithms=[alg])
    assert decoded.header["alg"] == alg
    claims = decoded.claims
    assert claims["iss"] == demo.issuer
    assert claims["aud"] == registered["client_id"]
    assert claims["nonce"] == "n-0S6_WzA2Mj"
    half = hashlib.sha256(tokens["access_token"].encode()).digest()[:16]
    assert claims["at_hash"] == base64.urlsafe_b64encode(half).rstrip(b"=").decode()


@pytest.mark.spec("RFC 6749 §4.1.2")
async def test_a_code_is_good_for_one_token(demo: LiveDemo, registered: dict[str, Any]):
    async with httpx2.AsyncClient() as http, Person(demo.issuer, "adult") as person:
        metadata = (await http.get(f"{demo.issuer}/.well-known/openid-configuration")).json()
        code = one_each(await person.open(asking(metadata, registered)))["code"]
        first = await redeem(http, metadata, registered, code)
        second = await redeem(http, metadata, registered, code)
        bearer = {"Authorization": f"Bearer {first.json()['access_token']}"}
        after = await http.get(metadata["userinfo_endpoint"], headers=bearer)
    assert first.status_code == 200
    assert second.status_code == 400
    assert second.json()["error"] == "invalid_grant"
    assert after.status_code == 401  # the replay took back what the first use gave


@pytest.fixture(scope="module")
def strict(demo: LiveDemo) -> tuple[str, ECKey]:
    """Register a `fapi2` client once; its name and its key."""
    key = ECKey.generate_key("P-256", auto_kid=True)
    return demo.add_client(**metadata_of(key))["client_id"], key


@pytest.mark.spec("FAPI 2.0 Security Profile §5.3.2")
@pytest.mark.spec("RFC 9449 §8", "RFC 9449 §10.1")
@pytest.mark.parametrize("late", [0, 3600], ids=["right clock", "slow clock"])
async def test_a_strict_platform_goes_from_the_pushed_request_to_the_refresh(
    demo: LiveDemo, strict: tuple[str, ECKey], late: int
):
    async with httpx2.AsyncClient() as http, Person(demo.issuer, "adult") as person:
        metadata = (await http.get(f"{demo.issuer}/.well-known/openid-configuration")).json()
        platform = Strict(*strict, metadata, http, late)
        code = await platform.code(person, "openid offline_access")
        tokens = await platform.redeem(code)
        keys = KeySet.import_key_set((await http.get(metadata["jwks_uri"])).json())
        bound = jwt.decode(tokens["access_token"], keys, algorithms=["ES256"]).claims
        assert bound["cnf"] == {"jkt": platform.dpop.jkt}
        where = metadata["userinfo_endpoint"]
        info = await platform.call(where, tokens["access_token"], platform.dpop)
        assert info == {"sub": bound["sub"]}

        refreshing = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
        other = platform.new_key()
        fresh = await platform.tokens(refreshing, other)
        assert (await platform.call(where, fresh["access_token"], other)) == info
    assert bool(platform.dpop.nonces) is (late > 0), "nonces are for whose clock is off"


@pytest.mark.spec("RFC 9449 §7.1")
async def test_a_strict_platform_uses_an_api_without_a_sign_in(
    demo: LiveDemo, strict: tuple[str, ECKey]
):
    async with httpx2.AsyncClient() as http, Person(demo.issuer, "adult") as person:
        metadata = (await http.get(f"{demo.issuer}/.well-known/oauth-authorization-server")).json()
        platform = Strict(*strict, metadata, http)
        tokens = await platform.redeem(await platform.code(person, "sandbox:read"))
        assert "id_token" not in tokens
        where = f"{demo.issuer}/sandbox/resource"
        said = await platform.call(where, tokens["access_token"], platform.dpop)
        assert (said["scope"], said["client_id"]) == ("sandbox:read", platform.client_id)


def asking(metadata: dict[str, Any], registered: dict[str, Any]) -> str:
    """The authorization request, with the values of the specification's own examples."""
    query = {
        "response_type": "code",
        "client_id": registered["client_id"],
        "redirect_uri": CALLBACK,
        "scope": "openid",
        "state": "af0ifjsldkj",
        "nonce": "n-0S6_WzA2Mj",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    }
    return f"{metadata['authorization_endpoint']}?{urlencode(query)}"


async def redeem(
    http: httpx2.AsyncClient, metadata: dict[str, Any], registered: dict[str, Any], code: str
) -> httpx2.Response:
    """Exchange a code."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": CALLBACK,
        "code_verifier": VERIFIER,
    }
    who = (registered["client_id"], registered["client_secret"])
    return await http.post(metadata["token_endpoint"], data=form, auth=who)


def one_each(url: str) -> dict[str, str]:
    """The parameters of an address, each of which stands there once."""
    found = parse_qs(urlsplit(url).query, strict_parsing=True)
    assert all(len(values) == 1 for values in found.values()), found
    return {name: values[0] for name, values in found.items()}
