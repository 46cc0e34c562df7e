"""The token request: what all grant types have in common, one check at a time."""

from collections.abc import Mapping

import pytest

from idp.domain.refusal import Cause
from idp.protocol import token_request as rules
from tests.support.values import ISSUER, NOW, cause_of, client


def request(sent: Mapping[str, str]) -> rules.TokenRequest:
    return rules.TokenRequest(
        sent=sent, authorization=None, now=NOW, issuer=ISSUER, client=client()
    )


@pytest.mark.spec("RFC 6749 §5.2")
@pytest.mark.parametrize(
    ("grant_type", "cause"),
    [
        ("authorization_code", None),
        (None, Cause.GRANT_TYPE_MISSING),
        ("Authorization_code", Cause.GRANT_TYPE_UNSUPPORTED),
        ("password", Cause.GRANT_TYPE_UNSUPPORTED),
        ("refresh_token", None),
        ("Refresh_token", Cause.GRANT_TYPE_UNSUPPORTED),
    ],
)
def test_the_grant_type(grant_type: str | None, cause: Cause | None):
    sent = {} if grant_type is None else {"grant_type": grant_type}
    assert cause_of(lambda: rules.grant_type_is_supported(request(sent))) is cause


@pytest.mark.spec("RFC 6749 §5.2")
def test_a_grant_type_that_the_client_did_not_register_is_refused():
    asked = request({"grant_type": "client_credentials"})
    found = cause_of(lambda: rules.grant_type_is_registered(asked))
    assert found is Cause.GRANT_TYPE_NOT_REGISTERED
