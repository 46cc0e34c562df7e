"""Who sends no whole request, or takes no answer, keeps neither place nor connection."""

# ruff: noqa: ASYNC110 - what is waited for, a server in this very loop does

import asyncio
import socket

import pytest

from idp.cli import admitting
from tests.cli.test_admitting import served
from tests.support.wire import Wire, request


async def test_whoever_does_not_send_a_whole_request_is_let_go(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(admitting, "ARRIVAL_SECONDS", 0.05)
    async with served() as server:
        for begun in (
            b"",
            b"\r\n",
            b"GET / HTTP/1.1\r\nhost: x\r\n",
            request("POST", "/", {"a": "b"})[:-1],
        ):
            async with Wire(server.port) as wire:
                await wire.send(begun)
                with pytest.raises(ConnectionError):
                    await wire.read()
        async with Wire(server.port) as wire:
            assert (await wire.ask(request("GET", "/a"))).status == 200
            await wire.send(b"\r\n")  # which begins no request, and ends the wait for one
            with pytest.raises(ConnectionError):
                await wire.read()
        assert not server.state.connections


@pytest.mark.parametrize(
    "end", [b"", request("GET", "/slow", connection="close"), b"garbage", b"G"]
)
async def test_whoever_takes_no_answer_keeps_neither_place_nor_connection(
    monkeypatch: pytest.MonkeyPatch, end: bytes
):
    monkeypatch.setattr(admitting, "ARRIVAL_SECONDS", 0.05)
    monkeypatch.setattr(admitting, "TAKING_SECONDS", 0.05)
    loop = asyncio.get_running_loop()
    async with served() as server:
        server.application.body = b"x" * 40_000
        server.application.may.set()
        with socket.socket() as deaf:
            deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            deaf.connect(("127.0.0.1", server.port))
            deaf.setblocking(False)
            [connection] = await server.until_connected(1)
            while not connection.transport.get_write_buffer_size():
                asked = server.application.answered
                await loop.sock_sendall(deaf, request("GET", "/slow"))
                while server.application.answered == asked:
                    await asyncio.sleep(0)
            await loop.sock_sendall(deaf, end or request("GET", "/slow") * 4)
            await server.until_connected(0)
        await server.until(0)
