"""Real exchanges with a real HTTPS server on this machine, under a name that a test resolves."""

import asyncio
import gzip
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from idp.outbound import Outbound, OutboundRefused, Reach
from tests.support.https import HttpsServer, authority, serving

NAME = "platform.example"
OK = (
    b"HTTP/1.1 200 OK\r\nContent-Type: Application/JSON; charset=utf-8\r\n"
    b"Content-Length: 2\r\n\r\n{}"
)
Files = tuple[Path, Path, Path]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return authority(tmp_path_factory.mktemp("https"), NAME)


class Names:
    """A resolver that answers as told, in turn, the last answer again and again."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = [*answers]
        self.asked = 0

    async def __call__(self, _host: str, _port: int) -> list[str]:
        self.asked += 1
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


HERE = Names(["127.0.0.1"])


def outbound(
    files: Files, *, named: bool = True, names: Any = HERE, seconds: float = 5.0
) -> Outbound:
    reach = Reach(frozenset({NAME}) if named else frozenset())
    return Outbound(reach, ca=files[0], resolving=names, seconds=seconds)


def url(server: HttpsServer, host: str = NAME) -> str:
    return f"https://{host}:{server.port}/keys?a=b#part"


async def refusal(asking: Coroutine[Any, Any, Any]) -> str:
    with pytest.raises(OutboundRefused) as refused:
        await asking
    return str(refused.value)


async def test_a_document_is_fetched_under_the_hosts_own_name(files: Files):
    async with serving(*files[1:], OK) as server:
        found = await outbound(files).get(url(server), accept="application/json")
    assert (found.status, found.content_type, found.body) == (200, "application/json", b"{}")
    [head] = server.heads
    lines = head.lower().split("\r\n")
    assert lines[0] == "get /keys?a=b http/1.1"
    assert f"host: {NAME}:{server.port}" in lines
    assert {"accept: application/json", "accept-encoding: identity"} <= set(lines)
    assert [line for line in lines if line.startswith(("user-agent", "cookie", "author"))] == [
        "user-agent: network-id"
    ]


async def test_a_form_is_delivered_and_its_answer_is_not_read(files: Files):
    endless = b"HTTP/1.1 204 No Content\r\n\r\n"
    async with serving(*files[1:], endless) as server:
        assert await outbound(files).post_form(url(server), {"logout_token": "a b"}) == 204
    assert server.heads[0].startswith("POST /keys?a=b HTTP/1.1")


async def test_a_certificate_for_another_name_is_refused(files: Files):
    async with serving(*files[1:], OK) as server:
        there = Outbound(
            Reach(frozenset({"other.example"})), ca=files[0], resolving=HERE, seconds=5.0
        )
        told = await refusal(there.get(url(server, "other.example"), accept="*/*"))
        assert "its certificate is not valid" in told
        assert "its certificate is not valid" in await refusal(
            Outbound(Reach(frozenset({NAME})), resolving=HERE).get(url(server), accept="*/*")
        )
    assert server.heads == []


@pytest.mark.parametrize(
    "addresses",
    [["127.0.0.1"], ["8.8.8.8", "127.0.0.1"], ["::1"], ["::ffff:127.0.0.1"], ["10.0.0.1"], []],
)
async def test_a_name_that_leads_inside_is_refused_before_anything_is_sent(
    files: Files, addresses: list[str]
):
    async with serving(*files[1:], OK) as server:
        told = await refusal(
            outbound(files, named=False, names=Names(addresses)).get(url(server), accept="*/*")
        )
    assert "address" in told
    assert server.heads == []


async def test_a_name_is_asked_once_so_that_it_cannot_answer_twice(files: Files):
    rebinding = Names(["127.0.0.1"], ["10.0.0.1"])
    async with serving(*files[1:], OK) as server:
        await outbound(files, names=rebinding).get(url(server), accept="*/*")
    assert rebinding.asked == 1


async def test_the_next_address_is_tried_when_one_is_closed(files: Files):
    async with serving(*files[1:], OK) as server:
        both = Names(["::1", "127.0.0.1"])  # nothing listens on the first
        assert (await outbound(files, names=both).get(url(server), accept="*/*")).status == 200


ANSWERS = {
    "redirect": (b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\n\r\n", "redirect"),
    "not modified": (b"HTTP/1.1 304 Not Modified\r\n\r\n", "redirect"),
    "packed": (
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(b" " * 10_000_000),
        "packed",
    ),
    "large": (b"HTTP/1.1 200 OK\r\n\r\n" + b"a" * 70_000, "too large"),
    "large and honest": (
        b"HTTP/1.1 200 OK\r\nContent-Length: 70000\r\n\r\n" + b"a" * 70_000,
        "too large",
    ),
    "cut short": (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{}", "failed"),
    "no HTTP": (b"220 mail.example ESMTP\r\n", "failed"),
    "endless head": (b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 50_000, "failed"),
    "packed on the way": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n{}", "failed"),
    "silent": (b"", "failed"),
}


@pytest.mark.parametrize("answer", ANSWERS)
async def test_an_answer_that_redirects_unpacks_or_does_not_end_is_refused(
    files: Files, answer: str
):
    sent, expected = ANSWERS[answer]
    async with serving(*files[1:], sent) as server:
        assert expected in await refusal(outbound(files).get(url(server), accept="*/*"))


async def _drop_by_drop(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.01)


async def _asleep(_writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(60)


@pytest.mark.parametrize("answering", [_drop_by_drop, _asleep])
async def test_a_slow_answer_ends_with_the_time_for_the_whole_exchange(
    files: Files, answering: Callable[[asyncio.StreamWriter], Coroutine[Any, Any, None]]
):
    async with serving(*files[1:], answering) as server:
        assert "too long" in await refusal(
            outbound(files, seconds=0.3).get(url(server), accept="*/*")
        )


async def test_a_resolver_that_fails_or_sleeps_is_a_refusal(files: Files):
    async def failing(_host: str, _port: int) -> list[str]:
        raise OSError("platform.example: no such name")

    async def sleeping(_host: str, _port: int) -> list[str]:
        await asyncio.sleep(60)
        return []

    address = f"https://{NAME}/"
    told = await refusal(outbound(files, names=failing).get(address, accept="*/*"))
    assert told == "the host is not known", "an operator named it"
    strangers = outbound(files, named=False, names=failing)
    inside = outbound(files, named=False, names=Names(["10.0.0.1"]))
    alike = {await refusal(one.get(address, accept="*/*")) for one in (strangers, inside)}
    assert len(alike) == 1, "nobody learns from us which names there are inside"
    told = await refusal(outbound(files, names=sleeping, seconds=0.1).get(address, accept="*/*"))
    assert "too long" in told


@pytest.mark.parametrize("kind", [b"\xff\xfe", "applicati\u00f6n/json".encode()])
async def test_a_header_that_nobody_can_write_again_is_an_answer_like_any_other(
    files: Files, kind: bytes
):
    """A platform could otherwise break our delivery of logout tokens to others."""
    strange = b"HTTP/1.1 200 OK\r\nContent-Type: " + kind + b"\r\nContent-Length: 2\r\n\r\n{}"
    async with serving(*files[1:], strange) as server:
        found = await outbound(files).get(url(server), accept="application/json")
        assert await outbound(files).post_form(url(server), {"logout_token": "a"}) == 200
    assert (found.body, found.content_type == "application/json") == (b"{}", False)
