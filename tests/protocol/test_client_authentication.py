"""How a client proves itself: which method a request uses, and whether the proof holds."""

import hashlib
from base64 import b64encode
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.domain.client import AuthMethod, SecurityProfile
from idp.domain.refusal import Cause, Refusal
from idp.protocol import client_authentication as rules
from idp.protocol import jose
from tests.support.jwt import jwks, key, signed
from tests.support.values import ISSUER, NOW, cause_of, client

KEYS = jose.PublicKeys(jwks(key()))
BASIC, POST, JWT, NONE = (
    AuthMethod.BASIC,
    AuthMethod.POST,
    AuthMethod.PRIVATE_KEY_JWT,
    AuthMethod.NONE,
)


def header(pair: str, scheme: str = "Basic") -> str:
    return f"{scheme} {b64encode(pair.encode()).decode()}"


def body_of(proof: str, kind: str = rules.ASSERTION_TYPE) -> dict[str, str]:
    return {"client_assertion": proof, "client_assertion_type": kind}


def proof(**changes: Any) -> str:
    ordinary = {"iss": "shop", "sub": "shop", "aud": ISSUER, "jti": "1", "exp": NOW + 60}
    claims = {k: v for k, v in (ordinary | changes).items() if v is not None}
    return signed(key(), claims, typ="client-authentication+jwt")


@pytest.mark.spec("RFC 6749 §2.3.1")
@pytest.mark.spec("OpenID Connect Core 1.0 §9")
@pytest.mark.parametrize(
    ("authorization", "body", "method", "client_id", "secret"),
    [
        (header("a:b"), {}, BASIC, "a", "b"),
        (header("a:b", "bAsIc"), {}, BASIC, "a", "b"),
        (header("a:b"), {"client_id": "a"}, BASIC, "a", "b"),
        (header("a:b:c"), {}, BASIC, "a", "b:c"),
        (header("a:"), {}, BASIC, "a", ""),
        (header("a%3Ab:c+d%2B"), {}, BASIC, "a:b", "c d+"),
        (header("网:号"), {}, BASIC, "网", "号"),
        (None, {"client_id": "a", "client_secret": "b"}, POST, "a", "b"),
        (None, {"client_secret": "b"}, POST, "", "b"),
        (None, {"client_id": "a"}, NONE, "a", ""),
    ],
)
def test_what_a_request_presents(
    authorization: str | None,
    body: dict[str, str],
    method: AuthMethod,
    client_id: str,
    secret: str,
):
    found = rules.presented(authorization, body)
    assert (found.method, found.client_id, found.proof) == (method, client_id, secret)


@pytest.mark.spec("RFC 7521 §4.2")
def test_an_assertion_names_its_client():
    found = rules.presented(None, body_of(proof()))
    assert (found.method, found.client_id) == (JWT, "shop")


@pytest.mark.spec("RFC 6749 §2.3")
@pytest.mark.parametrize(
    ("authorization", "body", "cause"),
    [
        (None, {}, Cause.CLIENT_AUTHENTICATION_MISSING),
        (header("a:b"), {"client_secret": "b"}, Cause.CLIENT_AUTHENTICATION_REPEATED),
        (header("a:b"), body_of(proof()), Cause.CLIENT_AUTHENTICATION_REPEATED),
        (None, body_of(proof()) | {"client_secret": "b"}, Cause.CLIENT_AUTHENTICATION_REPEATED),
        (header("a:b"), {"client_id": "c"}, Cause.CLIENT_AUTHENTICATION_FAILED),
        (None, body_of(proof()) | {"client_id": "c"}, Cause.CLIENT_AUTHENTICATION_FAILED),
        ("", {}, Cause.CLIENT_AUTHENTICATION_FAILED),
        ("Basic", {}, Cause.CLIENT_AUTHENTICATION_FAILED),
        ("Basic %%%", {}, Cause.CLIENT_AUTHENTICATION_FAILED),
        (header("no colon"), {}, Cause.CLIENT_AUTHENTICATION_FAILED),
        (header(":b"), {}, Cause.CLIENT_AUTHENTICATION_FAILED),
        ("Basic " + b64encode(b"\xff:b").decode(), {}, Cause.CLIENT_AUTHENTICATION_FAILED),
        (header("a:b", "Bearer"), {}, Cause.CLIENT_AUTHENTICATION_FAILED),
        (None, {"client_assertion": proof()}, Cause.ASSERTION_MALFORMED),
        (None, {"client_assertion_type": rules.ASSERTION_TYPE}, Cause.ASSERTION_MALFORMED),
        (None, body_of(proof(), "jwt"), Cause.ASSERTION_MALFORMED),
        (None, body_of("x"), Cause.ASSERTION_MALFORMED),
        (None, body_of(proof(sub=None)), Cause.ASSERTION_MALFORMED),
        (None, body_of(proof(sub=7)), Cause.ASSERTION_MALFORMED),
    ],
)
def test_what_presents_nothing_or_too_much_is_refused(
    authorization: str | None, body: dict[str, str], cause: Cause
):
    assert cause_of(lambda: rules.presented(authorization, body)) is cause


@pytest.mark.parametrize("registered", AuthMethod)
@pytest.mark.parametrize("used", AuthMethod)
def test_only_the_registered_method_is_accepted_and_both_are_named(
    registered: AuthMethod, used: AuthMethod
):
    presented = rules.Presented(used, "shop", "")
    if used is registered:
        rules.method_is_registered(client(auth_method=registered), presented)
        return
    with pytest.raises(Refusal) as refused:
        rules.method_is_registered(client(auth_method=registered), presented)
    found = refused.value.mismatch
    assert found is not None
    assert (found.sent, found.taken) == (used.value, (registered.value,))


@pytest.mark.parametrize(
    ("secret", "stored", "right"),
    [
        ("right", hashlib.sha256(b"right").digest(), True),
        ("wrong", hashlib.sha256(b"right").digest(), False),
        ("", hashlib.sha256(b"right").digest(), False),
        ("", None, False),
        ("right", None, False),
        ("", b"", False),
        ("\ud800", hashlib.sha256(b"right").digest(), False),
    ],
)
def test_a_secret_is_compared_with_its_digest(secret: str, stored: bytes | None, right: bool):
    used = rules.Presented(BASIC, "shop", secret)
    cause = cause_of(lambda: rules.secret_is_right(client(secret_digest=stored), used, now=0))
    assert (cause is None) is right


def test_a_proof_is_never_shown():
    assert "secret" not in repr(rules.Presented(BASIC, "shop", "secret"))


def read(token: str, **changes: Any) -> rules.Assertion:
    used = rules.Presented(JWT, "shop", token)
    return rules.read_assertion(client(**changes), used, keys=KEYS, issuer=ISSUER, now=NOW)


@pytest.mark.spec("RFC 7523 §3")
@pytest.mark.parametrize(
    ("expires", "kept_until"), [(NOW + 60, NOW + 70), (NOW + 0.5, NOW + 11), (NOW - 9, NOW + 1)]
)
def test_an_assertion_is_remembered_for_as_long_as_it_could_be_used(
    expires: float, kept_until: int
):
    accepted = read(proof(exp=expires))
    assert (accepted.jti, accepted.expires) == ("1", kept_until)


@pytest.mark.spec("RFC 10070 §4")
@pytest.mark.parametrize(
    ("audience", "profile", "cause"),
    [
        (ISSUER, "baseline", None),
        (ISSUER, "fapi2", None),
        (f"{ISSUER}/token", "baseline", None),
        (f"{ISSUER}/token", "fapi2", Cause.ASSERTION_AUDIENCE),
        ([ISSUER], "baseline", Cause.ASSERTION_AUDIENCE),
        ([f"{ISSUER}/token"], "baseline", Cause.ASSERTION_AUDIENCE),
        (f"{ISSUER}/", "baseline", Cause.ASSERTION_AUDIENCE),
        (None, "baseline", Cause.ASSERTION_AUDIENCE),
        ({}, "baseline", Cause.ASSERTION_AUDIENCE),
    ],
)
def test_the_audience_is_us_alone(audience: Any, profile: str, cause: Cause | None):
    strict = SecurityProfile(profile)
    token = proof(aud=audience)
    assert cause_of(lambda: read(token, security_profile=strict)) is cause


def test_an_issuer_with_a_slash_at_its_end_has_its_token_endpoint_behind_it():
    used = rules.Presented(JWT, "shop", proof(aud="https://id.example/token"))
    rules.read_assertion(client(), used, keys=KEYS, issuer="https://id.example/", now=NOW)


@pytest.mark.parametrize(
    "changes",
    [{"iss": "x"}, {"sub": "x"}, {"iss": ["shop"]}, {"jti": None}, {"jti": ""}, {"jti": "x" * 257}],
)
def test_another_client_or_no_jti_is_refused(changes: dict[str, Any]):
    assert cause_of(lambda: read(proof(**changes))) is Cause.ASSERTION_REFUSED


FIELDS = ["client_id", "client_secret", "client_assertion", "client_assertion_type"]
NUMBERS = st.integers(-(10**12), 10**12) | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.none() | st.booleans() | NUMBERS | st.text(max_size=5) | st.lists(NUMBERS, max_size=2)
MEMBERS = st.sampled_from(["iss", "sub", "aud", "jti", "exp", "iat", "nbf"])


@given(st.dictionaries(MEMBERS, VALUES))
def test_no_claims_raise_anything_but_a_refusal(changes: dict[str, Any]):
    cause_of(lambda: read(proof(**changes)))


@given(
    st.none() | st.text(max_size=30),
    st.dictionaries(
        st.sampled_from(
            ["client_id", "client_secret", "client_assertion", "client_assertion_type"]
        ),
        st.text(max_size=20) | st.just(rules.ASSERTION_TYPE),
    ),
)
def test_no_request_raises_anything_but_a_refusal(authorization: str | None, body: dict[str, str]):
    cause_of(lambda: rules.presented(authorization, body))
