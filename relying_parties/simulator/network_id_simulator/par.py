"""The pushed authorization request endpoint (RFC 9126)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.responses import JSONResponse, Response

from network_id_simulator import authorization_request, client_authentication
from network_id_simulator.authorization_request import REQUEST_URI
from network_id_simulator.grants import PUSHED_SECONDS, Pushed
from network_id_simulator.refusals import Refused
from network_id_simulator.trouble import NO_STORE

if TYPE_CHECKING:
    from network_id_simulator.call import Call

_PROOFS: Final = ("client_secret", "client_assertion", "client_assertion_type")


async def push(call: Call) -> Response:
    """``/par``: check the request as it would be checked later, and keep it for a minute."""
    client = client_authentication.prove(call)
    if "request_uri" in call.sent:
        raise Refused("pushed_request_nested")
    sent = {name: value for name, value in call.sent.items() if name not in _PROOFS}
    sent.setdefault("client_id", client.client_id)
    request = authorization_request.read(call.simulator, sent)
    authorization_request.check(request)
    handle = f"{REQUEST_URI}{call.simulator.new_id()}"
    expires_at = call.simulator.now() + PUSHED_SECONDS
    call.simulator.store.pushed[handle] = Pushed(client.client_id, sent, expires_at)
    answer = {"request_uri": handle, "expires_in": PUSHED_SECONDS}
    return JSONResponse(answer, 201, headers=NO_STORE)
