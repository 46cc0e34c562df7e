"""The provider's simulator, a platform and the checker in one process, without a socket."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import itertools
import math
import time
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import httpx2
from network_id_simulator import keys
from network_id_simulator.app import create_app
from network_id_simulator.checker.attempts import Driver
from network_id_simulator.checker.browser import Place
from network_id_simulator.checker.running import Run
from network_id_simulator.checker.simulation import Simulation
from network_id_simulator.checker.wish import Wish, World
from network_id_simulator.clients import Client
from network_id_simulator.config import Config
from network_id_simulator.simulator import Settings, Simulator

from tests.relying_parties.checker.by_hand import Way
from tests.support.time import FrozenClock

if TYPE_CHECKING:
    from collections.abc import Callable

    from network_id_simulator.checker.report import Report
    from network_id_simulator.jws import Key

ISSUER: Final = "https://id.example"
HOME: Final = "https://shop.example"
CLIENT_ID: Final = "the-shop"
CLIENT_SECRET: Final = "a secret of the tests"


class Town(httpx2.AsyncBaseTransport):
    """Every host of the world, by name."""

    def __init__(self) -> None:
        self.hosts: dict[str, Any] = {}

    def settle(self, url: str, app: Any) -> None:
        self.hosts[urlsplit(url).netloc] = app

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        app = self.hosts.get(request.url.netloc.decode())
        if app is None:
            raise httpx2.ConnectError("nobody lives there", request=request)
        return await ask(app, request)


async def ask(app: Any, request: httpx2.Request) -> httpx2.Response:
    """Return an application's answer; httpx2's own transport looks for trio at every request."""
    url = request.url
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.method,
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "scheme": url.scheme,
        "path": url.path,
        "raw_path": url.raw_path.partition(b"?")[0],
        "query_string": url.query,
        "root_path": "",
        "server": (url.host, url.port or 443),
        "client": ("127.0.0.1", 1),
    }
    bodies = iter([await request.aread()])
    answer: dict[str, Any] = {"status": 500, "headers": []}
    found = bytearray()

    async def receive() -> dict[str, Any]:
        body = next(bodies, None)
        if body is None:
            await asyncio.Event().wait()  # the browser stays
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            answer.update(message)
        else:
            found.extend(message.get("body", b""))

    with contextlib.suppress(Exception):  # a server answers 500 and lives on
        await app(scope, receive, send)
    return httpx2.Response(answer["status"], headers=answer["headers"], content=bytes(found))


@functools.cache
def rsa_keys() -> tuple[Key, ...]:
    """Return keys made once: each costs as much as thirty sign-ins."""
    return tuple(keys.generate("RS256") for _ in range(4))


def key_maker() -> Callable[[str], Key]:
    """Return a maker of keys whose RSA keys, by which nothing is signed here, come again."""
    ring = itertools.cycle(rsa_keys())
    return lambda alg: next(ring) if alg == "RS256" else keys.generate(alg)


class OneTown:
    """A town with a simulator, and one platform to be checked."""

    def __init__(self, *, logout: bool = True, home: str = HOME) -> None:
        self.home = home
        self.clock = FrozenClock(int(time.time()))  # Authlib looks at the machine's clock itself
        self.town = Town()
        self.slept = 0.0
        client = Client(
            client_id=CLIENT_ID,
            client_secret=CLIENT_SECRET,
            backchannel_logout_uri=f"{home}/backchannel-logout" if logout else None,
        )
        config = Config(
            clients={CLIENT_ID: client},
            algorithm="ES256",
            slow_seconds=0.5,
            huge_bytes=1 << 20,
        )
        settings = Settings(
            issuer=ISSUER,
            seed="of the tests",
            clock=self.clock.now,
            make_key=key_maker(),
            transport=self.town,
        )
        self.simulator = Simulator(settings, config)
        self.town.settle(ISSUER, create_app(self.simulator))

    @property
    def way(self) -> Way:
        """What a platform is configured with."""
        now, seconds = self.clock.now, 0.2
        return Way(ISSUER, CLIENT_ID, CLIENT_SECRET, self.home, now, self.town, seconds)

    async def check(self, app: Any, **wishes: Any) -> Report:
        """Return the report on a platform."""
        self.town.settle(self.home, app)
        place = Place(f"{self.home}/login", ISSUER)
        driver = Driver(place, Simulation(ISSUER, self.town), self.town, 2.0)
        world = World(self._sleep, lambda: 0.0, lambda _text, _of: None)
        return await Run(driver, Wish(**wishes), world).report()

    async def _sleep(self, seconds: float) -> None:
        self.slept += seconds
        self.clock.advance(math.ceil(seconds))


def findings(report: Report) -> dict[str, str]:
    """Return what has to be mended: name to what was seen."""
    return {line.name: line.seen for line in report.findings}


def advice(report: Report) -> dict[str, str]:
    """Return what could be better: name to what was seen."""
    return {line.name: line.seen for line in report.advice}
