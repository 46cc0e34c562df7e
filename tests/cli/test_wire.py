import asyncio
from typing import Any

from idp.cli.wire import Whole
from tests.cli.test_admitting import served
from tests.support.wire import request


class Written:
    """A transport that keeps each write apart, as the kernel would hear of it."""

    def __init__(self) -> None:
        self.writes: list[bytes] = []
        self.closed = False

    def write(self, data: bytes) -> None:
        self.writes.append(data)

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True


def whole() -> tuple[Written, Whole]:
    way: Any = Written()
    return way, Whole(way)


def test_an_answer_leaves_in_one_packet_and_what_follows_at_once():
    way, answer = whole()
    answer.write(b"head ")
    assert way.writes == []
    answer.write(b"body")
    answer.write(b" more")
    assert way.writes == [b"head body", b" more"]
    answer.close()
    assert (way.writes[2:], answer.is_closing()) == ([], True)


def test_an_answer_with_an_empty_body_leaves_and_a_broken_one_shows_its_head():
    way, answer = whole()
    answer.write(b"head")
    answer.write(b"")
    assert way.writes == [b"head"]
    way, answer = whole()
    answer.write(b"head")
    answer.close()
    assert (way.writes, way.closed) == ([b"head"], True)


async def test_a_head_alone_waits_for_no_body():
    async with served() as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(request("HEAD", "/jwks"))
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200 OK")
        writer.close()
