"""The answer to whoever is refused because too many came: ready-made, for some 20 µs.

JSON for programs, a page in the visitor's language for people, with a number of its own like every
answer. When to come back differs from one to the next, or all would come back together.
"""

from __future__ import annotations

import itertools
import json
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from starlette.requests import Request

from idp.domain.refusal import Cause
from idp.protocol import told
from idp.protocol.causes import outcome
from idp.web import locales
from idp.web.programs import cors_headers, program_at

if TYPE_CHECKING:
    from collections.abc import Iterable

    from idp.domain.clock import Entropy
    from idp.web.pages import Pages

_ID_BYTES: Final = 9
_ID: Final = "0" * 2 * _ID_BYTES  # what stands in the ready-made page where a number comes
_SECONDS: Final = (b"2", b"5", b"3", b"7", b"4", b"8", b"6")
_OUTCOME: Final = outcome(Cause.OVERLOADED)
_STATUS: Final = b"HTTP/1.1 503 Service Unavailable\r\n"
_ALWAYS: Final = (
    b"cache-control: no-store\r\nx-content-type-options: nosniff\r\nx-frame-options: DENY\r\n"
    b"referrer-policy: no-referrer\r\n"
)
_JSON: Final = b"content-type: application/json\r\ncontent-security-policy: default-src 'none'\r\n"
_PAGE: Final = (
    b"content-type: text/html; charset=utf-8\r\nvary: accept-language, cookie\r\n"
    b"content-security-policy: default-src 'none'; style-src 'self'; img-src 'self'; "
    b"form-action 'none'; base-uri 'none'; frame-ancestors 'none'\r\n"
)
_CHOSEN: Final = re.compile(rf"(?:^|; ?){locales.COOKIE}=([\w-]{{1,35}})".encode())
_choose = lru_cache(maxsize=256)(locales.choose)


class Busy:
    """Ready-made answers of one process."""

    def __init__(self, pages: Pages, entropy: Entropy, *, issuer: str) -> None:
        """Render the pages."""
        self._entropy = entropy
        self._base = urlsplit(issuer).path.rstrip("/")  # a proxy may take it away, or not
        self._always = _ALWAYS
        if issuer.startswith("https:"):
            self._always += b"strict-transport-security: max-age=31536000\r\n"
        self._pages = {
            (one.tag, again): _page(pages, one.tag, again=again)
            for one in locales.LANGUAGES
            for again in (True, False)
        }
        self._json = _json(issuer)
        self._seconds = itertools.cycle(_SECONDS)

    def answer(
        self, method: str, path: str, headers: Iterable[tuple[bytes, bytes]]
    ) -> tuple[bytes, bytes]:
        """Return the head of the answer, without the empty line that ends it, and its body.

        ``headers`` are the request's, their names in lower case.
        """
        number = self._entropy.bytes(_ID_BYTES).hex().encode()
        if self._base and path.startswith(self._base):
            path = path[len(self._base) :]
        kind = _of_program(path)
        if kind is None:
            again = method in {"GET", "HEAD"}  # to ask for a form's address by GET leads nowhere
            kind, (before, after) = _PAGE, self._pages[_language(headers), again]
        else:
            before, after = self._json
        body = before + number + after
        own = b"retry-after: %b\r\nx-request-id: %b\r\ncontent-length: %d\r\n"
        own %= (next(self._seconds), number, len(body))
        return _STATUS + self._always + kind + own, b"" if method == "HEAD" else body


@lru_cache(maxsize=256)
def _of_program(path: str) -> bytes | None:
    """Return the headers for a program that asks at ``path``, or None where a person does."""
    if program_at(path) is None:
        return None
    cross = (name + b": " + value + b"\r\n" for name, value in cors_headers(path).items())
    return _JSON + b"".join(cross)


def _language(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """Return the language of a visitor, as every page chooses it."""
    chosen, accepted = None, None
    for name, value in headers:
        if name == b"cookie":
            found = _CHOSEN.search(value)
            chosen = found[1].decode() if found else chosen
        elif name == b"accept-language":
            accepted = value.decode("latin-1")
    return _choose(chosen, None, accepted)


def _json(issuer: str) -> tuple[bytes, bytes]:
    members = {
        "error": _OUTCOME.code,
        "error_description": _OUTCOME.description,
        "error_uri": told.reference(issuer, Cause.OVERLOADED),
        "error_code": Cause.OVERLOADED.value,
        "request_id": _ID,
    }
    return _halves(json.dumps(members, separators=(",", ":")).encode())


def _page(pages: Pages, tag: str, *, again: bool) -> tuple[bytes, bytes]:
    """Render the page once, as for a visitor who asks for nothing but a language."""
    asked = {
        "type": "http",
        "method": "POST",
        "path": "/",
        "query_string": b"",
        "headers": [(b"accept-language", tag.encode())],
        "state": {},
    }
    shown = {
        "page": _OUTCOME.page,
        "code": Cause.OVERLOADED.value,
        "request_id": _ID,
        "again": again,
    }
    return _halves(bytes(pages.render(Request(asked), "busy.html", shown).body))


def _halves(ready: bytes) -> tuple[bytes, bytes]:
    before, after = ready.split(_ID.encode())
    return before, after
