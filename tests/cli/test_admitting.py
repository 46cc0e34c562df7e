"""The public port's connections, over real sockets: who comes in, who is told no, who is let go."""

# ruff: noqa: ASYNC110 - what is waited for, a server in this very loop does

import asyncio
import json
import math
import os
import resource
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from idp.cli.accepting import Door
from idp.cli.admitting import AdmittingHttp
from idp.web.admission import Admission, Gate, Kind
from idp.web.busy import Busy
from idp.web.pages import Pages
from tests.support.time import SeededEntropy
from tests.support.wire import Wire, request

ASK = request("GET", "/slow")
PLACES = 8


class Application:
    """Answers when it may; its gate is the real one."""

    def __init__(self) -> None:
        entropy = SeededEntropy()
        pages = Pages(issuer="https://id.example", sandbox=False, entropy=entropy)
        busy = Busy(pages, entropy, issuer="https://id.example")
        self.leaving = False
        kinds = {"/jwks": Kind.ALWAYS, "/authorize": Kind.BEGINS}
        self.admission = Admission(lambda *_: None)
        self.admission.limit = PLACES
        self.admission._refused_at = self.admission._looked = math.inf  # so that it stays there
        self.gate = Gate(self.admission, busy, kinds, lambda: self.leaving)
        self.may = asyncio.Event()
        self.body = b"ok"
        self.answered = 0
        self.bodies: list[bytes] = []
        self.left: list[int] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body = b""
        while (message := await receive())["type"] == "http.request":
            body += message["body"]
            if not message["more_body"]:
                break
        self.bodies.append(body)
        if scope["path"] == "/slow":
            await self.may.wait()
        headers = [(b"content-length", str(len(self.body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": self.body})
        self.answered += 1
        # What the loop does next, before it looks who has ended: it may read a request.
        loop = asyncio.get_running_loop()
        loop.call_soon(lambda: self.left.append(self.admission.under_way))


class Server:
    def __init__(self, application: Application, door: Door, state: ServerState, port: int) -> None:
        self.application = application
        self.door = door
        self.state = state
        self.port = port

    async def until(self, under_way: int) -> None:
        while self.application.admission.under_way != under_way:
            await asyncio.sleep(0.001)

    async def until_connected(self, connections: int) -> list[AdmittingHttp]:
        """Wait for so many; return those that nothing of the application was begun for."""
        while len(self.state.connections) != connections:
            await asyncio.sleep(0.001)
        every: Any = self.state.connections
        return [one for one in every if one.cycle is None]


@asynccontextmanager
async def served() -> AsyncIterator[Server]:
    application, state = Application(), ServerState()
    config = uvicorn.Config(
        application, http=AdmittingHttp, interface="asgi3", log_config=None, proxy_headers=False
    )
    config.load()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        door = Door(
            asyncio.get_running_loop(), listening, lambda: AdmittingHttp(config, state, {}), None
        )
        yield Server(application, door, state, listening.getsockname()[1])
        application.may.set()
        door.close()
        await door.wait_closed()
        for connection in list(state.connections):
            connection.shutdown()
        while state.connections or state.tasks:
            await asyncio.sleep(0.001)


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with served() as made:
        yield made


@asynccontextmanager
async def full(server: Server) -> AsyncIterator[list[Wire]]:
    wires = [Wire(server.port) for _ in range(PLACES)]
    try:
        for wire in wires:
            await wire.send(ASK)
        await server.until(PLACES)
        yield wires
    finally:
        for wire in wires:
            wire.close()


async def asked_by_the_deaf(server: Server, asked: bytes) -> None:
    """Ask on and take no answer, where all is taken, until the connection is at its end."""
    loop = asyncio.get_running_loop()
    async with full(server):
        with socket.socket() as deaf:
            deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            deaf.connect(("127.0.0.1", server.port))
            deaf.setblocking(False)
            [connection] = await server.until_connected(PLACES + 1)
            while not connection.transport.is_closing():
                told = server.application.admission.refused
                assert told < 20_000
                await loop.sock_sendall(deaf, asked)
                while server.application.admission.refused == told:
                    await asyncio.sleep(0)
            assert connection.transport.get_write_buffer_size() < 200_000
        await server.until_connected(PLACES)


@pytest.mark.spec("RFC 9110 §15.6.4")
async def test_one_too_many_is_told_at_once_on_a_connection_that_stays(server: Server):
    async with full(server) as wires, Wire(server.port) as late:
        refused = await late.ask(request("POST", "/token", {"grant_type": "x"}))
        assert refused.status == 503
        assert json.loads(refused.body)["error_code"] == "overloaded"
        assert (await late.ask(request("GET", "/jwks"))).status == 200
        server.application.may.set()
        assert [(await wire.read()).status for wire in wires] == [200] * PLACES
        assert (await late.ask(ASK)).status == 200
        assert server.application.admission.under_way == 0


async def test_whoever_leaves_before_the_answer_gives_the_place_back(server: Server):
    async with full(server):
        server.application.may.set()
        await server.until(0)


async def test_an_answer_gives_its_place_back_before_the_next_request_is_read(server: Server):
    async with Wire(server.port) as wire:
        for _ in range(3):
            assert (await wire.ask(request("GET", "/quick"))).status == 200
    assert server.application.left == [0, 0, 0]


async def test_a_slow_sender_takes_no_place(server: Server):
    async with full(server), Wire(server.port) as slow, Wire(server.port) as late:
        head, _, body = request("POST", "/slow", {"a": "b"}).partition(b"\r\n\r\n")
        await slow.send(head + b"\r\n\r\n")
        server.application.may.set()
        await server.until(0)
        assert (await late.ask(ASK)).status == 200
        await slow.send(body)
        assert (await slow.read()).status == 200
        assert server.application.bodies[-1] == b"a=b"


async def test_a_body_that_is_waited_for_is_asked_for(server: Server):
    async with Wire(server.port) as wire:
        asked = request("POST", "/x", {"a": "b"}, expect="100-continue")
        head, _, body = asked.partition(b"\r\n\r\n")
        await wire.send(head + b"\r\n\r\n")
        assert wire._reader is not None
        assert await wire._reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        await wire.send(body)
        assert (await wire.read()).status == 200


@pytest.mark.spec("RFC 9110 §10.1.1")
async def test_who_speaks_http_1_0_is_told_nothing_before_the_answer(server: Server):
    async with Wire(server.port) as wire:
        asked = request("POST", "/x", {"a": "b"}, expect="100-continue")
        await wire.send(asked.replace(b"HTTP/1.1", b"HTTP/1.0"))
        assert (await wire.read()).status == 200


async def test_an_offer_of_another_protocol_is_passed_over_and_leaves_no_line(
    server: Server, caplog: pytest.LogCaptureFixture
):
    async with Wire(server.port) as wire:
        offered = request("GET", "/a", connection="upgrade, http2-settings", upgrade="h2c")
        assert (await wire.ask(offered)).status == 200
        assert (await wire.ask(request("GET", "/a"))).status == 200
    assert caplog.text == ""


async def test_a_large_body_is_read_by_the_application(server: Server):
    async with Wire(server.port) as wire:
        assert (await wire.ask(request("POST", "/x", {"a": "b" * 300_000}))).status == 200
        assert len(server.application.bodies[-1]) > 300_000


async def test_requests_sent_without_waiting_are_answered_in_turn(server: Server):
    async with Wire(server.port) as wire:
        await wire.send(request("GET", "/a") * 3)
        assert [(await wire.read()).status for _ in range(3)] == [200] * 3


async def test_a_refusal_among_requests_sent_without_waiting_ends_the_connection(server: Server):
    async with full(server), Wire(server.port) as wire:
        await wire.send(request("GET", "/jwks") + request("GET", "/a") * 500)
        assert (await wire.read()).status == 200
        refused = await wire.read()
        assert (refused.status, refused.headers["connection"]) == (503, "close")


async def test_of_requests_sent_at_once_no_more_than_two_are_told_no(server: Server):
    """Else one read of small requests would be answered with megabytes that nobody takes."""
    async with full(server), Wire(server.port) as wire:
        await wire.send(request("GET", "/a") * 500)
        refused = [await wire.read(), await wire.read()]
        assert [one.status for one in refused] == [503, 503]
        assert [one.headers.get("connection") for one in refused] == [None, "close"]
        await server.until_connected(PLACES)
        assert server.application.admission.refused == 2


async def test_whoever_asks_on_and_takes_no_answer_is_let_go(server: Server):
    await asked_by_the_deaf(server, ASK)


async def test_a_connection_ends_with_its_answer_while_the_server_is_leaving(server: Server):
    async with Wire(server.port) as wire:
        assert "connection" not in (await wire.ask(request("GET", "/a"))).headers
        server.application.leaving = True
        assert (await wire.ask(request("GET", "/a"))).headers["connection"] == "close"


async def test_many_connections_come_in_within_one_turn_of_a_busy_loop(server: Server):
    wires = [Wire(server.port) for _ in range(50)]
    for wire in wires:
        await wire.send(b"")
    while len(server.state.connections) < 50:
        await asyncio.sleep(0.001)
    turns = 0

    server.door._looked -= 1.0  # as after a turn that took a second
    more = [Wire(server.port) for _ in range(50)]
    await asyncio.gather(*(wire.send(b"") for wire in more))
    while len(server.state.connections) < 100:
        turns += 1
        await asyncio.sleep(0)
    assert turns < 50
    for wire in [*wires, *more]:
        wire.close()


async def test_who_waits_at_the_door_when_it_closes_is_still_served():
    async with served() as server:
        with socket.create_connection(("127.0.0.1", server.port)) as knocking:
            knocking.sendall(request("GET", "/a"))
            server.door.close()  # before the loop has turned
            await server.door.wait_closed()
            reader, writer = await asyncio.open_connection(sock=knocking.dup())
            assert b" 200 " in await reader.readline()
            writer.close()


async def test_a_socket_that_listens_no_more_stops_nobody_on_connections_of_before(server: Server):
    async with Wire(server.port) as wire:
        assert (await wire.ask(request("GET", "/a"))).status == 200
        server.door._socket.shutdown(socket.SHUT_RD)
        assert (await wire.ask(request("GET", "/a"))).status == 200


async def test_with_no_file_left_whoever_comes_waits_and_others_are_served(
    server: Server, caplog: pytest.LogCaptureFixture
):
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    async with Wire(server.port) as wire:
        assert (await wire.ask(request("GET", "/a"))).status == 200
        with socket.create_connection(("127.0.0.1", server.port)) as late:
            late.setblocking(False)
            free = os.dup(late.fileno())
            os.close(free)
            resource.setrlimit(resource.RLIMIT_NOFILE, (free, before[1]))
            try:
                while "cannot take connections" not in caplog.text:
                    assert (await wire.ask(request("GET", "/a"))).status == 200
            finally:
                resource.setrlimit(resource.RLIMIT_NOFILE, before)
            loop = asyncio.get_running_loop()
            await loop.sock_sendall(late, request("GET", "/a"))
            assert b" 200 " in await loop.sock_recv(late, 100)
