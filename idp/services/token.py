"""The token endpoint: one ordered list of checks, then tokens (RFC 6749 §3.2, §5.1).

Read ``Token.pipeline`` first: client, request, then the list of the grant type that is asked for,
each of which is a file in ``idp.services.grant_types``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from idp.domain.grant import ACCESS_TOKEN_SECONDS
from idp.domain.refusal import Cause, Refusal
from idp.protocol import access_token, id_token
from idp.protocol import token_request as rules
from idp.protocol.token_request import TokenRequest

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from idp.domain.clock import Clock, Entropy
    from idp.services.client_authentication import ClientAuthentication
    from idp.services.grant_types.grant_type import GrantType
    from idp.services.keys import SigningKeys

_UNIQUE_BYTES = 12


class Token:
    """Answers token requests. ``grant_types`` is one for each of ``rules.GRANT_TYPES``."""

    def __init__(
        self,
        *,
        issuer: str,
        authentication: ClientAuthentication,
        grant_types: Mapping[str, GrantType],
        keys: SigningKeys,
        clock: Clock,
        entropy: Entropy,
    ) -> None:
        self._issuer = issuer
        self._grant_types = grant_types
        self._keys = keys
        self._clock = clock
        self._entropy = entropy
        self.pipeline: tuple[Callable[[TokenRequest], Awaitable[None] | None], ...] = (
            *authentication.checks,
            rules.grant_type_is_supported,
            rules.grant_type_is_registered,
            self._resource_is_known,
            self._grant_type_agrees,
        )

    async def answer(self, sent: Mapping[str, str], authorization: str | None) -> dict[str, object]:
        """Return the token response (OpenID Connect Core §3.1.3.3), or raise Refusal."""
        request = TokenRequest(sent=sent, authorization=authorization, now=self._clock.now())
        await _run(self.pipeline, request)
        return self._tokens(request)

    def _resource_is_known(self, request: TokenRequest) -> None:
        """RFC 8707 §2.2: a token for an audience that we cannot serve is refused, not widened."""
        if request.sent.get("resource", self._issuer) != self._issuer:
            raise Refusal(Cause.RESOURCE_UNKNOWN)

    async def _grant_type_agrees(self, request: TokenRequest) -> None:
        """RFC 6749 §4: the list of the grant type; its last check uses the grant up."""
        grant_type = self._grant_types[request.sent["grant_type"]]
        try:
            await _run(grant_type.checks, request)
        except Refusal as refusal:
            await grant_type.punish(request, refusal)
            raise

    def _tokens(self, request: TokenRequest) -> dict[str, object]:
        grant, client = request.known_grant, request.known_client
        unique = self._entropy.bytes(_UNIQUE_BYTES)
        access = self._keys.sign(
            "ES256",
            access_token.claims(grant, issuer=self._issuer, now=request.now, unique=unique),
            typ=access_token.TYP,
        )
        members = id_token.claims(grant, issuer=self._issuer, now=request.now, access_token=access)
        return {
            "access_token": access,
            "token_type": "Bearer",
            "expires_in": ACCESS_TOKEN_SECONDS,
            "id_token": self._keys.sign(client.id_token_alg, members, typ=id_token.TYP),
            "scope": " ".join(grant.facts.scope),
        }


async def _run(
    checks: tuple[Callable[[TokenRequest], Awaitable[None] | None], ...], request: TokenRequest
) -> None:
    for check in checks:
        waiting = check(request)
        if waiting is not None:
            await waiting
