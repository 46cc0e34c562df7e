"""Tokens for a program itself (RFC 6749 §4.4): at resources only, about nobody.

Nothing is stored for them, and nothing but proofs is used up: the client has just shown who it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from idp.protocol import client_credentials as rules

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from idp.domain.refusal import Refusal
    from idp.protocol.token_request import TokenRequest
    from idp.services.dpop import Dpop
    from idp.services.resources import Resources


class ClientCredentials:
    """The grant type ``client_credentials``."""

    def __init__(self, resources: Resources, dpop: Dpop) -> None:
        self._resources = resources
        self.checks: tuple[Callable[[TokenRequest], Awaitable[None] | None], ...] = (
            rules.client_is_confidential,
            rules.scope_is_for_programs,
            self._audience_is_chosen,
            dpop.proof_is_spent,
        )

    async def _audience_is_chosen(self, request: TokenRequest) -> None:
        """RFC 8707 §2.2."""
        rules.choose_audience(request, await self._resources.catalogue())

    async def punish(self, request: TokenRequest, refusal: Refusal) -> None:
        """Do nothing: a refusal here gives nobody's token away."""
