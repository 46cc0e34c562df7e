"""Sends mail through the operator's server: the standard library's SMTP client, in a thread."""

from __future__ import annotations

import asyncio
import smtplib
import ssl
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from msgspec import Struct

if TYPE_CHECKING:
    from datetime import datetime

_PORTS = {"smtp+starttls": 587, "smtps": 465, "smtp": 25}
_TIMEOUT_SECONDS = 20


class MailFailed(Exception):
    """The server could not be reached, is not to be trusted, or did not take the mail."""


class Letter(Struct, frozen=True):
    """A mail in words: plain text only, so there is nothing in it to click that hides where to."""

    to: str
    language: str
    subject: str
    body: str

    __repr__ = object.__repr__


class Mailer:
    """Sends letters, over TLS unless the server is this very machine."""

    def __init__(self, url: str, sender: str) -> None:
        parts = urlsplit(url)
        self._scheme = parts.scheme
        self._host = parts.hostname or ""
        self._port = parts.port or _PORTS[parts.scheme]
        self._user = unquote(parts.username or "")
        self._password = unquote(parts.password or "")
        self._sender = sender

    async def send(self, letter: Letter, *, at: datetime, name: str) -> None:
        """Send one letter; raises MailFailed. ``name`` is the random part of its Message-ID."""
        message = self._message(letter, at, name)
        try:
            await asyncio.to_thread(self._send, message)
        except (OSError, smtplib.SMTPException) as error:
            raise MailFailed(type(error).__name__) from error

    def _message(self, letter: Letter, at: datetime, name: str) -> EmailMessage:
        message = EmailMessage()
        message["From"] = self._sender
        message["To"] = letter.to
        message["Subject"] = letter.subject
        message["Date"] = format_datetime(at)
        message["Message-ID"] = f"<{name}@{parseaddr(self._sender)[1].rpartition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834 §5: no holiday notes come back
        message.set_content(letter.body)
        message["Content-Language"] = letter.language  # it would have gone with what was there
        return message

    def _send(self, message: EmailMessage) -> None:
        context = ssl.create_default_context()
        if self._scheme == "smtps":
            with smtplib.SMTP_SSL(
                self._host, self._port, timeout=_TIMEOUT_SECONDS, context=context
            ) as server:
                self._hand_over(server, message)
            return
        with smtplib.SMTP(self._host, self._port, timeout=_TIMEOUT_SECONDS) as server:
            if self._scheme == "smtp+starttls":
                # A server that no longer offers it is an attacker's (RFC 3207 §6): this raises.
                server.starttls(context=context)
            self._hand_over(server, message)

    def _hand_over(self, server: smtplib.SMTP, message: EmailMessage) -> None:
        if self._user:
            server.login(self._user, self._password)
        server.send_message(message)
