"""What every token of the provider has in common: one signed JWT of one kind, by a published key.

An algorithm that is registered; a type that says which kind of token it is; the key that the
provider publishes for exactly this kid and algorithm; the signature. Only then is anything read in
it. Who must have said it to whom, and when, is alike too; the other claims are each kind's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from joserfc import jwt
from joserfc.errors import BadSignatureError, JoseError

from network_id.compact import EXPECTED, read_header
from network_id.errors import (
    AccessTokenHashError,
    AlgorithmRefusedError,
    AudienceError,
    AuthorizedPartyError,
    ClaimInvalidError,
    IssuedInFutureError,
    KeyUnknownError,
    NonceMismatchError,
    NotANetworkIdError,
    SignatureInvalidError,
    TokenExpiredError,
    TokenIssuerError,
    TokenMalformedError,
    TokenNotYetValidError,
    TokenTypeError,
    shown,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from network_id.keys import Key

TIMES = ("exp", "iat", "nbf")
FARTHEST = 10**12  # seconds; what lies beyond says nothing about a clock
SECRET_CLAIMS = ("nonce", "at_hash")  # their values do not go into an error
CLAIM_ERRORS: dict[str, type[ClaimInvalidError]] = {
    "iss": TokenIssuerError,
    "aud": AudienceError,
    "azp": AuthorizedPartyError,
    "exp": TokenExpiredError,
    "iat": IssuedInFutureError,
    "nbf": TokenNotYetValidError,
    "nonce": NonceMismatchError,
    "at_hash": AccessTokenHashError,
    "sub": NotANetworkIdError,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What every token must say. ``now`` and ``leeway`` are seconds."""

    issuer: str
    client_id: str
    algorithms: frozenset[str]
    now: int
    leeway: int


@dataclass(frozen=True, slots=True)
class Unverified:
    """A token whose header fits. Nothing vouches for it before `verified`."""

    text: str
    header: dict[str, Any]
    alg: str
    kid: str


def unverified(token: object, algorithms: frozenset[str], typ: str) -> Unverified:
    """Return the token, of the type ``typ`` and signed by one of ``algorithms``.

    The type is compared as RFC 7515 §4.1.9 says, and is ``JWT`` where none is named. Raises
    TokenMalformedError, AlgorithmRefusedError, TokenTypeError, KeyUnknownError.
    """
    text, header = read_header(token)
    alg, kid, kind = header.get("alg"), header.get("kid"), header.get("typ", "JWT")
    if not isinstance(alg, str) or alg not in algorithms:
        raise AlgorithmRefusedError(expected=" or ".join(sorted(algorithms)), came=shown(alg))
    if not isinstance(kind, str) or kind.lower().removeprefix("application/") != typ.lower():
        # RFC 8725 §3.11: one key signs access, logout and ID tokens; none passes for another.
        raise TokenTypeError(expected=f"typ {typ}", came=shown(kind))
    if not isinstance(kid, str):
        raise KeyUnknownError(expected="a kid", came=shown(kid))
    return Unverified(text, header, alg, kid)


def verified(token: Unverified, key: Key) -> dict[str, Any]:
    """Return the claims that the holder of ``key`` has signed.

    Raises SignatureInvalidError, TokenMalformedError.
    """
    try:
        return jwt.decode(token.text, key, algorithms=[token.alg]).claims
    except BadSignatureError:
        raise SignatureInvalidError(
            expected="the signature of the named key", came="another"
        ) from None
    except (JoseError, ValueError, TypeError, RecursionError) as error:
        raise TokenMalformedError(expected=EXPECTED, came=shown(type(error).__name__)) from None


def audience_is_ours_alone(claims: Mapping[str, Any], wanted: Wanted) -> None:
    """Check ``aud``. Raises AudienceError."""
    # §3.1.3.7 step 3: audiences that we do not trust mean no. We trust nobody beside ourselves.
    if claims.get("aud") not in (wanted.client_id, [wanted.client_id]):
        raise named("aud", claims, wanted)


def named(claim: str, claims: Mapping[str, Any], wanted: Wanted) -> ClaimInvalidError:
    """Return the error that says what was wanted of ``claim``, and what came."""
    kind = CLAIM_ERRORS.get(claim, ClaimInvalidError)
    right = {
        "iss": shown(wanted.issuer),
        "aud": shown(wanted.client_id),
        "azp": shown(wanted.client_id),
        "exp": f"later than {wanted.now - wanted.leeway}",
        "iat": f"not later than {wanted.now + wanted.leeway}",
        "nbf": f"not later than {wanted.now + wanted.leeway}",
        "nonce": "to be that of this sign-in",
        "at_hash": "to be the hash of the access token that came along",
    }.get(claim, "a valid value")
    hidden = "none" if claim not in claims else "another"
    came = hidden if claim in SECRET_CLAIMS else shown(claims.get(claim))
    if claim in TIMES:
        came += _distance(claims.get(claim), wanted.now)
    return kind(expected=f"{claim} {right}", came=came)


def _distance(time: object, now: int) -> str:
    """Return how far off a time is, so that a wrong clock is seen at a glance."""
    if type(time) is not int or abs(time) > FARTHEST:
        return ""
    return f", {abs(time - now)} s {'ahead' if time > now else 'ago'} by this machine's clock"
