"""The token request for a code (RFC 6749 §4.1.3): pure checks of what was sent against the grant.

The order in which they run stands in ``idp.services.grant_types.authorization_code``.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from idp.domain.grant import redirect_digest
from idp.domain.refusal import Cause, Refusal
from idp.protocol import parameters, pkce

if TYPE_CHECKING:
    from idp.protocol.token_request import TokenRequest


def code_is_present(request: TokenRequest) -> None:
    """RFC 6749 §4.1.3."""
    parameters.required(request.sent, "code", Cause.CODE_MISSING)


def code_belongs_to_client(request: TokenRequest) -> None:
    """RFC 6749 §4.1.3: a code stolen from one client is worth nothing to another."""
    if request.known_grant.client_id != request.known_client.client_id:
        raise Refusal(Cause.CODE_OF_ANOTHER_CLIENT)


def code_is_unused(request: TokenRequest) -> None:
    """RFC 6749 §4.1.2: a replay is refused here, and revokes what the first use gave."""
    if request.known_grant.code_used:
        raise Refusal(Cause.CODE_REPLAYED)


def code_is_alive(request: TokenRequest) -> None:
    """RFC 6749 §4.1.2."""
    if request.known_grant.revoked:
        raise Refusal(Cause.CODE_REVOKED)
    if request.now >= request.known_grant.facts.code_expires_at:
        raise Refusal(Cause.CODE_EXPIRED)


def redirect_uri_is_the_same(request: TokenRequest) -> None:
    """RFC 6749 §4.1.3: refuses a code that was injected through another redirect URI."""
    sent = redirect_digest(request.sent.get("redirect_uri", ""))
    if not hmac.compare_digest(sent, request.known_grant.facts.redirect_digest):
        raise Refusal(Cause.CODE_REDIRECT_URI)


def verifier_answers_challenge(request: TokenRequest) -> None:
    """RFC 7636 §4.6."""
    pkce.check_verifier(request.sent.get("code_verifier"), request.known_grant.facts.code_challenge)
