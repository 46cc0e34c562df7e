"""The revocation endpoint (RFC 7009): a client gives back what it was given.

Read ``Revocation.revoke``. A token ends with all of its grant: an access token has no state of its
own, and whoever gives back one of a pair wants to be signed out. A text that is no token of ours,
or none any more, is as good as revoked (§2.2) and changes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from idp.domain.activity import Happened
from idp.domain.refusal import Cause, Refusal
from idp.protocol import access_token, id_token, parameters
from idp.services.grants import holder, read
from idp.storage import grants

if TYPE_CHECKING:
    from collections.abc import Mapping

    from idp.domain.client import Client
    from idp.domain.clock import Clock
    from idp.services.client_authentication import ClientAuthentication
    from idp.services.keys import SigningKeys
    from idp.services.live_tokens import LiveTokens
    from idp.services.refresh_tokens import RefreshTokens
    from idp.services.vault import Vault
    from idp.storage.database import Database


class Revocation:
    """Answers revocation requests."""

    def __init__(  # noqa: PLR0913 - the parts it joins, named where they are joined
        self,
        *,
        issuer: str,
        database: Database,
        authentication: ClientAuthentication,
        refresh_tokens: RefreshTokens,
        live: LiveTokens,
        vault: Vault,
        keys: SigningKeys,
        clock: Clock,
    ) -> None:
        self._issuer = issuer
        self._database = database
        self._authentication = authentication
        self._refresh_tokens = refresh_tokens
        self._live = live
        self._vault = vault
        self._keys = keys
        self._clock = clock

    async def revoke(self, sent: Mapping[str, str], authorization: str | None) -> None:
        """End what a token of this client stands for, at once; raises Refusal.

        ``token_type_hint`` needs no reading: the two kinds of token look different (§2.1 lets a
        server ignore it, and demands that a wrong one misleads nobody).
        """
        client = await self._authentication.prove(sent, authorization)
        token = parameters.required(sent, "token", Cause.REVOCATION_TOKEN_MISSING)
        if not await self._refresh_token(token, client):
            await self._access_token(token, client)

    async def _refresh_token(self, token: str, client: Client) -> bool:
        known = await self._refresh_tokens.find(token)
        if known is None:
            return False
        grant, found = known
        _check_owner(grant.client_id, client)
        await self._refresh_tokens.end(grant, found.holder, Happened.CONNECTION_ENDED)
        return True

    async def _access_token(self, token: str, client: Client) -> None:
        try:
            given = access_token.read_any(
                token, keys=self._keys.public, issuer=self._issuer, now=self._clock.now()
            )
        except Refusal:
            self._check_type(token, client)
            return
        _check_owner(given.client_id, client)
        if given.grant_id is None:  # a program's own
            await self._live.end(given)
            return
        row = await grants.find(self._database, given.grant_id)
        if row is None or row["chain_sealed"] is None:
            await grants.revoke(self._database, given.grant_id)
            return
        whose = holder(row, self._vault)
        grant = read(row, self._vault, whose)
        await self._refresh_tokens.end(grant, whose, Happened.CONNECTION_ENDED)

    def _check_type(self, token: str, client: Client) -> None:
        """§2.2.1: whoever gives back an ID token believes to sign somebody out, and does not."""
        try:
            id_token.hinted_sub(token, keys=self._keys.public, issuer=self._issuer, client=client)
        except Refusal:
            return
        raise Refusal(Cause.REVOCATION_UNSUPPORTED)


def _check_owner(client_id: str, client: Client) -> None:
    """§2.1: refused and told, so that nobody believes somebody else's token to be gone."""
    if client_id != client.client_id:
        raise Refusal(Cause.REVOCATION_OF_ANOTHER_CLIENT)
