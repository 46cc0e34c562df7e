"""The checks of an authorization request itself, whoever the person will be.

Read ``RequestChecks.checks`` first. The authorization endpoint has them in its own list and runs
them at every step of a sign-in; the endpoint for pushed requests runs the very same ones when a
request is pushed (RFC 9126 §2.1), so that a client hears at once what would be refused later.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from idp.domain.refusal import Cause, Refusal
from idp.protocol import authorization_request as rules
from idp.protocol import id_token

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from idp.protocol.authorization_request import AuthorizationRequest
    from idp.services.keys import SigningKeys
    from idp.services.resources import Resources


class RequestChecks:
    """The one list of what a request must be. ``acr_supported`` are the levels there are here."""

    def __init__(
        self,
        *,
        issuer: str,
        resources: Resources,
        keys: SigningKeys,
        acr_supported: Sequence[str],
    ) -> None:
        self._issuer = issuer
        self._keys = keys
        self._resources = resources
        self._acr_supported = frozenset(acr_supported)
        self.checks: tuple[Callable[[AuthorizationRequest], Awaitable[None] | None], ...] = (
            rules.redirect_uri_is_registered,
            # From here on a refusal is told to the client.
            rules.response_mode_is_known,
            rules.request_is_pushed_where_required,
            rules.request_is_signed_where_required,
            rules.values_fit,
            rules.registration_is_absent,
            rules.response_type_is_code,
            self._catalogue_is_at_hand,
            rules.scope_is_registered,
            rules.scope_asks_for_something,
            rules.resource_is_one,
            rules.pkce_is_sound,
            rules.dpop_jkt_is_a_thumbprint,
            rules.prompt_is_consistent,
            rules.display_is_known,
            rules.max_age_is_a_number,
            rules.acr_values_are_read,
            rules.claims_are_well_formed,
            self._demand_can_be_met,
            self._hint_is_ours,
        )

    def _catalogue_is_at_hand(self, request: AuthorizationRequest) -> Awaitable[None] | None:
        """RFC 8707 §2; most requests name no resource, and cost no look at the registry."""
        return self._look_up(request) if request.names_resources else None

    async def _look_up(self, request: AuthorizationRequest) -> None:
        request.catalogue = await self._resources.catalogue()

    def _demand_can_be_met(self, request: AuthorizationRequest) -> None:
        """§5.5.1.1: what nobody could meet here is refused before anybody is asked to sign in."""
        demand = request.claims.demanded_acr
        if demand and not self._acr_supported.intersection(demand):
            raise Refusal(Cause.AUTHENTICATION_REQUIREMENTS_UNMET)

    def _hint_is_ours(self, request: AuthorizationRequest) -> None:
        """§3.1.2.1: a hint that we did not sign for this client is refused, not ignored."""
        hint = request.sent.get("id_token_hint")
        if hint is not None:
            request.hinted_sub = id_token.hinted_sub(
                hint, keys=self._keys.known, issuer=self._issuer, client=request.known_client
            )
