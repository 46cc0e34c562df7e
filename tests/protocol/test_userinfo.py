"""The UserInfo answer."""

import pytest

from idp.protocol import userinfo
from tests.support.values import NETWORK_ID, grant


@pytest.mark.spec("OpenID Connect Core 1.0 §5.3.2")
def test_the_answer_is_what_the_grant_releases_here():
    released = grant(userinfo_claims=("age_over_14",), id_token_claims=("age_over_18",))
    assert userinfo.claims(released, ("openid",)) == {"sub": NETWORK_ID, "age_over_14": True}
    assert userinfo.claims(grant(), ("openid",)) == {"sub": NETWORK_ID}


@pytest.mark.spec("RFC 6749 §6")
def test_a_narrowed_token_answers_for_no_more_than_its_scope():
    released = grant(scope=("age", "openid"), userinfo_claims=("age_over_18",))
    assert userinfo.claims(released, ("age", "openid")).keys() == {"sub", "age_over_18"}
    assert userinfo.claims(released, ("openid",)).keys() == {"sub"}
