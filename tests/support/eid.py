"""A small electronic identity: an OpenID provider in a process of its own, with keys of its own.

It is strict about us (redirect address, PKCE, `private_key_jwt`) and can be told to misbehave:
`POST /_control` replaces what it does next. `python -m tests.support.eid PORT` runs it.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import secrets
import sys
import time
from html import escape
from typing import Any, Final
from urllib.parse import urlencode

import uvicorn
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, OctKey
from starlette.applications import Starlette
from starlette.requests import Request  # noqa: TC002 - as Starlette's endpoints are typed
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

CLIENT_ID: Final = "network-id"
BORN: Final = "1949-12-31"
NUMBER: Final = "11010519491231002X"
DETAILS: Final = {
    "type": "idcard",
    "document_number": NUMBER,
    "issuer": {"country_code": "CHN"},
}
VERIFICATION: Final = {
    "trust_framework": "eidas",
    "assurance_level": "high",
    "evidence": [{"type": "document", "document_details": DETAILS}],
}
VERIFIED: Final = {"verification": VERIFICATION, "claims": {"birthdate": BORN}}
# What it says of everybody beside what identifies them: none of it may get any further.
GOSSIP: Final = {"name": "Canary Gossip", "email": "canary@gossip.example", "picture": "p-canary"}


class Eid:
    """The provider's state, and its endpoints."""

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer
        self.key = ECKey.generate_key("P-256", {"kid": "eid-1", "alg": "ES256", "use": "sig"})
        self.stranger = ECKey.generate_key("P-256", {"kid": "eid-1"})
        self.control: dict[str, Any] = {}
        self.requests: dict[str, dict[str, str]] = {}
        self.codes: dict[str, dict[str, str]] = {}
        self.seen: list[dict[str, Any]] = []
        self.jtis: set[str] = set()

    def now(self) -> int:
        return int(self.control.get("now") or time.time())

    async def steer(self, request: Request) -> Response:
        """Replace what it does next."""
        self.control = await request.json()
        self.jtis.clear()  # seeded entropy draws the same ones in the next test
        return JSONResponse({})

    async def watched(self, _request: Request) -> Response:
        """Show what it was asked."""
        return JSONResponse(self.seen)

    async def metadata(self, _request: Request) -> Response:
        document = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
            "response_types_supported": ["code"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["private_key_jwt"],
            "authorization_response_iss_parameter_supported": True,
        }
        return JSONResponse(document | self.control.get("metadata", {}))

    async def jwks(self, _request: Request) -> Response:
        return JSONResponse({"keys": [self.key.as_dict(private=False)]})

    async def authorize(self, request: Request) -> Response:
        """Ask the citizen, or answer at once when told to."""
        sent = dict(request.query_params)
        self.seen.append(sent)
        needed = {"state", "nonce", "code_challenge", "claims", "redirect_uri"}
        if sent.get("client_id") != CLIENT_ID or sent.get("code_challenge_method") != "S256":
            return Response("no such client, or no PKCE", 400)
        if sent.get("redirect_uri") not in self.control.get("redirect_uris", []):
            return Response("redirect_uri is not registered", 400)
        if not needed <= sent.keys() or sent.get("response_type") != "code":
            return Response("the request lacks something", 400)
        handle = secrets.token_urlsafe(16)
        self.requests[handle] = sent
        page = (
            "<!doctype html><html lang=en><title>eID</title><h1>City eID</h1>"
            f"<form method=post action=/done><input type=hidden name=handle value={handle}>"
            f"<p>{escape(sent['redirect_uri'])}</p>"
            "<button name=answer value=yes data-testid=eid-yes>That is me</button>"
            "<button name=answer value=no data-testid=eid-no>Cancel</button></form></html>"
        )
        return HTMLResponse(page)

    async def done(self, request: Request) -> Response:
        form = await request.form()
        sent = self.requests.pop(str(form["handle"]))
        back: dict[str, str | None] = {"state": sent["state"], "iss": self.issuer}
        if form.get("answer") == "no":
            back |= {"error": "access_denied"}
        else:
            back["code"] = code = secrets.token_urlsafe(24)
            self.codes[code] = sent
        back |= self.control.get("response", {})
        kept = {name: value for name, value in back.items() if value is not None}
        return RedirectResponse(f"{sent['redirect_uri']}?{urlencode(kept)}", 303)

    async def token(self, request: Request) -> Response:
        form = {name: str(value) for name, value in (await request.form()).items()}
        self.seen.append(form)
        misbehaviour = await self._misbehave()
        if misbehaviour is not None:
            return misbehaviour
        sent = self.codes.pop(form.get("code", ""), None)
        problem = self._problem(form, sent)
        if problem or sent is None:
            return JSONResponse({"error": "invalid_grant", "error_description": problem}, 400)
        told = {"access_token": secrets.token_urlsafe(8), "token_type": "Bearer"}
        return JSONResponse(told | {"id_token": self.id_token(sent["nonce"])})

    async def _misbehave(self) -> Response | None:
        answer = self.control.get("token")
        if answer == "slow":
            await asyncio.sleep(20)
        packed = {"content-encoding": "gzip"}
        answers: dict[str | None, Response] = {
            "huge": Response(b"{" + b" " * 5_000_000 + b"}", media_type="application/json"),
            "packed": Response(b"\x1f\x8b", headers=packed, media_type="application/json"),
            "redirect": RedirectResponse(f"{self.issuer}/elsewhere", 307),
            "garbage": Response("<html>", media_type="text/html"),
            "list": JSONResponse([]),
            "empty": JSONResponse({"access_token": "a", "token_type": "Bearer"}),
            "broken": Response("no", 503),
        }
        return answers.get(answer)

    def _problem(self, form: dict[str, str], sent: dict[str, str] | None) -> str | None:
        if sent is None or form.get("grant_type") != "authorization_code":
            return "no such code"
        if form.get("redirect_uri") != sent["redirect_uri"]:
            return "another redirect_uri"
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if base64.urlsafe_b64encode(digest).decode().rstrip("=") != sent["code_challenge"]:
            return "the verifier does not answer the challenge"
        return self._bad_assertion(form)

    def _bad_assertion(self, form: dict[str, str]) -> str | None:
        kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
        if form.get("client_assertion_type") != kind or "client_secret" in form:
            return "no private_key_jwt"
        keys = KeySet.import_key_set(self.control["jwks"])
        try:
            claims = jwt.decode(form.get("client_assertion", ""), keys, algorithms=["ES256"]).claims
        except (JoseError, ValueError) as error:
            return f"the assertion does not hold: {error}"
        if (claims["iss"], claims["sub"], claims["aud"]) != (CLIENT_ID, CLIENT_ID, self.issuer):
            return "the assertion is another's"
        if not self.now() < claims["exp"] <= self.now() + 120 or claims["jti"] in self.jtis:
            return "the assertion is old, or was used"
        self.jtis.add(claims["jti"])
        return None

    def id_token(self, nonce: str) -> str:
        """An ID token; `claims`, `header` and `signed` of the control change it."""
        claims: dict[str, Any] = {
            "iss": self.issuer,
            "sub": "citizen-4711",
            "aud": CLIENT_ID,
            "nonce": nonce,
            "iat": self.now(),
            "exp": self.now() + 300,
            "verified_claims": VERIFIED,
        } | GOSSIP
        claims |= self.control.get("claims", {})
        claims = {name: value for name, value in claims.items() if value is not None}
        header = {"alg": "ES256", "kid": "eid-1", "typ": "JWT"} | self.control.get("header", {})
        if header["alg"] == "none":
            parts = [json.dumps(part).encode() for part in (header, claims)]
            return ".".join(base64.urlsafe_b64encode(p).decode().rstrip("=") for p in parts) + "."
        key: Any = self.stranger if self.control.get("signed") == "by a stranger" else self.key
        if header["alg"] == "HS256":  # the public key, used as a secret (RFC 8725 §2.1)
            key = OctKey.import_key(json.dumps(self.key.as_dict(private=False)))
        token = jwt.encode(header, claims, key, algorithms=[header["alg"]])
        if self.control.get("signed") == "brokenly":
            return token[:-4] + ("AAAA" if token[-4:] != "AAAA" else "BBBB")
        return token


def application(issuer: str) -> Starlette:
    """The provider as an application."""
    eid = Eid(issuer)
    return Starlette(
        routes=[
            Route("/.well-known/openid-configuration", eid.metadata),
            Route("/jwks", eid.jwks),
            Route("/authorize", eid.authorize),
            Route("/done", eid.done, methods=["POST"]),
            Route("/token", eid.token, methods=["POST"]),
            Route("/_control", eid.steer, methods=["POST"]),
            Route("/_seen", eid.watched),
        ]
    )


if __name__ == "__main__":
    PORT = int(sys.argv[1])
    uvicorn.run(application(f"http://127.0.0.1:{PORT}"), port=PORT, log_level="warning")
