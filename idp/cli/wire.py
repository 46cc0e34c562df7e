"""The web server's reader of requests, with a bound on their heads and a clear answer to garbage.

uvicorn reads a head of any size into memory, and answers what it cannot parse with one bare line.
Here a head over ``MAX_HEAD_BYTES`` ends the connection, and either answer carries a stable code, a
request id and what to do, like every other refusal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from idp.app import SystemEntropy
from idp.domain.refusal import Cause

if TYPE_CHECKING:
    import asyncio

MAX_HEAD_BYTES: Final = 64 * 1024
_ID_BYTES: Final = 9
_PAGE: Final = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>This request cannot be read</title>
<h1>This request cannot be read</h1>
<p>{what} Nothing was shared. Go back and try again; if it happens again, send the platform the
code and the number below.</p>
<p lang="zh-Hans">无法读取此请求，没有提供任何信息。请返回重试；如果再次出现，请把下面的代码和编号告知该平台。</p>
<p>Code: <code data-testid="error-code">{code}</code>,
request number: <code data-testid="request-id">{request_id}</code></p>
</html>
"""  # noqa: E501, RUF001 - one sentence of Chinese, with its own punctuation


class Whole:
    """The way out for one answer: its head leaves with the first of its body, in one packet.

    The web server writes them one after the other, and each write is a call of the kernel and a
    packet, which is most of what a short answer costs. Only for answers that have a body, be it an
    empty one: a head alone (HEAD) would wait here.
    """

    __slots__ = ("_head", "_transport")

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._head: bytes | None = None

    def write(self, data: bytes) -> None:
        """Keep the first, which is the head; send what follows at once."""
        if self._head is None:
            self._head = data
        elif self._head:
            head, self._head = self._head, b""
            self._transport.write(head + data)
        else:
            self._transport.write(data)

    def is_closing(self) -> bool:
        """Tell whether the connection is at its end."""
        return self._transport.is_closing()

    def close(self) -> None:
        """End the connection; a head that is still here goes before."""
        if self._head:
            self._transport.write(self._head)
            self._head = b""
        self._transport.close()


class BoundedHttp(HttpToolsProtocol):
    """One connection."""

    _head_bytes = 0
    _in_head = True

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin with the head of a request."""
        super().connection_made(transport)
        self._head_bytes, self._in_head = 0, True

    def data_received(self, data: bytes) -> None:
        """Read on, unless the head has grown too long (memory exhaustion)."""
        if self._in_head:
            self._head_bytes += len(data)
        super().data_received(data)
        if self._in_head and self._head_bytes > MAX_HEAD_BYTES and not self.transport.is_closing():
            self._refuse(b"431 Request Header Fields Too Large", Cause.TOO_LARGE, "It is too long.")

    def on_headers_complete(self) -> None:
        """Note that what follows is a body, whose size the application bounds."""
        self._in_head = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Note that what follows is the next request on this connection."""
        self._head_bytes, self._in_head = 0, True
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - the server's bare line
        """Answer what is no HTTP request."""
        self._refuse(b"400 Bad Request", Cause.MALFORMED_PARAMETERS, "It is not well-formed HTTP.")

    def _unsupported_upgrade_warning(self) -> None:
        """Say nothing: Java's clients offer another protocol (h2c) each time, and go on without."""

    def _refuse(self, status: bytes, cause: Cause, what: str) -> None:
        request_id = SystemEntropy().bytes(_ID_BYTES).hex()
        body = _PAGE.format(what=what, code=cause.value, request_id=request_id).encode()
        self.transport.write(
            b"HTTP/1.1 " + status + b"\r\n"
            b"content-type: text/html; charset=utf-8\r\n"
            b"content-security-policy: default-src 'none'; frame-ancestors 'none'\r\n"
            b"cache-control: no-store\r\n"
            b"x-content-type-options: nosniff\r\n"
            b"x-frame-options: DENY\r\n"
            b"referrer-policy: no-referrer\r\n"
            b"x-request-id: " + request_id.encode() + b"\r\n"
            b"connection: close\r\n"
            b"content-length: " + str(len(body)).encode() + b"\r\n\r\n" + body
        )
        self.transport.close()
