"""P8: everything single-use is used at most once: codes and pushed requests, raced by two nodes."""

import asyncio
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.support import pushing
from tests.support.browser_like import Answer, Browser
from tests.support.logins import Platform
from tests.support.postgres import Postgres
from tests.support.provider import Provider, running
from tests.support.time import SeededEntropy

CODES = 25
CLIENTS = 8
REQUESTS = 3


async def race(platform: Platform, nodes: list[Provider], codes: list[str]) -> list[list[int]]:
    """Redeem each code from many clients at all nodes at once; return the statuses by code."""

    async def redeem(node: Provider, code: str) -> int:
        there = Platform(node, platform.registered, platform.redirect_uri)
        return (await there.redeem(code)).status

    return [
        list(await asyncio.gather(*(redeem(node, code) for node in nodes * CLIENTS)))
        for code in codes
    ]


async def codes(platform: Platform) -> list[str]:
    browser = platform.provider.browser()
    return [await platform.code(browser, remember=True) for _ in range(CODES)]


@pytest.mark.spec("RFC 6749 §4.1.2", "RFC 9700 §4.5", "RFC 9126 §7.3")
async def test_p8_two_nodes_on_sqlite_redeem_a_code_and_a_pushed_request_once(tmp_path: Path):
    async with (
        running(tmp_path) as one,
        running(tmp_path, keystore=one.parts.keystore, entropy=SeededEntropy(2)) as two,
    ):
        await check(one, two)


@pytest.mark.spec("RFC 6749 §4.1.2", "RFC 9700 §4.5", "RFC 9126 §7.3")
async def test_p8_two_nodes_on_postgresql_redeem_a_code_and_a_pushed_request_once(
    tmp_path: Path, postgres: Postgres
):
    url, store = postgres.new_database(), postgres.new_database()
    async with (
        running(tmp_path, database_url=url, enrolment_database_url=store) as one,
        running(
            tmp_path,
            database_url=url,
            enrolment_database_url=store,
            keystore=one.parts.keystore,
            entropy=SeededEntropy(2),
        ) as two,
    ):
        await check(one, two)


async def check(one: Provider, two: Provider) -> None:
    platform = await Platform.register(one)
    await check_pushed_requests(platform, [one, two])
    for statuses in await race(platform, [one, two], await codes(platform)):
        assert statuses.count(200) == 1
        assert set(statuses) == {200, 400}


async def check_pushed_requests(platform: Platform, nodes: list[Provider]) -> None:
    """Visits and yeses of one browser, many at a time and at both nodes: one code per request."""
    browser = platform.provider.browser()
    await platform.log_in(browser, remember=True)
    for _ in range(REQUESTS):
        address = pushing.address(platform, await pushing.request_uri(platform))
        visits = [visit(browser, address, node) for node in nodes * CLIENTS]
        assert await codes_among(visits) == 1
        uri = await pushing.request_uri(platform, prompt="consent")
        pages = [await pushing.visit(platform, browser, uri) for _ in range(2)]
        yeses = [
            say_yes(browser, page.form("/consent"), node)
            for page in pages
            for node in nodes * CLIENTS
        ]
        assert await codes_among(yeses) == 1


async def visit(browser: Browser, address: str, node: Provider) -> Answer:
    there = Browser(node.app, cookies=dict(browser.cookies))
    return await there.get(address)


async def say_yes(browser: Browser, form: dict[str, str], node: Provider) -> Answer:
    there = Browser(node.app, cookies=dict(browser.cookies))
    return await there.post("/consent", form | {"decision": "allow"})


async def codes_among(answers: Sequence[Coroutine[Any, Any, Answer]]) -> int:
    got = await asyncio.gather(*answers)
    assert {answer.status for answer in got} <= {303, 400}
    return sum("code=" in answer.headers.get("location", "") for answer in got)
