"""The UserInfo request and answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.domain.refusal import Cause
from idp.protocol import userinfo
from tests.support.values import NETWORK_ID, cause_of, grant


@pytest.mark.spec("RFC 6750 §2.1")
@pytest.mark.spec("RFC 6750 §2.2")
@pytest.mark.parametrize(
    ("authorization", "body"),
    [
        ("Bearer a.b-c_d~e+f/g==", {}),
        ("bearer a.b-c_d~e+f/g==", {}),
        ("Bearer   a.b-c_d~e+f/g==  ", {}),
        (None, {"access_token": "a.b-c_d~e+f/g=="}),
    ],
)
def test_where_the_token_stands(authorization: str | None, body: dict[str, str]):
    assert userinfo.bearer_token(authorization, body) == "a.b-c_d~e+f/g=="


@pytest.mark.spec("RFC 6750 §2")
@pytest.mark.spec("RFC 6750 §3.1")
@pytest.mark.parametrize(
    ("authorization", "body", "cause"),
    [
        (None, {}, Cause.TOKEN_MISSING),
        ("", {}, Cause.TOKEN_MISSING),
        ("Bearer", {}, Cause.TOKEN_MISSING),
        ("Bearer ", {}, Cause.TOKEN_MISSING),
        ("Basic YTpi", {}, Cause.TOKEN_MISSING),
        ("Basic YTpi", {"access_token": "x"}, Cause.TOKEN_MISSING),
        ("Bearer x", {"access_token": "x"}, Cause.TOKEN_REPEATED),
        ("Bearer x y", {}, Cause.TOKEN_INVALID),
        ("Bearer é", {}, Cause.TOKEN_INVALID),
        ("Bearer =", {}, Cause.TOKEN_INVALID),
        ('Bearer "x"', {}, Cause.TOKEN_INVALID),
        (None, {"access_token": "x\n"}, Cause.TOKEN_INVALID),
    ],
)
def test_what_is_no_token(authorization: str | None, body: dict[str, str], cause: Cause):
    assert cause_of(lambda: userinfo.bearer_token(authorization, body)) is cause


@given(st.none() | st.text(max_size=30), st.dictionaries(st.just("access_token"), st.text()))
def test_no_request_raises_anything_but_a_refusal(authorization: str | None, body: dict[str, str]):
    cause_of(lambda: userinfo.bearer_token(authorization, body))


@pytest.mark.spec("OpenID Connect Core 1.0 §5.3.2")
def test_the_answer_is_what_the_grant_releases_here():
    released = grant(userinfo_claims=("age_over_14",), id_token_claims=("age_over_18",))
    assert userinfo.claims(released) == {"sub": NETWORK_ID, "age_over_14": True}
    assert userinfo.claims(grant()) == {"sub": NETWORK_ID}
