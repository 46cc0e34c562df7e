"""The provider's discovery document, checked (OpenID Connect Discovery 1.0 §4, RFC 8414 §3.3)."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from authlib.oauth2 import rfc9207
from authlib.oidc.discovery import OpenIDProviderMetadata, get_well_known_url

from network_id.door import require_secure
from network_id.errors import (
    DiscoveryInvalidError,
    InsecureUrlError,
    IssuerMismatchError,
    NotOfferedError,
    ProviderAnswerError,
    shown,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    import httpx2

ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
OK = 200


@dataclass(frozen=True, slots=True)
class Metadata:
    """What the SDK needs to know of the provider; all URLs are secure ones."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    end_session_endpoint: str | None  # None where the provider has none; so are the others
    userinfo_endpoint: str | None
    revocation_endpoint: str | None
    par_endpoint: str | None
    requires_par: bool  # RFC 9126 §5: nothing but pushed requests is taken
    response_has_issuer: bool  # RFC 9207: `iss` is announced, so a response without it is refused
    supported: Mapping[str, tuple[str, ...]]  # what is offered, by the metadata's own names

    def endpoint(self, name: str, url: str | None) -> str:
        """Return ``url``. Raises NotOfferedError where the provider has no such endpoint."""
        if url is None:
            raise NotOfferedError(expected=f"a provider with {name}", came="one without")
        return url

    def require(self, name: str, value: str) -> None:
        """Refuse a ``value`` that is not offered. Where nothing is said, all is possible.

        Raises NotOfferedError.
        """
        self.require_any(name, {value})

    def require_any(self, name: str, values: Collection[str]) -> None:
        """Refuse ``values`` of which none is offered. Raises NotOfferedError."""
        offered = self.supported.get(name)
        if offered is not None and not set(values) & set(offered):
            raise NotOfferedError(
                expected=f"one of {name}: {', '.join(map(shown, offered))}",
                came=", ".join(map(shown, sorted(values))),
            )


async def fetch_metadata(http: httpx2.AsyncClient, issuer: str) -> Metadata:
    """Fetch and check the discovery document of ``issuer``.

    Raises InsecureUrlError, IssuerMismatchError, DiscoveryInvalidError, ProviderUnavailableError,
    ProviderAnswerError.
    """
    check_issuer(issuer)
    url = get_well_known_url(issuer, external=True)
    return read_metadata(json_object(await http.get(url), url), issuer)


def check_issuer(issuer: str) -> None:
    """Refuse an issuer that no provider can have. Raises InsecureUrlError."""
    require_secure(issuer, "an issuer")
    if "?" in issuer:
        raise InsecureUrlError(expected="an issuer without a query", came=shown(issuer))


def read_metadata(document: Mapping[str, Any], issuer: str) -> Metadata:
    """Return the checked discovery document. Raises as `fetch_metadata`."""
    if document.get("issuer") != issuer:  # byte for byte: no slash added, no case folded
        raise IssuerMismatchError(expected=shown(issuer), came=shown(document.get("issuer")))
    _validate(document)
    for name in ENDPOINTS:
        _check_endpoint(name, document.get(name), issuer)
    _require_member(document, "response_types_supported", "code")
    _require_member(document, "code_challenge_methods_supported", "S256")
    return Metadata(
        issuer=issuer,
        authorization_endpoint=document["authorization_endpoint"],
        token_endpoint=document["token_endpoint"],
        jwks_uri=document["jwks_uri"],
        end_session_endpoint=_optional("end_session_endpoint", document, issuer),
        userinfo_endpoint=_optional("userinfo_endpoint", document, issuer),
        revocation_endpoint=_optional("revocation_endpoint", document, issuer),
        par_endpoint=_optional("pushed_authorization_request_endpoint", document, issuer),
        requires_par=document.get("require_pushed_authorization_requests") is True,
        response_has_issuer=bool(document.get("authorization_response_iss_parameter_supported")),
        supported=MappingProxyType(_supported(document)),
    )


def _validate(document: Mapping[str, Any]) -> None:
    try:
        OpenIDProviderMetadata(document).validate(
            metadata_classes=[rfc9207.AuthorizationServerMetadata]
        )
    except (ValueError, TypeError, AttributeError, LookupError) as error:
        # Authlib's validators expect texts and lists; what else comes is no reason to crash.
        raise DiscoveryInvalidError(
            expected="valid provider metadata", came=shown(str(error))
        ) from error


def _optional(name: str, document: Mapping[str, Any], issuer: str) -> str | None:
    url = document.get(name)
    if url is None:
        return None
    _check_endpoint(name, url, issuer)
    return str(url)


def _supported(document: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    return {
        name: tuple(one for one in values if isinstance(one, str))
        for name, values in document.items()
        if name.endswith("_supported") and isinstance(values, list)
    }


def _check_endpoint(name: str, url: object, issuer: str) -> None:
    if not isinstance(url, str):
        raise DiscoveryInvalidError(expected=f"a URL as {name}", came=shown(url))
    require_secure(url, name)
    if urlsplit(issuer).scheme == "https" and urlsplit(url).scheme != "https":
        # A secure issuer whose endpoint is on this machine's loopback is a downgrade.
        raise InsecureUrlError(expected=f"https for {name}, as the issuer has", came=shown(url))


def _require_member(document: Mapping[str, Any], name: str, member: str) -> None:
    values = document.get(name)
    if not isinstance(values, list) or member not in values:
        raise DiscoveryInvalidError(expected=f"{member} in {name}", came=shown(values))


def json_object(response: httpx2.Response, url: str) -> Mapping[str, Any]:
    """Return the JSON object that ``response`` carries. Raises ProviderAnswerError."""
    if response.status_code != OK:
        raise ProviderAnswerError(
            expected=f"a document at {shown(url)}", came=f"HTTP {response.status_code}"
        )
    try:
        document = response.json()
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        kind = shown(response.headers.get("content-type", "no content-type"))
        raise ProviderAnswerError(
            expected=f"a JSON object at {shown(url)}", came=f"not one ({kind})"
        )
    return document
