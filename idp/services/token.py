"""The token endpoint: one ordered list of checks, then tokens (RFC 6749 §3.2, §5.1).

Read ``Token.pipeline`` first: client, request, then the list of the grant type that is asked for,
each of which is a file in ``idp.services.grant_types``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from idp.domain.grant import ACCESS_TOKEN_SECONDS
from idp.domain.refusal import Refusal
from idp.domain.release import SCOPE_OPENID
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
            self._grant_type_agrees,
        )

    async def answer(self, sent: Mapping[str, str], authorization: str | None) -> dict[str, object]:
        """Return the token response (OpenID Connect Core §3.1.3.3), or raise Refusal."""
        request = TokenRequest(
            sent=sent, authorization=authorization, now=self._clock.now(), issuer=self._issuer
        )
        await _run(self.pipeline, request)
        return self._tokens(request)

    async def _grant_type_agrees(self, request: TokenRequest) -> None:
        """RFC 6749 §4: the list of the grant type; its last check uses the grant up."""
        grant_type = self._grant_types[request.sent["grant_type"]]
        try:
            await _run(grant_type.checks, request)
        except Refusal as refusal:
            await grant_type.punish(request, refusal)
            raise

    def _tokens(self, request: TokenRequest) -> dict[str, object]:
        access = self._keys.sign(
            "ES256", access_token.claims(self._to_issue(request)), typ=access_token.TYP
        )
        scope = request.known_audience.scope
        answer: dict[str, object] = {
            "access_token": access,
            "token_type": "Bearer",
            "expires_in": ACCESS_TOKEN_SECONDS,
            "scope": " ".join(scope),
        }
        grant = request.grant
        if grant is not None and SCOPE_OPENID in grant.facts.scope:
            claims = id_token.claims(
                grant, issuer=self._issuer, now=request.now, access_token=access
            )
            alg = request.known_client.id_token_alg
            answer["id_token"] = self._keys.sign(alg, claims, typ=id_token.TYP)
            answer["scope"] = " ".join(sorted({SCOPE_OPENID, *scope}))
        return answer

    def _to_issue(self, request: TokenRequest) -> access_token.NewToken:
        grant, client, audience = request.grant, request.known_client, request.known_audience
        return access_token.NewToken(
            issuer=self._issuer,
            audience=audience.identifier,
            client_id=client.client_id,
            # RFC 9068 §2.2: without a person the program itself.
            subject=client.client_id if grant is None else grant.network_id,
            grant_id=None if grant is None else grant.grant_id,
            scope=audience.scope,
            now=request.now,
            unique=self._entropy.bytes(_UNIQUE_BYTES),
        )


async def _run(
    checks: tuple[Callable[[TokenRequest], Awaitable[None] | None], ...], request: TokenRequest
) -> None:
    for check in checks:
        waiting = check(request)
        if waiting is not None:
            await waiting
