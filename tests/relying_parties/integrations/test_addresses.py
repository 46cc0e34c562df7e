"""Whoever has to log in first comes back to the very page, whatever its address is made of."""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import flask
import httpx2
import pytest
from network_id.integrations.flask import NetworkID as ForFlask
from network_id.integrations.starlette import NetworkID as ForStarlette
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

GIVEN = ("https://id.example", "a client", "a secret")
HOME = "http://localhost:8000"


def _starlette_app() -> Starlette:
    app = Starlette()
    network_id = ForStarlette(*GIVEN, url=HOME)
    network_id.install(app)

    async def wares(request: Request) -> PlainTextResponse:
        await network_id.required(request)
        return PlainTextResponse("wares")

    app.router.routes.append(Route("/wares/{name:path}", wares))
    return app


def _starlette(address: str) -> str:
    client = TestClient(_starlette_app(), base_url=HOME)
    return str(client.get(address, follow_redirects=False).headers["location"])


def _flask(address: str) -> str:
    app = flask.Flask("wares")
    network_id = ForFlask(*GIVEN, url=HOME)
    network_id.install(app)

    @app.get("/wares/<path:name>")
    @network_id.required
    def wares(name: str) -> str:
        return name

    return str(app.test_client().get(address, base_url=HOME).headers["location"])


SENT: dict[str, Callable[[str], str]] = {"starlette": _starlette, "flask": _flask}


@pytest.mark.parametrize("framework", SENT)
@pytest.mark.parametrize(
    "address",
    [
        "/wares/tea?page=2",
        "/wares/%E8%8C%B6?page=%E4%BA%8C",
        "/wares/a%3Fb?c=d",
        "/wares/a%23b",
        "/wares/50%25",
        "/wares/a%5Cb",
    ],
)
def test_the_address_comes_back_as_it_was(framework: str, address: str):
    location = SENT[framework](address)
    assert parse_qs(urlsplit(location).query) == {"next": [address]}


async def test_octets_that_are_no_text_are_no_crash():
    app = _starlette_app()

    async def odd(scope: Any, receive: Any, send: Any) -> None:
        await app({**scope, "query_string": b"page=\xff"}, receive, send)

    transport = httpx2.ASGITransport(app=odd)
    async with httpx2.AsyncClient(transport=transport, base_url=HOME) as client:
        assert (await client.get("/wares/tea")).status_code == 303
