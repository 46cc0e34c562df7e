"""Three platforms that sign people in all the time, and keep the JWKS as their libraries do."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import httpx2
import network_id
from network_id.errors import SignInError

from idp.protocol import jose
from tests.support.by_http import Person
from tests.support.jwt import parts as parts_of

if TYPE_CHECKING:
    from tests.drill.fast import FastClock

CALLBACK: Final = "http://localhost:1/callback"
USERINFO: Final = "/userinfo"
_SKEW_SECONDS: Final = 10
_PAUSE_SECONDS: Final = 0.02


@dataclass(frozen=True)
class Refused:
    """A token that a platform had to refuse: by whom, of which kid, made when, and where."""

    name: str
    about: str
    made_at: int
    where: str


@dataclass
class Figures:
    """What came of it; ``failed`` holds each token that a platform had to refuse."""

    logins: int = 0
    tokens: int = 0
    verifications: int = 0
    interrupted: int = 0
    failed: list[Refused] = field(default_factory=list)
    told: list[str] = field(default_factory=list)


@dataclass
class Cache:
    """A JWKS that is kept for its max-age; ``curious`` asks again for a kid that it lacks."""

    http: httpx2.AsyncClient
    address: str
    clock: FastClock
    curious: bool
    keys: jose.PublicKeys | None = None
    until: int = 0

    async def verifies(self, token: str) -> bool:
        if self.keys is None or self.clock.now() >= self.until:
            await self._fetch()
        if self._good(token):
            return True
        if self.curious:
            await self._fetch()
        return self._good(token)

    def _good(self, token: str) -> bool:
        assert self.keys is not None
        try:
            jose.verify(token, self.keys, algs=jose.ASYMMETRIC, typs=["jwt"])
        except jose.JwtRefused:
            return False
        return True

    async def _fetch(self) -> None:
        answer = await again(lambda: self.http.get(self.address))
        answer.raise_for_status()
        found = re.search(r"max-age=(\d+)", answer.headers["cache-control"])
        assert found is not None
        self.keys, self.until = jose.PublicKeys(answer.json()), self.clock.now() + int(found[1])


async def again(call: Any) -> httpx2.Response:
    """Call until somebody answers: a server that dies while it is asked is none of our figures."""
    while True:
        try:
            answer: httpx2.Response = await call()
        except httpx2.TransportError:
            await asyncio.sleep(_PAUSE_SECONDS)
            continue
        if answer.status_code not in {502, 503}:
            return answer
        await asyncio.sleep(_PAUSE_SECONDS)


class Signing:
    """One platform: somebody signs in there again and again until it is told to stop."""

    def __init__(self, issuer: str, client: tuple[str, str], clock: FastClock, name: str) -> None:
        self.figures = Figures()
        self.stopped = False
        self.pause = _PAUSE_SECONDS
        self._issuer, self._client, self._clock, self._name = issuer, client, clock, name
        self._http = httpx2.AsyncClient()
        self._cache = Cache(self._http, f"{issuer}/jwks", clock, curious=name == "curious")
        self._waiting: list[tuple[int, str]] = []

    async def run(self) -> None:
        """Sign in until stopped."""
        options = network_id.Options(clock=self._clock.now, algorithms=frozenset(jose.ASYMMETRIC))
        platform = await network_id.discover(self._issuer, *self._client, CALLBACK, options)
        async with platform, Person(self._issuer, "adult") as person, self._http:
            while not self.stopped:
                try:
                    await self._sign_in(platform, person)
                except (httpx2.TransportError, SignInError, AssertionError) as error:
                    self._told(error)
                await self._look_again()
                await asyncio.sleep(self.pause)

    async def _sign_in(self, platform: network_id.Platform, person: Person) -> None:
        address, pending = await platform.begin_sign_in()
        back = await person.open(address)
        if self._name == "sdk":
            signed_in = await platform.finish_sign_in(pending, urlsplit(back).query)
            self._count(signed_in.id_token, good=True)
            return
        code = httpx2.URL(back).params["code"]
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": CALLBACK,
            "code_verifier": pending.code_verifier,
        }
        answer = await self._http.post(f"{self._issuer}/token", data=form, auth=self._client)
        if answer.status_code != 200:
            self.figures.interrupted += 1
            self.figures.told.append(answer.text[:200])
            return
        tokens = answer.json()
        self._count(tokens["id_token"], good=await self._cache.verifies(tokens["id_token"]))
        access = {"authorization": f"Bearer {tokens['access_token']}"}
        answer = await again(lambda: self._http.get(f"{self._issuer}/userinfo", headers=access))
        self._judge(tokens["access_token"], USERINFO, good=answer.status_code == 200)

    def _count(self, token: str, *, good: bool) -> None:
        self.figures.logins += 1
        self.figures.tokens += 2
        claims = parts_of(token)[1]
        self._waiting.append((int(claims["exp"]), token))
        self._judge(token, "login", good=good)

    def _judge(self, token: str, where: str, *, good: bool) -> None:
        self.figures.verifications += 1
        if not good:
            header, claims = parts_of(token)[:2]
            refused = Refused(self._name, str(header["kid"]), int(claims["iat"]), where)
            self.figures.failed.append(refused)

    async def _look_again(self) -> None:
        """Verify once more what is about to die."""
        now = self._clock.now()
        last = now + _SKEW_SECONDS
        # One that died while nobody answered is refused by everybody for that alone.
        dying = [token for dies, token in self._waiting if now - _SKEW_SECONDS <= dies < last]
        self._waiting = [one for one in self._waiting if one[0] >= last]
        for token in dying:
            self._judge(token, "at its end", good=await self._cache.verifies(token))

    def _told(self, error: Exception) -> None:
        if isinstance(error, SignInError) and "key" in type(error).__name__.lower():
            self.figures.verifications += 1
            refused = Refused(self._name, str(error), self._clock.now(), "login")
            self.figures.failed.append(refused)
            return
        self.figures.interrupted += 1
        self.figures.told.append(f"{type(error).__name__}: {error}"[:200])
