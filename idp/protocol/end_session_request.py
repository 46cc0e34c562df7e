"""What a platform may ask of the end session endpoint (OpenID Connect RP-Initiated Logout 1.0).

Rules in prose. The person decides whether they are signed out, so nothing here can stop that; what
the rules protect is the way back. It is taken only with an ID token that we signed for the very
client that asks (expired ones count: §2, a session outlives them), and only to an address that
this client registered for it, character by character (§3, §3.1). No URI parser takes part, and a
loopback address has no leeway either: who listens on another port of a person's machine is somebody
else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from idp.domain import mismatch
from idp.domain.mismatch import Basis
from idp.domain.refusal import Cause, Refusal
from idp.protocol.authorization_request import MAX_STATE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from idp.domain.client import Client

HINT = "id_token_hint"
BACK = "post_logout_redirect_uri"


def values_fit(sent: Mapping[str, str]) -> None:
    """Refuse a ``state`` that is longer than any request of ours may carry."""
    if len(sent.get("state", "")) > MAX_STATE:
        raise Refusal(Cause.PARAMETER_TOO_LONG)


def client_agrees(sent: Mapping[str, str], hinted: str | None) -> None:
    """§2: the ``client_id`` and the client that the ID token was issued to are one."""
    client_id = sent.get("client_id")
    if client_id is not None and hinted is not None and client_id != hinted:
        raise Refusal(
            Cause.LOGOUT_CLIENT_MISMATCH,
            mismatch.text("client_id", client_id, (hinted,), Basis.EXPECTED),
        )


def way_back(sent: Mapping[str, str], client: Client) -> str | None:
    """Return where ``client`` asks the browser to be sent afterwards; None when it asks nothing.

    Raises Refusal ``LOGOUT_ADDRESS_MISMATCH`` for any address that it did not register.
    """
    uri = sent.get(BACK)
    if uri is None or uri in client.post_logout_redirect_uris:
        return uri
    raise Refusal(
        Cause.LOGOUT_ADDRESS_MISMATCH,
        mismatch.address(BACK, uri, client.post_logout_redirect_uris),
        client_id=client.client_id,
    )
