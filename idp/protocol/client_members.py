"""The kinds of value that client metadata is made of (RFC 7591 §2), each checked by itself."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from idp.domain.loopback import is_loopback
from idp.protocol import jose, redirect_uri


def _registrable(uri: str) -> str:
    redirect_uri.check_registrable(uri)
    return uri


def _web_page(uri: str) -> str:
    if not (uri.startswith("https://") or is_loopback(uri)) or re.search(r"[\s\\]|@", uri):
        raise ValueError("must be an https address (http on loopback only)")
    return uri


def _https(uri: str) -> str:
    if not uri.startswith("https://"):
        raise ValueError("must be an https address")
    return uri


def _request_uri(uri: str) -> str:
    if len(uri) > MAX_REQUEST_URI:
        raise ValueError("has at most 512 characters (OpenID Connect Core §6.2)")
    return _web_page(uri)


def _without_fragment(uri: str) -> str:
    if "#" in uri:
        raise ValueError("has no fragment (Back-Channel Logout 1.0 §2.2)")
    return uri


def _readable(jwks: dict[str, Any]) -> dict[str, Any]:
    jose.keys_of_client(jwks)
    return jwks


MAX_REQUEST_URI = 512
RequestUri = Annotated[str, AfterValidator(_request_uri)]
RedirectUri = Annotated[str, AfterValidator(_registrable)]
WebPage = Annotated[str, Field(max_length=2000), AfterValidator(_web_page)]
LogoutUri = Annotated[WebPage, AfterValidator(_without_fragment)]
PublicJwks = Annotated[dict[str, Any], AfterValidator(_readable)]
Text = Annotated[str, Field(min_length=1, max_length=300)]
GrantType = Literal["authorization_code", "refresh_token", "client_credentials"]
AssertionAlg = Literal["RS256", "PS256", "ES256", "Ed25519"]
# OpenID Connect Core §4 and §8.1: these two are https, on this machine too.
HttpsPage = Annotated[WebPage, AfterValidator(_https)]
