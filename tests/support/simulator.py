"""A simulator without a socket, and a platform that asks it by hand and keeps what came."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, urlsplit

import httpx2
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from network_id import Options, Platform, discover
from network_id_simulator import Config, Settings, Simulator, base64url, create_app, jws, keys
from network_id_simulator.discovery import ACR
from network_id_simulator.id_token import at_hash

from tests.support.time import FrozenClock, SeededEntropy

if TYPE_CHECKING:
    from collections.abc import Callable

    from network_id_simulator.jws import Key

ISSUER: Final = "https://id.example"
CLIENT_ID: Final = "client-of-the-shop"
CLIENT_SECRET: Final = "a secret: that is/encoded"
REDIRECT_URI: Final = "https://shop.example/callback"
LOGOUT_URI: Final = "https://shop.example/backchannel-logout"
VERIFIER: Final = "a-verifier-of-the-tests-0123456789-0123456789"
CHALLENGE: Final = base64url.encode(hashlib.sha256(VERIFIER.encode()).digest())
NONCE: Final = "a-nonce"
STATE: Final = "a-state"
MISSING: Final = "missing"
OTHER: Final = "another-platform"
FUTURE: Final = {"x_future": {"a": [1, None]}, "ferry": "of a standard to come"}


@cache
def _key(place: int, alg: str) -> Key:
    return keys.generate(alg)


def key_maker() -> Callable[[str], Key]:
    """Return what makes keys for one simulator: the same for each, since RSA keys take long."""
    made = iter(range(1_000))
    return lambda alg: _key(next(made), alg)


@dataclass(slots=True)
class Seen:
    """What one sign-in brought, step by step; later steps are missing when one before failed."""

    authorize: httpx2.Response
    response: dict[str, str] = field(default_factory=dict)
    token: httpx2.Response | None = None
    tokens: dict[str, Any] = field(default_factory=dict)
    userinfo: httpx2.Response | None = None

    @property
    def id_token(self) -> str:
        return str(self.tokens["id_token"])

    @property
    def header(self) -> dict[str, Any]:
        return jws.read(self.id_token)[0]

    @property
    def claims(self) -> dict[str, Any]:
        return jws.read(self.id_token)[1]


class World:
    """One simulator and everybody who talks to it. The platform's answers are kept in ``told``."""

    def __init__(self, clock: FrozenClock, *, config: Config | None = None) -> None:
        self.clock = clock
        self.told: list[httpx2.Request] = []
        settings = Settings(
            issuer=ISSUER,
            seed="a seed",
            clock=clock.now,
            draw=SeededEntropy().bytes,
            make_key=key_maker(),
            transport=httpx2.MockTransport(self._listen),
        )
        self.simulator = Simulator(settings, config or Config(persona="adult"))
        self.app = create_app(self.simulator)
        self.http = httpx2.AsyncClient(transport=self.transport(), base_url=ISSUER)

    def transport(self) -> httpx2.ASGITransport:
        """Return a way to the simulator without a socket."""
        return httpx2.ASGITransport(app=self.app)

    def _listen(self, request: httpx2.Request) -> httpx2.Response:
        """Stand for the platform's back-channel address."""
        self.told.append(request)
        return httpx2.Response(200)

    @property
    def logout_tokens(self) -> list[str]:
        """The logout tokens that the platform was sent."""
        return [dict(parse_qsl(request.content.decode()))["logout_token"] for request in self.told]

    def asked(self, **changes: str | None) -> dict[str, str]:
        """Return an authorization request; None leaves a parameter out."""
        members = {
            "client_id": CLIENT_ID,
            "redirect_uri": REDIRECT_URI,
            "response_type": "code",
            "scope": "openid",
            "state": STATE,
            "nonce": NONCE,
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
            "claims": json.dumps({"id_token": {"age_over_18": None}}),
            **changes,
        }
        return {name: value for name, value in members.items() if value is not None}

    async def authorize(self, **changes: str | None) -> Seen:
        """Send a browser there and back."""
        answer = await self.http.get("/authorize", params=self.asked(**changes))
        location = answer.headers.get("location", "")
        return Seen(answer, dict(parse_qsl(urlsplit(location).query)))

    async def redeem(self, code: str, **changes: str) -> httpx2.Response:
        """Exchange a code."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": REDIRECT_URI,
            "code_verifier": VERIFIER,
            **changes,
        }
        return await self.http.post("/token", data=form, auth=(CLIENT_ID, "a-secret"))

    async def sign_in(self, **changes: str | None) -> Seen:
        """Go all the way, as far as it goes."""
        seen = await self.authorize(**changes)
        if "code" not in seen.response:
            return seen
        seen.token = await self.redeem(seen.response["code"])
        if seen.token.status_code != 200 or "json" not in seen.token.headers["content-type"]:
            return seen
        seen.tokens = seen.token.json()
        bearer = {"authorization": f"Bearer {seen.tokens.get('access_token')}"}
        seen.userinfo = await self.http.get("/userinfo", headers=bearer)
        return seen

    async def verifies(self, token: str) -> bool:
        """Tell whether a published key bears out a token, by its kid and its algorithm."""
        published = KeySet.import_key_set((await self.http.get("/jwks")).json())
        header = jws.read(token)[0]
        try:
            key = published.get_by_kid(header.get("kid"))
            jwt.decode(token, key, algorithms=[str(key.alg)])
        except (JoseError, ValueError):
            return False
        return True

    async def platform(self, *, public: bool = False, **options: Any) -> Platform:
        """Return a platform that runs on our SDK; a ``public`` one has no secret."""
        given = Options(clock=self.clock.now, transport=self.transport(), **options)
        secret = None if public or "private_key" in options else CLIENT_SECRET
        return await discover(ISSUER, CLIENT_ID, secret, REDIRECT_URI, given)


def right_claims(world: World, seen: Seen) -> dict[str, Any]:
    """Return what the ID token should say."""
    now = world.clock.now()
    return {
        "iss": ISSUER,
        "sub": world.simulator.network_id(CLIENT_ID, "adult"),
        "aud": CLIENT_ID,
        "iat": now,
        "exp": now + 600,
        "acr": ACR,
        "nonce": NONCE,
        "at_hash": at_hash(seen.tokens["access_token"]),
        "age_over_18": True,
    }


def differences(world: World, seen: Seen) -> dict[str, Any]:
    """Return what the ID token says otherwise."""
    right, found = right_claims(world, seen), seen.claims
    names = sorted(right.keys() | found.keys())
    return {n: found.get(n, MISSING) for n in names if right.get(n) != found.get(n)}
