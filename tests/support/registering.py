"""Clients that register themselves, over HTTP, and what they send."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

from msgspec.structs import replace

from idp.services.registration import Registration
from tests.support.logins import Platform

if TYPE_CHECKING:
    from tests.support.browser_like import Answer
    from tests.support.internet import Internet
    from tests.support.provider import Provider

# What the dynamic plan of the OpenID conformance suite sends, as far as everybody sends it.
ORDINARY: Final[dict[str, Any]] = {
    "client_name": "A client that came by itself",
    "redirect_uris": ["https://shop.example/callback"],
    "grant_types": ["authorization_code"],
    "response_types": ["code"],
    "token_endpoint_auth_method": "client_secret_basic",
    "contacts": ["shop@example.com"],
}
OWN: Final = "the token that it was told"
JSON: Final = {"content-type": "application/json"}


def bearer(token: str | None) -> dict[str, str]:
    return {} if token is None else {"authorization": f"Bearer {token}"}


@dataclass
class Registrant:
    """Somebody who registers clients at a provider; a member given as None is left out."""

    provider: Provider
    internet: Internet

    async def register(self, token: str | None = None, **metadata: Any) -> Answer:
        given = {n: v for n, v in (ORDINARY | metadata).items() if v is not None}
        return await self.post(json.dumps(given).encode(), token)

    async def post(self, body: bytes, token: str | None = None, **headers: str) -> Answer:
        sent = JSON | bearer(token) | headers
        return await self.provider.browser().post("/register", body=body, headers=sent)

    async def registered(self, token: str | None = None, **metadata: Any) -> dict[str, Any]:
        answer = await self.register(token, **metadata)
        assert answer.status == 201, answer.text
        return cast("dict[str, Any]", answer.json())

    async def manage(
        self,
        method: str,
        told: dict[str, Any],
        document: dict[str, Any] | None = None,
        token: str | None = OWN,
    ) -> Answer:
        """Use `told`'s address with its token, or with `token` (None: without any)."""
        used = told["registration_access_token"] if token == OWN else token
        headers = bearer(used) | (JSON if document is not None else {})
        body = b"" if document is None else json.dumps(document).encode()
        url = told["registration_client_uri"]
        return await self.provider.browser().send(method, url, body=body, headers=headers)

    async def invitation(self, platform: str | None = None, uses: int = 1) -> str:
        registration = self.provider.services.registration
        assert isinstance(registration, Registration)
        return await registration.invite(platform, uses=uses, seconds=3600)

    async def platform(self, told: dict[str, Any]) -> Platform:
        """The registered client, for logging in."""
        shown = await self.provider.services.clients.show(told["client_id"])
        assert shown is not None
        registered = replace(shown, secret=told.get("client_secret"))
        return Platform(self.provider, registered, told["redirect_uris"][0])


def update(told: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The body of an update: what the client was told, without what it must not send."""
    ours = {"registration_access_token", "registration_client_uri", "client_secret_expires_at"}
    kept = {n: v for n, v in told.items() if n not in ours | {"client_id_issued_at"}}
    return {n: v for n, v in (kept | changes).items() if v is not None}
