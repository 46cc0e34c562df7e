"""An invitation for three clients is one for three, however many ask at once, on both databases."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from idp.domain.audit import Act, Via
from idp.services import housekeeping
from idp.services.registered import Origin
from idp.storage import registration_tokens
from tests.support.internet import Internet
from tests.support.provider import running
from tests.support.registering import Registrant, update

if TYPE_CHECKING:
    from tests.support.postgres import Postgres


@pytest_asyncio.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
async def registrant(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Registrant]:
    url = None
    if request.param == "postgresql":
        postgres: Postgres = request.getfixturevalue("postgres")
        url = postgres.new_database()
    internet = Internet()
    async with running(
        tmp_path, database_url=url, internet=internet, registration="token"
    ) as started:
        yield Registrant(started, internet)


async def test_p8_an_invitation_is_counted_down_by_one_statement(registrant: Registrant):
    token = await registrant.invitation("corner-shop", uses=3)
    answers = await asyncio.gather(*(registrant.register(token) for _ in range(12)))
    assert sorted(answer.status for answer in answers) == [201] * 3 + [401] * 9
    every = await registrant.provider.services.clients.everyone()
    assert [one.origin for one in every] == [Origin.TOKEN] * 3


async def test_an_invitation_leaves_when_it_has_ended(registrant: Registrant):
    await registrant.invitation("corner-shop")
    live = await registrant.invitation("corner-shop")
    database, clock = registrant.provider.parts.database, registrant.provider.clock
    assert await registration_tokens.prune(database, now=clock.now() + 3599, batch=9) == 0
    await housekeeping.prune(database, clock)
    assert (await registrant.register(live)).status == 201
    assert await registration_tokens.prune(database, now=clock.now() + 3600, batch=9) == 2


async def test_a_registration_is_managed_to_its_end(registrant: Registrant):
    """Each statement of the management endpoint, on each database."""
    told = await registrant.registered(await registrant.invitation("corner-shop"))
    public = update(told, token_endpoint_auth_method="none", client_secret=None)
    public.pop("platform")
    assert (await registrant.manage("PUT", told, public)).status == 200
    secret = public | {"token_endpoint_auth_method": "client_secret_post"}
    answer = await registrant.manage("PUT", told, secret)
    assert (answer.status, len(answer.json()["client_secret"])) == (200, 43)
    changes = registrant.provider.services.client_changes
    assert await changes.rotate_secret(told["client_id"])
    assert await changes.retire_secret(told["client_id"])
    updates = [registrant.manage("PUT", told, secret | {"client_name": n}) for n in "abcdef"]
    assert {answer.status for answer in await asyncio.gather(*updates)} == {200}
    assert (await registrant.manage("DELETE", told)).status == 204
    assert (await registrant.manage("PUT", told, secret)).status == 401
    assert await entries(registrant) == [
        (Act.REGISTRATION_TOKEN_MADE, "corner-shop", Via.COMMAND),
        (Act.CLIENT_ADDED, told["client_id"], Via.TOKEN),
        *[(Act.CLIENT_CHANGED, told["client_id"], Via.CLIENT)] * 2,
        (Act.CLIENT_SECRET_ROTATED, told["client_id"], Via.COMMAND),
        (Act.CLIENT_SECRET_RETIRED, told["client_id"], Via.COMMAND),
        *[(Act.CLIENT_CHANGED, told["client_id"], Via.CLIENT)] * 6,
        (Act.CLIENT_REMOVED, told["client_id"], Via.CLIENT),
    ]


async def entries(registrant: Registrant) -> list[tuple[Act, str | None, Via | None]]:
    """What the audit log holds, in its order."""
    found = await registrant.provider.services.operations.audit.page()
    return [(entry.act, entry.subject, entry.via) for entry in reversed(found)]
