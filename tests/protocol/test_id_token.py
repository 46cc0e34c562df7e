"""The ID token: what it says, and which ones are hints."""

from typing import Any

import pytest

from idp.domain.refusal import Cause
from idp.protocol import id_token, jose
from tests.support.jwt import jwks, key, signed
from tests.support.values import ISSUER, NETWORK_ID, NOW, cause_of, client, grant

OURS = key("ES256", "ours")
KEYS = jose.PublicKeys(jwks(OURS))


def made(**facts: Any) -> dict[str, object]:
    return id_token.claims(
        grant(**facts), issuer=ISSUER, now=NOW, access_token="token", alg="ES256"
    )


@pytest.mark.spec("OpenID Connect Core 1.0 §2")
def test_it_says_who_for_whom_and_until_when():
    assert made() == {
        "iss": ISSUER,
        "sub": NETWORK_ID,
        "aud": "shop",
        "iat": NOW,
        "exp": NOW + 600,
        "nonce": "a nonce",
        "acr": "phr",
        "amr": ["pop", "user", "mfa"],
        "at_hash": id_token.at_hash("token", "ES256"),
    }


@pytest.mark.parametrize(
    ("facts", "name", "value"),
    [
        ({"auth_time": NOW - 5}, "auth_time", NOW - 5),
        ({"sid": "a session"}, "sid", "a session"),
        ({"id_token_claims": ("age_over_18",)}, "age_over_18", False),
        ({"nonce": None}, "nonce", None),
        ({"amr": ()}, "amr", None),
        ({"userinfo_claims": ("age_over_18",)}, "age_over_18", None),
    ],
)
def test_what_was_not_asked_for_is_left_out(facts: dict[str, Any], name: str, value: object):
    assert made(**facts).get(name) == value


@pytest.mark.spec("OpenID Connect Core 1.0 §3.1.3.6")
def test_at_hash_is_the_left_half():
    token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"
    for alg in ("RS256", "PS256", "ES256"):
        assert id_token.at_hash(token, alg) == "77QmUPtjPfzWtF2AnpK9RQ"


@pytest.mark.spec("OpenID Connect Core 1.0 §3.1.3.6")
def test_an_algorithm_that_libraries_hash_differently_for_has_no_at_hash():
    assert id_token.at_hash("token", "Ed25519") is None


def hint(**changes: Any) -> str:
    header = {"typ": changes.pop("typ", "JWT")}
    return signed(OURS, made() | changes, **header)


def hinted(text: str) -> str:
    return id_token.hinted_sub(text, keys=KEYS, issuer=ISSUER, client=client())


@pytest.mark.spec("OpenID Connect Core 1.0 §3.1.2.1")
def test_our_own_token_hints_however_old_it_is():
    assert hinted(hint()) == NETWORK_ID
    assert hinted(hint(exp=1, iat=0)) == NETWORK_ID


@pytest.mark.spec("OpenID Connect Core 1.0 §3.1.2.1")
@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://evil.example"},
        {"iss": ISSUER + "/"},
        {"iss": None},
        {"aud": "another"},
        {"aud": ["shop"]},
        {"aud": None},
        {"typ": "at+jwt"},
        {"typ": "logout+jwt"},
        {"typ": None},
    ],
)
def test_another_token_does_not(changes: dict[str, Any]):
    assert cause_of(lambda: hinted(hint(**changes))) is Cause.ID_TOKEN_HINT_INVALID


def test_a_token_of_somebody_elses_key_does_not():
    stranger = signed(key("ES256", "stranger"), made(), kid=OURS.kid)
    assert cause_of(lambda: hinted(stranger)) is Cause.ID_TOKEN_HINT_INVALID


def test_a_signed_userinfo_answer_does_not():
    answer = signed(OURS, {"iss": ISSUER, "aud": "shop", "sub": NETWORK_ID})
    assert cause_of(lambda: hinted(answer)) is Cause.ID_TOKEN_HINT_INVALID
