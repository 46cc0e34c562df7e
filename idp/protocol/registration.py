"""Clients that register themselves (RFC 7591) and manage their registration (RFC 7592).

Rules in prose. Members that we do not know are ignored (RFC 7591 §2), unlike in an operator's file;
values that we do not support are refused. What only an operator can say of a client is refused
rather than ignored, because whoever sends it hopes for it: ``first_party``, the members of a
resource server, and ``platform``, which would place a stranger in that platform's sector and so
hand out the network IDs that are known there. A platform comes from the token that an operator made
for it, or from a trusted software statement. A client keeps the sector that it was registered in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from idp.domain.client import AuthMethod, SecurityProfile
from idp.domain.release import SCOPES
from idp.domain.resource import SANDBOX_SCOPE
from idp.domain.wording import WordingRefused, one_line
from idp.protocol.client_metadata import (
    LOCALIZABLE,
    ClientMetadata,
    MetadataRefused,
    tagged,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from idp.domain.client import Client

MAX_BODY_BYTES: Final = 64 * 1024
_OPERATORS_WORD: Final = ("platform", "first_party", "resource", "resource_scopes")
_OURS_TO_SAY: Final = (
    "registration_access_token",
    "registration_client_uri",
    "client_secret_expires_at",
    "client_id_issued_at",
)
_WITH_FAPI2: Final = ("dpop_bound_access_tokens", "require_pushed_authorization_requests")
_WITHOUT_PKCE: Final = (AuthMethod.BASIC, AuthMethod.POST, AuthMethod.PRIVATE_KEY_JWT)


def check_own_words(document: Mapping[str, Any], platform: str | None) -> None:
    """Refuse what a client cannot say of itself; raises MetadataRefused.

    It may repeat the ``platform`` that it was invited for.
    """
    for member in _OPERATORS_WORD:
        said = document.get(member)
        if said and not (member == "platform" and said == platform):
            raise MetadataRefused(f"{member}: is for the operator to say, not for the client")


def check_update(document: Mapping[str, Any], client_id: str) -> None:
    """Refuse an update that is not one of this client (RFC 7592 §2.2); raises MetadataRefused."""
    if document.get("client_id") != client_id:
        raise MetadataRefused("client_id: must be there and must not change")
    for member in _OURS_TO_SAY:
        if member in document:
            raise MetadataRefused(f"{member}: must not be sent")


def understood(document: Mapping[str, Any], *, reviewed: bool) -> dict[str, Any]:
    """Return the members that we know, with the defaults of clients that register themselves."""
    known = {member: value for member, value in document.items() if _is_known(member, value)}
    if not any(name.partition("#")[0] == "client_name" for name in known):
        known["client_name"] = _host(known.get("redirect_uris"))
    if not reviewed and "require_pkce" not in known:
        strict = known.get("security_profile") == SecurityProfile.FAPI2
        method = known.get("token_endpoint_auth_method", AuthMethod.BASIC)
        # OpenID Connect lets clients use neither PKCE nor a nonce (DESIGN §6).
        known["require_pkce"] = strict or method not in _WITHOUT_PKCE
    return known


def _is_known(member: str, value: object) -> bool:
    name, mark, _ = member.partition("#")
    known = name in ClientMetadata.model_fields and value is not None
    return known and (not mark or name in LOCALIZABLE)


def _host(redirect_uris: object) -> str:
    first = redirect_uris[0] if isinstance(redirect_uris, list) and redirect_uris else None
    try:
        return (urlsplit(first).hostname if isinstance(first, str) else None) or "-"
    except ValueError:
        return "-"


def check_words(metadata: ClientMetadata) -> None:
    """Refuse words for people that hold what cannot be seen, or nothing else (spoofed pages).

    Who registers itself writes a part of our own consent page; raises MetadataRefused.
    """
    for member in LOCALIZABLE:
        for text in getattr(metadata, member).values():
            try:
                one_line(text, most=len(text))
            except WordingRefused as refused:
                raise MetadataRefused(f"{member}: {refused}") from None


def check_pairwise(metadata: ClientMetadata) -> None:
    """Refuse who asks for pairwise subjects by name and does not say in which sector.

    OpenID Connect Core §8.1: several hosts name a ``sector_identifier_uri`` then. Who does not ask
    gets a sector of its own where nobody looks (see ``domain.client.sector_of``).
    """
    asked = "subject_type" in metadata.model_fields_set
    hosts = {urlsplit(uri).hostname for uri in metadata.redirect_uris}
    if asked and len(hosts) > 1 and not metadata.sector_identifier_uri and not metadata.platform:
        raise MetadataRefused("sector_identifier_uri: redirect_uris with several hosts need it")


def check_reach(metadata: ClientMetadata, *, vouched: bool, sandbox: bool) -> None:
    """Refuse what a client that nobody vouches for must not do; raises MetadataRefused.

    Nobody is asked when a program acts for itself, so only an operator, or a statement, can let one
    do it where the data are real. What an API lets a client do is between the two and an operator;
    in the sandbox everybody may try its own.
    """
    if not vouched and "client_credentials" in metadata.grant_types:
        raise MetadataRefused("grant_types: client_credentials is for an operator to give")
    # A scope that no API has yet would be theirs the day one has it.
    foreign = metadata.asked_scopes - {*SCOPES, *((SANDBOX_SCOPE,) if sandbox else ())}
    if foreign:
        raise MetadataRefused("scope: scopes of an API are for an operator to give")


def keeps_sector(old: Client, new: Client) -> None:
    """Refuse a change of sector: a remembered yes would reach into another one."""
    if old.sector != new.sector:
        raise MetadataRefused("redirect_uris: lead to another sector; register a new client")


def shown(metadata: ClientMetadata) -> dict[str, Any]:
    """Return every member as it holds, defaults and what a profile implies (RFC 7591 §3.2.1)."""
    every = metadata.model_dump(mode="json", exclude_none=True)
    plain = {
        name: value
        for name, value in every.items()
        if name not in LOCALIZABLE and value not in ({}, [])
    }
    strict = metadata.security_profile is SecurityProfile.FAPI2
    return plain | (dict.fromkeys(_WITH_FAPI2, True) if strict else {}) | tagged(metadata)


def is_about_redirect_uri(refused: MetadataRefused) -> bool:
    """Tell whether RFC 7591 §3.2.2 has ``invalid_redirect_uri`` for this."""
    return str(refused).startswith("redirect_uris")
