"""One provider for all tests of a file: starting one takes longer than most tests.

Not one for all files: each page about a person's platforms, and each look at every row, would take
longer the more tests had been there before.

Its clock only ever goes on. Tests that share it register platforms of their own (`logins.Platform`)
and never count on what another test left. A test that needs an instance of its own runs
`tests.support.provider.running`.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from tests.support.logins import Platform
from tests.support.provider import Provider, running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.support.browser_like import Browser


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def provider(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Provider]:
    async with running(tmp_path_factory.mktemp("provider"), registration="open") as started:
        yield started


@pytest_asyncio.fixture(loop_scope="session")
async def platform(provider: Provider) -> Platform:
    """An ordinary client with a secret, in a sector of its own."""
    return await Platform.register(provider)


@pytest.fixture
def visitor(provider: Provider) -> Browser:
    """A browser that has never been here."""
    return provider.browser()


def share_one_loop(items: list[pytest.Item], folder: Path) -> None:
    """Let the tests of `folder` that use the shared provider run on its event loop."""
    for item in items:
        if item.path.is_relative_to(folder) and "provider" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


def dump(provider: Provider) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table of both databases, in the order of the tables' keys.

    No table has row numbers, so what is equal is told equally: nothing needs sorting.
    """
    settings = provider.parts.settings
    found: dict[str, list[tuple[Any, ...]]] = {}
    for url in (settings.database_url, settings.enrolment_database_url):
        connection = sqlite3.connect(url.removeprefix("sqlite:///"))
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        for (table,) in tables.fetchall():
            rows = connection.execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608 - our own
            found[f"{Path(url).stem}.{table}"] = rows
        connection.close()
    return found


def dump_but_counts(provider: Provider) -> dict[str, list[tuple[Any, ...]]]:
    """Every row but the counts of tries, which leave by themselves (test_throttle.py)."""
    return {name: rows for name, rows in dump(provider).items() if name != "provider.throttles"}
