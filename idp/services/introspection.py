"""The introspection endpoint (RFC 7662, RFC 9701): a resource server asks whether a token holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from idp.domain.client import AuthMethod
from idp.domain.refusal import Cause, Refusal
from idp.protocol import access_token, introspection
from idp.protocol.parameters import required

if TYPE_CHECKING:
    from collections.abc import Mapping

    from idp.domain.client import Client
    from idp.domain.clock import Clock
    from idp.services.client_authentication import ClientAuthentication
    from idp.services.keys import SigningKeys
    from idp.services.live_tokens import LiveTokens

_DEFAULT_ALG = "RS256"  # RFC 9701 §6


class Answer(Struct, frozen=True):
    """What is told of the token; and the same signed, where that was asked for."""

    members: Mapping[str, object]
    signed: str | None


class Introspection:
    """Answers introspection requests."""

    def __init__(
        self,
        *,
        issuer: str,
        authentication: ClientAuthentication,
        tokens: LiveTokens,
        keys: SigningKeys,
        clock: Clock,
    ) -> None:
        self._issuer = issuer
        self._authentication = authentication
        self._tokens = tokens
        self._keys = keys
        self._clock = clock

    async def answer(
        self, sent: Mapping[str, str], authorization: str | None, *, accept: str
    ) -> Answer:
        """Return what the client may know of ``token``; raises Refusal for a bad request.

        ``token_type_hint`` needs no reading: only access tokens are ever active here. A refresh
        token says something to us alone (RFC 7662 §4).
        """
        client = await self._authentication.prove(sent, authorization)
        if client.auth_method is AuthMethod.NONE:  # RFC 7662 §2.1: or anybody could scan for tokens
            raise Refusal(Cause.CLIENT_AUTHENTICATION_MISSING)
        told = await self._told(required(sent, "token", Cause.INTROSPECTED_TOKEN_MISSING), client)
        if client.introspection_alg is None and not introspection.wants_jwt(accept):
            return Answer(told, None)
        claims = introspection.claims(
            told,
            issuer=self._issuer,
            resource_server=client.resource or client.client_id,
            now=self._clock.now(),
        )
        alg = client.introspection_alg or _DEFAULT_ALG
        return Answer(told, await self._keys.sign(alg, claims, typ=introspection.TYP))

    async def _told(self, text: str, client: Client) -> Mapping[str, object]:
        if client.resource is None:
            return introspection.INACTIVE
        try:
            token = access_token.read_any(
                text, keys=self._keys.public, issuer=self._issuer, now=self._clock.now()
            )
            # Before the grant is looked at: of others' tokens nobody learns, not even by the time.
            if token.audience != client.resource:
                return introspection.INACTIVE
            await self._tokens.find(token)
        except Refusal:
            return introspection.INACTIVE
        return introspection.members(token, issuer=self._issuer)
