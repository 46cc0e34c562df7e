"""The token request for a refresh token (RFC 6749 §6): pure checks of what was sent.

The order in which they run stands in ``idp.services.grant_types.refresh_token``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from idp.domain import mismatch
from idp.domain.client import AuthMethod, SecurityProfile
from idp.domain.mismatch import Basis
from idp.domain.refusal import Cause, Refusal
from idp.domain.release import SCOPE_AGE, SCOPE_OFFLINE, SCOPES
from idp.protocol import parameters, resource_indicator

if TYPE_CHECKING:
    from idp.domain.client import Client
    from idp.domain.grant import GrantFacts
    from idp.domain.refresh_token import Chain, Found
    from idp.protocol.token_request import TokenRequest


def found(request: TokenRequest) -> Found:
    """Return the token that was found; only checks that run after its own may ask."""
    if request.found is None:
        raise Refusal(Cause.REFRESH_TOKEN_UNKNOWN)
    return request.found


def refresh_token_is_present(request: TokenRequest) -> None:
    """RFC 6749 §6."""
    parameters.required(request.sent, "refresh_token", Cause.REFRESH_TOKEN_MISSING)


def token_belongs_to_client(request: TokenRequest) -> None:
    """RFC 6749 §6: a token stolen from one client is worth nothing to another, and ends nothing."""
    if request.known_grant.client_id != request.known_client.client_id:
        raise Refusal(Cause.REFRESH_TOKEN_OF_ANOTHER_CLIENT)


def token_is_alive(request: TokenRequest) -> None:
    """RFC 6749 §6: neither taken back nor over."""
    if request.known_grant.revoked:
        raise Refusal(Cause.REFRESH_TOKEN_REVOKED)
    if found(request).is_over(request.now):
        raise Refusal(Cause.REFRESH_TOKEN_EXPIRED)


def scope_was_granted(request: TokenRequest) -> None:
    """RFC 6749 §6: the new access token may be good for less, and never for more."""
    asked = frozenset(parameters.words(request.sent.get("scope")))
    if not asked <= frozenset(request.known_grant.facts.scope):
        raise Refusal(
            Cause.SCOPE_NOT_GRANTED,
            mismatch.text(
                "scope", " ".join(sorted(asked)), request.known_grant.facts.scope, Basis.GRANTED
            ),
        )
    if asked and not asked - {SCOPE_AGE, SCOPE_OFFLINE}:
        raise Refusal(Cause.SCOPE_MISSING)


def audience_was_granted(request: TokenRequest) -> None:
    """RFC 8707 §2.2: of what was granted, and of that what is asked for now."""
    request.audience = resource_indicator.audience(
        _narrowed(request), request.sent.get("resource"), issuer=request.issuer
    )


def tokens_are_narrowed(request: TokenRequest) -> None:
    """RFC 6749 §6, OpenID Connect Core §12.2: to the scope asked for, and without a nonce.

    The nonce belongs to the sign-in, and this is none. What is stored stays as it was granted.
    """
    request.grant = replace(request.known_grant, facts=replace(_narrowed(request), nonce=None))


def _narrowed(request: TokenRequest) -> GrantFacts:
    """Return what was granted as far as it is asked for now; without a scope, all of it.

    What an operator has taken from the client since is not given any more.
    """
    facts, registered = request.known_grant.facts, request.known_client.scopes
    asked = tuple(sorted(set(parameters.words(request.sent.get("scope"))))) or facts.scope
    scope = tuple(one for one in asked if one in registered)
    elsewhere = not frozenset(SCOPES).issuperset(scope)
    resource = facts.resource if elsewhere else None
    if (scope, resource) == (facts.scope, facts.resource):
        return facts
    return replace(facts, scope=scope, resource=resource)


def rotates(client: Client, chain: Chain) -> bool:
    """Tell whether each use replaces the token (RFC 9700 §2.2.2).

    Not where it is of no use to a thief: bound to a key, or to a client that proves itself by one
    (FAPI 2.0 §5.3.2.1 forbids it there: a lost answer would sign people out). A public client that
    came to need DPoP after the chain began has neither: any key would do there.
    """
    strict = client.security_profile is SecurityProfile.FAPI2 or client.dpop_bound
    proves_itself = client.auth_method is not AuthMethod.NONE
    return chain.jkt is None and not (strict and proves_itself)
