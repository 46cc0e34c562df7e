"""A correct platform written by hand: joserfc, httpx2, Starlette, and every check in sight.

``ByHand(way, without="nonce")`` leaves out that one check, and nothing else: so are the broken
platforms made, and what the checker finds in them is that check's absence.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import html
import json
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote_plus, urlencode

import httpx2
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

Claims = dict[str, Any]
KINDS: dict[str, type[RSAKey | ECKey | OKPKey]] = {
    "RS256": RSAKey,
    "ES256": ECKey,
    "PS256": RSAKey,
    "Ed25519": OKPKey,
}
LEEWAY = 30  # seconds
COOL_DOWN = 30  # seconds between two looks at the provider's keys that strangers can cause
LARGEST = 262_144  # bytes of an answer
LOGOUT = "http://schemas.openid.net/event/backchannel-logout"


class Refused(Exception):
    """Nobody is signed in; the text says why."""


@dataclass(frozen=True)
class Way:
    """Where the platform and its provider are, and how they reach each other."""

    issuer: str
    client_id: str
    client_secret: str
    home: str
    clock: Callable[[], int]
    transport: httpx2.AsyncBaseTransport
    seconds: float = 1.0

    @property
    def callback(self) -> str:
        return f"{self.home}/callback"


@dataclass
class Session:
    pending: dict[str, str] | None = None
    sub: str | None = None
    sid: str | None = None


@dataclass
class ByHand:
    way: Way
    without: str = ""
    sessions: dict[str, Session] = field(default_factory=dict)
    heard: set[str] = field(default_factory=set)  # the jti of logout tokens
    metadata: Claims = field(default_factory=dict)
    keys: list[Claims] = field(default_factory=list)
    looked_at: int = 0

    def __post_init__(self) -> None:
        self.app = Starlette(
            routes=[
                Route("/", self.home),
                Route("/login", self.login),
                Route("/callback", self.callback),
                Route("/backchannel-logout", self.logout, methods=["POST"]),
            ],
            exception_handlers={Refused: refused},
        )

    def checks(self, name: str) -> bool:
        return name != self.without

    # Pages

    async def home(self, request: Request) -> Response:
        session = self.sessions.get(request.cookies.get("session", ""))
        if session is None or session.sub is None:
            return HTMLResponse('<p>Hello, stranger.</p><a href="/login">Log in</a>')
        return HTMLResponse(f"<p>Welcome back, {html.escape(session.sub)}.</p>")

    async def login(self, request: Request) -> Response:
        metadata = await self.discovered()
        verifier = secrets.token_urlsafe(32)
        pending = {"state": secrets.token_urlsafe(), "nonce": secrets.token_urlsafe()}
        asked = {
            "response_type": "code",
            "client_id": self.way.client_id,
            "redirect_uri": self.way.callback,
            "scope": "openid",
            "code_challenge": encoded(hashlib.sha256(verifier.encode()).digest()),
            "code_challenge_method": "S256",
            **pending,
        }
        response = RedirectResponse(f"{metadata['authorization_endpoint']}?{urlencode(asked)}", 303)
        self.begin(response, Session(pending | {"verifier": verifier}))
        return response

    async def callback(self, request: Request) -> Response:
        session = self.sessions.pop(request.cookies.get("session", ""), Session())
        pending, session.pending = session.pending, None
        if pending is None:
            raise Refused("no sign-in was begun in this browser")
        code = self.read_response(request.url.query, pending)
        tokens = await self.redeem(code, pending["verifier"])
        claims = await self.verified(tokens.get("id_token"))
        self.check_claims(claims, pending, tokens)
        claims |= await self.userinfo(tokens["access_token"], claims["sub"])
        response = RedirectResponse("/", 303)
        self.begin(response, Session(sub=claims["sub"], sid=claims.get("sid")))
        return response

    def begin(self, response: Response, session: Session) -> None:
        name = secrets.token_urlsafe()  # always a new one: no session is fixed from outside
        self.sessions[name] = session
        response.set_cookie("session", name, httponly=True, samesite="lax")

    # Checks

    def read_response(self, query: str, pending: dict[str, str]) -> str:
        pairs = parse_qsl(query)
        response = dict(pairs)
        if len(pairs) != len(response):
            raise Refused("a parameter came twice")
        state = response.get("state", "").encode()
        if self.checks("state") and not hmac.compare_digest(state, pending["state"].encode()):
            raise Refused("another state")
        if self.checks("response iss") and response.get("iss") != self.way.issuer:
            raise Refused("another issuer answered")
        if "error" in response or not response.get("code"):
            raise Refused("the provider refused")
        return response["code"]

    async def verified(self, token: object) -> Claims:
        """Return the claims of a JWT whose signature holds."""
        try:
            parts = jws.extract_compact(str(token).encode("ascii"))
            header, claims = parts.headers(), json.loads(parts.payload)
        except (JoseError, ValueError, TypeError):
            raise Refused("no JWT") from None
        if not isinstance(claims, dict):
            raise Refused("no JWT")
        if self.checks("signature"):
            await self.check_signature(str(token), header)
        return claims

    async def check_signature(self, token: str, header: Claims) -> None:
        alg, kid = header.get("alg"), header.get("kid")
        if alg not in KINDS or not isinstance(kid, str):
            raise Refused("an algorithm that is not ours, or no key named")
        found = self.find(alg, kid)
        if found is None and self.checks("refetch"):
            await self.look_at_keys(self.metadata["jwks_uri"])
            found = self.find(alg, kid)
        if found is None:
            raise Refused("an unknown key")
        try:
            jws.deserialize_compact(token, KINDS[alg].import_key(found), algorithms=[alg])
        except (JoseError, ValueError, TypeError):
            raise Refused("another signature") from None

    def find(self, alg: str, kid: str) -> Claims | None:
        for key in self.keys:
            fits = key.get("kty") == KINDS[alg].key_type and key.get("alg", alg) == alg
            if fits and key.get("kid") == kid and key.get("use", "sig") == "sig":
                return key
        return None

    def check_claims(self, claims: Claims, pending: dict[str, str], tokens: Claims) -> None:
        self.check_times(claims)
        if claims.get("iss") != self.way.issuer:
            raise Refused("iss")
        if self.checks("aud") and claims.get("aud") not in (
            self.way.client_id,
            [self.way.client_id],
        ):
            raise Refused("aud")
        if claims.get("azp", self.way.client_id) != self.way.client_id:
            raise Refused("azp")
        if self.checks("nonce") and claims.get("nonce") != pending["nonce"]:
            raise Refused("nonce")
        if not isinstance(claims.get("sub"), str) or not 0 < len(claims["sub"]) <= 255:
            raise Refused("sub")
        digest = hashlib.sha256(tokens["access_token"].encode()).digest()
        if claims.get("at_hash", encoded(digest[:16])) != encoded(digest[:16]):
            raise Refused("at_hash")

    def check_times(self, claims: Claims) -> None:
        now = self.way.clock()
        for name in ("exp", "iat", "nbf"):
            value = claims.get(name, 0 if name == "nbf" else None)
            if not isinstance(value, int) or isinstance(value, bool):
                raise Refused(name)
        if claims["exp"] <= now - LEEWAY or claims["iat"] > now + LEEWAY:
            raise Refused("times")
        if claims.get("nbf", 0) > now + LEEWAY:
            raise Refused("nbf")

    async def userinfo(self, access_token: str, sub: str) -> Claims:
        headers = {"authorization": f"Bearer {access_token}"}
        told = await self.fetch("GET", self.metadata["userinfo_endpoint"], headers=headers)
        if self.checks("userinfo sub") and told.get("sub") != sub:
            raise Refused("userinfo of somebody else")
        return told

    async def logout(self, request: Request) -> Response:
        """Take a back-channel logout (OpenID Connect Back-Channel Logout 1.0 §2.6)."""
        form = dict(parse_qsl((await request.body()).decode()))
        await self.discovered()
        claims = await self.verified(form.get("logout_token"))
        self.check_times({"exp": None, "iat": None} | claims)
        events, jti, sid, sub = (claims.get(name) for name in ("events", "jti", "sid", "sub"))
        if claims.get("iss") != self.way.issuer or claims.get("aud") != self.way.client_id:
            raise Refused("iss or aud")
        if not isinstance(events, dict) or not isinstance(events.get(LOGOUT), dict):
            raise Refused("events")
        if "nonce" in claims or not (sid or sub) or not jti or jti in self.heard:
            raise Refused("nonce, sid, sub or jti")
        self.heard.add(jti)
        for session in self.sessions.values():
            if (sid and session.sid == sid) or (not sid and session.sub == sub):
                session.sub = session.sid = None
        return Response(headers={"cache-control": "no-store"})

    # The provider

    async def discovered(self) -> Claims:
        if not self.metadata:
            found = await self.fetch("GET", f"{self.way.issuer}/.well-known/openid-configuration")
            if found.get("issuer") != self.way.issuer:
                raise Refused("metadata of another issuer")
            await self.look_at_keys(found["jwks_uri"])
            self.metadata = found
        return self.metadata

    async def look_at_keys(self, url: str) -> None:
        now = self.way.clock()
        if self.keys and now - self.looked_at < COOL_DOWN:
            return
        self.looked_at = now
        found = (await self.fetch("GET", url)).get("keys")
        if not isinstance(found, list) or not found:
            raise Refused("no keys")  # a broken answer never takes good keys away
        self.keys = [key for key in found if isinstance(key, dict)]

    async def redeem(self, code: str, verifier: str) -> Claims:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.way.callback,
            "code_verifier": verifier,
        }
        pair = (quote_plus(self.way.client_id), quote_plus(self.way.client_secret))
        tokens = await self.fetch("POST", self.metadata["token_endpoint"], data=form, auth=pair)
        if not isinstance(tokens.get("access_token"), str):
            raise Refused("no access token")
        return tokens

    async def fetch(self, method: str, url: str, **more: Any) -> Claims:
        """Return the JSON object of an answer that is whole in time and not too large."""
        body = b""
        try:
            async with (
                asyncio.timeout(self.way.seconds),
                self.http() as http,
                http.stream(method, url, **more) as response,
            ):
                async for chunk in response.aiter_bytes():
                    body += chunk
                    if len(body) > LARGEST:
                        raise Refused("too large an answer")
            found = json.loads(body) if response.status_code == 200 else None
        except (TimeoutError, httpx2.HTTPError, ValueError, RecursionError):
            raise Refused("no answer of the provider that can be read") from None
        if not isinstance(found, dict):
            raise Refused("no JSON object")
        return found

    def http(self) -> httpx2.AsyncClient:
        return httpx2.AsyncClient(transport=Kept(self.way.transport), trust_env=False)


class Kept(httpx2.AsyncBaseTransport):
    """A transport that outlives the client that uses it."""

    def __init__(self, inner: httpx2.AsyncBaseTransport) -> None:
        self._inner = inner

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        return await self._inner.handle_async_request(request)


async def refused(_request: Request, _error: Exception) -> Response:
    return HTMLResponse("<p>That did not work. Please try again.</p>", 400)


def encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
