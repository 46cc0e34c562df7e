"""Tokens for a refresh token (RFC 6749 §6, OpenID Connect Core §12).

The chain moves on after everything else has held, by one guarded statement. Whoever comes second
judges again what there is then: the token that it sent was replaced a moment ago, and gives the
same new one as it gave the first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from idp.domain.activity import Happened
from idp.domain.person import PersonStatus
from idp.domain.refusal import Cause, Refusal
from idp.protocol import key_binding
from idp.protocol import refresh_token as rules

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from idp.domain.age import Calendar
    from idp.protocol.token_request import TokenRequest
    from idp.services.dpop import Dpop
    from idp.services.people import People
    from idp.services.refresh_tokens import RefreshTokens

    Check = Callable[[TokenRequest], Awaitable[None] | None]

_RACES = 5


class RefreshToken:
    """The grant type ``refresh_token``."""

    def __init__(
        self, refresh_tokens: RefreshTokens, people: People, calendar: Calendar, dpop: Dpop
    ) -> None:
        self._refresh_tokens = refresh_tokens
        self._people = people
        self._calendar = calendar
        self._judging: tuple[Check, ...] = (
            self._token_is_authentic,
            rules.token_belongs_to_client,
            rules.token_is_alive,
            self._token_is_not_replaced,
            key_binding.key_is_the_one_of_the_chain,
            rules.scope_was_granted,
            rules.audience_was_granted,
            self._answers_are_of_today,
        )
        self.checks: tuple[Check, ...] = (
            rules.refresh_token_is_present,
            *self._judging,
            dpop.proof_is_spent,
            self._chain_moves_on,
            rules.tokens_are_narrowed,
        )

    async def punish(self, request: TokenRequest, refusal: Refusal) -> None:
        """End the chain of which an old token came back (RFC 9700 §4.14.2): it may be stolen.

        Only its own client can cause this, and only with a token that was given out.
        """
        if refusal.cause is Cause.REFRESH_TOKEN_REUSED:
            whose = rules.found(request).holder
            await self._refresh_tokens.end(request.known_grant, whose, Happened.CONNECTION_CUT)

    async def _token_is_authentic(self, request: TokenRequest) -> None:
        """RFC 6749 §10.4: what cannot have come from us tells nothing and ends nothing."""
        known = await self._refresh_tokens.find(request.sent["refresh_token"])
        if known is None:
            raise Refusal(Cause.REFRESH_TOKEN_UNKNOWN)
        request.grant, request.found = known

    def _token_is_not_replaced(self, request: TokenRequest) -> None:
        """RFC 9700 §4.14.2: but for a moment, in which parallel requests are no theft."""
        found, grace = rules.found(request), self._refresh_tokens.lifetimes.grace_seconds
        if not found.chain.honours(found.generation, now=request.now, grace_seconds=grace):
            raise Refusal(Cause.REFRESH_TOKEN_REUSED)

    async def _answers_are_of_today(self, request: TokenRequest) -> None:
        """Compute ages anew (DESIGN §4): somebody may have come of age since the sign-in."""
        grant, facts = request.known_grant, request.known_grant.facts
        if not facts.answers:
            return
        person = await self._people.find(rules.found(request).holder.person_id)
        if person is None or person.status is not PersonStatus.ACTIVE:
            raise Refusal(Cause.REFRESH_TOKEN_REVOKED)
        ages = self._calendar.ages(person.birth_date, facts.ages, request.now)
        level = None if facts.assurance is None else person.evidence.level
        request.grant = replace(grant, facts=replace(facts, ages=ages, assurance=level))

    async def _chain_moves_on(self, request: TokenRequest) -> None:
        """Promise P8: of many callers at once one moves it; the others see what it did."""
        for _ in range(_RACES):
            if await self._has_moved(request):
                return
            for check in self._judging:
                waiting = check(request)
                if waiting is not None:
                    await waiting
        raise Refusal(Cause.UNAVAILABLE)

    async def _has_moved(self, request: TokenRequest) -> bool:
        found, grant = rules.found(request), request.known_grant
        chain = found.chain
        if not found.is_replaced:
            moves = rules.rotates(request.known_client, chain)
            chain = chain.rotated(request.now) if moves else chain.used(request.now)
        request.refresh_token = chain.token(grant.grant_id)
        if chain == found.chain and grant.facts == found.facts:
            return True
        return await self._refresh_tokens.move(
            grant.grant_id, found, chain, grant.facts, now=request.now
        )
