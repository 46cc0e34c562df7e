"""The authorization response: the issuer stands in every one of them."""

from urllib.parse import parse_qs, urlsplit

import pytest

from idp.domain.refusal import Cause, Refusal
from idp.protocol import authorization_response
from idp.protocol.authorization_request import AuthorizationRequest
from idp.protocol.authorization_response import AuthorizationResponse
from idp.protocol.causes import TABLE
from tests.support.values import ISSUER

URI = "https://shop.example/callback?tenant=1"


def request(**sent: str) -> AuthorizationRequest:
    return AuthorizationRequest(sent=sent, issuer=ISSUER, redirect_uri=URI)


def query(told: AuthorizationResponse) -> dict[str, list[str]]:
    assert told.location.startswith(URI + "&")
    assert not told.by_form
    return parse_qs(urlsplit(told.location).query, strict_parsing=True)


@pytest.mark.spec("RFC 6749 §4.1.2")
@pytest.mark.spec("RFC 9207 §2")
def test_a_success_has_code_state_and_issuer():
    found = query(authorization_response.success(request(state="a&b=c"), "the code"))
    assert found == {"tenant": ["1"], "code": ["the code"], "state": ["a&b=c"], "iss": [ISSUER]}


@pytest.mark.spec("RFC 6749 §4.1.2.1")
@pytest.mark.spec("RFC 9207 §2")
@pytest.mark.parametrize("cause", [cause for cause in TABLE if TABLE[cause].code])
def test_every_error_has_state_and_issuer_and_no_code(cause: Cause):
    found = query(authorization_response.error(request(state="s"), Refusal(cause)))
    assert found.keys() == {"tenant", "error", "error_description", "error_uri", "state", "iss"}
    assert found["iss"] == [ISSUER]


def test_no_state_is_invented():
    assert "state" not in query(authorization_response.success(request(), "c"))
