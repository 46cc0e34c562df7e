"""What platforms see of us: the JWKS at the issuer's own address, through all that is between."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from idp.outbound import OutboundRefused
from idp.protocol.strict_json import load_object

if TYPE_CHECKING:
    from collections.abc import Mapping

    from idp.outbound import Outbound

_OK = 200


class Outside:
    """Looks as any platform would: by the issuer's name, TLS and all, whatever cache answers."""

    def __init__(self, outbound: Outbound, issuer: str) -> None:
        self._outbound = outbound
        self.address = f"{issuer.rstrip('/')}/jwks"

    async def keys(self) -> Mapping[str, Mapping[str, Any]]:
        """Return the keys that are served, by kid; raises OutboundRefused, which says why not."""
        answer = await self._outbound.get_own(self.address, accept="application/json")
        if answer.status != _OK:
            raise OutboundRefused(f"the answer has status {answer.status}")
        try:
            found = load_object(answer.body).get("keys")
        except ValueError:
            raise OutboundRefused("the answer is no JWKS") from None
        members = found if isinstance(found, list) else []
        return {str(key.get("kid")): key for key in members if isinstance(key, dict)}
