"""How a client proves itself at the token endpoint (OpenID Connect Core §9, RFC 6749 §2.3).

Rules in prose. Exactly one method is used, and it is the registered one; the answer to another one
names both. Secrets are drawn by us with 256 bits, so that their SHA-256 is safe to keep and fast to
compare. An assertion (``private_key_jwt``, RFC 10070) has the issuer as its only audience, as a
single string: an array, a prefix or a trailing slash would let an assertion made for another
provider be used here (audience injection). ``baseline`` clients may name the token endpoint.
"""

from __future__ import annotations

import binascii
import hashlib
import hmac
import math
from base64 import b64decode
from typing import TYPE_CHECKING
from urllib.parse import unquote_plus

from msgspec import Struct

from idp.domain import mismatch
from idp.domain.client import AuthMethod, Client, SecurityProfile
from idp.domain.mismatch import Basis
from idp.domain.refusal import Cause, Refusal
from idp.protocol import jose, jwt_mismatch

if TYPE_CHECKING:
    from collections.abc import Mapping

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ASSERTION_TYPS = (None, "jwt", "client-authentication+jwt")
ASSERTION_ALGS = jose.ASYMMETRIC
STRICT_ASSERTION_ALGS = ("PS256", "ES256", "Ed25519")  # FAPI 2.0 §5.4.1
MAX_ASSERTION_SECONDS = 3600
SKEW_SECONDS = 10  # FAPI 2.0 §5.3.2.1: accept up to 10 s, refuse over 60 s
_MAX_JTI = 256


class Presented(Struct, frozen=True):
    """What a request presented: the method, the client it claims to be, and the proof.

    No ``repr``: the proof is a bearer value.
    """

    method: AuthMethod
    client_id: str
    proof: str

    __repr__ = object.__repr__


class ClientRequest(Struct, kw_only=True):
    """A request of a program that proves who it is; ``client`` is set once it has.

    ``sent`` are the form's parameters, ``authorization`` is the header, ``now`` in epoch seconds.
    """

    sent: Mapping[str, str]
    authorization: str | None
    now: int
    presented: Presented | None = None
    client: Client | None = None

    @property
    def known_client(self) -> Client:
        """The authenticated client; only checks that run after its own may ask."""
        if self.client is None:
            raise Refusal(Cause.CLIENT_AUTHENTICATION_FAILED)
        return self.client


def presented(authorization: str | None, body: Mapping[str, str]) -> Presented:
    """Read which method a request uses.

    Raises Refusal ``CLIENT_AUTHENTICATION_REPEATED`` when it uses several (RFC 6749 §2.3),
    ``CLIENT_AUTHENTICATION_MISSING`` when it names no client at all.
    """
    found = [p for p in (_basic(authorization), _assertion(body), _post(body)) if p is not None]
    if len(found) > 1:
        raise Refusal(Cause.CLIENT_AUTHENTICATION_REPEATED)
    named = body.get("client_id")
    if not found:
        if named is None:
            raise Refusal(Cause.CLIENT_AUTHENTICATION_MISSING)
        return Presented(AuthMethod.NONE, named, "")
    if named is not None and named != found[0].client_id:
        raise Refusal(Cause.CLIENT_AUTHENTICATION_FAILED)
    return found[0]


def _basic(authorization: str | None) -> Presented | None:
    if authorization is None:
        return None
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() != "basic":
        raise Refusal(Cause.CLIENT_AUTHENTICATION_FAILED)
    try:
        text = b64decode(value.strip(), validate=True).decode("utf-8")
    except (binascii.Error, ValueError) as error:
        raise Refusal(Cause.CLIENT_AUTHENTICATION_FAILED) from error
    name, colon, secret = text.partition(":")
    if not colon or not name:
        raise Refusal(Cause.CLIENT_AUTHENTICATION_FAILED)
    # RFC 6749 §2.3.1: both halves are form-encoded before they are joined.
    return Presented(AuthMethod.BASIC, unquote_plus(name), unquote_plus(secret))


def _post(body: Mapping[str, str]) -> Presented | None:
    secret = body.get("client_secret")
    if secret is None:
        return None
    return Presented(AuthMethod.POST, body.get("client_id", ""), secret)


def _assertion(body: Mapping[str, str]) -> Presented | None:
    assertion, kind = body.get("client_assertion"), body.get("client_assertion_type")
    if assertion is None and kind is None:
        return None
    if assertion is None or kind != ASSERTION_TYPE:
        raise Refusal(Cause.ASSERTION_MALFORMED)
    try:
        claimed = jose.unverified_claims(assertion).get("sub")
    except jose.JwtRefused as error:
        raise Refusal(Cause.ASSERTION_MALFORMED, why=error.reason) from error
    if not isinstance(claimed, str):
        raise Refusal(Cause.ASSERTION_MALFORMED)
    return Presented(AuthMethod.PRIVATE_KEY_JWT, claimed, assertion)


def method_is_registered(client: Client, used: Presented) -> None:
    """Refuse a method other than the registered one, naming both."""
    if used.method is not client.auth_method:
        raise Refusal(
            Cause.CLIENT_AUTHENTICATION_METHOD,
            mismatch.words(
                "token_endpoint_auth_method",
                (used.method.value,),
                (client.auth_method.value,),
                Basis.REGISTERED,
            ),
        )


def secret_is_right(client: Client, used: Presented, *, now: int) -> None:
    """Compare a secret with both live ones, in constant time; without a digest nothing matches."""
    digest = hashlib.sha256(used.proof.encode("utf-8", "surrogatepass")).digest()
    old = hmac.compare_digest(digest, client.secret_digest or b"") and not (
        client.old_secret_until is not None and now >= client.old_secret_until
    )
    new = hmac.compare_digest(digest, client.next_secret_digest or b"")
    if not (old or new):
        raise Refusal(Cause.CLIENT_AUTHENTICATION_FAILED)


class Assertion(Struct, frozen=True):
    """An accepted assertion that still has to be spent once."""

    jti: str
    expires: int
    made: int = 0  # not before then; epoch seconds


def read_assertion(
    client: Client, used: Presented, *, keys: jose.PublicKeys, issuer: str, now: int
) -> Assertion:
    """Verify an assertion (RFC 7523 §3, RFC 10070); the caller spends its ``jti``.

    Raises Refusal ``ASSERTION_REFUSED`` or ``ASSERTION_AUDIENCE``.
    """
    baseline = client.security_profile is SecurityProfile.BASELINE
    algs: tuple[str, ...] = ASSERTION_ALGS if baseline else STRICT_ASSERTION_ALGS
    if client.assertion_alg is not None:
        algs = tuple(alg for alg in algs if alg == client.assertion_alg)
    try:
        found = jose.verify(used.proof, keys, algs=algs, typs=ASSERTION_TYPS).claims
    except jose.JwtRefused as error:
        found_alg = jwt_mismatch.algorithm(used.proof, algs)
        raise Refusal(Cause.ASSERTION_REFUSED, found_alg, why=error.reason) from error
    if found.get("iss") != client.client_id or found.get("sub") != client.client_id:
        raise Refusal(Cause.ASSERTION_REFUSED, why="iss and sub are not the client")
    accepted = {issuer}
    if baseline:
        accepted.add(f"{issuer.rstrip('/')}/token")
    audience = found.get("aud")
    if not isinstance(audience, str) or audience not in accepted:
        raise Refusal(
            Cause.ASSERTION_AUDIENCE,
            mismatch.text("aud", audience, sorted(accepted), Basis.EXPECTED),
        )
    return _timely(found, now)


def _timely(found: Mapping[str, object], now: int) -> Assertion:
    times = {name: found[name] for name in ("exp", "iat", "nbf") if name in found}
    if any(isinstance(t, bool) or not isinstance(t, int | float) for t in times.values()):
        raise Refusal(Cause.ASSERTION_REFUSED, why="a time is not a number")
    numbers = {name: float(str(value)) for name, value in times.items()}
    expires, jti = numbers.get("exp"), found.get("jti")
    if expires is None or expires + SKEW_SECONDS <= now:
        raise Refusal(Cause.ASSERTION_REFUSED, why="expired, or without exp")
    if expires > now + MAX_ASSERTION_SECONDS + SKEW_SECONDS:
        raise Refusal(Cause.ASSERTION_REFUSED, why="lives longer than an hour")
    if max(numbers.get("iat", now), numbers.get("nbf", now)) > now + SKEW_SECONDS:
        raise Refusal(Cause.ASSERTION_REFUSED, why="not yet valid")
    if not isinstance(jti, str) or not 0 < len(jti) <= _MAX_JTI:
        raise Refusal(Cause.ASSERTION_REFUSED, why="without a usable jti")
    made = math.floor(max(0.0, numbers.get("iat", expires - MAX_ASSERTION_SECONDS)))
    # Rounded up: forgotten a fraction too early, it could be used once more.
    return Assertion(jti, math.ceil(expires) + SKEW_SECONDS, made - SKEW_SECONDS)
