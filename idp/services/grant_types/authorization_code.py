"""Tokens for a code (RFC 6749 §4.1.3).

A code is consumed last, by one guarded statement, after everything else has held: a wrong request
cannot burn somebody's code, and of many right ones only one wins.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from idp.domain.grant import carried_nonce, grant_id
from idp.domain.refusal import Cause, Refusal
from idp.domain.release import SCOPE_OFFLINE
from idp.protocol import authorization_code as rules
from idp.protocol import key_binding, token_request
from idp.services.grants import read
from idp.storage import grants

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from idp.protocol.token_request import TokenRequest
    from idp.services.dpop import Dpop
    from idp.services.refresh_tokens import RefreshTokens
    from idp.services.vault import Vault
    from idp.storage.database import Database


class AuthorizationCode:
    """The grant type ``authorization_code``."""

    def __init__(
        self, database: Database, vault: Vault, refresh_tokens: RefreshTokens, dpop: Dpop
    ) -> None:
        self._database = database
        self._vault = vault
        self._refresh_tokens = refresh_tokens
        self.checks: tuple[Callable[[TokenRequest], Awaitable[None] | None], ...] = (
            rules.code_is_present,
            self._code_is_known,
            rules.code_belongs_to_client,
            rules.code_is_unused,
            rules.code_is_alive,
            rules.redirect_uri_is_the_same,
            rules.verifier_answers_challenge,
            token_request.resource_was_granted,
            key_binding.key_is_the_one_of_the_code,
            self._chain_is_drawn,
            dpop.proof_is_spent,
            self._code_is_redeemed,
        )

    async def _code_is_known(self, request: TokenRequest) -> None:
        """RFC 6749 §5.2; only a digest of the code is stored."""
        code = request.sent["code"]
        row = await grants.find_with_consent(self._database, grant_id(code))
        if row is None:
            raise Refusal(Cause.CODE_UNKNOWN)
        grant, request.consent_day = read(row, self._vault), row["consent_day"]
        nonce = carried_nonce(code)
        if nonce:
            facts = replace(grant.facts, nonce=self._vault.open_nonce(nonce))
            grant = replace(grant, facts=facts)
        request.grant = grant

    def _chain_is_drawn(self, request: TokenRequest) -> None:
        """OpenID Connect Core §11: a refresh token for a yes to staying connected."""
        if SCOPE_OFFLINE in request.known_grant.facts.scope:
            request.chain = self._refresh_tokens.new(
                request.now, consent_day=request.consent_day, jkt=key_binding.key_for_life(request)
            )

    async def _code_is_redeemed(self, request: TokenRequest) -> None:
        """RFC 6749 §4.1.2, promise P8: one guarded statement, one winner."""
        grant_id, chain = request.known_grant.grant_id, request.chain
        if chain is None:
            redeemed = await grants.redeem(self._database, grant_id)
        else:
            redeemed = await self._refresh_tokens.begin(grant_id, chain, now=request.now)
            request.refresh_token = chain.token(grant_id)
        if not redeemed:
            raise Refusal(Cause.CODE_REPLAYED)

    async def punish(self, request: TokenRequest, refusal: Refusal) -> None:
        """End what a replayed code gave (RFC 9700 §4.5): it may be a stolen one.

        Only its own client can cause this. A public client cannot be told from whoever saw a used
        code: ending one sign-in too many is the lesser harm.
        """
        if refusal.cause is Cause.CODE_REPLAYED:
            await grants.revoke(self._database, request.known_grant.grant_id)
