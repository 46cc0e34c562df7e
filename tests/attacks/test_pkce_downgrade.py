"""PKCE downgrade: no way to get a code redeemed without the verifier that was promised."""

import pytest

from idp.protocol.pkce import s256
from tests.support.browser_like import Browser
from tests.support.logins import VERIFIER, Platform
from tests.support.provider import Provider

# What is sent in place of a right challenge, and what the client is told.
DOWNGRADES: dict[str, dict[str, str | None]] = {
    "plain": {"code_challenge": VERIFIER, "code_challenge_method": "plain"},
    "plain by silence": {"code_challenge": VERIFIER, "code_challenge_method": None},
    "s256 by silence": {"code_challenge_method": None},
    "lower case": {"code_challenge_method": "s256"},
    "both": {"code_challenge_method": "S256 plain"},
    "none": {"code_challenge_method": "none"},
    "method alone": {"code_challenge": None},
    "empty": {"code_challenge": ""},
    "short": {"code_challenge": s256(VERIFIER)[:-1]},
    "long": {"code_challenge": s256(VERIFIER) + "A"},
    "padded": {"code_challenge": s256(VERIFIER) + "="},
    "hexadecimal": {"code_challenge": "ab" * 32},
}


@pytest.mark.spec("RFC 7636 §4.3")
@pytest.mark.spec("RFC 7636 §4.4.1")
@pytest.mark.parametrize("require_pkce", [True, False])
@pytest.mark.parametrize("downgrade", DOWNGRADES)
async def test_a_challenge_that_protects_nothing_is_refused(
    provider: Provider, visitor: Browser, downgrade: str, require_pkce: bool
):
    platform = await Platform.register(provider, require_pkce=require_pkce)
    answer = await visitor.get(platform.address(**DOWNGRADES[downgrade]))
    assert answer.location.startswith(platform.redirect_uri + "?error=invalid_request&")
    assert "code" not in answer.location_query


@pytest.mark.spec("RFC 9700 §2.1.1")
async def test_a_stripped_challenge_is_refused_where_it_is_required(
    platform: Platform, visitor: Browser
):
    stripped = {"code_challenge": None, "code_challenge_method": None}
    answer = await visitor.get(platform.address(**stripped))
    assert answer.location_query["error"] == "invalid_request"


@pytest.mark.spec("RFC 9700 §4.8.2")
async def test_a_verifier_for_a_code_without_challenge_is_refused(
    provider: Provider, visitor: Browser
):
    """The attacker strips the challenge on the way; the client sends its verifier all the same."""
    platform = await Platform.register(provider, require_pkce=False)
    code = await platform.code(visitor, code_challenge=None, code_challenge_method=None)
    answer = await platform.redeem(code)
    assert (answer.status, answer.json()["error"]) == (400, "invalid_grant")
    assert (await platform.redeem(code, code_verifier=None)).status == 200


@pytest.mark.spec("RFC 7636 §4.6")
async def test_a_challenge_sent_voluntarily_binds_all_the_same(
    provider: Provider, visitor: Browser
):
    platform = await Platform.register(provider, require_pkce=False)
    code = await platform.code(visitor)
    for verifier in (None, "B" * 43):
        answer = await platform.redeem(code, code_verifier=verifier)
        assert answer.json()["error"] == "invalid_grant"
    assert (await platform.redeem(code)).status == 200


@pytest.mark.spec("RFC 7636 §4.6")
async def test_the_challenge_itself_is_no_verifier(platform: Platform, visitor: Browser):
    """With `plain` it would be: whoever reads the request could redeem the code."""
    code = await platform.code(visitor)
    answer = await platform.redeem(code, code_verifier=s256(VERIFIER))
    assert answer.json()["error"] == "invalid_grant"


@pytest.mark.spec("RFC 9700 §2.1.1")
@pytest.mark.parametrize(
    "metadata",
    [
        {"token_endpoint_auth_method": "none"},
        {"security_profile": "fapi2"},
    ],
)
async def test_public_and_strict_clients_cannot_register_without_pkce(
    provider: Provider, metadata: dict[str, str]
):
    with pytest.raises(ValueError, match="require_pkce"):
        await Platform.register(provider, require_pkce=False, **metadata)
