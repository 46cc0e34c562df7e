"""Who may use a resource: the checks of every endpoint that takes access tokens (RFC 9068 §4).

Read ``AccessTokens.checks`` first. One list for all of them: a check at one endpoint only is none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from idp.domain.refusal import Cause, Refusal
from idp.protocol import access_token
from idp.protocol import resource_request as rules
from idp.services.grants import read
from idp.storage import grants

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from idp.domain.clock import Clock
    from idp.protocol.resource_request import ResourceRequest
    from idp.services.clients import Clients
    from idp.services.dpop import Dpop
    from idp.services.keys import SigningKeys
    from idp.services.vault import Vault
    from idp.storage.database import Database


class AccessTokens:
    """Judges requests with an access token."""

    def __init__(  # noqa: PLR0913 - the parts it joins, named where app.py does the joining
        self,
        *,
        issuer: str,
        database: Database,
        clients: Clients,
        vault: Vault,
        keys: SigningKeys,
        dpop: Dpop,
        clock: Clock,
    ) -> None:
        self._issuer = issuer
        self._database = database
        self._clients = clients
        self._vault = vault
        self._keys = keys
        self._dpop = dpop
        self._clock = clock
        self.checks: tuple[Callable[[ResourceRequest], Awaitable[None] | None], ...] = (
            rules.token_is_there_once,
            self._token_is_ours_and_alive,
            rules.scheme_is_that_of_the_token,
            self._proof_holds,
            rules.key_is_that_of_the_token,
            self._grant_is_alive,
            self._client_is_known,
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
        return self._dpop.next_nonce(request.proof)

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

    async def _grant_is_alive(self, request: ResourceRequest) -> None:
        """Honour what ends a token before its time: a withdrawal, a suspension, a replay."""
        grant_id = request.known_token.grant_id
        if grant_id is None:  # a program's own
            return
        row = await grants.find(self._database, grant_id)
        if row is None or row["revoked"] or not row["code_used"]:
            raise Refusal(Cause.TOKEN_REVOKED)
        request.grant = read(row, self._vault)

    async def _client_is_known(self, request: ResourceRequest) -> None:
        """Let a removed client's tokens end with it; hold a token to what its grant says."""
        grant, token = request.grant, request.known_token
        said = (token.client_id, token.subject)
        given = (token.client_id,) * 2 if grant is None else (grant.client_id, grant.network_id)
        request.client = await self._clients.find(token.client_id)
        if request.client is None or said != given:
            raise Refusal(Cause.TOKEN_REVOKED)

    async def _proof_is_spent(self, request: ResourceRequest) -> None:
        """RFC 9449 §11.1: last, so that nobody fills the store but who may come in."""
        if request.proof is not None:
            await self._dpop.spend(request.proof)
