"""A real SMTP server on this machine, in a thread of its own, that keeps what it is given."""

from __future__ import annotations

import asyncio
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from typing import TYPE_CHECKING, Any

from aiosmtpd.smtp import SMTP

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator
    from email.message import EmailMessage


@dataclass
class Mailbox:
    """What has arrived; `answer` is what the server says to the next mail."""

    port: int = 0
    arrived: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    answer: str = "250 OK"
    encrypted: list[bool] = field(default_factory=list)

    async def handle_DATA(self, _server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if self.answer.startswith("250"):
            message: Any = message_from_bytes(envelope.content, policy=policy.default)
            self.arrived.append(message)
            self.recipients += envelope.rcpt_tos
            self.encrypted.append(session.ssl is not None)
        return self.answer

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def text(self, number: int = -1) -> str:
        body = self.arrived[number].get_content()
        assert isinstance(body, str)
        return body

    def code(self) -> str:
        """The code of the newest mail."""
        return next(line for line in self.text().splitlines() if len(line) == 9 and line[4] == "-")


@contextmanager
def mailbox(tls: ssl.SSLContext | None = None) -> Iterator[Mailbox]:
    """Run the server for the length of the block; with ``tls`` it offers STARTTLS."""
    found, ready, ends = Mailbox(), threading.Event(), asyncio.Event()
    loops: list[asyncio.AbstractEventLoop] = []

    async def serve() -> None:
        loop = asyncio.get_running_loop()
        loops.append(loop)
        server = await loop.create_server(
            lambda: SMTP(found, hostname="localhost", tls_context=tls, loop=loop), "127.0.0.1", 0
        )
        found.port = server.sockets[0].getsockname()[1]
        ready.set()
        await ends.wait()
        server.close()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    ready.wait()
    try:
        yield found
    finally:
        loops[0].call_soon_threadsafe(ends.set)
        thread.join()
