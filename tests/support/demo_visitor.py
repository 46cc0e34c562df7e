"""A visitor of a demo platform, and what is on the pages that it gets."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import httpx2

    from tests.support.simulated_provider import SimulatedProvider


@dataclass
class Visitor:
    """A browser at one platform, which follows the way to the provider and back by hand."""

    browser: httpx2.AsyncClient
    provider: SimulatedProvider

    async def log_in(self) -> httpx2.Response:
        away = await self.browser.get("/login")
        assert away.status_code == 303
        query = self.provider.answer(away.headers["location"])
        back = await self.browser.get(f"/callback?{query}")
        return await self.browser.get("/") if back.status_code == 303 else back

    async def log_out(self, csrf: str) -> httpx2.Response:
        return await self.browser.post("/logout", data={"csrf": csrf})


def csrf_of(page: httpx2.Response) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page.text)
    assert found
    return found[1]


def words_of(page: httpx2.Response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page.text))


def problem_of(page: httpx2.Response) -> str:
    found = re.search(r'data-problem="([^"]+)"', page.text)
    return found[1] if found else ""
