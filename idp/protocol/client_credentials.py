"""Tokens for a program itself (RFC 6749 §4.4): pure checks of what was sent.

Rules in prose. No person is concerned, so nothing that is about people can be asked for: no
``openid``, no ages, no staying connected. Scopes of one resource are named, every one of them known
and registered; there is no default. The order in which the checks run stands in
``idp.services.grant_types.client_credentials``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from idp.domain.client import AuthMethod
from idp.domain.refusal import Cause, Refusal
from idp.domain.release import SCOPES
from idp.protocol import parameters, resource_indicator

if TYPE_CHECKING:
    from idp.domain.resource import Catalogue
    from idp.protocol.token_request import TokenRequest


def client_is_confidential(request: TokenRequest) -> None:
    """RFC 6749 §4.4: who proves nothing gets nothing in its own name."""
    if request.known_client.auth_method is AuthMethod.NONE:
        raise Refusal(Cause.GRANT_TYPE_NOT_REGISTERED)


def scope_is_for_programs(request: TokenRequest) -> None:
    """RFC 6749 §3.3: what is about people is not given without one."""
    asked = set(parameters.words(request.sent.get("scope")))
    if not asked:
        raise Refusal(Cause.SCOPE_MISSING)
    if asked & set(SCOPES):
        raise Refusal(Cause.SCOPE_NEEDS_PERSON)


def choose_audience(request: TokenRequest, catalogue: Catalogue) -> None:
    """RFC 8707 §2.2: one resource, and only what this client registered there."""
    asked = parameters.words(request.sent.get("scope"))
    if not set(asked) <= request.known_client.scopes & catalogue.by_scope.keys():
        raise Refusal(Cause.SCOPE_NOT_ALLOWED)
    resource = resource_indicator.chosen(
        request.sent.get("resource"), asked, catalogue, issuer=request.issuer
    )
    if resource is None:
        raise Refusal(Cause.RESOURCE_UNKNOWN)
    request.audience = resource_indicator.Audience(resource.identifier, tuple(sorted(asked)))
