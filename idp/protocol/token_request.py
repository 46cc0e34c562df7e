"""The token request (RFC 6749 §3.2): what all grant types have in common.

The order in which checks run stands in ``idp.services.token.Token.pipeline``; each grant type has a
file of rules of its own beside this one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from idp.domain import mismatch
from idp.domain.mismatch import Basis
from idp.domain.refusal import Cause, Refusal
from idp.protocol import parameters, resource_indicator
from idp.protocol.client_authentication import ClientRequest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from idp.domain.grant import Grant
    from idp.domain.refresh_token import Chain, Found
    from idp.protocol.dpop import Proof
    from idp.protocol.resource_indicator import Audience

GRANT_TYPES = ("authorization_code", "refresh_token", "client_credentials")


class TokenRequest(ClientRequest, kw_only=True):
    """One request as understood so far: ``client`` once authenticated, ``grant`` once found.

    ``audience`` is who the access token will be for; every grant type has a check that sets it.
    ``proofs`` are the ``DPoP`` headers; ``proof`` is the one of them once it has held, if there is
    one: then ``proof_is_spent`` before there are tokens.
    ``consent_day`` is when the remembered consent ends that a code stands on, if any, ``chain``
    what its refresh tokens will be of. ``found`` is a refresh token that was sent,
    ``refresh_token`` the one to be given.
    """

    issuer: str
    proofs: Sequence[str] = ()
    proof: Proof | None = None
    proof_is_spent: bool = False
    grant: Grant | None = None
    audience: Audience | None = None
    consent_day: int | None = None
    chain: Chain | None = None
    found: Found | None = None
    refresh_token: str | None = None

    @property
    def known_grant(self) -> Grant:
        """The grant that is asked for; only checks that run after its own may ask."""
        if self.grant is None:
            raise Refusal(Cause.CODE_UNKNOWN)
        return self.grant

    @property
    def known_audience(self) -> Audience:
        """Who the access token is for; only what runs after the check that chose it may ask."""
        if self.audience is None:
            raise Refusal(Cause.RESOURCE_UNKNOWN)
        return self.audience


def resource_was_granted(request: TokenRequest) -> None:
    """RFC 8707 §2.2: what was granted or less; for another audience there is no token."""
    request.audience = resource_indicator.audience(
        request.known_grant.facts, request.sent.get("resource"), issuer=request.issuer
    )


def grant_type_is_supported(request: TokenRequest) -> None:
    """RFC 6749 §5.2."""
    grant_type = parameters.required(request.sent, "grant_type", Cause.GRANT_TYPE_MISSING)
    if grant_type not in GRANT_TYPES:
        raise Refusal(
            Cause.GRANT_TYPE_UNSUPPORTED,
            mismatch.text("grant_type", grant_type, GRANT_TYPES, Basis.SUPPORTED),
        )


def grant_type_is_registered(request: TokenRequest) -> None:
    """RFC 6749 §5.2: a client does what it registered for, and nothing else."""
    sent, registered = request.sent["grant_type"], request.known_client.grant_types
    if sent not in registered:
        raise Refusal(
            Cause.GRANT_TYPE_NOT_REGISTERED,
            mismatch.words("grant_type", (sent,), registered, Basis.REGISTERED),
        )
