"""The UserInfo endpoint (OpenID Connect Core §5.3): one read, then the answers of the grant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from idp.domain.refusal import Cause, Refusal
from idp.domain.release import SCOPE_OPENID
from idp.protocol import access_token, userinfo
from idp.services.grants import read
from idp.storage import grants

if TYPE_CHECKING:
    from collections.abc import Mapping

    from idp.domain.clock import Clock
    from idp.services.clients import Clients
    from idp.services.keys import SigningKeys
    from idp.services.vault import Vault
    from idp.storage.database import Database


@dataclass(frozen=True, slots=True)
class Answer:
    """The claims, and the same as a signed JWT when the client registered for that (§5.3.2)."""

    claims: Mapping[str, object]
    signed: str | None


class UserInfo:
    """Answers UserInfo requests."""

    def __init__(
        self,
        *,
        issuer: str,
        database: Database,
        clients: Clients,
        vault: Vault,
        keys: SigningKeys,
        clock: Clock,
    ) -> None:
        self._issuer = issuer
        self._database = database
        self._clients = clients
        self._vault = vault
        self._keys = keys
        self._clock = clock

    async def answer(self, authorization: str | None, sent: Mapping[str, str]) -> Answer:
        """Return what the bearer of a live access token may know; raises Refusal."""
        bearer = userinfo.bearer_token(authorization, sent)
        token = access_token.read(
            bearer,
            keys=self._keys.public,
            issuer=self._issuer,
            audience=self._issuer,
            scope=SCOPE_OPENID,
            now=self._clock.now(),
        )
        if token.grant_id is None:
            raise Refusal(Cause.TOKEN_INVALID, problem="of no person")
        row = await grants.find(self._database, token.grant_id)
        if row is None or row["revoked"] or not row["code_used"]:
            raise Refusal(Cause.TOKEN_REVOKED)
        grant = read(row, self._vault)
        client = await self._clients.find(grant.client_id)
        if client is None or (grant.client_id, grant.network_id) != (
            token.client_id,
            token.subject,
        ):
            raise Refusal(Cause.TOKEN_REVOKED)
        claims = userinfo.claims(grant)
        if client.userinfo_alg is None:
            return Answer(claims, None)
        signed = {**claims, "iss": self._issuer, "aud": client.client_id}
        return Answer(claims, self._keys.sign(client.userinfo_alg, signed, typ=userinfo.TYP))
