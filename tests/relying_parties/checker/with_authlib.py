"""A platform of plain Authlib, as its manual shows it, and what that leaves to the platform.

Authlib's Starlette client compares state, nonce, signature, ``iss``, ``exp`` and ``azp`` by itself.
It leaves to its user: ``iss`` of the response (RFC 9207), the issuer of the metadata, ``aud``, that
there is an ID token at all, to forget metadata and keys that were fetched broken, and to pass over
keys of kinds to come. Each is a line or two below.
"""

from __future__ import annotations

import asyncio
import html
from typing import TYPE_CHECKING, Any

import httpx2
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.starlette_client import OAuth, StarletteOAuth2App
from joserfc.errors import JoseError
from joserfc.jwk import import_key
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


class Client(StarletteOAuth2App):  # type: ignore[misc]
    """Authlib's client, which passes over keys that it cannot read (RFC 7517 §5)."""

    async def fetch_jwk_set(self, force: bool = False) -> Any:
        found = await super().fetch_jwk_set(force)
        found["keys"] = [key for key in found["keys"] if is_readable(key)]
        return found


def is_readable(key: Any) -> bool:
    try:
        return key["kty"] != "oct" and bool(import_key(key))
    except (JoseError, KeyError, ValueError, TypeError):
        return False


class WithAuthlib:
    def __init__(self, way: Way) -> None:
        self.way = way
        oauth = OAuth()
        self.client: Any = oauth.register(
            "network_id",
            client_cls=Client,
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
                    raise ValueError("metadata of another issuer")
                response: Response = await self.client.authorize_redirect(
                    request, self.way.callback
                )
        except REFUSALS as error:
            raise self.refused(error) from None
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
            raise self.refused(error) from None
        if not (tokens.get("userinfo") or {}).get("sub"):
            raise Refused("no ID token")
        request.session.clear()
        request.session["sub"] = tokens["userinfo"]["sub"]
        return RedirectResponse("/", 303)

    def refused(self, error: Exception) -> Refused:
        """Forget what was fetched: Authlib keeps metadata and keys for ever, right or wrong."""
        self.client.server_metadata.clear()
        return Refused(type(error).__name__)
