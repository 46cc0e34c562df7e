"""What one server changes every other one knows within two seconds, or it does nothing at all."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from msgspec.structs import replace

from idp.domain.signing_key import KeyState
from idp.domain.throttle import Act
from idp.keystore.memory import MemoryKeystore
from idp.services.changes import SECONDS, Changes, Kind
from idp.services.resources import Resources
from idp.storage import changes as storage
from idp.storage import clients, signing_keys
from idp.storage.database import Database, Unavailable
from tests.support.logins import Platform
from tests.support.provider import Provider, running
from tests.support.time import FrozenClock, SeededEntropy

DIALECTS = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]
MARGIN = 5 * 60


@pytest.fixture(params=DIALECTS)
def urls(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, str]:
    """Both databases of an instance that several servers have in common."""
    if request.param == "sqlite":
        names = {"database_url": "provider", "enrolment_database_url": "enrolment"}
        return {key: f"sqlite:///{tmp_path / name}.db" for key, name in names.items()}
    url = request.getfixturevalue("postgres").new_database()
    return {"database_url": url, "enrolment_database_url": url}


@pytest_asyncio.fixture
async def servers(
    urls: dict[str, Any], tmp_path: Path, keystore: MemoryKeystore
) -> AsyncIterator[tuple[Provider, Provider]]:
    """Two that have begun as servers do; the second one's clock is what a test moves."""
    given: dict[str, Any] = {"keystore": keystore, "sandbox": True} | urls
    async with (
        running(tmp_path, entropy=SeededEntropy(1), **given) as first,
        running(tmp_path, entropy=SeededEntropy(2), **(given | {"sandbox": False})) as second,
    ):
        for one in (first, second):
            await one.services.changes.look()
            await one.services.key_lives.keep_up()
        yield first, second


async def at_the_other(servers: tuple[Provider, Provider], platform: Platform) -> int:
    """The status of a request for a login at the second server."""
    return (await servers[1].browser().get(platform.address())).status


async def pass_by(servers: tuple[Provider, Provider], how: str) -> None:
    """Two seconds in which a server has looked by itself, or in which it stood still."""
    servers[1].clock.advance(SECONDS - 1 if how == "it looked" else SECONDS)
    if how == "it looked":
        await servers[1].services.changes.look()


@pytest.mark.parametrize("how", ["it looked", "it stood still"])
async def test_a_disabled_client_is_refused_everywhere(
    servers: tuple[Provider, Provider], how: str
):
    platform = await Platform.register(servers[0])
    assert await at_the_other(servers, platform) == 303
    await servers[0].services.client_changes.disable(platform.client_id)
    await pass_by(servers, how)
    assert await at_the_other(servers, platform) == 400
    await servers[0].services.client_changes.enable(platform.client_id)
    await pass_by(servers, how)
    assert await at_the_other(servers, platform) == 303


async def give_up(server: Provider, alg: str) -> None:
    """Have another key sign, and give up the one that did."""
    lives, now = server.services.key_lives, server.clock.now()
    new = await lives.stage(alg)
    (old,) = [k for k in await lives.everyone() if (k.alg, k.state) == (alg, KeyState.ACTIVE)]
    async with server.parts.database.transaction() as transaction:
        assert await signing_keys.move(transaction, old, old.compromised(now))
        active = replace(new, state=KeyState.ACTIVE, activated_at=now)
        assert await signing_keys.move(transaction, new, active)


@pytest.mark.parametrize("how", ["it looked", "it stood still"])
async def test_what_a_stolen_key_signed_is_refused_everywhere(
    servers: tuple[Provider, Provider], how: str
):
    platform = await Platform.register(servers[0], id_token_signed_response_alg="ES256")
    token = (await platform.tokens(servers[0].browser()))["access_token"]
    request = ("/userinfo", {"authorization": f"Bearer {token}"})
    assert (await servers[1].browser().get(*request)).status == 200

    await give_up(servers[0], "ES256")
    await pass_by(servers, how)
    answer = await servers[1].browser().get(*request)
    assert (answer.status, 'error="invalid_token"' in answer.headers["www-authenticate"]) == (
        401,
        True,
    )
    await servers[0].services.key_lives.load()
    again = (await platform.tokens(servers[0].browser()))["access_token"]
    request = ("/userinfo", {"authorization": f"Bearer {again}"})
    assert (await servers[1].browser().get(*request)).status == 200


async def test_code_of_an_older_version_moves_the_version_too(servers: tuple[Provider, Provider]):
    """A statement that knows of no versions, as an older server's during an update."""
    database, platform = servers[0].parts.database, await Platform.register(servers[0])
    before = await storage.find(database)
    await clients.disable(database, platform.client_id, now=servers[0].clock.now())
    after = await storage.find(database)
    assert after[Kind.CLIENTS] != before[Kind.CLIENTS]
    assert after.get(Kind.KEYS) == before.get(Kind.KEYS)


async def test_what_is_rolled_back_moves_nothing(servers: tuple[Provider, Provider]):
    database, platform = servers[0].parts.database, await Platform.register(servers[0])
    before = await storage.find(database)

    async def fail() -> None:
        async with database.transaction() as transaction:
            await clients.disable(transaction, platform.client_id, now=1)
            raise LookupError

    with pytest.raises(LookupError):
        await fail()
    assert await storage.find(database) == before


async def test_a_client_that_changes_while_it_is_read_is_not_kept(
    servers: tuple[Provider, Provider], monkeypatch: pytest.MonkeyPatch
):
    first, second = servers
    platform = await Platform.register(first)
    find = clients.find

    async def slowly(database: Database, client_id: str) -> Any:
        row = await find(database, client_id)
        patched.undo()
        await first.services.client_changes.disable(platform.client_id)
        await second.services.changes.look()
        return row

    with monkeypatch.context() as patched:
        patched.setattr(clients, "find", slowly)
        assert await second.services.clients.known(platform.client_id) is not None
    found = await second.services.clients.known(platform.client_id)
    assert found is not None
    assert found.disabled


async def test_while_the_database_is_away_nothing_that_may_be_over_is_used(
    servers: tuple[Provider, Provider],
):
    platform = await Platform.register(servers[0])
    second = servers[1]
    assert await second.services.clients.find(platform.client_id) is not None

    class Away:
        async def all(self, *_: object, **__: object) -> list[Any]:
            raise Unavailable("away")

    second.services.changes._database = Away()  # type: ignore[assignment]
    assert await second.services.clients.find(platform.client_id) is not None
    second.clock.advance(SECONDS)
    with pytest.raises(Unavailable):
        await second.services.clients.find(platform.client_id)
    assert (await second.browser().get(platform.address())).status == 503
    second.services.changes._database = second.parts.database
    assert await second.services.clients.find(platform.client_id) is not None


async def test_who_follows_and_fails_is_told_again():
    told: list[int] = []

    class Moving:
        async def all(self, *_: object, **__: object) -> list[Any]:
            return [{"kind": "clients", "version": self.version}]

        version = 1

    moving, clock = Moving(), FrozenClock()
    changes = Changes(moving, clock)  # type: ignore[arg-type]

    async def follower() -> None:
        told.append(moving.version)
        if len(told) == 1:
            raise Unavailable("away")

    changes.follow(Kind.CLIENTS, follower)
    await changes.look()
    moving.version = 2
    clock.advance(SECONDS)
    with pytest.raises(Unavailable):
        await changes.current()
    assert not changes.fresh
    await changes.current()
    await changes.current()
    assert (told, changes.fresh) == ([2, 2], True)


async def test_what_was_read_holds_from_before_it_was_asked_for_and_by_no_clock_that_went_back():
    clock = FrozenClock()

    class Slow:
        async def all(self, *_: object, **__: object) -> list[Any]:
            clock.advance(self.seconds)
            return []

        seconds = SECONDS

    slow = Slow()
    changes = Changes(slow, clock)  # type: ignore[arg-type]
    await changes.look()
    assert not changes.fresh
    slow.seconds = 0
    await changes.look()
    fresh = [changes.fresh]
    changes._clock = FrozenClock()
    assert [*fresh, changes.fresh] == [True, False]


async def test_a_version_that_is_lower_is_another_one():
    """On PostgreSQL it is a transaction's number, and who began first may end last."""
    told: list[int] = []

    class Moving:
        async def all(self, *_: object, **__: object) -> list[Any]:
            return [{"kind": "clients", "version": self.version}]

        version = 2

    moving = Moving()
    changes = Changes(moving, FrozenClock())  # type: ignore[arg-type]
    changes.follow(Kind.CLIENTS, lambda: told.append(moving.version))
    await changes.look()
    moving.version = 1
    await changes.look()
    assert told == [1]


async def test_a_catalogue_that_changes_while_it_is_read_is_not_kept(
    servers: tuple[Provider, Provider], monkeypatch: pytest.MonkeyPatch
):
    services, find = servers[1].services, clients.resource_servers
    database = servers[1].parts.database
    resources = Resources(database, services.changes, issuer="https://id.example", sandbox=False)

    async def slowly(database: Database) -> Any:
        rows = await find(database)
        resources.forget()
        return rows

    monkeypatch.setattr(clients, "resource_servers", slowly)
    first = await resources.catalogue()
    monkeypatch.undo()
    second = await resources.catalogue()
    assert first is not second
    assert await resources.catalogue() is second


async def test_a_server_that_stood_still_tags_nothing_under_versions_that_may_be_over(
    servers: tuple[Provider, Provider],
):
    """Something spent under a version that the others look for no more could be spent again."""
    second = servers[1]
    throttle = second.services.throttle
    caller = throttle.caller("a browser", "10.0.0.1", [])
    second.clock.advance(MARGIN)
    await throttle.count(Act.PASSKEY, caller)
    second.clock.advance(1)
    with pytest.raises(Unavailable, match="versions of our secrets"):
        await throttle.count(Act.PASSKEY, caller)
    await second.services.key_lives.keep_up()
    await throttle.count(Act.PASSKEY, caller)
