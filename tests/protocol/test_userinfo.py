"""The UserInfo answer."""

import pytest

from idp.protocol import userinfo
from tests.support.values import NETWORK_ID, grant


@pytest.mark.spec("OpenID Connect Core 1.0 §5.3.2")
def test_the_answer_is_what_the_grant_releases_here():
    released = grant(userinfo_claims=("age_over_14",), id_token_claims=("age_over_18",))
    assert userinfo.claims(released) == {"sub": NETWORK_ID, "age_over_14": True}
    assert userinfo.claims(grant()) == {"sub": NETWORK_ID}
