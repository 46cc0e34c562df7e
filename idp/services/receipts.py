"""Receipts: what a person allowed a platform, signed for whoever doubts it later."""

from __future__ import annotations

from typing import TYPE_CHECKING

from idp.domain import base64url
from idp.domain.clock import SECONDS_PER_DAY
from idp.domain.refusal import Cause, Refusal
from idp.domain.release import SCOPE_OFFLINE
from idp.protocol import consent_receipt
from idp.protocol.consent_receipt import Allowed, Controller

if TYPE_CHECKING:
    from idp.domain.clock import Entropy
    from idp.domain.refresh_token import Lifetimes
    from idp.domain.resource import Catalogue
    from idp.services.keys import SigningKeys
    from idp.services.platforms import Platform, Service, Yes

_ID_BYTES = 16
_ALG = "ES256"


class Receipts:
    """Issues receipts. Keeps none: what they say is read from the consent, or from the activity."""

    def __init__(
        self, *, issuer: str, keys: SigningKeys, entropy: Entropy, lifetimes: Lifetimes
    ) -> None:
        self._issuer = issuer
        self._lifetimes = lifetimes
        self._keys = keys
        self._entropy = entropy

    async def issue(
        self, platform: Platform, client_id: str, locale: str, catalogue: Catalogue
    ) -> dict[str, object]:
        """Return the receipt of the last yes to a client: readable, and as a compact JWS.

        Raises Refusal ``NOT_FOUND`` when no yes is known.
        """
        service = platform.service(client_id)
        yes = service.last_yes
        if yes is None:
            raise Refusal(Cause.NOT_FOUND)
        claims = consent_receipt.claims(
            _controller(service, locale),
            Allowed(
                network_id=platform.pseudonym.network_id,
                record=yes.record,
                items=yes.items,
                given_at=yes.given_at,
                until_day=self._until_day(yes),
                withdrawn_at=yes.withdrawn_at,
                permissions=catalogue.told(yes.items, locale),
            ),
            issuer=self._issuer,
            receipt_id=base64url.encode(self._entropy.bytes(_ID_BYTES)),
        )
        signed = await self._keys.sign(_ALG, claims, typ=consent_receipt.TYP)
        return {"receipt": claims, "jws": signed}

    def _until_day(self, yes: Yes) -> int | None:
        """Return until when a yes holds; to staying connected it does so unremembered too."""
        if yes.until_day is None and SCOPE_OFFLINE in yes.items:
            return self._lifetimes.until_day(yes.given_at // SECONDS_PER_DAY)
        return yes.until_day


def _controller(service: Service, locale: str) -> Controller:
    client = service.client
    return Controller(
        client_id=service.client_id,
        name=service.name(locale),
        language=locale,
        purpose="" if client is None else client.purpose(locale),
        policy_uri=None if client is None else client.policy_uri,
    )
