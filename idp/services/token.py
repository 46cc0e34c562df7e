"""The token endpoint: one ordered list of checks, then tokens (RFC 6749 §4.1.3, §3.2.1).

Read ``Token.pipeline`` first. A code is consumed last, by one guarded statement, after everything
else has held: a wrong request cannot burn somebody's code, and of many right ones only one wins.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from idp.domain.client import AuthMethod
from idp.domain.grant import ACCESS_TOKEN_SECONDS
from idp.domain.refusal import Cause, Refusal
from idp.protocol import access_token, client_authentication, id_token, jose
from idp.protocol import token_request as rules
from idp.protocol.token_request import TokenRequest
from idp.services.grants import read
from idp.storage import grants

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from idp.domain.clock import Clock, Entropy
    from idp.services.clients import Clients
    from idp.services.keys import SigningKeys
    from idp.services.replays import Replays
    from idp.services.vault import Vault
    from idp.storage.database import Database

_UNIQUE_BYTES = 12


class Token:
    """Answers token requests."""

    def __init__(  # noqa: PLR0913 - the parts it joins, named where app.py does the joining
        self,
        *,
        issuer: str,
        database: Database,
        clients: Clients,
        replays: Replays,
        vault: Vault,
        keys: SigningKeys,
        clock: Clock,
        entropy: Entropy,
    ) -> None:
        self._issuer = issuer
        self._database = database
        self._clients = clients
        self._replays = replays
        self._vault = vault
        self._keys = keys
        self._clock = clock
        self._entropy = entropy
        self.pipeline: tuple[Callable[[TokenRequest], Awaitable[None] | None], ...] = (
            self._client_is_known,
            self._method_is_the_registered_one,
            self._client_is_authentic,
            rules.grant_type_is_supported,
            self._resource_is_known,
            rules.code_is_present,
            self._code_is_known,
            rules.code_belongs_to_client,
            rules.code_is_unused,
            rules.code_is_alive,
            rules.redirect_uri_is_the_same,
            rules.verifier_answers_challenge,
            self._code_is_redeemed,
        )

    async def answer(self, sent: Mapping[str, str], authorization: str | None) -> dict[str, object]:
        """Return the token response (OpenID Connect Core §3.1.3.3), or raise Refusal."""
        request = TokenRequest(sent, authorization, now=self._clock.now())
        try:
            for check in self.pipeline:
                waiting = check(request)
                if waiting is not None:
                    await waiting
        except Refusal as refusal:
            await self._punish_replay(request, refusal)
            raise
        return self._tokens(request)

    async def _client_is_known(self, request: TokenRequest) -> None:
        """RFC 6749 §5.2; the same answer as for a wrong secret, which tells less."""
        request.presented = client_authentication.presented(request.authorization, request.sent)
        request.client = await self._clients.find(request.presented.client_id)
        if request.client is None:
            raise Refusal(Cause.CLIENT_AUTHENTICATION_FAILED)

    def _method_is_the_registered_one(self, request: TokenRequest) -> None:
        """OpenID Connect Core §9."""
        if request.presented is not None:
            client_authentication.method_is_registered(request.known_client, request.presented)

    async def _client_is_authentic(self, request: TokenRequest) -> None:
        """RFC 6749 §3.2.1; public clients prove themselves by PKCE alone."""
        client, used = request.known_client, request.presented
        if used is None:
            raise Refusal(Cause.CLIENT_AUTHENTICATION_MISSING)
        if used.method in {AuthMethod.BASIC, AuthMethod.POST}:
            client_authentication.secret_is_right(client, used)
        elif used.method is AuthMethod.PRIVATE_KEY_JWT:
            await self._assertion_is_new(request, used)

    async def _assertion_is_new(
        self, request: TokenRequest, used: client_authentication.Presented
    ) -> None:
        client = request.known_client
        try:
            keys = self._clients.keys(client)
        except jose.JwtRefused as error:
            raise Refusal(Cause.ASSERTION_REFUSED, problem=error.reason) from error
        assertion = client_authentication.read_assertion(
            client, used, keys=keys, issuer=self._issuer, now=request.now
        )
        # RFC 7523 §3 item 7: spent before anything is given for it, on whichever node it arrives.
        if not await self._replays.spend(
            "client_assertion", client.client_id, assertion.jti, expires_at=assertion.expires
        ):
            raise Refusal(Cause.ASSERTION_REPLAYED)

    def _resource_is_known(self, request: TokenRequest) -> None:
        """RFC 8707 §2.2: a token for an audience that we cannot serve is refused, not widened."""
        if request.sent.get("resource", self._issuer) != self._issuer:
            raise Refusal(Cause.RESOURCE_UNKNOWN)

    async def _code_is_known(self, request: TokenRequest) -> None:
        """RFC 6749 §5.2; only the digest of a code is stored."""
        digest = hashlib.sha256(request.sent["code"].encode("utf-8", "surrogatepass")).digest()
        row = await grants.find_by_code(self._database, digest)
        if row is None:
            raise Refusal(Cause.CODE_UNKNOWN)
        request.grant = read(row, self._vault)

    async def _code_is_redeemed(self, request: TokenRequest) -> None:
        """RFC 6749 §4.1.2, promise P8: one guarded statement, one winner."""
        if not await grants.redeem(
            self._database,
            request.known_grant.grant_id,
        ):
            raise Refusal(Cause.CODE_REPLAYED)

    async def _punish_replay(self, request: TokenRequest, refusal: Refusal) -> None:
        # RFC 9700 §4.5: a replayed code may be a stolen one, so what it gave is taken back. Only
        # its own client can cause this. A public client cannot be told from whoever saw a used
        # code: ending one sign-in too many is the lesser harm.
        if refusal.cause is Cause.CODE_REPLAYED:
            await grants.revoke(self._database, request.known_grant.grant_id)

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
