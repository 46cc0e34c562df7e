"""A browser without a window: speaks ASGI to the application, keeps cookies, submits forms."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookies import SimpleCookie
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import ASGIApp

    # One with several values is sent that many times.
    Headers = Mapping[str, str | tuple[str, ...]]

MAX_REDIRECTS = 10
_NUMBERS = itertools.count(1)


def another_network() -> str:
    """An address in an IPv4 /24 of its own, so that tests do not use up each other's tries."""
    number = next(_NUMBERS)
    return f"10.{number // 256 % 256}.{number % 256}.1"


@dataclass(frozen=True, slots=True)
class Answer:
    """A response, and the local address it came from."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    cookies: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        return self.body.decode()

    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def location(self) -> str:
        return self.headers["location"]

    @property
    def location_query(self) -> dict[str, str]:
        """Parameters of the redirect, each of which stands there once."""
        found = parse_qs(urlsplit(self.location).query, strict_parsing=True)
        assert all(len(values) == 1 for values in found.values()), found
        return {name: values[0] for name, values in found.items()}

    def error_code(self) -> str:
        """The stable code on an error page."""
        return self._test_id("error-code")

    def _test_id(self, name: str) -> str:
        _, mark, rest = self.text.partition(f'data-testid="{name}">')
        assert mark, f"no {name} on the page {self.url}: {self.text[:2000]}"
        return rest.partition("<")[0]

    def form(self, action: str) -> dict[str, str]:
        """The hidden fields of the form that goes to `action`."""
        reader = _Forms()
        reader.feed(self.text)
        assert action in reader.forms, f"no form to {action}, only {sorted(reader.forms)}"
        return dict(reader.forms[action])

    def passkey_options(self) -> dict[str, Any]:
        """What the page asks the browser's authenticator for."""
        reader = _Forms()
        reader.feed(self.text)
        assert reader.options is not None, "the page asks for no passkey"
        options: dict[str, Any] = json.loads(reader.options)
        return options


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: dict[str, dict[str, str]] = {}
        self.options: str | None = None
        self._open: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self._open = self.forms.setdefault(given.get("action") or "", {})
            self.options = given.get("data-options") or self.options
        if tag == "input" and given.get("type") == "hidden":
            self._open[given.get("name") or ""] = given.get("value") or ""


@dataclass
class Browser:
    """One browser profile. `base` is the issuer's path, if it has one."""

    app: ASGIApp
    host: str = "localhost:8000"
    scheme: str = "http"
    cookies: dict[str, str] = field(default_factory=dict)
    state: dict[str, Any] = field(default_factory=dict)
    network: str = field(default_factory=another_network)

    async def get(self, url: str, headers: Headers | None = None) -> Answer:
        return await self.send("GET", url, headers=headers)

    async def post(
        self,
        url: str,
        form: Mapping[str, str] | None = None,
        *,
        body: bytes | None = None,
        headers: Headers | None = None,
    ) -> Answer:
        form_type = "application/x-www-form-urlencoded"
        sent: Headers = {"content-type": form_type, **(headers or {})}
        data = urlencode(form or {}).encode() if body is None else body
        return await self.send("POST", url, body=data, headers=sent)

    async def follow(self, answer: Answer) -> Answer:
        """Follow redirects for as long as they lead to this application."""
        for _ in range(MAX_REDIRECTS):
            if answer.status != 303 or not self.is_ours(answer.location):
                return answer
            answer = await self.get(answer.location)
        raise AssertionError("redirects without end: " + answer.url[:200])

    def is_ours(self, location: str) -> bool:
        parts = urlsplit(location)
        return not parts.netloc or parts.netloc == self.host

    async def send(
        self,
        method: str,
        url: str,
        *,
        body: bytes = b"",
        headers: Headers | None = None,
    ) -> Answer:
        parts = urlsplit(url)
        sent: dict[str, str | tuple[str, ...]] = {"host": self.host}
        sent |= {k.lower(): v for k, v in (headers or {}).items()}
        if self.cookies and "cookie" not in sent:
            sent["cookie"] = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": self.scheme,
            "path": parts.path or "/",
            "raw_path": (parts.path or "/").encode(),
            "query_string": parts.query.encode("latin-1"),
            "root_path": "",
            "headers": [
                (name.encode(), value.encode("latin-1"))
                for name, values in sent.items()
                for value in (values if isinstance(values, tuple) else (values,))
            ],
            "client": (self.network, 50000),
            "server": (parts.hostname or "localhost", 8000),
            "state": dict(self.state),
        }
        answer = await _call(self.app, scope, body, url)
        self._keep(answer)
        return answer

    def _keep(self, answer: Answer) -> None:
        for line in answer.cookies:
            for name, morsel in SimpleCookie(line).items():
                if morsel["max-age"] == "0" or not morsel.value:
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = morsel.value


async def _call(app: ASGIApp, scope: dict[str, Any], body: bytes, url: str) -> Answer:
    messages: list[Any] = []
    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Any:
        return waiting.pop() if waiting else {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        messages.append(message)

    await app(scope, receive, send)
    start = messages[0]
    headers = [(k.decode().lower(), v.decode("latin-1")) for k, v in start["headers"]]
    return Answer(
        url=url,
        status=start["status"],
        headers=dict(headers),
        body=b"".join(message.get("body", b"") for message in messages[1:]),
        cookies=tuple(value for name, value in headers if name == "set-cookie"),
    )
