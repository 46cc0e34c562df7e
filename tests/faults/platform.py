"""A platform under fire: its client, people who are signed in, and codes of theirs at will."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import parse_qs, urlencode, urlsplit

from idp.protocol.pkce import s256
from tests.support.by_http import Person
from tests.support.logins import VERIFIER, basic
from tests.support.wire import Wire, request

if TYPE_CHECKING:
    from tests.support.nodes import Nodes
    from tests.support.wire import WireAnswer

CALLBACK: Final = "https://shop.example/callback"
ONLINE: Final = "openid"
OFFLINE: Final = "openid offline_access"
_AT_ONCE: Final = 8


@dataclass(frozen=True)
class Platform:
    """One client, and the cookies of one person who has said yes to it once and for all."""

    nodes: Nodes
    client_id: str
    secret: str
    cookies: str

    @classmethod
    async def register(cls, nodes: Nodes, **metadata: Any) -> Self:
        """Register a client, and let a person say yes to staying connected, remembered."""
        registered = await nodes.services.clients.add(
            {
                "client_name": "Corner Shop",
                "platform": "corner-shop",
                "purpose": "To know that you are one person.",
                "alternative": "Order as a guest.",
                "redirect_uris": [CALLBACK],
                "grant_types": ["authorization_code", "refresh_token"],
            }
            | metadata
        )
        assert registered.secret is not None
        client_id = registered.client.client_id
        async with Person(nodes.issuer, "adult") as person:
            await person.sign_in()
            made = cls(nodes, client_id, registered.secret, person.cookies)
        for scope in (OFFLINE, ONLINE):
            await made.say_yes(client_id, scope)
        return made

    @property
    def authorization_header(self) -> str:
        """Say who the client is."""
        return basic(self.client_id, self.secret)["authorization"]

    async def say_yes(self, client_id: str, scope: str) -> None:
        """Let the person say yes to a client, remembered."""
        async with Person(self.nodes.issuer, "adult", cookies=self.cookies) as person:
            address = (
                f"{self.nodes.issuer}/authorize?{urlencode(self.parameters(client_id, scope))}"
            )
            back = await person.open(address, remember=True)
            assert back.startswith(CALLBACK), back

    @staticmethod
    def parameters(client_id: str, scope: str) -> dict[str, str]:
        """Return the parameters of an authorization request."""
        return {
            "client_id": client_id,
            "redirect_uri": CALLBACK,
            "response_type": "code",
            "scope": scope,
            "state": "a state of ours",
            "nonce": "a nonce",
            "code_challenge": s256(VERIFIER),
            "code_challenge_method": "S256",
        }

    def authorization(self, scope: str = ONLINE) -> bytes:
        """Return the request by which the person's browser asks for a code."""
        query = urlencode(self.parameters(self.client_id, scope))
        return request("GET", f"/authorize?{query}", cookie=self.cookies)

    async def code(self, wire: Wire, scope: str = ONLINE) -> str:
        """Let the person sign in, which asks nothing; return the code. Raises OSError."""
        answer = await wire.ask(self.authorization(scope))
        query = parse_qs(urlsplit(answer.headers.get("location", "")).query)
        if "code" not in query:
            raise ConnectionError(f"no code: {answer.status}")
        return query["code"][0]

    async def codes(self, count: int, scope: str = ONLINE) -> list[str]:
        """Return so many codes, from all servers in turn."""
        async with AsyncExitStack() as stack:
            ports = self.nodes.ports
            wires = [
                await stack.enter_async_context(Wire(ports[number % len(ports)]))
                for number in range(_AT_ONCE)
            ]
            shares = [len(range(number, count, _AT_ONCE)) for number in range(_AT_ONCE)]
            found = await asyncio.gather(
                *(self._some(*one, scope) for one in zip(wires, shares, strict=True))
            )
        return [code for some in found for code in some]

    async def _some(self, wire: Wire, count: int, scope: str) -> list[str]:
        return [await self.code(wire, scope) for _ in range(count)]

    def redemption(self, code: str) -> bytes:
        """Return the request that redeems a code."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": CALLBACK,
            "code_verifier": VERIFIER,
        }
        return self.token_request(form)

    def refreshing(self, refresh_token: str) -> bytes:
        """Return the request that exchanges a refresh token."""
        return self.token_request({"grant_type": "refresh_token", "refresh_token": refresh_token})

    def token_request(self, form: dict[str, str]) -> bytes:
        """Return a request to the token endpoint."""
        return request("POST", "/token", form, authorization=self.authorization_header)

    async def userinfo(self, wire: Wire, access_token: str) -> WireAnswer:
        """Ask who that is. Raises OSError."""
        return await wire.ask(request("GET", "/userinfo", authorization=f"Bearer {access_token}"))
