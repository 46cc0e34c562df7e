"""Who may use a resource: the checks of every endpoint that takes access tokens (RFC 9068 §4).

Read ``AccessTokens.checks`` first. One list for all of them: a check at one endpoint only is none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from idp.protocol import access_token
from idp.protocol import resource_request as rules
from idp.protocol.dpop import next_nonce

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from idp.domain.clock import Clock
    from idp.protocol.resource_request import ResourceRequest
    from idp.services.changes import Changes
    from idp.services.dpop import Dpop
    from idp.services.keys import SigningKeys
    from idp.services.live_tokens import LiveTokens


class AccessTokens:
    """Judges requests with an access token."""

    def __init__(
        self,
        *,
        issuer: str,
        live: LiveTokens,
        keys: SigningKeys,
        changes: Changes,
        dpop: Dpop,
        clock: Clock,
    ) -> None:
        self._issuer = issuer
        self._live = live
        self._keys = keys
        self._changes = changes
        self._dpop = dpop
        self._clock = clock
        self.checks: tuple[Callable[[ResourceRequest], Awaitable[None] | None], ...] = (
            rules.token_is_there_once,
            self._keys_are_current,
            self._token_is_ours_and_alive,
            rules.scheme_is_that_of_the_token,
            self._proof_holds,
            rules.key_is_that_of_the_token,
            self._token_has_not_ended,
            self._proof_is_spent,
        )

    async def admit(self, request: ResourceRequest) -> str | None:
        """Fill in token, client, and a person's grant of a request that may pass; raises Refusal.

        Return the nonce for the sender's next proof, if they go by nonces.
        """
        for check in self.checks:
            waiting = check(request)
            if waiting is not None:
                await waiting
        return next_nonce(request.proof)

    def _keys_are_current(self, _request: ResourceRequest) -> Awaitable[None] | None:
        """Refuse what a stolen key has signed from two seconds after it was given up."""
        return None if self._changes.fresh else self._changes.current()

    def _token_is_ours_and_alive(self, request: ResourceRequest) -> None:
        """RFC 9068 §4."""
        request.token = access_token.read(
            request.text,
            keys=self._keys.public,
            issuer=self._issuer,
            audience=request.audience,
            scope=request.scope,
            now=self._clock.now(),
        )

    def _proof_holds(self, request: ResourceRequest) -> None:
        """RFC 9449 §4.3, §7.1."""
        if request.known_token.jkt is not None:
            request.proof = self._dpop.read(
                request.proofs, method=request.method, path=request.path, token=request.text
            )

    async def _token_has_not_ended(self, request: ResourceRequest) -> None:
        """Honour what ends a token before its time: a withdrawal, a suspension, a replay."""
        live = await self._live.find(request.known_token)
        request.client, request.grant = live.client, live.grant

    async def _proof_is_spent(self, request: ResourceRequest) -> None:
        """RFC 9449 §11.1: last, so that nobody fills the store but who may come in."""
        if request.proof is not None:
            await self._dpop.spend(request.proof)
