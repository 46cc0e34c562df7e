"""Provider metadata."""

from typing import Any

import pytest

from idp.protocol import acr, discovery

REQUIRED = {
    "issuer",
    "authorization_endpoint",
    "token_endpoint",
    "jwks_uri",
    "response_types_supported",
    "subject_types_supported",
    "id_token_signing_alg_values_supported",
}


@pytest.mark.spec("OpenID Connect Discovery 1.0 §3")
@pytest.mark.spec("RFC 8414 §2")
@pytest.mark.parametrize(
    "issuer", ["https://id.example", "https://id.example/", "https://id.example/a/b", "https://x:8"]
)
def test_every_address_is_built_on_the_issuer(issuer: str):
    document = discovery.metadata(issuer, sandbox=False, hardware=False)
    assert document.keys() >= REQUIRED
    assert document["issuer"] == issuer
    for name in ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri"):
        assert str(document[name]).startswith(issuer.rstrip("/") + "/")
        assert "//" not in str(document[name]).partition("://")[2]


@pytest.mark.spec("OpenID EAP ACR Values 1.0 §2")
def test_the_sandbox_adds_a_context_class_of_its_own():
    def supported(**mode: Any) -> object:
        return discovery.metadata("https://id.example", **mode)["acr_values_supported"]

    assert supported(sandbox=False, hardware=False) == ["phr"]
    assert supported(sandbox=True, hardware=False) == ["phr", acr.SANDBOX]
    assert supported(sandbox=False, hardware=True) == ["phr", "phrh"]
    assert acr.SANDBOX.startswith("urn:")


@pytest.mark.spec("RFC 8414 §2")
@pytest.mark.parametrize(
    "issuer", ["ftp://id.example", "https://id.example?x=1", "https://id.example#x", "id.example"]
)
def test_an_issuer_that_is_none_stops_the_start(issuer: str):
    with pytest.raises(ValueError, match="issuer"):
        discovery.metadata(issuer, sandbox=False, hardware=False)


def test_nothing_that_we_refuse_is_offered():
    said = repr(discovery.metadata("https://id.example", sandbox=True, hardware=False))
    for refused in ("none'", "HS256", "plain", "implicit", "token id_token", "password", "RSA1_5"):
        assert refused not in said.replace("'none', 'select_account'", "").replace(
            "'private_key_jwt', 'none'", ""
        )


@pytest.mark.spec("RFC 8176 §2")
def test_a_passkey_is_a_key_a_person_and_two_factors():
    assert acr.PASSKEY_METHODS == ("pop", "user", "mfa")
    assert acr.SANDBOX_METHODS == ()
