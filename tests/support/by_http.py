"""A person in practice mode who has no browser: plain HTTP, cookies, and the forms on the pages."""

from types import TracebackType
from typing import Final, Self
from urllib.parse import urljoin

import httpx2

from tests.support.browser_like import Answer

MOST_STEPS: Final = 10


class Person:
    """Signs in as a persona and says yes. Use as an asynchronous context manager."""

    def __init__(
        self,
        issuer: str,
        persona: str,
        transport: httpx2.AsyncBaseTransport | None = None,
        *,
        cookies: str = "",
    ) -> None:
        """``transport`` is another way to the issuer, ``cookies`` the header of a browser."""
        self._issuer = issuer
        self._persona = persona
        pairs = (one.split("=", 1) for one in cookies.split("; ") if one)
        self._client = httpx2.AsyncClient(
            follow_redirects=False, transport=transport, cookies=dict(pairs)
        )

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._client.__aexit__(kind, error, trace)

    @property
    def cookies(self) -> str:
        """The header that a browser of theirs sends."""
        return "; ".join(f"{one.name}={one.value}" for one in self._client.cookies.jar)

    async def sign_in(self) -> None:
        """Sign in at the provider itself."""
        answer = await self._press(await self._client.get(f"{self._issuer}/signin"), {})
        assert answer.status_code == 303, answer.text

    async def open(self, url: str, *, decision: str = "allow", remember: bool = False) -> str:
        """Follow a platform's redirect, sign in, decide, sign out; return where that leads."""
        yes = {"decision": decision} | ({"remember": "on"} if remember else {})
        answer = await self._client.get(url)
        for _ in range(MOST_STEPS):
            if answer.status_code != 303:
                answer = await self._press(answer, yes)
                continue
            url = urljoin(str(answer.url), answer.headers["location"])
            if not url.startswith(self._issuer):
                return url
            answer = await self._client.get(url)
        raise AssertionError(f"no way back to the platform from {answer.url}")

    async def _press(self, page: httpx2.Response, yes: dict[str, str]) -> httpx2.Response:
        assert page.status_code == 200, page.text
        shown = Answer(str(page.url), page.status_code, page.headers, page.content)
        if "/signin/persona" in page.text:
            path, button = "/signin/persona", {"persona": self._persona}
        elif 'action="/signout"' in page.text:
            path, button = "/signout", {}
        else:
            path, button = "/consent", yes
        form = shown.form(path) | button
        return await self._client.post(self._issuer + path, data=form)
