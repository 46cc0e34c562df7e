"""A platform of plain Authlib, as its manual shows it, and what that leaves to the platform.

Authlib's Starlette client compares state, nonce, signature, ``iss``, ``exp`` and ``azp`` by itself.
It leaves to its user: ``iss`` of the response (RFC 9207), the issuer of the metadata, ``aud``, and
that there is an ID token at all. Each is a line below.
"""

from __future__ import annotations

import asyncio
import html
from typing import TYPE_CHECKING, Any

import httpx2
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.starlette_client import OAuth
from joserfc.errors import JoseError
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from tests.relying_parties.checker.by_hand import Kept, Refused, Way, refused

if TYPE_CHECKING:
    from starlette.requests import Request

# What is raised for an answer that does not hold, or cannot be read.
REFUSALS = (
    AuthlibBaseError,
    JoseError,
    httpx2.HTTPError,
    ValueError,
    TypeError,
    KeyError,
    TimeoutError,
)


class WithAuthlib:
    def __init__(self, way: Way) -> None:
        self.way = way
        oauth = OAuth()
        self.client: Any = oauth.register(
            "network_id",
            server_metadata_url=f"{way.issuer}/.well-known/openid-configuration",
            client_id=way.client_id,
            client_secret=way.client_secret,
            client_kwargs={
                "scope": "openid",
                "code_challenge_method": "S256",
                "transport": Kept(way.transport),
            },
        )
        self.app = Starlette(
            routes=[
                Route("/", self.home),
                Route("/login", self.login),
                Route("/callback", self.callback),
            ],
            middleware=[Middleware(SessionMiddleware, secret_key="of the tests", path="/")],
            exception_handlers={Refused: refused},
        )

    async def home(self, request: Request) -> Response:
        if "sub" in request.session:
            return HTMLResponse(f"<p>Welcome back, {html.escape(request.session['sub'])}.</p>")
        return HTMLResponse('<p>Hello, stranger.</p><a href="/login">Log in</a>')

    async def login(self, request: Request) -> Response:
        try:
            async with asyncio.timeout(self.way.seconds):
                metadata = await self.client.load_server_metadata()
                if metadata.get("issuer") != self.way.issuer:
                    metadata.clear()  # or Authlib would keep it
                    raise Refused("metadata of another issuer")
                response: Response = await self.client.authorize_redirect(
                    request, self.way.callback
                )
        except REFUSALS as error:
            raise Refused(type(error).__name__) from None
        return response

    async def callback(self, request: Request) -> Response:
        if request.query_params.getlist("iss") != [self.way.issuer]:
            raise Refused("another issuer answered")
        options = {
            "iss": {"essential": True, "value": self.way.issuer},
            "aud": {"essential": True, "value": self.way.client_id},
        }
        try:
            async with asyncio.timeout(self.way.seconds):
                tokens = await self.client.authorize_access_token(request, claims_options=options)
        except REFUSALS as error:
            raise Refused(type(error).__name__) from None
        if not (tokens.get("userinfo") or {}).get("sub"):
            raise Refused("no ID token")
        request.session.clear()
        request.session["sub"] = tokens["userinfo"]["sub"]
        return RedirectResponse("/", 303)
