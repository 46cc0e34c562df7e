"""Whoever would begin and finds no room is answered by the bytes alone, over real sockets."""

# ruff: noqa: ASYNC110 - what is waited for, a server in this very loop does

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from idp.web import admission
from tests.cli.test_admitting import PLACES, Server, asked_by_the_deaf, full, served
from tests.support.wire import Wire, request

BEGIN = request("GET", "/authorize?a=b", None, **{"accept-language": "zh-CN"})


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with served() as made:
        yield made


@pytest.fixture
def none_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Among so few places not one is kept for beginnings."""
    monkeypatch.setattr(admission, "_KEPT", 0.0)


def scope_of(connection: Any) -> dict[str, Any]:
    """Return what was read last."""
    return connection.scope or {}


def neither(name: str) -> bool:
    return name not in {"x-request-id", "retry-after", "date"}


@pytest.mark.usefixtures("none_kept")
async def test_whoever_would_begin_is_refused_unread_and_told_the_same(server: Server):
    async with full(server), Wire(server.port) as late:
        unread = await late.ask(BEGIN)
        [connection] = await server.until_connected(PLACES + 1)
        assert "headers" not in scope_of(connection)  # nothing was read
        read = await late.ask(BEGIN.replace(b"/authorize", b"/%61uthorize"))
        assert "headers" in scope_of(connection)
    assert (unread.status, read.status) == (503, 503)
    assert unread.headers.keys() == read.headers.keys()
    for name in filter(neither, read.headers):
        assert unread.headers[name] == read.headers[name]
    assert b'lang="zh-Hans"' in unread.body
    assert server.application.admission.refused == 2


@pytest.mark.usefixtures("none_kept")
async def test_a_connection_that_was_refused_unread_goes_on_as_any_other(server: Server):
    async with full(server) as wires, Wire(server.port) as late:
        assert [(await late.ask(BEGIN)).status for _ in range(3)] == [503] * 3
        assert (await late.ask(request("GET", "/jwks"))).status == 200
        assert (await late.ask(BEGIN)).status == 503
        server.application.may.set()
        assert [(await wire.read()).status for wire in wires] == [200] * PLACES
        assert (await late.ask(BEGIN)).status == 200
        assert server.application.admission.under_way == 0


@pytest.mark.usefixtures("none_kept")
async def test_what_began_in_another_read_is_not_taken_for_a_request(server: Server):
    """A body may look like one (request smuggling)."""
    async with full(server), Wire(server.port) as late:
        head = f"POST /jwks HTTP/1.1\r\nhost: x\r\ncontent-length: {len(BEGIN)}\r\n\r\n".encode()
        await late.send(head)
        every: Any = server.state.connections
        while not any(one._arriving for one in every):
            await asyncio.sleep(0.001)
        await late.send(BEGIN)
        assert (await late.read()).status == 200
        assert server.application.bodies[-1] == BEGIN
        assert server.application.admission.refused == 0


@pytest.mark.usefixtures("none_kept")
async def test_what_follows_half_a_head_is_not_taken_for_a_request(server: Server):
    """The value of a header may look like one as well."""
    async with full(server), Wire(server.port) as late:
        await late.send(b"GET /jwks HTTP/1.1\r\nhost: x\r\nx: ")
        every: Any = server.state.connections
        while not any(one._arriving for one in every):
            await asyncio.sleep(0.001)
        await late.send(BEGIN)
        assert (await late.read()).status == 200
        assert server.application.admission.refused == 0


@pytest.mark.usefixtures("none_kept")
async def test_a_refusal_unread_overtakes_no_answer(server: Server):
    """It would be taken for the answer to the request before (desynchronization)."""
    async with full(server) as wires:
        await wires[0].send(BEGIN)
        every: Any = server.state.connections
        while not any(one.pipeline for one in every) and not server.application.admission.refused:
            await asyncio.sleep(0.001)
        server.application.may.set()
        assert (await wires[0].read()).status == 200


@pytest.mark.usefixtures("none_kept")
async def test_a_connection_refused_unread_waits_for_the_next_request_as_any_other(server: Server):
    async with full(server), Wire(server.port) as late:
        for begin in (BEGIN, BEGIN, b"\r\n", BEGIN):
            await late.send(begin)
            if begin == BEGIN:
                assert (await late.read()).status == 503
                [connection] = await server.until_connected(PLACES + 1)
                assert connection.timeout_keep_alive_task is not None
                assert connection._deadline is None
            else:
                while connection._deadline is None:
                    await asyncio.sleep(0.001)


@pytest.mark.usefixtures("none_kept")
async def test_a_refusal_unread_is_the_last_answer_of_a_server_that_stops(server: Server):
    async with full(server), Wire(server.port) as late:
        await late.send(b"")
        [connection] = await server.until_connected(PLACES + 1)
        connection.shutdown()
        assert (await late.ask(BEGIN)).headers["connection"] == "close"


@pytest.mark.usefixtures("none_kept")
async def test_a_refusal_unread_ends_the_connection_while_the_server_is_leaving(server: Server):
    async with full(server), Wire(server.port) as late:
        server.application.leaving = True
        assert (await late.ask(BEGIN)).headers["connection"] == "close"


@pytest.mark.usefixtures("none_kept")
async def test_whoever_begins_again_and_again_and_takes_no_answer_is_let_go(server: Server):
    await asked_by_the_deaf(server, BEGIN)


@pytest.mark.usefixtures("none_kept")
async def test_the_end_of_a_connection_waits_for_the_last_refusal(server: Server):
    async with full(server), Wire(server.port) as late:
        assert (await late.ask(BEGIN)).status == 503
        [connection] = await server.until_connected(PLACES + 1)
        connection.timeout_keep_alive_handler()  # as if set by an answer long before
        assert not connection.transport.is_closing()
        connection._refused_at -= connection.timeout_keep_alive
        connection.timeout_keep_alive_handler()
        assert connection.transport.is_closing()
