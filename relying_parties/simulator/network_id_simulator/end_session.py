"""The end session endpoint (RP-Initiated Logout 1.0 §2)."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from joserfc import jwt
from joserfc.errors import JoseError
from starlette.responses import Response

from network_id_simulator import jws, logout
from network_id_simulator.refusals import Refused

if TYPE_CHECKING:
    from network_id_simulator.call import Call
    from network_id_simulator.clients import Client
    from network_id_simulator.jws import Key
    from network_id_simulator.pages import Pages
    from network_id_simulator.simulator import Simulator


class EndSession:
    """Answers requests of platforms to sign somebody out."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages

    async def ask(self, call: Call) -> Response:
        """``/logout``: with a persona that answers by itself all ends; else a page asks."""
        client, sub, back = _read(call)
        if call.simulator.persona() is None:
            handle = call.simulator.new_id()
            call.simulator.store.asked[handle] = dict(call.sent)
            return self._pages.sign_out(call, handle)
        return await self._end(call, client, sub, back)

    async def chosen(self, call: Call) -> Response:
        """``/logout/chosen``: what was pressed on the page."""
        sent = call.simulator.store.asked.pop(call.sent.get("asked", ""), None)
        if sent is None:
            raise Refused("interaction_expired")
        stays = call.sent.get("answer") == "stay"
        call.sent = dict(sent)
        client, sub, back = _read(call)
        return self._go(call, back) if stays else await self._end(call, client, sub, back)

    async def _end(self, call: Call, client: Client | None, sub: str | None, back: str) -> Response:
        """End the person's sessions everywhere; clients with a back-channel address are told."""
        if client is not None:
            simulator = call.simulator
            for visit in list(simulator.store.visits.values()):
                if visit.client_id == client.client_id and visit.network_id == sub:
                    with suppress(logout.NobodySignedInError):
                        await logout.send(simulator, persona=visit.persona)
        return self._go(call, back)

    def _go(self, call: Call, back: str) -> Response:
        if not back:
            return self._pages.signed_out(call)
        state = call.sent.get("state")
        joint = "&" if "?" in back else "?"
        location = f"{back}{joint}{urlencode({'state': state})}" if state else back
        return Response(status_code=303, headers={"location": location})


def _read(call: Call) -> tuple[Client | None, str | None, str]:
    """Return who asks, about whom, and where to go afterwards; raises Refused."""
    hint, named = call.sent.get("id_token_hint"), call.sent.get("client_id")
    hinted, sub = (None, None) if hint is None else _hinted(call.simulator, hint)
    if hinted is not None and named not in (None, hinted):
        raise Refused("logout_client_mismatch", sent=str(named), expected=hinted)
    client = None if hinted is None else call.simulator.config.client(hinted)
    back = call.sent.get("post_logout_redirect_uri", "")
    if client is None:
        if back:
            call.note("Without an id_token_hint nobody is sent back: no way back is taken.")
        return None, None, ""
    if back and not client.may_return_to(back):
        registered = " ".join(client.post_logout_redirect_uris) or "https or loopback addresses"
        raise Refused("logout_address_mismatch", sent=back, registered=registered)
    return client, sub, back


def _hinted(simulator: Simulator, hint: str) -> tuple[str, str]:
    try:
        header, claims = jws.read(hint)
    except ValueError:
        raise Refused("logout_hint_invalid", problem="it is no JWT") from None
    key = simulator.keys.find(header.get("kid"))
    client_id, sub = claims.get("aud"), claims.get("sub")
    if key is None or claims.get("iss") != simulator.issuer or not _is_signed(hint, key):
        raise Refused("logout_hint_invalid", problem="of another issuer, or of another run")
    if not isinstance(client_id, str) or not isinstance(sub, str):
        raise Refused("logout_hint_invalid", problem="it is no ID token")
    return client_id, sub


def _is_signed(hint: str, key: Key) -> bool:
    try:
        jwt.decode(hint, key, algorithms=[str(key.alg)])
    except (JoseError, ValueError):
        return False
    return True
