"""Taking a yes back while its platform refreshes, signs in and gives back: it is over, unlocked."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from idp.domain.refusal import Refusal
from tests.support import pushing, refreshing
from tests.support.accounts import Somebody, somebody
from tests.support.logins import Platform, basic
from tests.support.provider import Provider, running
from tests.support.refreshing import Connection

if TYPE_CHECKING:
    from tests.support.postgres import Postgres


@pytest_asyncio.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
async def provider(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Provider]:
    urls: dict[str, str] = {}
    if request.param == "postgresql":
        postgres: Postgres = request.getfixturevalue("postgres")
        urls = {
            name: postgres.new_database() for name in ("database_url", "enrolment_database_url")
        }
    async with running(
        tmp_path,
        database_url=urls.get("database_url"),
        enrolment_database_url=urls.get("enrolment_database_url"),
    ) as started:
        yield started


def session(owner: Somebody) -> str:
    return next(value for name, value in owner.browser.cookies.items() if name.endswith("session"))


async def silently(owner: Somebody, platform: Platform) -> None:
    """A pushed login on the consent that is remembered, here or at the other own service."""
    uri = await pushing.request_uri(platform, prompt="none")
    sent = {"client_id": platform.client_id, "request_uri": uri}
    await owner.provider.services.authorize.begin(sent, session(owner), browser="a browser")


async def refresh(connection: Connection) -> None:
    assert (await connection.platform.refresh(connection.live)).status < 500


async def give_back(connection: Connection) -> None:
    client, form = connection.platform, {"token": connection.live}
    headers = basic(client.client_id, client.secret)
    answer = await client.provider.browser().post("/revoke", form, headers=headers)
    assert answer.status < 500


@pytest.mark.parametrize("renewing", [False, True])
async def test_what_is_taken_back_is_over_whatever_its_platform_does_meanwhile(
    provider: Provider, renewing: bool
):
    owner, services = await somebody(provider), provider.services
    own = [
        await refreshing.register(
            provider,
            platform="one",
            first_party=True,
            backchannel_logout_uri=f"https://shop.example/{number}",
        )
        for number in range(2)
    ]
    connections = [await refreshing.connect(one, owner.browser, remember=True) for one in own]
    [there] = await services.platforms.everyone(owner.person_id)
    account = await services.sessions.find(session(owner))
    assert account is not None
    racing = [act for one in connections for act in (refresh(one), silently(owner, one.platform))]
    racing += [refresh(one) for one in connections * 3]
    withdrawing = [
        services.platforms.withdraw(owner.person_id, there.slug, one.client_id) for one in own
    ]
    if renewing:
        racing += [give_back(connections[0])]
        renewal = services.platforms.renew(account, there.slug)
        done = await asyncio.gather(*racing, renewal, *withdrawing, return_exceptions=True)
    else:
        done = await asyncio.gather(*racing, *withdrawing, return_exceptions=True)
    failed = [one for one in done if isinstance(one, BaseException)]
    assert [one for one in failed if not isinstance(one, Refusal)] == []
    for one in connections:
        answer = await one.platform.refresh(one.live)
        assert refreshing.refused(answer) in {"refresh_token_revoked", "refresh_token_unknown"}
        assert not await one.is_honoured()
