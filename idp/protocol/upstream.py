"""Rules for another OpenID provider that says who somebody is (OpenID Connect Core §3.1.3.7).

Rules in prose. Its discovery document names the issuer that we configured, and addresses on its own
hosts alone: whoever could write another host there would get codes and assertions sent to them. It
must not exclude PKCE with S256 or ``private_key_jwt``. Where it says that it names itself in every
response (RFC 9207), it has to, and as itself: the defence against mix-up. An ID token is for us
alone, of this sign-in (nonce), signed just now, by the one algorithm that was registered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from msgspec import Struct

from idp.domain.loopback import is_loopback
from idp.protocol.jose import JwtRefused, PublicKeys, verify

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

LEEWAY_SECONDS = 60
OLDEST_SECONDS = 600


class UpstreamRefused(Exception):
    """What another provider sent is not acceptable; ``reason`` is for the log, without values."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Metadata(Struct, frozen=True):
    """What we use of a discovery document. ``names_itself`` is RFC 9207's promise."""

    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    names_itself: bool


class Expected(Struct, frozen=True):
    """What an ID token has to say. ``now`` in epoch seconds, ``alg`` as registered there."""

    issuer: str
    client_id: str
    nonce: str
    alg: str
    now: int


def is_allowed(address: str, hosts: Collection[str], *, loopback: bool) -> bool:
    """Tell whether we may send anything to ``address``: https, on one of ``hosts``.

    ``loopback`` allows plain http on this machine, for an issuer that is there itself.
    """
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    if parts.netloc not in hosts or parts.fragment:  # user information is part of netloc
        return False
    return parts.scheme == "https" or (loopback and is_loopback(address))


def read_metadata(document: Mapping[str, Any], *, issuer: str, hosts: Collection[str]) -> Metadata:
    """Return what a discovery document (OpenID Discovery §3) says; raises UpstreamRefused."""
    if document.get("issuer") != issuer:
        raise UpstreamRefused("the discovery document is another issuer's")
    found = {}
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
        address = document.get(name)
        loopback = is_loopback(issuer)
        if not isinstance(address, str) or not is_allowed(address, hosts, loopback=loopback):
            raise UpstreamRefused(f"{name} is missing, or not on an allowed host")
        found[name] = address
    for name, needed in (
        ("code_challenge_methods_supported", "S256"),
        ("token_endpoint_auth_methods_supported", "private_key_jwt"),
        ("response_types_supported", "code"),
    ):
        offered = document.get(name, [needed])
        if not isinstance(offered, list) or needed not in offered:
            raise UpstreamRefused(f"{name} lacks {needed}")
    names_itself = document.get("authorization_response_iss_parameter_supported") is True
    return Metadata(**found, names_itself=names_itself)


def check_response(iss: str | None, *, issuer: str, names_itself: bool) -> None:
    """Refuse a response of another provider (RFC 9207 §2.4); raises UpstreamRefused."""
    if iss is None and names_itself:
        raise UpstreamRefused("the response does not name its issuer")
    if iss is not None and iss != issuer:
        raise UpstreamRefused("the response is another issuer's")


def check_id_token(token: str, keys: PublicKeys, expected: Expected) -> Mapping[str, Any]:
    """Return the claims of an ID token that is good here and now; raises UpstreamRefused."""
    try:
        claims = verify(token, keys, algs=[expected.alg], typs=[None, "jwt"]).claims
    except JwtRefused as refused:
        raise UpstreamRefused(refused.reason) from None
    for check in (_issuer, _audience, _nonce, _times, _subject):
        check(claims, expected)
    return claims


def _issuer(claims: Mapping[str, Any], expected: Expected) -> None:
    if claims.get("iss") != expected.issuer:
        raise UpstreamRefused("iss is another issuer")


def _audience(claims: Mapping[str, Any], expected: Expected) -> None:
    # A token that others may also hold proves nothing about who brings it.
    if claims.get("aud") not in (expected.client_id, [expected.client_id]):
        raise UpstreamRefused("aud is not us alone")
    if claims.get("azp", expected.client_id) != expected.client_id:
        raise UpstreamRefused("azp is another client")


def _nonce(claims: Mapping[str, Any], expected: Expected) -> None:
    if claims.get("nonce") != expected.nonce:
        raise UpstreamRefused("nonce is not this sign-in's")


def _times(claims: Mapping[str, Any], expected: Expected) -> None:
    times = {name: claims.get(name) for name in ("exp", "iat")}
    if any(type(value) is not int for value in times.values()):
        raise UpstreamRefused("exp or iat is missing")
    if claims["exp"] <= expected.now - LEEWAY_SECONDS:
        raise UpstreamRefused("expired")
    if not -LEEWAY_SECONDS <= expected.now - claims["iat"] <= OLDEST_SECONDS:
        raise UpstreamRefused("iat is in the future, or long past")
    begins = claims.get("nbf", 0)
    if type(begins) is not int or begins > expected.now + LEEWAY_SECONDS:  # RFC 7519 §4.1.5
        raise UpstreamRefused("nbf is to come, or no time")


def _subject(claims: Mapping[str, Any], _expected: Expected) -> None:
    if not isinstance(claims.get("sub"), str) or not claims["sub"]:
        raise UpstreamRefused("sub is missing")
