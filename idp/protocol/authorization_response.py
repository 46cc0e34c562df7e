"""The authorization response (RFC 6749 §4.1.2) with the issuer in it (RFC 9207).

``iss`` stands in every response, errors included: it is what lets a client that talks to several
providers notice an answer from the wrong one (mix-up).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from idp.protocol.causes import outcome
from idp.protocol.redirect_uri import with_parameters

if TYPE_CHECKING:
    from idp.domain.refusal import Cause
    from idp.protocol.authorization_request import AuthorizationRequest


def success(request: AuthorizationRequest, code: str) -> str:
    """Return the address that hands ``code`` to the client."""
    return _address(request, {"code": code})


def error(request: AuthorizationRequest, cause: Cause) -> str:
    """Return the address that tells the client why there is no code (RFC 6749 §4.1.2.1)."""
    told = outcome(cause)
    return _address(request, {"error": told.code, "error_description": told.description})


def _address(request: AuthorizationRequest, members: dict[str, str]) -> str:
    if request.state is not None:
        members["state"] = request.state
    members["iss"] = request.issuer
    return with_parameters(request.redirect_uri, members)
