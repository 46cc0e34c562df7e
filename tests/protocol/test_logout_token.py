"""What an answer to a logout token means."""

import pytest

from idp.protocol import logout_token


@pytest.mark.spec("OpenID Connect Back-Channel Logout 1.0 §2.8")
def test_only_a_client_itself_answers_for_good():
    assert [s for s in range(100, 600) if logout_token.is_answered(s)] == [200, 204, 400]
