"""The revocation endpoint (RFC 7009): a token ends, and with it all of its sign-in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response

from network_id_simulator import client_authentication
from network_id_simulator.refusals import Refused

if TYPE_CHECKING:
    from network_id_simulator.call import Call


async def revoke(call: Call) -> Response:
    """``/revoke``. What is no token of ours is as good as revoked (§2.2)."""
    client = client_authentication.prove(call)
    token = call.sent.get("token")
    if token is None:
        raise Refused("revocation_token_missing")
    store = call.simulator.store
    grant = store.access_tokens.get(token) or store.refresh_tokens.get(token)
    if grant is not None:
        if grant.client_id != client.client_id:
            raise Refused("revocation_of_another_client")
        grant.revoked = True
    return Response(headers={"cache-control": "no-store"})
