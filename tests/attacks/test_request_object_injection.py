"""Request object injection: one that the client did not sign for us, now, once, is no request."""

from collections.abc import Callable
from typing import Any

import pytest

from idp.domain import base64url
from tests.support import pushing, signed_requests
from tests.support.browser_like import Browser
from tests.support.jwt import at_once, forge, hs256, jwks, key, parts, raw, signed, unsigned
from tests.support.logins import Platform
from tests.support.provider import ISSUER, Provider
from tests.support.shared_provider import dump
from tests.support.signed_requests import TYP, claims, request_object

EVIL = key(name="evil")
Forging = Callable[[Platform], str]


def header(**changes: Any) -> dict[str, Any]:
    return {"alg": "ES256", "kid": key().kid, "typ": TYP} | changes


def by_us(platform: Platform, **of_header: Any) -> str:
    return forge(header(**of_header), claims(platform), at_once(key()))


def by_hmac(platform: Platform, secret: bytes) -> str:
    return forge(header(alg="HS256"), claims(platform), hs256(secret))


def twice(platform: Platform) -> str:
    """The scope twice: one reader sees the first, another one the second."""
    _, payload, _ = request_object(platform).split(".")
    doubled = base64url.decode(payload)[:-1] + b',"scope":"openid age"}'
    return raw(b'{"alg":"ES256","kid":"%b"}' % key().kid.encode(), doubled, at_once(key()))


def tampered(platform: Platform) -> str:
    head, _, signature = request_object(platform).split(".")
    _, payload, _ = request_object(platform, scope="openid age").split(".")
    return f"{head}.{payload}.{signature}"


def with_claims(**changes: Any) -> Forging:
    return lambda platform: request_object(platform, **changes)


def at(**names: int) -> Forging:
    """Times so many seconds from now."""

    def forging(platform: Platform) -> str:
        times: dict[str, Any] = {
            name: platform.provider.clock.now() + seconds for name, seconds in names.items()
        }
        return request_object(platform, **times)

    return forging


FORGED: dict[str, tuple[Forging, str]] = {
    "alg none": (lambda p: forge({"alg": "none"}, claims(p), unsigned), "refused"),
    "alg None": (lambda p: forge({"alg": "None"}, claims(p), unsigned), "refused"),
    "hmac with the secret": (lambda p: by_hmac(p, p.secret.encode()), "refused"),
    "hmac with the public key": (
        lambda p: by_hmac(p, str(key().public_jwk["x"]).encode()),
        "refused",
    ),
    "another key": (lambda p: request_object(p, EVIL), "refused"),
    "another key by our kid": (
        lambda p: forge(header(), claims(p), at_once(EVIL)),
        "refused",
    ),
    "embedded jwk": (
        lambda p: forge(header(jwk=dict(EVIL.public_jwk)), claims(p), at_once(EVIL)),
        "refused",
    ),
    "jku": (lambda p: by_us(p, jku="https://evil.example/jwks"), "refused"),
    "x5u": (lambda p: by_us(p, x5u="https://evil.example/cert"), "refused"),
    "crit": (lambda p: by_us(p, crit=["b64"], b64=False), "refused"),
    "typ of an ID token": (lambda p: by_us(p, typ="id_token+jwt"), "refused"),
    "typ of a client assertion": (
        lambda p: by_us(p, typ="client-authentication+jwt"),
        "refused",
    ),
    "typ of a DPoP proof": (lambda p: by_us(p, typ="dpop+jwt"), "refused"),
    "signature of another payload": (tampered, "refused"),
    "signature cut off": (lambda p: request_object(p).rpartition(".")[0] + ".", "refused"),
    "no signature": (lambda p: request_object(p).rpartition(".")[0], "refused"),
    "encrypted": (lambda p: f"{request_object(p)}.x.y", "refused"),
    "a member twice": (twice, "refused"),
    "not an object": (lambda _: raw(b'{"alg":"ES256"}', b"[]", at_once(key())), "refused"),
    "with a sub": (lambda p: request_object(p, sub=p.client_id), "refused"),
    "scope as a list": (with_claims(scope=["openid"]), "refused"),
    "state as an object": (with_claims(state={}), "refused"),
    "max_age as true": (with_claims(max_age=True), "refused"),
    "a control character": (with_claims(state="a\x00b"), "refused"),
    "half a character": (with_claims(state="\ud800"), "refused"),
    "empty jti": (with_claims(jti=""), "refused"),
    "long jti": (with_claims(jti="x" * 257), "refused"),
    "another client": (with_claims(client_id="another"), "client"),
    "no client": (with_claims(client_id=None), "client"),
    "another iss": (with_claims(iss="another"), "client"),
    "our issuer as iss": (with_claims(iss=ISSUER), "client"),
    "another aud": (with_claims(aud="https://evil.example"), "audience"),
    "aud with a slash": (with_claims(aud=ISSUER + "/"), "audience"),
    "aud as a prefix": (with_claims(aud=ISSUER[:-1]), "audience"),
    "aud is the endpoint": (with_claims(aud=ISSUER + "/authorize"), "audience"),
    "auds of others": (with_claims(aud=["https://evil.example", ISSUER + "x"]), "audience"),
    "auds of any kind": (with_claims(aud=[ISSUER, 1]), "audience"),
    "aud as an object": (with_claims(aud={ISSUER: 1}), "audience"),
    "no auds": (with_claims(aud=[]), "audience"),
    "expired": (at(exp=-10), "time"),
    "not yet valid": (at(nbf=11), "time"),
    "of tomorrow": (at(iat=86400), "time"),
    "exp as text": (with_claims(exp="9999999999"), "time"),
    "exp as true": (with_claims(exp=True), "time"),
    "exp as no float can be": (with_claims(exp=10**400), "refused"),
    "nbf as no float can be": (with_claims(nbf=-(10**400)), "refused"),
    "exp without end": (with_claims(exp=float("1e308") * 10), "refused"),
    "a jti for two hours": (at(exp=7200), "time"),
    "a jti for ever": (with_claims(exp=None), "time"),
    "nested by value": (with_claims(request="x"), "nested"),
    "nested by reference": (with_claims(request_uri="https://evil.example/"), "nested"),
}


@pytest.mark.parametrize("kind", FORGED)
@pytest.mark.spec("RFC 9101 §6.2", "RFC 9101 §6.3", "RFC 8725 §3.1", "RFC 9101 §10.8")
async def test_a_request_object_that_lies_is_refused(
    provider: Provider, visitor: Browser, kind: str
):
    forging, about = FORGED[kind]
    platform = await signed_requests.register(provider)
    token = forging(platform)
    before = dump(provider)
    answer = await signed_requests.visit(platform, visitor, request=token)
    assert (answer.status, answer.error_code()) == (400, f"request_object_{about}")
    pushed = await pushing.push_form(platform, {"client_id": platform.client_id, "request": token})
    assert (pushed.status, pushed.json()["error"]) == (400, "invalid_request_object")
    assert dump(provider) == before


@pytest.mark.spec("RFC 9101 §6.3")
async def test_nothing_is_added_from_outside(provider: Provider, visitor: Browser):
    """Not even what the object leaves out: there the standard's own default holds, or nothing."""
    platform = await signed_requests.register(provider)
    left_out = request_object(platform, redirect_uri=None)
    outside = {"redirect_uri": platform.redirect_uri}
    answer = await signed_requests.visit(platform, visitor, request=left_out, **outside)
    assert (answer.status, answer.error_code()) == (400, "redirect_uri_missing")

    without = request_object(platform, code_challenge=None, code_challenge_method=None, state=None)
    outside = {"code_challenge": platform.request()["code_challenge"], "state": "smuggled"}
    answer = await signed_requests.visit(
        platform, visitor, request=without, code_challenge_method="S256", **outside
    )
    assert answer.location_query["error"] == "invalid_request"
    assert "state" not in answer.location_query


async def test_a_request_object_is_used_once(provider: Provider, visitor: Browser):
    """On whichever endpoint it was seen first."""
    platform = await signed_requests.register(provider)
    token = request_object(platform)
    form = {"client_id": platform.client_id, "request": token}
    assert (await pushing.push_form(platform, form)).status == 201
    assert (await pushing.push_form(platform, form)).json()["error"] == "invalid_request_object"
    answer = await signed_requests.visit(platform, visitor, request=token)
    assert answer.error_code() == "request_object_replayed"


async def test_one_client_cannot_send_the_other_ones(provider: Provider, visitor: Browser):
    platform, other = [await signed_requests.register(provider) for _ in range(2)]
    answer = await signed_requests.visit(other, visitor, request=request_object(platform))
    assert answer.error_code() == "request_object_client"


@pytest.mark.spec("RFC 9101 §5")
async def test_a_request_comes_one_way(provider: Provider, visitor: Browser):
    platform = await signed_requests.register(provider)
    uri = await pushing.request_uri(platform)
    for other in (uri, "https://shop.example/request"):
        answer = await signed_requests.visit(
            platform, visitor, request=request_object(platform), request_uri=other
        )
        assert answer.error_code() == "request_two_ways"


async def test_the_registered_algorithm_is_the_only_one(provider: Provider, visitor: Browser):
    rsa = key("RS256")
    platform = await signed_requests.register(
        provider, jwks=jwks(rsa, key()), request_object_signing_alg="RS256"
    )
    answer = await signed_requests.visit(platform, visitor, request=request_object(platform))
    assert answer.error_code() == "request_object_refused"
    right = await signed_requests.visit(platform, visitor, request=request_object(platform, rsa))
    assert right.url.startswith("/signin?")


async def test_what_we_signed_ourselves_is_no_request(provider: Provider, visitor: Browser):
    """An ID token of this very client, its audience, under a key that we know."""
    platform = await signed_requests.register(provider)
    tokens = await platform.tokens(visitor)
    for name in ("id_token", "access_token"):
        answer = await signed_requests.visit(platform, visitor, request=tokens[name])
        assert answer.error_code() == "request_object_refused"
    assert parts(tokens["id_token"])[1]["aud"] == platform.client_id


async def test_a_request_object_does_not_authenticate_its_client(provider: Provider):
    platform = await signed_requests.register(
        provider, token_endpoint_auth_method="private_key_jwt"
    )
    stolen = signed(key(), claims(platform), typ="JWT")
    answer = await pushing.push_by_assertion(platform, stolen)
    assert (answer.status, answer.json()["error"]) == (401, "invalid_client")
