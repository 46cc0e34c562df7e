"""A client: one registered relying application of a platform, and its sector."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from msgspec import Struct, field

from idp.domain import loopback

if TYPE_CHECKING:
    from collections.abc import Mapping


GRANT_REFRESH = "refresh_token"
MAX_CLIENT_ID = 64  # characters; it is sealed with grants and history, each of one size


class SecurityProfile(StrEnum):
    """How strict a client's requests are checked."""

    BASELINE = "baseline"
    FAPI2 = "fapi2"


class AuthMethod(StrEnum):
    """Token endpoint authentication methods (OpenID Connect Core §9)."""

    BASIC = "client_secret_basic"
    POST = "client_secret_post"
    PRIVATE_KEY_JWT = "private_key_jwt"
    NONE = "none"


class Client(Struct, frozen=True):
    """One client as registered: RFC 7591 metadata and our own (DESIGN §6).

    ``secret_digest`` is the SHA-256 of a secret that we drew, or None. ``names``, ``purposes``
    and ``alternatives`` map a BCP 47 language ("" when none was given) to text (RFC 7591 §2.2).
    ``first_party`` says that an operator holds it for the platform's own service, ``reviewed`` that
    somebody has looked at what the client says of itself. While a secret is being changed
    ``next_secret_digest`` is the new one's, and both are valid, the older one until
    ``old_secret_until`` (epoch seconds; None: until it is ended by hand). Whoever is ``disabled``
    is refused everywhere, and what was granted gives nothing. ``resource`` is the API that it
    runs, if it is a resource server, and ``resource_scopes`` what that offers. ``dpop_bound`` says
    that it has no access token but bound ones (RFC 9449 §5.2), as all ``fapi2`` clients.
    """

    client_id: str
    platform: str
    sector: str
    redirect_uris: tuple[str, ...]
    names: Mapping[str, str]
    purposes: Mapping[str, str] = field(default_factory=dict)
    alternatives: Mapping[str, str] = field(default_factory=dict)
    auth_method: AuthMethod = AuthMethod.BASIC
    secret_digest: bytes | None = None
    jwks: Mapping[str, object] | None = None
    id_token_alg: str = "RS256"
    userinfo_alg: str | None = None
    scopes: frozenset[str] = frozenset({"openid", "age"})
    grant_types: tuple[str, ...] = ("authorization_code",)
    require_pkce: bool = True
    require_auth_time: bool = False
    default_max_age: int | None = None
    security_profile: SecurityProfile = SecurityProfile.BASELINE
    policy_uri: str | None = None
    tos_uri: str | None = None
    backchannel_logout_uri: str | None = None
    has_logo: bool = False
    first_party: bool = False
    post_logout_redirect_uris: tuple[str, ...] = ()
    resource: str | None = None
    introspection_alg: str | None = None
    resource_scopes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    jwks_uri: str | None = None
    next_secret_digest: bytes | None = None
    assertion_alg: str | None = None
    initiate_login_uri: str | None = None
    reviewed: bool = True
    dpop_bound: bool = False
    require_pushed_authorization_requests: bool = False
    require_signed_request_object: bool = False
    request_object_alg: str | None = None
    request_uris: tuple[str, ...] = ()
    disabled: bool = False
    old_secret_until: int | None = None

    @property
    def must_push(self) -> bool:
        """Tell whether its requests are taken from ``/par`` alone (RFC 9126 §6, FAPI 2.0)."""
        strict = self.security_profile is SecurityProfile.FAPI2
        return self.require_pushed_authorization_requests or strict

    @property
    def may_refresh(self) -> bool:
        """Tell whether refresh tokens may be given to it."""
        return GRANT_REFRESH in self.grant_types

    def name(self, locale: str) -> str:
        """Return the display name in ``locale``, else the untagged one, else any."""
        return localized(self.names, locale) or self.client_id

    def purpose(self, locale: str) -> str:
        """Return why the client asks, in ``locale``, else untagged, else any; may be empty."""
        return localized(self.purposes, locale)

    def alternative(self, locale: str) -> str:
        """Return the platform's other way in (promise P9), as ``purpose`` does."""
        return localized(self.alternatives, locale)


def localized(texts: Mapping[str, str], locale: str) -> str:
    """Choose the text for ``locale`` from RFC 7591 §2.2 variants, falling back to the default."""
    return texts.get(locale) or texts.get("") or next(iter(texts.values()), "")


def sector_of(
    *,
    client_id: str,
    platform: str | None,
    redirect_uris: tuple[str, ...],
    sector_identifier_uri: str | None = None,
    nobodys: bool = False,
) -> str:
    """Return what a client's pseudonyms are scoped to (OpenID Connect Core §8.1, DESIGN §4).

    The registered platform; without one the host of the ``sector_identifier_uri``, whose document
    has been read; else the host of the redirect URIs; for a loopback redirect the client itself,
    or two local platforms would share one network ID. So it is for a program that has no redirect
    URI, since nobody signs in there.

    Raises ValueError when the redirect URIs have several hosts: a silent fallback would let a
    registration slip into a sector that is not its own. A client that is ``nobodys`` (it registered
    itself openly, in a sandbox) is a sector of its own then, which nobody else ever enters.
    """
    if platform:
        return f"platform:{platform}"
    told = redirect_uris if sector_identifier_uri is None else (sector_identifier_uri,)
    if not told:
        return f"client:{client_id}"
    hosts = {(urlsplit(uri).hostname or "") for uri in told}
    if hosts <= {"", *loopback.HOSTS} or (len(hosts) > 1 and nobodys):
        return f"client:{client_id}"  # this machine is one, by whichever of its names
    if len(hosts) > 1:
        raise ValueError("redirect URIs with several hosts need a sector_identifier_uri")
    return f"host:{hosts.pop()}"
