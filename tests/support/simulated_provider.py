"""A small provider that follows the rules, and breaks any one of them when told to.

Real signatures by joserfc. For tests of relying parties only: it shows no page and asks nobody.
Each attribute is what the next answers will hold; change one and the provider misbehaves.
"""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote_plus, urlencode, urlsplit

import httpx2
import uvicorn
from joserfc import jws
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey
from starlette.applications import Starlette
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

if TYPE_CHECKING:
    from starlette.requests import Request

ISSUER = "https://id.example"
CLIENT_ID = "client-of-the-shop"
CLIENT_SECRET = "a+secret/with=signs:that%must be encoded"
CODE = "a-code-that-must-not-be-logged"
ACCESS_TOKEN = "an-access-token-that-must-not-be-logged"
LIFE = 300

Claims = dict[str, Any]
Change = Callable[[Claims], None]


def with_check_characters(payload: str) -> str:
    """Return a 23-character payload as a network ID (ISO/IEC 7064 MOD 1271-36)."""
    digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    remainder = 0
    for character in payload:
        remainder = (remainder + digits.index(character)) * 36 % 1271
    check = (1 - remainder * 36) % 1271
    return payload + digits[check // 36] + digits[check % 36]


NETWORK_ID = with_check_characters("7K9Q2YWSGQNFEDCVVCMN3XD")
RSA = RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256"}, auto_kid=True)
EC = ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"}, auto_kid=True)
PSS = RSAKey.import_key(RSA.as_dict(private=True) | {"alg": "PS256", "kid": "for-pss"})
ED = OKPKey.generate_key("Ed25519", {"use": "sig", "alg": "Ed25519"}, auto_kid=True)
OTHER_RSA = RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256"}, auto_kid=True)


def left_half(token: str, alg: str) -> str:
    """Return the ``at_hash`` of a token (OpenID Connect Core 1.0 §3.1.3.6)."""
    digest = hashlib.new("sha512" if alg == "Ed25519" else "sha256", token.encode()).digest()
    return _encoded(digest[: len(digest) // 2])


@dataclass
class SimulatedProvider:
    """One provider, one client, one person who always says yes unless ``error`` is set."""

    clock: Callable[[], int]
    issuer: str = ISSUER
    key: RSAKey | ECKey | OKPKey = field(default_factory=lambda: RSA)
    published: list[RSAKey | ECKey | OKPKey] = field(default_factory=lambda: [RSA, PSS, EC, ED])
    subject: str = NETWORK_ID
    ages: Claims = field(default_factory=dict)
    error: str | None = None
    change_discovery: Change = lambda _: None
    change_response: Change = lambda _: None
    change_header: Change = lambda _: None
    change_claims: Change = lambda _: None
    change_tokens: Change = lambda _: None
    change_token: Callable[[str], str] = lambda token: token
    answers: dict[str, Response] = field(default_factory=dict)  # path -> instead of the right one
    away: bool = False
    requests: list[str] = field(default_factory=list)
    asked: dict[str, dict[str, str]] = field(default_factory=dict)  # code -> authorization request
    numbers: Iterator[int] = field(default_factory=itertools.count)

    @property
    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self._discovery),
                Route("/jwks", self._jwks),
                Route("/authorize", self._authorize),
                Route("/token", self._token, methods=["POST"]),
                Route("/{path:path}", self._other, methods=["GET", "POST"]),
            ]
        )

    def transport(self) -> httpx2.AsyncBaseTransport:
        """Return a way to this provider without a socket."""
        return _Wire(self)

    def answer(self, url: str) -> str:
        """Return the callback's query for an authorization URL, as a browser would bring it."""
        return urlsplit(self.respond(dict(parse_qsl(urlsplit(url).query)))).query

    def respond(self, request: dict[str, str]) -> str:
        response: Claims = {"state": request["state"], "iss": self.issuer}
        if self.error:
            response |= {"error": self.error, "error_description": "the person said no"}
        else:
            response["code"] = f"{CODE}-{next(self.numbers)}"
            self.asked[response["code"]] = request
        self.change_response(response)
        return f"{request['redirect_uri']}?{urlencode(response, doseq=True)}"

    def document(self) -> Claims:
        document: Claims = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
            "end_session_endpoint": f"{self.issuer}/logout",
            "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256", "PS256", "ES256", "Ed25519"],
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": True,
        }
        self.change_discovery(document)
        return document

    def id_token(self, request: dict[str, str]) -> str:
        now = self.clock()
        header: Claims = {"alg": self.key.alg, "kid": self.key.kid}
        claims: Claims = {
            "iss": self.issuer,
            "sub": self.subject,
            "aud": request["client_id"],
            "iat": now,
            "exp": now + LIFE,
            "nonce": request["nonce"],
            "acr": "urn:example:sandbox",
            "at_hash": left_half(ACCESS_TOKEN, self.key.alg or ""),
            **self.ages,
        }
        self.change_header(header)
        self.change_claims(claims)
        return self.change_token(self.signed(header, claims))

    def signed(self, header: Claims, claims: Claims) -> str:
        """Sign whatever header there is; joserfc's own front door would refuse the bad ones."""
        signed = f"{_segment({'typ': 'JWT', **header})}.{_segment(claims)}"
        algorithm = jws.JWSRegistry.algorithms[header["alg"]]
        key: Any = self.key
        if header["alg"] == "HS256":  # the public key, taken for a shared secret
            key = OctKey.import_key(base64.b64encode(RSA.as_der(private=False)))
        return f"{signed}.{_encoded(algorithm.sign(signed.encode(), key))}"

    async def _discovery(self, request: Request) -> Response:
        return self._instead(request) or JSONResponse(self.document())

    async def _jwks(self, request: Request) -> Response:
        keys = [key.as_dict(private=False) for key in self.published]
        headers = {"cache-control": "public, max-age=600"}
        return self._instead(request) or JSONResponse({"keys": keys}, headers=headers)

    async def _authorize(self, request: Request) -> Response:
        return RedirectResponse(self.respond(dict(request.query_params)), status_code=303)

    async def _token(self, request: Request) -> Response:
        instead = self._instead(request)
        if instead:
            return instead
        form = dict(parse_qsl((await request.body()).decode()))
        if _basic(request) != (CLIENT_ID, CLIENT_SECRET):
            return JSONResponse({"error": "invalid_client"}, status_code=401)
        asked = self.asked.pop(form["code"], None)
        if asked is None or not _fits(form, asked):
            return JSONResponse({"error": "invalid_grant"}, status_code=400)
        tokens = {
            "access_token": ACCESS_TOKEN,
            "token_type": "Bearer",
            "expires_in": 600,
            "id_token": self.id_token(asked),
        }
        self.change_tokens(tokens)
        return JSONResponse(tokens)

    async def _other(self, request: Request) -> Response:
        return self._instead(request) or Response(status_code=404)

    def _instead(self, request: Request) -> Response | None:
        self.requests.append(request.url.path)
        return self.answers.get(request.url.path)


def _segment(values: Claims) -> str:
    return _encoded(json.dumps({n: v for n, v in values.items() if v is not None}).encode())


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _basic(request: Request) -> tuple[str, str]:
    """Read HTTP Basic as RFC 6749 §2.3.1 has it: both halves are form-encoded."""
    encoded = request.headers["authorization"].removeprefix("Basic ")
    name, _, secret = base64.b64decode(encoded).decode().partition(":")
    return unquote_plus(name), unquote_plus(secret)


def _fits(form: dict[str, str], asked: dict[str, str]) -> bool:
    digest = hashlib.sha256(form["code_verifier"].encode()).digest()
    challenge = _encoded(digest)
    return (
        asked["code_challenge_method"] == "S256"
        and challenge == asked["code_challenge"]
        and form["redirect_uri"] == asked["redirect_uri"]
    )


class _Wire(httpx2.AsyncBaseTransport):
    def __init__(self, provider: SimulatedProvider) -> None:
        self._provider = provider
        self._inner = httpx2.ASGITransport(app=provider.app)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        if self._provider.away:
            self._provider.requests.append(request.url.path)
            raise httpx2.ConnectError("no route to the simulated provider")
        return await self._inner.handle_async_request(request)


@contextmanager
def serving(app: Callable[..., Any], port: int = 0) -> Iterator[str]:
    """Serve an application on loopback in a thread; yields its base URL."""
    config = uvicorn.Config(app, host="127.0.0.1", port=port, log_config=None)
    config.load()
    server = uvicorn.Server(config)
    socket = config.bind_socket()
    thread = threading.Thread(target=server.run, kwargs={"sockets": [socket]}, daemon=True)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        yield f"http://127.0.0.1:{socket.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(timeout=5)
        socket.close()
