"""The access token by RFC 9068."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from idp.domain import base64url
from idp.domain.refusal import Cause
from idp.protocol import access_token, jose
from tests.support.jwt import jwks, key, signed
from tests.support.values import ISSUER, NETWORK_ID, NOW, cause_of

OURS, OTHER = key("ES256", "ours"), key("RS256", "ours")
KEYS = jose.PublicKeys(jwks(OURS, OTHER))
NEW = access_token.NewToken(
    issuer=ISSUER,
    audience=ISSUER,
    client_id="shop",
    subject=NETWORK_ID,
    grant_id=bytes(range(16)),
    scope=("age", "openid"),
    now=NOW,
    unique=bytes(12),
)
VALUES = st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.lists(st.text())


def made(**changes: Any) -> dict[str, object]:
    claims = access_token.claims(NEW)
    return {name: value for name, value in (claims | changes).items() if value is not None}


def read(token: str, now: int = NOW) -> access_token.AccessToken:
    return access_token.read(
        token, keys=KEYS, issuer=ISSUER, audience=ISSUER, scope="openid", now=now
    )


def token(**changes: Any) -> str:
    return signed(OURS, made(**changes), typ="at+jwt")


@pytest.mark.spec("RFC 9449 §6.1")
def test_it_names_the_key_that_it_is_bound_to_and_no_other_binding():
    bound = access_token.claims(replace(NEW, jkt="thumbprint"))
    assert bound == made() | {"cnf": {"jkt": "thumbprint"}}
    assert read(signed(OURS, bound, typ="at+jwt")).jkt == "thumbprint"
    assert read(token()).jkt is None


@pytest.mark.spec("RFC 9449 §6.1")
@pytest.mark.parametrize(
    "cnf", [{}, {"jkt": 7}, {"x5t#S256": "x"}, {"jkt": "x", "x5t#S256": "x"}, "x", []], ids=repr
)
def test_a_binding_of_another_kind_is_refused(cnf: object):
    assert cause_of(lambda: read(token(cnf=cnf))) is Cause.TOKEN_INVALID


@pytest.mark.spec("RFC 9068 §2.2")
def test_it_says_this_and_no_more():
    assert made() == {
        "iss": ISSUER,
        "sub": NETWORK_ID,
        "aud": ISSUER,
        "client_id": "shop",
        "scope": "age openid",
        "iat": NOW,
        "exp": NOW + 600,
        "jti": "AAECAwQFBgcICQoLDA0ODw.AAAAAAAAAAAAAAAA",
    }


def test_reading_gives_back_what_it_was_made_of():
    assert read(token()) == access_token.AccessToken(
        audience=ISSUER,
        client_id="shop",
        subject=NETWORK_ID,
        scope=("age", "openid"),
        issued_at=NOW,
        expires_at=NOW + 600,
        jti="AAECAwQFBgcICQoLDA0ODw.AAAAAAAAAAAAAAAA",
        grant_id=bytes(range(16)),
    )


def test_a_programs_own_token_names_no_grant():
    own = replace(NEW, subject="shop", grant_id=None, audience="https://api.example/r")
    found = access_token.read_any(
        signed(OURS, access_token.claims(own), typ="at+jwt"), keys=KEYS, issuer=ISSUER, now=NOW
    )
    assert (found.grant_id, found.subject, found.jti) == (None, "shop", "AAAAAAAAAAAAAAAA")


@pytest.mark.spec("RFC 9068 §4")
def test_a_token_for_one_audience_is_refused_at_another():
    api = token(aud="https://api.example/r", scope="openid records:read")
    assert cause_of(lambda: read(api)) is Cause.TOKEN_INVALID


@pytest.mark.spec("RFC 9068 §4")
@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        ({"iss": "https://evil.example"}, Cause.TOKEN_INVALID),
        ({"iss": ISSUER + "/"}, Cause.TOKEN_INVALID),
        ({"iss": None}, Cause.TOKEN_INVALID),
        ({"aud": "https://api.example"}, Cause.TOKEN_INVALID),
        ({"aud": [ISSUER]}, Cause.TOKEN_INVALID),
        ({"aud": None}, Cause.TOKEN_INVALID),
        ({"exp": NOW}, Cause.TOKEN_EXPIRED),
        ({"exp": NOW - 1}, Cause.TOKEN_EXPIRED),
        ({"exp": None}, Cause.TOKEN_EXPIRED),
        ({"exp": str(NOW + 60)}, Cause.TOKEN_EXPIRED),
        ({"exp": NOW + 60.5}, Cause.TOKEN_EXPIRED),
        ({"scope": "age"}, Cause.TOKEN_SCOPE),
        ({"scope": "openidx"}, Cause.TOKEN_SCOPE),
        ({"scope": None}, Cause.TOKEN_SCOPE),
        ({"jti": None}, Cause.TOKEN_INVALID),
        ({"jti": "short.x"}, Cause.TOKEN_INVALID),
        ({"jti": base64url.encode(bytes(17)) + ".x"}, Cause.TOKEN_INVALID),
        ({"jti": "AAECAwQFBgcICQoLDA0ODx.x"}, Cause.TOKEN_INVALID),  # spare bits set
        ({"jti": 7}, Cause.TOKEN_INVALID),
    ],
)
def test_a_claim_that_is_wrong_or_missing_is_refused(changes: dict[str, Any], cause: Cause):
    assert cause_of(lambda: read(token(**changes))) is cause


@pytest.mark.spec("RFC 9068 §2.1")
@pytest.mark.parametrize("typ", ["JWT", None, "id_token", "at+jwt2"])
def test_another_type_is_refused(typ: str | None):
    assert cause_of(lambda: read(signed(OURS, made(), typ=typ))) is Cause.TOKEN_INVALID


@pytest.mark.spec("RFC 9068 §4")
def test_the_type_may_be_written_in_full():
    assert read(signed(OURS, made(), typ="application/at+jwt")).client_id == "shop"


def test_the_key_of_id_tokens_signs_no_access_token():
    assert cause_of(lambda: read(signed(OTHER, made(), typ="at+jwt"))) is Cause.TOKEN_INVALID


def test_it_dies_at_its_very_second():
    assert cause_of(lambda: read(token(), NOW + 599)) is None
    assert cause_of(lambda: read(token(), NOW + 600)) is Cause.TOKEN_EXPIRED


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from(sorted(made())), VALUES))
def test_no_claims_raise_anything_but_a_refusal(changes: dict[str, Any]):
    cause_of(lambda: read(token(**changes)))
