"""Client metadata (RFC 7591 §2, OpenID Connect Registration §2) and our own members (DESIGN §6).

Rules in prose. What is not understood is refused by name rather than ignored: an ignored
member is a promise that nobody keeps. Names, purposes, alternatives may be tagged with a language
(``client_name#zh-Hans``, RFC 7591 §2.2). Public and ``fapi2`` clients always use PKCE, and so does
by default every client an operator adds. Outside the sandbox a platform declares its purpose and
the alternative it offers to people who do not want a network ID (promise P9). ``first_party`` is an
operator's word about a platform's own service, never a client's about itself: what is registered
openly must not have it, nor the members of a resource server (``resource_metadata``). A program
that signs nobody in has no ``authorization_code`` among its grant types, and no redirect URI.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, Self

from authlib.oauth2.claims import InvalidClaimError
from authlib.oauth2.rfc7591 import ClientMetadataClaims
from authlib.oidc.registration import ClientMetadataClaims as OidcClientMetadataClaims
from msgspec import Struct
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    ValidationError,
    model_validator,
)

from idp.domain.client import GRANT_REFRESH, AuthMethod, Client, SecurityProfile, sector_of
from idp.domain.release import SCOPE_AGE, SCOPE_OFFLINE, SCOPE_OPENID, SCOPES
from idp.domain.signing_key import Algorithm
from idp.protocol import resource_metadata
from idp.protocol.client_members import (
    AssertionAlg,
    GrantType,
    HttpsPage,
    LogoutUri,
    PublicJwks,
    RedirectUri,
    RequestUri,
    Text,
    WebPage,
)
from idp.protocol.parameters import words

LOCALIZABLE = ("client_name", "purpose", "alternative")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")


class MetadataRefused(ValueError):
    """The metadata is not acceptable; the text says which member and why."""


class ClientMetadata(BaseModel):
    """The metadata of one client, validated. Unknown members are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    redirect_uris: Annotated[list[RedirectUri], Field(max_length=50)] = Field(default_factory=list)
    client_name: dict[str, Text]
    purpose: dict[str, Text] = Field(default_factory=dict)
    platform: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")] | None = None
    alternative: dict[str, Text] = Field(default_factory=dict)
    first_party: StrictBool = False
    security_profile: SecurityProfile = SecurityProfile.BASELINE
    require_pkce: bool = True
    token_endpoint_auth_method: AuthMethod = AuthMethod.BASIC
    jwks: PublicJwks | None = None
    grant_types: tuple[GrantType, ...] = ("authorization_code",)
    response_types: tuple[Literal["code"], ...] = ("code",)
    application_type: Literal["web", "native"] = "web"
    subject_type: Literal["pairwise"] = "pairwise"
    scope: str = f"{SCOPE_OPENID} {SCOPE_AGE}"
    id_token_signed_response_alg: Algorithm = "RS256"
    userinfo_signed_response_alg: Algorithm | None = None
    default_max_age: Annotated[int, Field(ge=0)] | None = None
    require_auth_time: bool = False
    client_uri: WebPage | None = None
    policy_uri: WebPage | None = None
    tos_uri: WebPage | None = None
    backchannel_logout_uri: LogoutUri | None = None
    contacts: list[Text] = Field(default_factory=list)
    software_id: Text | None = None
    software_version: Text | None = None
    post_logout_redirect_uris: Annotated[list[RedirectUri], Field(max_length=50)] = Field(
        default_factory=list
    )
    backchannel_logout_session_required: StrictBool = False
    resource: resource_metadata.Identifier | None = None
    resource_scopes: resource_metadata.Scopes = Field(default_factory=dict)
    jwks_uri: WebPage | None = None
    sector_identifier_uri: HttpsPage | None = None
    initiate_login_uri: HttpsPage | None = None
    logo_uri: WebPage | None = None
    token_endpoint_auth_signing_alg: AssertionAlg | None = None
    dpop_bound_access_tokens: StrictBool = False
    introspection_signed_response_alg: Algorithm | None = None
    require_pushed_authorization_requests: StrictBool = False
    require_signed_request_object: StrictBool = False
    request_object_signing_alg: AssertionAlg | None = None
    request_uris: Annotated[list[RequestUri], Field(max_length=20)] = Field(default_factory=list)

    @model_validator(mode="after")
    def _together(self) -> Self:
        if not self.require_pkce and (
            self.security_profile is SecurityProfile.FAPI2
            or self.token_endpoint_auth_method is AuthMethod.NONE
        ):
            raise ValueError("require_pkce cannot be off for public and fapi2 clients")
        self._check_keys()
        self._check_profile()
        self._check_own_service()
        self._check_refreshing()
        self._check_reach()
        return self

    @property
    def signs_people_in(self) -> bool:
        """Tell whether people meet this client on our pages."""
        return "authorization_code" in self.grant_types

    @property
    def asked_scopes(self) -> frozenset[str]:
        """The scopes that it may ask for; without people only those of resources."""
        asked = frozenset(words(self.scope))
        if GRANT_REFRESH in self.grant_types:
            asked |= {SCOPE_OFFLINE}
        return asked if self.signs_people_in else asked - frozenset(SCOPES)

    def _check_reach(self) -> None:
        """Refuse scopes that nothing stands behind, and a program that cannot be told apart."""
        asked = self.asked_scopes
        resource_metadata.check_asked(set(asked) - set(SCOPES))
        if self.signs_people_in and not self.redirect_uris:
            raise ValueError("redirect_uris: at least one, where people sign in")
        if self.grant_types and not asked - {"offline_access"}:
            raise ValueError("scope must hold openid or a scope of a resource")
        if SCOPE_AGE in asked and SCOPE_OPENID not in asked:
            raise ValueError("scope age needs openid")
        public = self.token_endpoint_auth_method is AuthMethod.NONE
        if public and ("client_credentials" in self.grant_types or self.resource):
            raise ValueError("client_credentials and resource servers need authentication")
        if bool(self.resource) != bool(self.resource_scopes):
            raise ValueError("resource and resource_scopes go together")

    def _check_refreshing(self) -> None:
        """OpenID Connect Core §11: staying connected comes with the grant type, named or not."""
        if GRANT_REFRESH in self.grant_types and not self.signs_people_in:
            raise ValueError("grant_types: refresh_token needs authorization_code, which begins it")
        if SCOPE_OFFLINE in words(self.scope) and GRANT_REFRESH not in self.grant_types:
            raise ValueError("scope: offline_access needs refresh_token among grant_types")

    def _check_keys(self) -> None:
        by_key = self.token_endpoint_auth_method is AuthMethod.PRIVATE_KEY_JWT
        if by_key and self.jwks is None and self.jwks_uri is None:
            raise ValueError("private_key_jwt needs jwks or jwks_uri")
        signs_requests = self.require_signed_request_object or bool(self.request_uris)
        if signs_requests and self.jwks is None and self.jwks_uri is None:
            raise ValueError("signed request objects need jwks or jwks_uri")
        if self.jwks is not None and self.jwks_uri is not None:  # RFC 7591 §2
            raise ValueError("jwks and jwks_uri exclude each other")
        if self.token_endpoint_auth_signing_alg is not None and not by_key:
            raise ValueError("token_endpoint_auth_signing_alg goes with private_key_jwt")

    def _check_profile(self) -> None:
        """FAPI 2.0 Security Profile §5.3.2.1, §5.4: what such a client cannot do without."""
        if self.security_profile is not SecurityProfile.FAPI2:
            return
        ours = (self.userinfo_signed_response_alg, self.introspection_signed_response_alg)
        if "RS256" in {self.id_token_signed_response_alg, *ours}:
            raise ValueError("fapi2 clients register *_signed_response_alg PS256, ES256, Ed25519")
        if self.token_endpoint_auth_method is not AuthMethod.PRIVATE_KEY_JWT:
            raise ValueError("fapi2 clients authenticate by private_key_jwt")
        if "RS256" in {self.token_endpoint_auth_signing_alg, self.request_object_signing_alg}:
            raise ValueError("fapi2 clients sign assertions and requests by PS256, ES256, Ed25519")

    def _check_own_service(self) -> None:
        """Only who authenticates at its own address may go unasked (DECISIONS 33).

        Whoever can act as the client would learn the network ID in silence.
        """
        if not self.first_party:
            return
        if not self.platform:
            raise ValueError("first_party needs platform: whose own service it is")
        if self.token_endpoint_auth_method is AuthMethod.NONE:
            raise ValueError("first_party clients authenticate at the token endpoint")
        if not all(uri.startswith("https://") for uri in self.redirect_uris):
            raise ValueError("first_party clients have https redirect_uris only")

    def check_accountable(self) -> None:
        """Refuse a platform that real people may meet without purpose and alternative (P9)."""
        asked = ("platform", "purpose", "alternative") if self.signs_people_in else ("platform",)
        for member in asked:
            if not getattr(self, member):
                raise MetadataRefused(f"{member}: required of every platform outside the sandbox")
        for member in ("redirect_uris", "post_logout_redirect_uris"):
            if self.application_type == "web" and not all(
                uri.startswith("https://") for uri in getattr(self, member)
            ):
                raise MetadataRefused(
                    f"{member}: https, or application_type native (RFC 8252 §8.4)"
                )


def read(document: dict[str, Any]) -> ClientMetadata:
    """Validate a metadata document; raises MetadataRefused naming each member at fault."""
    try:
        metadata = ClientMetadata.model_validate(_untagged(document))
        given = {name: value for name, value in document.items() if value is not None}
        ClientMetadataClaims(given, {}).validate()
        OidcClientMetadataClaims(given, {}).validate()
    except InvalidClaimError as error:
        raise MetadataRefused(str(error)) from error
    except ValidationError as error:
        raise MetadataRefused("; ".join(_told(e) for e in error.errors())) from error
    return metadata


def _told(error: Any) -> str:
    place = ".".join(str(part) for part in error["loc"] if part != "")
    message = str(error["msg"]).removeprefix("Value error, ")
    return f"{place}: {message}" if place else message


def _untagged(document: dict[str, Any]) -> dict[str, Any]:
    """Gather ``name#tag`` members into one mapping per localizable name."""
    plain: dict[str, Any] = {}
    for member, value in document.items():
        name, mark, tag = member.partition("#")
        if name not in LOCALIZABLE:
            plain[member] = value
            continue
        if mark and not _LANGUAGE.fullmatch(tag):
            raise MetadataRefused(f"{member}: not a language tag")
        plain.setdefault(name, {})[tag] = value
    return plain


def offered_scopes(metadata: ClientMetadata) -> set[str]:
    """Return the scopes of the resource that is being registered, if it is one."""
    return set(resource_metadata.by_language(metadata.resource_scopes))


def tagged(metadata: ClientMetadata) -> dict[str, Any]:
    """Return the metadata as a document again: the form that is stored and shown."""
    document = metadata.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    for name in LOCALIZABLE:
        texts = document.pop(name, {})
        document |= {f"{name}#{tag}" if tag else name: text for tag, text in texts.items()}
    return document


class Kept(Struct, frozen=True, kw_only=True):
    """What the registry keeps of a client beside its metadata; as in ``Client``."""

    secret_digest: bytes | None = None
    next_secret_digest: bytes | None = None
    has_logo: bool = False
    reviewed: bool = True
    disabled: bool = False
    old_secret_until: int | None = None


def client(client_id: str, metadata: ClientMetadata, kept: Kept) -> Client:
    """Return the client that ``metadata`` describes; raises MetadataRefused for its sector."""
    redirect_uris = tuple(metadata.redirect_uris)
    return Client(
        client_id=client_id,
        platform=metadata.platform or "",
        sector=_sector(client_id, metadata, kept),
        redirect_uris=redirect_uris,
        names=metadata.client_name,
        purposes=metadata.purpose,
        alternatives=metadata.alternative,
        auth_method=metadata.token_endpoint_auth_method,
        secret_digest=kept.secret_digest,
        jwks=metadata.jwks,
        id_token_alg=metadata.id_token_signed_response_alg,
        userinfo_alg=metadata.userinfo_signed_response_alg,
        scopes=metadata.asked_scopes,
        grant_types=metadata.grant_types,
        require_pkce=metadata.require_pkce,
        require_auth_time=metadata.require_auth_time,
        default_max_age=metadata.default_max_age,
        security_profile=metadata.security_profile,
        policy_uri=metadata.policy_uri,
        tos_uri=metadata.tos_uri,
        backchannel_logout_uri=metadata.backchannel_logout_uri,
        has_logo=kept.has_logo,
        first_party=metadata.first_party,
        post_logout_redirect_uris=tuple(metadata.post_logout_redirect_uris),
        resource=metadata.resource,
        introspection_alg=metadata.introspection_signed_response_alg,
        resource_scopes=resource_metadata.by_language(metadata.resource_scopes),
        jwks_uri=metadata.jwks_uri,
        next_secret_digest=kept.next_secret_digest,
        assertion_alg=metadata.token_endpoint_auth_signing_alg,
        initiate_login_uri=metadata.initiate_login_uri,
        reviewed=kept.reviewed,
        dpop_bound=metadata.dpop_bound_access_tokens
        or metadata.security_profile is SecurityProfile.FAPI2,
        require_pushed_authorization_requests=metadata.require_pushed_authorization_requests,
        require_signed_request_object=metadata.require_signed_request_object,
        request_object_alg=metadata.request_object_signing_alg,
        request_uris=tuple(metadata.request_uris),
        disabled=kept.disabled,
        old_secret_until=kept.old_secret_until,
    )


def _sector(client_id: str, metadata: ClientMetadata, kept: Kept) -> str:
    try:
        return sector_of(
            client_id=client_id,
            platform=metadata.platform,
            sector_identifier_uri=metadata.sector_identifier_uri,
            redirect_uris=tuple(metadata.redirect_uris),
            nobodys=not kept.reviewed,
        )
    except ValueError as error:
        raise MetadataRefused(f"sector_identifier_uri: {error}") from error
