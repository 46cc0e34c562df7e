"""What is refused unread is what the web server's reader would have read as exactly one request."""

from typing import Any

import httptools
import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.cli.glance import MOST_BYTES, plain

ASKED = (
    b"GET /authorize?a=b HTTP/1.1\r\nHost: id.example\r\nAccept-Language: zh-CN\r\n"
    b"Upgrade-Insecure-Requests: 1\r\nConnection: keep-alive\r\ncookie:a=b\r\n\r\n"
)


class Read:
    """What the reader says of some bytes."""

    def __init__(self, data: bytes) -> None:
        self.url = b""
        self.headers: list[tuple[bytes, bytes]] = []
        self.body = b""
        self.whole = 0
        self.parser: Any = httptools.HttpRequestParser(self)
        self.parser.feed_data(data)
        self.stays = self.parser.should_keep_alive()

    def on_url(self, url: bytes) -> None:
        self.url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name.lower(), value.rstrip(b"\t ")))

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        self.whole += 1


def agrees(data: bytes) -> bool:
    """Compare with the reader, where anything is said at all; tell whether it is."""
    found = plain(data)
    if found is None:
        return False
    try:
        read = Read(data)
    except httptools.HttpParserError:
        return True  # refused either way
    path, headers = found
    assert (read.whole, read.body, read.stays) == (1, b"", True)
    assert httptools.parse_url(read.url).path.decode() == path
    assert read.headers == [(name, value.rstrip(b"\t ")) for name, value in headers]
    return True


def test_a_browsers_request_is_plain():
    assert agrees(ASKED)
    path, headers = plain(ASKED) or ("", [])
    assert path == "/authorize"
    assert (b"accept-language", b"zh-CN") in headers


@pytest.mark.spec("RFC 9112 §11.2")
@pytest.mark.parametrize(
    "line",
    [
        b"content-length: 4",
        b"Content-Length: 0",
        b"transfer-encoding: chunked",
        b"Transfer-Encoding:\tchunked",
        b"expect: 100-continue",
        b"upgrade: h2c",
        b"connection: close",
        b"connection: keep-alive, upgrade",
        b"content-length : 4",
        b" content-length: 4",
        b"a: b\ncontent-length: 4",
        b"a: b\rcontent-length: 4",
        b"a: b\x00",
        b"no colon",
        b": no name",
        b"a: b\r\n\r\nGET / HTTP/1.1",
    ],
)
def test_what_could_end_elsewhere_for_somebody_else_is_read(line: bytes):
    assert plain(ASKED.replace(b"cookie:a=b", line)) is None


@pytest.mark.parametrize(
    ("was", "changed"),
    [
        (b"GET", b"POST"),
        (b"GET", b"HEAD"),
        (b"HTTP/1.1", b"HTTP/1.0"),
        (b" HTTP/1.1", b""),
        (b"/authorize", b"https://id.example/authorize"),
        (b"/authorize", b"/%61uthorize"),
        (b"/authorize?a=b", b"*"),
        (b"?a=b", b"?a=b c"),
        (b"?a=b", b"?a=\xc3\xa9"),
        (b"\r\n\r\n", b"\r\n"),
        (b"\r\n\r\n", b"\r\n\r\nx"),
        (b"\r\n", b"\n"),
        (b"GET", b"\r\nGET"),
        (b"a=b HTTP", b"a=" + b"b" * MOST_BYTES + b" HTTP"),
    ],
)
def test_what_is_out_of_the_ordinary_is_read(was: bytes, changed: bytes):
    assert plain(ASKED.replace(was, changed)) is None


_PIECES = st.sampled_from(
    [
        b"GET ", b"/authorize", b"?a=b", b"#", b"%41", b" HTTP/1.1", b"\r\n", b"\n", b"\r", b"a: b",
        b"Content-Length: 1", b"Transfer-Encoding: chunked", b"Connection: keep-alive", b":", b" ",
        b"\t", b"x", b"\xe4", b"\x00", b"//", b"..", b'"', b"{",
    ]
)  # fmt: skip


@given(st.binary(max_size=12), st.integers(0, len(ASKED)), st.integers(0, 12))
def test_the_reader_agrees_wherever_bytes_are_put_or_taken_away(new: bytes, at: int, cut: int):
    agrees(ASKED[:at] + new + ASKED[at + cut :])


@given(st.lists(_PIECES, max_size=4), st.integers(0, len(ASKED)))
def test_the_reader_agrees_wherever_pieces_of_http_are_put(pieces: list[bytes], at: int):
    agrees(ASKED[:at] + b"".join(pieces) + ASKED[at:])
