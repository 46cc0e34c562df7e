"""Whether a verified access token still holds: its grant, its client, and what was revoked.

Everything that honours access tokens asks here, or a withdrawal would end them at some places and
not at others. A person's token ends with its grant. A program's own token has no grant: its end is
a spent ``jti``, kept as long as the token would have lived.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from idp.domain.refusal import Cause, Refusal
from idp.services.grants import read
from idp.storage import grants

if TYPE_CHECKING:
    from idp.domain.client import Client
    from idp.domain.grant import Grant
    from idp.protocol.access_token import AccessToken
    from idp.services.clients import Clients
    from idp.services.replays import Replays
    from idp.services.vault import Vault
    from idp.storage.database import Database

_ENDED = "ended access token"


class Live(Struct, frozen=True):
    """A token that holds, whose it is, and the grant it came from; None for a program's own."""

    token: AccessToken
    client: Client
    grant: Grant | None


class LiveTokens:
    """Tells live tokens from ended ones, in one read."""

    def __init__(
        self, database: Database, clients: Clients, vault: Vault, replays: Replays
    ) -> None:
        self._database = database
        self._clients = clients
        self._vault = vault
        self._replays = replays

    async def find(self, token: AccessToken) -> Live:
        """Return what ``token`` stands on.

        Raises Refusal ``TOKEN_REVOKED``, ``TOKEN_OF_DISABLED_CLIENT``.
        """
        client = await self._clients.known(token.client_id)
        if client is None:
            raise Refusal(Cause.TOKEN_REVOKED)
        if client.disabled:
            raise Refusal(Cause.TOKEN_OF_DISABLED_CLIENT)
        if token.grant_id is not None:
            return Live(token, client, await self._grant(token, token.grant_id))
        ended = await self._replays.is_spent(
            _ENDED, token.client_id, token.jti, made_at=token.issued_at
        )
        # A sub that is not the client would be a person without a grant: nothing we ever issue.
        if ended or token.subject != client.client_id:
            raise Refusal(Cause.TOKEN_REVOKED)
        return Live(token, client, None)

    async def end(self, token: AccessToken) -> None:
        """End a token that no grant ends, durably; of a person's token end the grant instead."""
        await self._replays.spend(
            _ENDED,
            token.client_id,
            token.jti,
            expires_at=token.expires_at,
            made_at=token.issued_at,
        )

    async def _grant(self, token: AccessToken, grant_id: bytes) -> Grant:
        row = await grants.find(self._database, grant_id)
        if row is None or row["revoked"] or not row["code_used"]:
            raise Refusal(Cause.TOKEN_REVOKED)
        grant = read(row, self._vault)
        if (grant.client_id, grant.network_id) != (token.client_id, token.subject):
            raise Refusal(Cause.TOKEN_REVOKED)
        return grant
