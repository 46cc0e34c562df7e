"""What every grant type is to the token endpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from idp.domain.refusal import Refusal
    from idp.protocol.token_request import TokenRequest


class GrantType(Protocol):
    """One grant type: the checks after the common ones, in order; the last one uses it up."""

    @property
    def checks(self) -> tuple[Callable[[TokenRequest], Awaitable[None] | None], ...]:
        """One small function per refusal; together they set ``request.grant``."""
        ...

    async def punish(self, request: TokenRequest, refusal: Refusal) -> None:
        """Do what a refusal calls for, such as ending what a stolen code gave."""
        ...
