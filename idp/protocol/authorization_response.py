"""The authorization response (RFC 6749 §4.1.2) with the issuer in it (RFC 9207).

``iss`` stands in every response, errors included: it is what lets a client that talks to several
providers notice an answer from the wrong one (mix-up). It goes in the query of the redirect, or,
where the client asked for ``form_post``, in a form that the browser sends (OAuth 2.0 Form Post
Response Mode): then the code stands in no address, history or log.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from idp.protocol import told
from idp.protocol.authorization_request import FORM_POST
from idp.protocol.causes import outcome
from idp.protocol.redirect_uri import with_parameters

if TYPE_CHECKING:
    from collections.abc import Mapping

    from idp.domain.refusal import Refusal
    from idp.protocol.authorization_request import AuthorizationRequest


class AuthorizationResponse(Struct, frozen=True):
    """What is told to the client, and where: ``redirect_uri`` has been validated."""

    redirect_uri: str
    members: Mapping[str, str]
    by_form: bool

    @property
    def location(self) -> str:
        """The address that tells it in its query."""
        return with_parameters(self.redirect_uri, dict(self.members))


def success(request: AuthorizationRequest, code: str) -> AuthorizationResponse:
    """Return the response that hands ``code`` to the client."""
    return _response(request, {"code": code})


def error(request: AuthorizationRequest, refusal: Refusal) -> AuthorizationResponse:
    """Return the response that tells the client why there is no code (RFC 6749 §4.1.2.1).

    ``error_uri`` ends in the stable code, and leads to what it means and how to mend it.
    """
    members = {
        "error": outcome(refusal.cause).code,
        "error_description": told.to_client(refusal),
        "error_uri": told.reference(request.issuer, refusal.cause),
    }
    return _response(request, members)


def _response(request: AuthorizationRequest, members: dict[str, str]) -> AuthorizationResponse:
    if request.state is not None:
        members["state"] = request.state
    members["iss"] = request.issuer
    by_form = request.response_mode == FORM_POST
    return AuthorizationResponse(request.redirect_uri, members, by_form)
