"""P8: everything single-use is used at most once: here codes, raced by two nodes."""

import asyncio
from pathlib import Path

import pytest

from tests.support.logins import Platform
from tests.support.postgres import Postgres
from tests.support.provider import Provider, running

CODES = 25
CLIENTS = 8


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


@pytest.mark.spec("RFC 6749 §4.1.2", "RFC 9700 §4.5")
async def test_p8_two_nodes_on_sqlite_redeem_a_code_once(tmp_path: Path):
    async with (
        running(tmp_path) as one,
        running(tmp_path, keystore=one.parts.keystore) as two,
    ):
        await check(one, two)


@pytest.mark.spec("RFC 6749 §4.1.2", "RFC 9700 §4.5")
async def test_p8_two_nodes_on_postgresql_redeem_a_code_once(tmp_path: Path, postgres: Postgres):
    url, store = postgres.new_database(), postgres.new_database()
    async with (
        running(tmp_path, database_url=url, enrolment_database_url=store) as one,
        running(
            tmp_path,
            database_url=url,
            enrolment_database_url=store,
            keystore=one.parts.keystore,
        ) as two,
    ):
        await check(one, two)


async def check(one: Provider, two: Provider) -> None:
    platform = await Platform.register(one)
    for statuses in await race(platform, [one, two], await codes(platform)):
        assert statuses.count(200) == 1
        assert set(statuses) == {200, 400}
