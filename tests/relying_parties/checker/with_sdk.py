"""A platform of the SDK's integration for Starlette: what its README shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from network_id import Options
from network_id.integrations.starlette import NetworkID
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

if TYPE_CHECKING:
    from starlette.requests import Request

    from tests.relying_parties.checker.by_hand import Way


class WithSdk:
    def __init__(self, way: Way, *, pushed: bool = False) -> None:
        self.network_id = NetworkID(
            way.issuer,
            way.client_id,
            way.client_secret,
            url=way.home,
            session_secret="a session secret of the tests, long enough",
            ages=[18],
            options=Options(
                seconds=way.seconds, clock=way.clock, transport=way.transport, pushed=pushed
            ),
        )
        self.app = Starlette(routes=[Route("/", self.home)])
        self.network_id.install(self.app)

    async def home(self, request: Request) -> Response:
        sign_in = await self.network_id.current(request)
        if sign_in is None:
            return HTMLResponse('<p>Hello, stranger.</p><a href="/login">Log in</a>')
        return HTMLResponse(f"<p>Welcome back, {sign_in.display}.</p>")
