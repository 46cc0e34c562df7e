"""The ID token's checks, in order (OpenID Connect Core 1.0 §3.1.3.7).

One JWT of the right kind; an algorithm that is registered; the key that the provider publishes for
exactly this kid and algorithm; the signature; then the claims. Authlib's `CodeIDToken` holds the
claim rules; `STRICTER` are the points where this SDK takes no chance that Authlib allows.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from authlib.oidc.core import CodeIDToken
from joserfc.errors import ClaimError

from network_id.errors import (
    AcrUnmetError,
    AuthTimeError,
    NonceMismatchError,
    NotANetworkIdError,
    SubjectChangedError,
    shown,
)
from network_id.network_id import is_wire_form
from network_id.sign_in import SignIn
from network_id.signed import Wanted, audience_is_ours_alone, named, unverified, verified

if TYPE_CHECKING:
    from collections.abc import Mapping

    from network_id.keys import KeyCache

HASHES = {"Ed25519": "sha512"}  # RFC 8032; of the others it is SHA-256, as their names say


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected(Wanted):
    """What the token must say, beside what every token must.

    Of a sign-in: its ``nonce``, ``max_age`` and ``required_acr``. Of a refresh: no nonce, and the
    ``subject`` and ``auth_time`` of the sign-in (OpenID Connect Core 1.0 §12.2).
    """

    access_token: str
    nonce: str | None = None
    max_age: int | None = None
    required_acr: str | None = None
    subject: str | None = None
    auth_time: int | None = None


async def verify_id_token(id_token: object, keys: KeyCache, expected: Expected) -> SignIn:
    """Return the sign-in that ``id_token`` proves.

    Raises the `TokenError` of the first check that fails, or ProviderError when keys are needed
    and cannot be had.
    """
    token = unverified(id_token, expected.algorithms, "JWT")
    claims = verified(token, await keys.find(token.kid, token.alg))
    check_claims(claims, token.header, expected)
    return SignIn.of_token(token.text, token.header, claims)


def check_claims(claims: dict[str, Any], header: dict[str, Any], expected: Expected) -> None:
    """Check the claims of a token whose signature holds."""
    for check in STRICTER:
        check(claims, expected)
    _access_token_is_the_hashed_one(claims, header, expected)
    token = CodeIDToken(
        claims,
        header,
        options={
            "iss": {"essential": True, "value": expected.issuer},
            "aud": {"essential": True, "value": expected.client_id},
        },
        params={
            "nonce": expected.nonce,
            "client_id": expected.client_id,
        },
    )
    try:
        token.validate(now=expected.now, leeway=expected.leeway)
    except ClaimError as error:
        raise named(error.claim, claims, expected) from None
    for check in ASKED:
        check(claims, expected)


def _authorized_party_is_ours(claims: Mapping[str, Any], expected: Expected) -> None:
    # Authlib passes over an empty azp.
    if "azp" in claims and claims["azp"] != expected.client_id:
        raise named("azp", claims, expected)


def _access_token_hash_is_text(claims: Mapping[str, Any], expected: Expected) -> None:
    # Authlib passes over an empty at_hash: present means checked, never fail open.
    value = claims.get("at_hash", "absent")
    if not isinstance(value, str) or not value:
        raise named("at_hash", claims, expected)


def _access_token_is_the_hashed_one(
    claims: Mapping[str, Any], header: Mapping[str, Any], expected: Expected
) -> None:
    # Authlib finds no hash for an algorithm whose name does not end in the size of one.
    if "at_hash" not in claims:
        return
    hashed = hashlib.new(HASHES.get(header["alg"], "sha256"), expected.access_token.encode())
    half = urlsafe_b64encode(hashed.digest()[: hashed.digest_size // 2]).decode().rstrip("=")
    given = claims["at_hash"].encode(errors="surrogatepass")  # JSON can hold half a character
    if not hmac.compare_digest(given, half.encode()):
        raise named("at_hash", claims, expected)


def _subject_is_a_network_id(claims: Mapping[str, Any], _expected: Expected) -> None:
    subject = claims.get("sub")
    if not isinstance(subject, str) or not is_wire_form(subject):
        raise NotANetworkIdError(expected="sub to be a network ID", came=shown(subject))


def _nonce_is_where_it_belongs(claims: Mapping[str, Any], expected: Expected) -> None:
    # §12.2: a refreshed token answers no request; one with a nonce was made for another place.
    if expected.nonce is None and "nonce" in claims:
        raise NonceMismatchError(expected="no nonce after a refresh", came="one")


def _subject_is_the_same(claims: Mapping[str, Any], expected: Expected) -> None:
    if expected.subject is not None and claims["sub"] != expected.subject:
        raise SubjectChangedError(expected="the sub of the sign-in", came="another")


def _is_recent_enough(claims: Mapping[str, Any], expected: Expected) -> None:
    """§3.1.2.1: who asks for ``max_age`` checks ``auth_time``; the request is no proof."""
    auth_time, now = claims.get("auth_time"), expected.now
    if expected.auth_time is not None and auth_time not in {None, expected.auth_time}:
        raise AuthTimeError(expected="auth_time of the sign-in", came=shown(auth_time))
    if expected.max_age is None:
        return
    since, until = now - expected.max_age - expected.leeway, now + expected.leeway
    if type(auth_time) is not int or not since <= auth_time <= until:
        raise AuthTimeError(expected=f"auth_time from {since} to {until}", came=shown(auth_time))


def _is_strong_enough(claims: Mapping[str, Any], expected: Expected) -> None:
    """§5.5.1.1: what was demanded is met, or nobody is signed in."""
    if expected.required_acr is None:
        return
    acr = claims.get("acr")
    if not isinstance(acr, str) or acr not in expected.required_acr.split():
        raise AcrUnmetError(expected=f"acr {shown(expected.required_acr)}", came=shown(acr))


STRICTER = (
    audience_is_ours_alone,
    _authorized_party_is_ours,
    _access_token_hash_is_text,
    _subject_is_a_network_id,
    _subject_is_the_same,
    _nonce_is_where_it_belongs,
)
ASKED = (_is_recent_enough, _is_strong_enough)  # after all else: the token is the right one
