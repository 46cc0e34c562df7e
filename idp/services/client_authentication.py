"""Who a program is: the checks that every endpoint for clients begins with (RFC 6749 §3.2.1).

Read ``ClientAuthentication.checks`` first. The token endpoint has them at the head of its own list;
others call ``prove``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from idp.domain.client import AuthMethod
from idp.domain.refusal import Cause, Refusal
from idp.protocol import client_authentication as rules
from idp.protocol import jose
from idp.protocol.client_authentication import ClientRequest

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from idp.domain.client import Client
    from idp.domain.clock import Clock
    from idp.protocol.client_authentication import Presented
    from idp.services.clients import Clients
    from idp.services.replays import Replays


class ClientAuthentication:
    """Authenticates clients, at each endpoint alike (a check at one endpoint only is none)."""

    def __init__(self, *, issuer: str, clients: Clients, replays: Replays, clock: Clock) -> None:
        self._issuer = issuer
        self._clients = clients
        self._replays = replays
        self._clock = clock
        self.checks: tuple[Callable[[ClientRequest], Awaitable[None] | None], ...] = (
            self._client_is_known,
            self._method_is_the_registered_one,
            self._client_is_authentic,
            self._client_is_enabled,
        )

    async def prove(self, sent: Mapping[str, str], authorization: str | None) -> Client:
        """Return the client that a request proves to be; raises Refusal."""
        request = ClientRequest(sent=sent, authorization=authorization, now=self._clock.now())
        for check in self.checks:
            waiting = check(request)
            if waiting is not None:
                await waiting
        return request.known_client

    async def _client_is_known(self, request: ClientRequest) -> None:
        """RFC 6749 §5.2; the same answer as for a wrong secret, which tells less."""
        request.presented = rules.presented(request.authorization, request.sent)
        request.client = await self._clients.known(request.presented.client_id)
        if request.client is None:
            raise Refusal(Cause.CLIENT_AUTHENTICATION_FAILED)

    def _method_is_the_registered_one(self, request: ClientRequest) -> None:
        """OpenID Connect Core §9."""
        if request.presented is not None:
            rules.method_is_registered(request.known_client, request.presented)

    async def _client_is_authentic(self, request: ClientRequest) -> None:
        """RFC 6749 §3.2.1; public clients prove themselves by PKCE alone."""
        client, used = request.known_client, request.presented
        if used is None:
            raise Refusal(Cause.CLIENT_AUTHENTICATION_MISSING)
        if used.method in {AuthMethod.BASIC, AuthMethod.POST}:
            rules.secret_is_right(client, used, now=request.now)
        elif used.method is AuthMethod.PRIVATE_KEY_JWT:
            await self._assertion_is_new(request, used)

    def _client_is_enabled(self, request: ClientRequest) -> None:
        """Refuse whom an operator has disabled; told to nobody but who proved to be that client."""
        if request.known_client.disabled:
            raise Refusal(Cause.CLIENT_DISABLED)

    async def _assertion_is_new(self, request: ClientRequest, used: Presented) -> None:
        client = request.known_client
        try:
            keys = await self._clients.keys(client, used.proof)
        except jose.JwtRefused as error:
            raise Refusal(Cause.ASSERTION_REFUSED, problem=error.reason) from error
        assertion = rules.read_assertion(
            client, used, keys=keys, issuer=self._issuer, now=request.now
        )
        # RFC 7523 §3 item 7: spent before anything is given for it, on whichever node it arrives.
        if not await self._replays.spend(
            "client_assertion",
            client.client_id,
            assertion.jti,
            expires_at=assertion.expires,
            made_at=assertion.made,
        ):
            raise Refusal(Cause.ASSERTION_REPLAYED)
