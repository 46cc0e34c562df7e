"""The provider's simulator, a platform and the checker in one process, without a socket."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx2
from network_id_simulator.checker.attempts import Driver
from network_id_simulator.checker.browser import Place
from network_id_simulator.checker.report import Report
from network_id_simulator.checker.running import Run
from network_id_simulator.checker.simulation import Simulation
from network_id_simulator.checker.wish import Wish, World

ISSUER = "https://id.example"
HOME = "https://shop.example"


class Town(httpx2.AsyncBaseTransport):
    """Every host of the world, by name."""

    def __init__(self) -> None:
        self.hosts: dict[str, httpx2.ASGITransport] = {}

    def settle(self, url: str, app: Any) -> None:
        self.hosts[urlsplit(url).netloc] = httpx2.ASGITransport(app=app, raise_app_exceptions=False)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        host = self.hosts.get(request.url.netloc.decode())
        if host is None:
            raise httpx2.ConnectError("nobody lives there", request=request)
        return await host.handle_async_request(request)
