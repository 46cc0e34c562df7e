"""Two servers whose clocks are ten seconds apart, clients whose clock is right between them."""

from __future__ import annotations

import itertools
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2
import network_id

from idp.protocol.client_authentication import ASSERTION_TYPE
from tests.faults.fault import Fault, Outcome
from tests.faults.platform import CALLBACK, OFFLINE, Platform
from tests.support.assertions import TYP
from tests.support.by_http import Person
from tests.support.dpop import Prover
from tests.support.jwt import jwks, key, signed
from tests.support.logins import VERIFIER
from tests.support.wire import Wire, request

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.faults.fault import World
    from tests.support.nodes import Nodes
    from tests.support.wire import WireAnswer

ROUNDS: Final = 300
AHEAD: Final = (-5, 5)
_HOUR: Final = 3600
_NUMBERS: Final = itertools.count(1)


@dataclass
class Seen:
    """How often each kind of thing was accepted, and what was refused."""

    accepted: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)

    def note(self, what: str, answer: WireAnswer, *errors: str) -> bool:
        """Note whether an answer is as it should be: 200, or one of ``errors``."""
        error = answer.error()
        good = error in (errors or ("",))
        if good:
            self.accepted[what] += 1
        else:
            self.refused[f"{what}: {error}"] += 1
        return good

    def outcome(self) -> Outcome:
        """Say what came of it."""
        told = ", ".join(f"{count} {what}" for what, count in sorted(self.accepted.items()))
        refused = self.refused.total()
        outcome = Outcome(
            f"clocks {AHEAD[0]} s and +{AHEAD[1]} s: {refused} false rejections; accepted {told}",
            numbers={"false rejections": refused, **self.accepted},
        )
        outcome.wrong += [f"{count} x {what}" for what, count in self.refused.items()]
        return outcome


class Anywhere(httpx2.AsyncBaseTransport):
    """Sends each request to one server or another, whichever the address names."""

    def __init__(self, ports: Sequence[int], seed: int) -> None:
        self._ports = ports
        self._random = random.Random(seed)
        self._below = httpx2.AsyncHTTPTransport()

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        there = request.url.copy_with(port=self._random.choice(self._ports))
        sent = httpx2.Request(
            request.method,
            there,
            headers=request.headers,
            stream=request.stream,
            extensions=request.extensions,
        )
        return await self._below.handle_async_request(sent)

    async def aclose(self) -> None:
        await self._below.aclose()


class Client:
    """A client with a key: proves itself by assertions, and holds tokens bound to it."""

    def __init__(self, platform: Platform, client_id: str) -> None:
        self._issuer = platform.nodes.issuer
        self.client_id = client_id
        self._prover = Prover()

    def form(self, *, lifetime: int = 60, **form: str) -> dict[str, str]:
        """Return a form with a new assertion."""
        now = int(time.time())
        claims = {
            "iss": self.client_id,
            "sub": self.client_id,
            "aud": self._issuer,
            "jti": f"assertion {next(_NUMBERS)}",
            "iat": now,
            "exp": now + lifetime,
        }
        proof = signed(key(), claims, typ=TYP)
        return {"client_assertion_type": ASSERTION_TYPE, "client_assertion": proof, **form}

    def proof(self, method: str, path: str, token: str | None = None, **claims: Any) -> str:
        """Return a new proof that this key is here (RFC 9449)."""
        return self._prover.proof(method, self._issuer + path, int(time.time()), token, **claims)


class Apart:
    """What is tried again and again; each round begins at the other server."""

    def __init__(self, platform: Platform, client: Client, seen: Seen) -> None:
        self._platform = platform
        self._client = client
        self._seen = seen
        self._wires = [Wire(port) for port in platform.nodes.ports]

    async def round(self, number: int) -> None:
        """Try everything once."""
        here, there = self._wires if number % 2 else self._wires[::-1]
        tokens = await self._sign_in(here, there)
        await self._refresh(here, there, tokens["refresh_token"])
        await self._pushed(here, there)
        await self._assertions(here)

    def close(self) -> None:
        for wire in self._wires:
            wire.close()

    async def _sign_in(self, here: Wire, there: Wire) -> dict[str, Any]:
        code = await self._platform.code(here, OFFLINE)
        answer = await there.ask(self._platform.redemption(code))
        self._seen.note("codes", answer)
        tokens: dict[str, Any] = answer.json()
        for wire in (here, there):
            told = await self._platform.userinfo(wire, tokens["access_token"])
            self._seen.note("access tokens", told)
        return tokens

    async def _refresh(self, here: Wire, there: Wire, token: str) -> None:
        """One process of the platform refreshes, and another with the same token a moment later."""
        for wire in (here, there, here):
            answer = await wire.ask(self._platform.refreshing(token))
            self._seen.note("refresh tokens", answer)

    async def _pushed(self, here: Wire, there: Wire) -> None:
        """A request that is pushed here and answered there, tokens bound to a key, nonces."""
        client, pushed = self._client, self._platform.parameters(self._client.client_id, "openid")
        answer = await here.ask(request("POST", "/par", client.form() | pushed))
        if answer.status != 201:
            self._seen.note("pushed requests", answer)
            return
        named = {"client_id": client.client_id, "request_uri": answer.json()["request_uri"]}
        target = f"/authorize?{urlencode(named)}"
        answer = await there.ask(request("GET", target, cookie=self._platform.cookies))
        query = parse_qs(urlsplit(answer.headers.get("location", "")).query)
        if "code" not in query:
            self._seen.refused["pushed requests: no code"] += 1
            return
        self._seen.accepted["pushed requests"] += 1
        await self._bound(here, there, query["code"][0])

    async def _bound(self, here: Wire, there: Wire, code: str) -> None:
        client = self._client
        form = client.form(
            grant_type="authorization_code",
            code=code,
            redirect_uri=CALLBACK,
            code_verifier=VERIFIER,
        )
        answer = await here.ask(
            request("POST", "/token", form, dpop=client.proof("POST", "/token"))
        )
        if not self._seen.note("assertions and proofs", answer):
            return
        token, nonce = answer.json()["access_token"], answer.headers.get("dpop-nonce")
        for wire in (there, here):
            proof = client.proof("GET", "/userinfo", token, nonce=nonce)
            sent = request("GET", "/userinfo", authorization=f"DPoP {token}", dpop=proof)
            answer = await wire.ask(sent)
            self._seen.note("proofs", answer)
            nonce = answer.headers.get("dpop-nonce", nonce)

    async def _assertions(self, here: Wire) -> None:
        """Of which one lives as long as one may; the code is invented, and judged after it."""
        for lifetime in (60, _HOUR):
            form = self._client.form(
                lifetime=lifetime,
                grant_type="authorization_code",
                code="none",
                redirect_uri=CALLBACK,
            )
            answer = await here.ask(request("POST", "/token", form))
            self._seen.note("assertions", answer, "invalid_grant")


async def sign_in_by_pages(nodes: Nodes, platform: Platform, count: int, seen: Seen) -> None:
    """People who are asked to sign in anew, each page from any server, and the SDK."""
    credentials = (platform.client_id, platform.secret, CALLBACK)
    options = network_id.Options(
        algorithms=frozenset({"ES256", "RS256"}), transport=Anywhere(nodes.ports, 0)
    )
    async with await network_id.discover(nodes.issuer, *credentials, options) as there:
        for number in range(1, count + 1):
            way = Anywhere(nodes.ports, number)
            async with Person(nodes.issuer, "elder", way) as person:
                for _ in range(2):
                    address, pending = await there.begin_sign_in(prompt="login")
                    try:
                        back = await person.open(address)
                        await there.finish_sign_in(pending, urlsplit(back).query)
                    except (network_id.SignInError, AssertionError) as error:
                        seen.refused[f"sign-ins by pages: {type(error).__name__}"] += 1
                    else:
                        seen.accepted["sign-ins by pages"] += 1


async def keep_apart(nodes: Nodes, rounds: int) -> Seen:
    """Start two servers with clocks of their own, and try everything so many times."""
    for number, ahead in enumerate(AHEAD):
        nodes.start(number, ahead=ahead)
    await nodes.ready()
    seen, platform = Seen(), await Platform.register(nodes)
    apart = Apart(platform, await _register(platform), seen)
    for number in range(rounds):
        await apart.round(number)
    apart.close()
    await sign_in_by_pages(nodes, platform, max(2, rounds // 5), seen)
    return seen


async def _register(platform: Platform) -> Client:
    registered = await platform.nodes.services.clients.add(
        {
            "client_name": "Corner Bank",
            "platform": "corner-bank",
            "purpose": "To know that you are one person.",
            "alternative": "Come to the counter.",
            "redirect_uris": [CALLBACK],
            "token_endpoint_auth_method": "private_key_jwt",
            "jwks": jwks(key()),
        }
    )
    client = Client(platform, registered.client.client_id)
    await platform.say_yes(client.client_id, "openid")
    return client


async def _clocks(kind: str, world: World) -> Outcome:
    async with world.nodes(kind, started=False) as nodes:
        seen = await keep_apart(nodes, world.count(ROUNDS))
    return seen.outcome()


_PROMISED: Final = "0 false rejections"
FAULTS: Final = [
    Fault(f"clocks-{kind}", _PROMISED, partial(_clocks, kind)) for kind in ("sqlite", "postgresql")
]
