"""The short way to an endpoint: the same answers as by the framework's way, wherever it leads."""

import json
import logging
from itertools import product
from pathlib import Path
from typing import Any, Final

import pytest
from starlette.responses import Response
from starlette.routing import Route

from idp.domain.refusal import Cause, Refusal
from idp.web.middleware import Envelope
from idp.web.plain_routes import PlainRoutes
from tests.support.browser_like import Answer
from tests.support.provider import Provider, running

METHODS: Final = ("GET", "HEAD", "POST", "OPTIONS", "DELETE")
# What differs from one answer to the next of the same endpoint.
DRAWN: Final = frozenset({"x-request-id", "content-security-policy", "set-cookie"})


def seen(answer: Answer) -> tuple[object, ...]:
    headers = {name: value for name, value in answer.headers.items() if name not in DRAWN}
    headers["set-cookie"] = str([line.partition("=")[0] for line in answer.cookies])
    return answer.status, sorted(headers.items())


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO, logger="idp")
    return caplog


def lines(log: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    return [json.loads(record.message) for record in log.records if record.name == "idp"]


async def test_both_ways_answer_alike_at_every_path_and_method(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    async with running(tmp_path, registration="open") as provider:
        envelope = provider.app
        assert isinstance(envelope, Envelope)
        paths = sorted({route.path for route in envelope._app.routes if isinstance(route, Route)})
        asked = list(product(METHODS, [*paths, "/token/", "//token", "/TOKEN", "/nowhere"]))
        shortly = [seen(await provider.browser().send(method, path)) for method, path in asked]
        monkeypatch.setattr(PlainRoutes, "find", lambda *_: None)
        for (method, path), answer in zip(asked, shortly, strict=True):
            assert seen(await provider.browser().send(method, path)) == answer, (method, path)


async def test_the_endpoints_of_a_login_are_reached_the_short_way(tmp_path: Path):
    async with running(tmp_path) as provider:
        assert isinstance(provider.app, Envelope)
        find = provider.app._plain.find
        assert find("GET", "/authorize")
        assert find("POST", "/token")
        assert find("GET", "/userinfo")
        assert find("HEAD", "/authorize") is None  # it would store a grant that nobody receives
        assert find("GET", "/clients/some-client/logo.png") is None


async def test_a_path_with_parameters_that_stands_before_is_not_passed_by():
    async def named(_request: object) -> Response:
        return Response()

    async def exact(_request: object) -> Response:
        return Response()

    routes = [Route("/a/{name}", named), Route("/a/b", exact), Route("/b", exact)]
    plain = PlainRoutes(routes, {})
    assert plain.find("GET", "/a/b") is None
    assert plain.find("GET", "/b") == exact


@pytest.mark.parametrize("path", ["/authorize?client_id=a", "/clients/a/logo.png"])
async def test_a_mistake_of_ours_is_answered_alike_on_both_ways(
    provider: Provider,
    log: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    path: str,
):
    async def break_down(*_: object) -> None:
        raise LookupError("secret detail")

    for name in ("find", "logo"):
        monkeypatch.setattr(type(provider.services.clients), name, break_down)
    page = await provider.browser().get(path)
    assert (page.status, page.error_code()) == (500, "server_error")
    [told] = lines(log)
    assert (told["status"], told["error"], told["cause"]) == (500, "LookupError", "server_error")


@pytest.mark.parametrize("path", ["/authorize?client_id=a", "/clients/a/logo.png"])
async def test_a_refusal_of_a_kind_of_its_own_is_answered_alike_on_both_ways(
    provider: Provider, monkeypatch: pytest.MonkeyPatch, path: str
):
    class Narrower(Refusal):
        pass

    async def refuse(*_: object) -> None:
        raise Narrower(Cause.UNKNOWN_CLIENT)

    for name in ("find", "logo"):
        monkeypatch.setattr(type(provider.services.clients), name, refuse)
    page = await provider.browser().get(path)
    assert (page.status, page.error_code()) == (400, "unknown_client")


async def test_who_leaves_midway_is_told_as_that_and_answered_nothing(
    provider: Provider, log: pytest.LogCaptureFixture
):
    """It is no fault of ours either: counted as one, whoever hangs up could raise an alarm."""
    waiting = [{"type": "http.request", "body": b"grant_type=", "more_body": True}]
    sent: list[Any] = []

    async def receive() -> Any:
        return waiting.pop() if waiting else {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    form = (b"content-type", b"application/x-www-form-urlencoded")
    scope: dict[str, Any] = {"type": "http", "method": "POST", "path": "/token", "client": None}
    scope |= {"raw_path": b"/token", "query_string": b"", "headers": [form]}
    await provider.app(scope, receive, send)
    assert sent == []
    [told] = lines(log)
    assert (told["endpoint"], told["status"], told["error"]) == ("/token", 0, "disconnected")
    assert "cause" not in told
