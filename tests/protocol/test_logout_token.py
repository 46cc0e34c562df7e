"""What an answer to a logout token means, and where one may be sent."""

import pytest

from idp.protocol import client_metadata, logout_token


@pytest.mark.spec("OpenID Connect Back-Channel Logout 1.0 §2.8")
def test_only_a_client_itself_answers_for_good():
    assert [s for s in range(100, 600) if logout_token.is_answered(s)] == [200, 204, 400]


@pytest.mark.spec("OpenID Connect Back-Channel Logout 1.0 §2.2")
@pytest.mark.parametrize(
    "uri", ["https://shop.example/logout#x", "http://shop.example/logout", "/logout", "ftp://a/", 7]
)
def test_a_logout_uri_is_a_secure_address_without_a_fragment(uri: object):
    document = {"client_name": "Shop", "redirect_uris": ["https://shop.example/callback"]}
    right = {"backchannel_logout_uri": "https://shop.example/logout?a=b"}
    required = {"backchannel_logout_session_required": True}
    assert client_metadata.read(document | right | required).backchannel_logout_uri
    with pytest.raises(client_metadata.MetadataRefused, match="backchannel_logout_uri"):
        client_metadata.read(document | {"backchannel_logout_uri": uri})


@pytest.mark.spec("OpenID Connect RP-Initiated Logout 1.0 §3.1")
@pytest.mark.parametrize(
    "uri", ["https://shop.example/#x", "http://shop.example/", "https://shop.example/?state=mine"]
)
def test_a_way_back_is_registered_as_a_redirect_uri_is(uri: str):
    document = {"client_name": "Shop", "redirect_uris": ["https://shop.example/callback"]}
    with pytest.raises(client_metadata.MetadataRefused, match="post_logout_redirect_uris"):
        client_metadata.read(document | {"post_logout_redirect_uris": [uri]})
