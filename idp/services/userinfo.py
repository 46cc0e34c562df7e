"""The UserInfo endpoint (OpenID Connect Core §5.3): who may ask, then the answers of the grant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from idp.domain.release import SCOPE_OPENID
from idp.protocol import userinfo
from idp.protocol.resource_request import ResourceRequest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from idp.services.access_tokens import AccessTokens
    from idp.services.keys import SigningKeys

PATH = "/userinfo"


class Answer(Struct, frozen=True):
    """The claims, and the same as a signed JWT when the client registered for that (§5.3.2).

    ``dpop_nonce`` is for the client's next proof, if it goes by nonces.
    """

    claims: Mapping[str, object]
    signed: str | None
    dpop_nonce: str | None


class UserInfo:
    """Answers UserInfo requests."""

    def __init__(self, *, issuer: str, access_tokens: AccessTokens, keys: SigningKeys) -> None:
        self._issuer = issuer
        self._access_tokens = access_tokens
        self._keys = keys

    async def answer(
        self,
        method: str,
        authorization: str | None,
        sent: Mapping[str, str],
        proofs: Sequence[str] = (),
    ) -> Answer:
        """Return what the holder of a live access token may know; raises Refusal."""
        request = ResourceRequest(
            method=method,
            path=PATH,
            audience=self._issuer,
            scope=SCOPE_OPENID,
            authorization=authorization,
            proofs=proofs,
            sent=sent,
        )
        nonce = await self._access_tokens.admit(request)
        claims = userinfo.claims(request.known_grant, request.known_token.scope)
        client = request.known_client
        if client.userinfo_alg is None:
            return Answer(claims, None, nonce)
        signed = {**claims, "iss": self._issuer, "aud": client.client_id}
        jwt = await self._keys.sign(client.userinfo_alg, signed, typ=userinfo.TYP)
        return Answer(claims, jwt, nonce)
