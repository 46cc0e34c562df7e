"""P1 when things go wrong: what breaks, prints itself or is dumped shows no canary either."""

import logging
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from idp.domain import age
from idp.storage.database import Unavailable
from tests.promises.test_p1_no_national_id_data import (
    BORN,
    DOCUMENT,
    NUMBER,
    Citizen,
    enrolled,
    everything,
    found,
    journeys,
    of_identity,
    spellings,
)
from tests.support.logins import Platform
from tests.support.postgres import Postgres
from tests.support.provider import running


@pytest.fixture
async def citizen(tmp_path: Path) -> AsyncIterator[Citizen]:
    async with running(tmp_path, sandbox=False) as provider:
        yield await enrolled(provider)


@pytest.mark.parametrize("broken", [LookupError, ValueError, Unavailable, ZeroDivisionError])
async def test_p1_an_exception_that_quotes_canaries_tells_them_to_nobody(
    citizen: Citizen,
    broken: type[Exception],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
):
    caplog.set_level(logging.DEBUG)
    platform = await Platform.register(citizen.provider)
    code = await platform.code(citizen.browser, remember=True, scope="openid age")

    def break_down(*_: object, **__: object) -> Any:
        raise broken(f"{NUMBER} {BORN.isoformat()} {DOCUMENT} {citizen.person_id.hex()}")

    monkeypatch.setattr(age, "answers", break_down)
    monkeypatch.setattr(type(citizen.provider.services.token), "_tokens", break_down)
    silent = await citizen.browser.get(platform.address(scope="openid age"))
    tokens = await platform.redeem(code)

    assert (silent.status, tokens.status) in {(500, 500), (503, 503)}
    seen = [everything(silent), everything(tokens), caplog.text]
    assert found(seen, spellings(citizen.person_id)) == set()


async def test_p1_what_a_traceback_would_print_shows_no_birth_date(citizen: Citizen):
    """Accounts and attempts stand in the local variables of every check."""
    name = next(name for name in citizen.browser.cookies if name.endswith("session"))
    account = await citizen.provider.services.sessions.find(citizen.browser.cookies[name])
    assert account is not None
    assert citizen.provider.services.issuing.ages_of(account, age.CLAIM_NAMES).keys() >= {
        "age_over_18"
    }
    printed = [repr(account), str(account), f"{account!r:>9}"]
    assert found(printed, of_identity()) == set()
    assert "datetime" not in "".join(printed)


async def test_p1_no_page_of_a_sign_in_shows_the_person_their_own_data(citizen: Citizen):
    """A platform cannot read our pages; whoever looks over a shoulder can."""
    platform = await Platform.register(citizen.provider)
    pages = [
        await platform.ask(citizen.browser, scope="openid age"),
        await citizen.browser.follow(await citizen.browser.get("/")),
        await citizen.browser.get("/signout"),
        await citizen.browser.follow(
            await citizen.browser.get(platform.address(prompt="select_account"))
        ),
        await citizen.browser.follow(await citizen.browser.get(platform.address(prompt="login"))),
    ]
    assert [page.status for page in pages] == [200] * 5
    assert found([everything(page) for page in pages], spellings(citizen.person_id)) == set()


@pytest.mark.postgres
async def test_p1_no_canary_stands_in_clear_in_a_dump_of_either_database(
    tmp_path: Path, postgres: Postgres
):
    urls = [postgres.new_database() for _ in range(2)]
    async with running(
        tmp_path, database_url=urls[0], enrolment_database_url=urls[1], sandbox=False
    ) as provider:
        citizen = await enrolled(provider)
        await journeys(citizen, await Platform.register(provider))
        dumps = [dump(postgres, url) for url in urls]

    assert "COPY public.grants" in dumps[0]
    assert "COPY public.enrolments" in dumps[1]
    assert found(dumps, of_identity()) == set()
    # The person's own identifier names rows of the person side; the other store has it sealed.
    assert found(dumps[1:], {citizen.person_id.hex()}) == set()
    assert found(dumps[:1], {citizen.person_id.hex()}) != set()


def dump(postgres: Postgres, url: str) -> str:
    command = [str(postgres.programs / "pg_dump"), f"--dbname={url}", "--data-only"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
