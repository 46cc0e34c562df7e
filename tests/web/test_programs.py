"""Endpoints for programs: CORS exactly where due, and errors that a program can read."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from idp.web.programs import PROGRAMS, program_at
from tests.support.provider import Provider, running

PEOPLE = ("/", "/authorize", "/signin", "/consent", "/account", "/help", "/nowhere", "/tokens")


@pytest_asyncio.fixture
async def provider(tmp_path: Path) -> AsyncIterator[Provider]:
    async with running(tmp_path, registration="open") as started:
        yield started


def concrete(path: str) -> str:
    return f"{path}some-client" if path.endswith("/") else path


@pytest.mark.parametrize("path", sorted(PROGRAMS))
async def test_scripts_of_other_origins_read_answers_and_errors_where_they_may(
    provider: Provider, path: str
):
    answer = await provider.browser().get(concrete(path))
    allowed = answer.headers.get("access-control-allow-origin")
    assert allowed == ("*" if PROGRAMS[path].cors else None)
    assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize("path", sorted(PROGRAMS))
async def test_a_preflight_names_the_methods_and_headers_there_are(provider: Provider, path: str):
    answer = await provider.browser().send("OPTIONS", concrete(path))
    if not PROGRAMS[path].cors:
        assert answer.status in {404, 405}
        return
    assert answer.status == 204
    assert answer.headers["access-control-allow-methods"] == ", ".join(PROGRAMS[path].cors)
    assert "DPoP" in answer.headers["access-control-allow-headers"]


@pytest.mark.parametrize("path", PEOPLE)
async def test_pages_of_people_are_open_to_no_other_origin(provider: Provider, path: str):
    browser = provider.browser()
    for answer in (await browser.get(path), await browser.send("OPTIONS", path)):
        assert not [name for name in answer.headers if name.startswith("access-control-")]
    assert program_at(path) is None


@pytest.mark.parametrize("path", sorted(PROGRAMS))
async def test_a_wrong_method_is_answered_in_json(provider: Provider, path: str):
    answer = await provider.browser().send("TRACE", concrete(path))
    assert answer.status == 405
    assert json.loads(answer.text)["error_code"] == "method_not_allowed"
    assert answer.headers["allow"]
