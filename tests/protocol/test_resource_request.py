"""How a request with an access token arrives."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.domain.refusal import Cause
from idp.protocol import resource_request as rules
from idp.protocol.access_token import AccessToken
from idp.protocol.dpop import Proof
from tests.support.values import ISSUER, NETWORK_ID, NOW, cause_of


def made(authorization: str | None, body: dict[str, str]) -> rules.ResourceRequest:
    return rules.ResourceRequest(
        method="GET",
        path="/userinfo",
        audience=ISSUER,
        scope="openid",
        authorization=authorization,
        sent=body,
    )


@pytest.mark.spec("RFC 6750 §2.1")
@pytest.mark.spec("RFC 6750 §2.2")
@pytest.mark.parametrize(
    ("authorization", "body", "scheme"),
    [
        ("Bearer a.b-c_d~e+f/g==", {}, "bearer"),
        ("bearer a.b-c_d~e+f/g==", {}, "bearer"),
        ("Bearer   a.b-c_d~e+f/g==  ", {}, "bearer"),
        ("DPoP a.b-c_d~e+f/g==", {}, "dpop"),
        ("dPOp a.b-c_d~e+f/g==", {}, "dpop"),
        (None, {"access_token": "a.b-c_d~e+f/g=="}, "bearer"),
    ],
)
def test_where_the_token_stands(authorization: str | None, body: dict[str, str], scheme: str):
    request = made(authorization, body)
    rules.token_is_there_once(request)
    assert (request.text, request.scheme) == ("a.b-c_d~e+f/g==", scheme)


@pytest.mark.spec("RFC 6750 §2")
@pytest.mark.spec("RFC 6750 §3.1")
@pytest.mark.parametrize(
    ("authorization", "body", "cause"),
    [
        (None, {}, Cause.TOKEN_MISSING),
        ("", {}, Cause.TOKEN_MISSING),
        ("Bearer", {}, Cause.TOKEN_MISSING),
        ("Bearer ", {}, Cause.TOKEN_MISSING),
        ("DPoP", {}, Cause.TOKEN_MISSING),
        ("Basic YTpi", {}, Cause.TOKEN_MISSING),
        ("Basic YTpi", {"access_token": "x"}, Cause.TOKEN_MISSING),
        ("Bearer x", {"access_token": "x"}, Cause.TOKEN_REPEATED),
        ("DPoP x", {"access_token": "x"}, Cause.TOKEN_REPEATED),
        ("Bearer x y", {}, Cause.TOKEN_INVALID),
        ("Bearer é", {}, Cause.TOKEN_INVALID),
        ("Bearer =", {}, Cause.TOKEN_INVALID),
        ('Bearer "x"', {}, Cause.TOKEN_INVALID),
        (None, {"access_token": "x\n"}, Cause.TOKEN_INVALID),
    ],
)
def test_what_is_no_token(authorization: str | None, body: dict[str, str], cause: Cause):
    assert cause_of(lambda: rules.token_is_there_once(made(authorization, body))) is cause


@given(st.none() | st.text(max_size=30), st.dictionaries(st.just("access_token"), st.text()))
def test_no_request_raises_anything_but_a_refusal(authorization: str | None, body: dict[str, str]):
    cause_of(lambda: rules.token_is_there_once(made(authorization, body)))


def judged(scheme: str, bound_to: str | None, proved: str | None) -> rules.ResourceRequest:
    request = made(f"{scheme} x", {})
    request.scheme = scheme
    request.token = AccessToken(
        audience=ISSUER,
        client_id="shop",
        subject=NETWORK_ID,
        scope=("openid",),
        issued_at=NOW,
        expires_at=NOW + 600,
        jti="AA.AA",
        grant_id=bytes(16),
        jkt=bound_to,
    )
    request.proof = None if proved is None else Proof(proved, "once")
    return request


@pytest.mark.spec("RFC 9449 §7.2")
@pytest.mark.parametrize(
    ("scheme", "bound_to", "right"),
    [("bearer", None, True), ("dpop", "a", True), ("bearer", "a", False), ("dpop", None, False)],
)
def test_a_token_comes_under_the_scheme_of_its_type(scheme: str, bound_to: str | None, right: bool):
    cause = cause_of(lambda: rules.scheme_is_that_of_the_token(judged(scheme, bound_to, None)))
    assert cause is (None if right else Cause.TOKEN_UNDER_OTHER_SCHEME)


@pytest.mark.spec("RFC 9449 §7.1")
@pytest.mark.parametrize(
    ("bound_to", "proved", "cause"),
    [
        ("a", "a", None),
        (None, None, None),
        ("a", None, Cause.DPOP_PROOF_MISSING),
        ("a", "b", Cause.DPOP_KEY_OF_TOKEN),
        ("a", "", Cause.DPOP_KEY_OF_TOKEN),
    ],
)
def test_the_key_is_the_one_that_the_token_is_bound_to(
    bound_to: str | None, proved: str | None, cause: Cause | None
):
    request = judged("dpop", bound_to, proved)
    assert cause_of(lambda: rules.key_is_that_of_the_token(request)) is cause


def test_nothing_is_known_before_it_was_checked():
    request = made(None, {})
    assert cause_of(lambda: request.known_token) is Cause.TOKEN_MISSING
    assert cause_of(lambda: request.known_grant) is Cause.TOKEN_INVALID
    assert cause_of(lambda: request.known_client) is Cause.TOKEN_REVOKED
