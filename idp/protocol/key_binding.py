"""What a token request has to prove possession of (RFC 9449 §5, §10).

The order in which the checks run stands in ``idp.services.token`` and in the lists of the grant
types.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from idp.domain.client import AuthMethod
from idp.domain.refusal import Cause, Refusal

if TYPE_CHECKING:
    from idp.protocol.token_request import TokenRequest


def proof_is_there_where_due(request: TokenRequest) -> None:
    """§5.2: a client that has only bound tokens gets no other, or a stolen one would be of use."""
    if request.known_client.dpop_bound and request.proof is None:
        raise Refusal(Cause.DPOP_PROOF_MISSING)


def key_for_life(request: TokenRequest) -> str | None:
    """Return the key that refresh tokens are bound to (§5): of public clients, by the first proof.

    Others prove who they are at each refresh, and may take a new key then.
    """
    public = request.known_client.auth_method is AuthMethod.NONE
    return request.proof.jkt if public and request.proof is not None else None


def key_is_the_one_of_the_chain(request: TokenRequest) -> None:
    """§5: a public client's refresh token is worth nothing to who lacks its key."""
    jkt = None if request.found is None else request.found.chain.jkt
    if jkt is None:
        return
    if request.proof is None:
        raise Refusal(Cause.DPOP_PROOF_MISSING)
    if not hmac.compare_digest(request.proof.jkt.encode(), jkt.encode()):
        raise Refusal(Cause.DPOP_KEY_OF_REFRESH_TOKEN)


def key_is_the_one_of_the_code(request: TokenRequest) -> None:
    """§10: a code is worth nothing to who lacks the key that was named when it was asked for."""
    promised = request.known_grant.facts.dpop_jkt
    if promised is None:
        return
    if request.proof is None:
        raise Refusal(Cause.DPOP_PROOF_MISSING)
    if not hmac.compare_digest(request.proof.jkt.encode(), promised.encode()):
        raise Refusal(Cause.DPOP_KEY_OF_CODE)
