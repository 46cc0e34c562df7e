"""Request objects: where they come from, and that each is used once (RFC 9101).

By value in ``request``, or by a ``request_uri`` that the client registered, character by character.
What stands there is fetched through the door of ``idp.outbound`` each time and never kept; so the
fragment, by which OpenID Connect Core §6.2 tells caches of a change, has nothing to tell, and what
was fetched is judged by its signature alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from idp.domain import mismatch
from idp.domain.refusal import Cause, Refusal
from idp.outbound import OutboundRefused
from idp.protocol import jose, request_object
from idp.protocol.authorization_request import PARAMETERS

if TYPE_CHECKING:
    from idp.domain.client import Client
    from idp.domain.clock import Clock
    from idp.outbound import Outbound
    from idp.protocol.authorization_request import AuthorizationRequest
    from idp.protocol.request_object import RequestObject
    from idp.services.clients import Clients
    from idp.services.replays import Replays

_ACCEPT = ", ".join(sorted(request_object.CONTENT_TYPES, reverse=True))
_OK = 200


class RequestObjects:
    """Reads request objects of clients."""

    def __init__(
        self, *, issuer: str, clients: Clients, outbound: Outbound, replays: Replays, clock: Clock
    ) -> None:
        self._issuer = issuer
        self._clients = clients
        self._outbound = outbound
        self._replays = replays
        self._clock = clock

    async def open(self, request: AuthorizationRequest) -> None:
        """Put what the client signed in place of all that was sent; nothing without an object.

        Raises Refusal (RFC 9101 §6.3, §7).
        """
        token, uri = request.sent.get("request"), request.sent.get("request_uri")
        if token is None and uri is None:
            return
        client = request.known_client
        if token is None:
            token = await self._fetch(uri or "", client)
        found = await self._read(token, client)
        if found.jti is not None and not await self._replays.spend(
            "request_object",
            client.client_id,
            found.jti,
            expires_at=found.expires_at,
            made_at=found.made_at,
        ):
            raise Refusal(Cause.REQUEST_OBJECT_REPLAYED)
        request.unpack(found.sent, signed=True)

    async def _read(self, token: str, client: Client) -> RequestObject:
        try:
            keys = await self._clients.keys(client, token)
        except jose.JwtRefused as error:
            raise Refusal(Cause.REQUEST_OBJECT_REFUSED, problem=error.reason) from error
        return request_object.read(
            token,
            client,
            keys=keys,
            issuer=self._issuer,
            now=self._clock.now(),
            names=PARAMETERS,
        )

    async def _fetch(self, uri: str, client: Client) -> str:
        if uri not in client.request_uris:  # RFC 9101 §10.4: nobody sends us where they like
            raise Refusal(
                Cause.REQUEST_URI_NOT_REGISTERED,
                mismatch.address("request_uri", uri, client.request_uris),
                client_id=client.client_id,
            )
        try:
            fetched = await self._outbound.get(uri, accept=_ACCEPT, limit=jose.MAX_JWT)
        except OutboundRefused as error:
            raise Refusal(Cause.REQUEST_URI_FAILED, problem=str(error)[:80]) from error
        if fetched.status != _OK or fetched.content_type not in request_object.CONTENT_TYPES:
            raise Refusal(Cause.REQUEST_URI_FAILED, problem="not a request object")
        return fetched.body.decode("ascii", "replace").strip()
