"""A resource server for tests, and platforms that may use it."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, Final

from tests.support.logins import Platform, basic

if TYPE_CHECKING:
    from tests.support.browser_like import Answer
    from tests.support.provider import Provider

SANDBOX_SCOPE: Final = "sandbox:read"
SIGNED: Final = "application/token-introspection+jwt"
_NUMBERS: Final = itertools.count(1)


async def own_token(client: Platform, **form: str) -> Answer:
    """Ask for a token of the program's own."""
    sent = {"grant_type": "client_credentials"} | form
    return await client.at_token_endpoint(sent, basic(client.client_id, client.secret))


async def ask(server: Platform, token: str | None, **headers: str) -> Answer:
    """Ask about a token, as whichever client with a secret."""
    form = {} if token is None else {"token": token}
    sent = basic(server.client_id, server.secret) | headers
    return await server.provider.browser().post("/introspect", form, headers=sent)


class Api(Platform):
    """A resource server: it has two scopes of its own, and a secret to introspect with."""

    @classmethod
    async def offered(cls, provider: Provider, **metadata: Any) -> Api:
        number = next(_NUMBERS)
        registered = await provider.add_client(
            **{
                "client_name": f"Records {number}",
                "client_name#zh-Hans": f"档案 {number}",
                "platform": f"records-{number}",
                "grant_types": [],
                "redirect_uris": [],
                "resource": f"https://records-{number}.example/api",
                "resource_scopes": {
                    f"records-{number}:read": "Read your records",
                    f"records-{number}:read#zh-Hans": "读取您的档案",
                    f"records-{number}:write": "Add to your records",
                },
            }
            | metadata
        )
        return cls(provider, registered)

    @property
    def identifier(self) -> str:
        assert self.registered.client.resource is not None
        return self.registered.client.resource

    @property
    def read(self) -> str:
        return self._scopes[0]

    @property
    def write(self) -> str:
        return self._scopes[1]

    @property
    def _scopes(self) -> list[str]:
        return list(self.registered.client.resource_scopes)

    async def user(self, **metadata: Any) -> Platform:
        """A platform of its own that may use both scopes here."""
        scope = f"openid age {self.read} {self.write}"
        return await Platform.register(self.provider, **{"scope": scope} | metadata)

    async def program(self, **metadata: Any) -> Platform:
        """A program that may read here in its own name, and signs nobody in."""
        given = {"grant_types": ["client_credentials"], "redirect_uris": [], "scope": self.read}
        registered = await self.provider.add_client(**given | metadata)
        return Platform(self.provider, registered)

    async def introspect(self, token: str, **headers: str) -> Answer:
        return await ask(self, token, **headers)
