"""A database that cannot answer now says so by one exception, and works again afterwards."""

import asyncio
import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from idp.storage import group, people, replays, revisions, schema
from idp.storage.connect import connect
from idp.storage.database import Database, Unavailable, Use
from idp.storage.pool import Limits
from idp.storage.sqlite_errors import is_busy
from tests.storage.conftest import Opening, Place, sqlite_place
from tests.support import ready_made
from tests.support.postgres import Postgres
from tests.support.rows import NOW, add_person, unique


async def spend(database: Database) -> bool:
    return await replays.spend(database, unique(32), expires_at=NOW + 60)


@pytest.fixture
async def file(tmp_path: Path, open_node: Opening) -> Database:
    place = await asyncio.to_thread(sqlite_place, tmp_path)
    return await open_node(place.provider)


@pytest.fixture
async def server(postgres_place: Place, open_node: Opening) -> Database:
    return await open_node(postgres_place.provider)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(group, "WAIT_SECONDS", 0.05)


async def test_a_file_that_stays_locked_is_unavailable_for_writing_only(
    file: Database, impatient: None, tmp_path: Path
):
    person_id = await add_person(file)
    other = sqlite3.connect(tmp_path / "provider.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(Unavailable):
        await spend(file)
    assert await people.find(file, person_id) is not None

    other.execute("COMMIT")
    other.close()
    assert await spend(file)


async def test_waiting_for_a_lock_lets_everybody_else_go_on(file: Database, tmp_path: Path):
    other = sqlite3.connect(tmp_path / "provider.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    waiting = asyncio.ensure_future(spend(file))

    for _ in range(5):
        await asyncio.wait_for(people.count(file, sandbox=True), 1)
        await asyncio.sleep(0.01)
    assert not waiting.done()

    other.execute("COMMIT")
    other.close()
    assert await waiting


async def test_a_transaction_that_hangs_here_does_not_hang_the_next_for_ever(
    file: Database, impatient: None
):
    async with file.transaction():
        with pytest.raises(Unavailable):
            await asyncio.wait_for(spend(file), 2)
    assert await spend(file)


async def test_a_file_that_cannot_be_opened_is_unavailable(tmp_path: Path):
    nowhere = connect(f"sqlite:///{tmp_path / 'no such folder' / 'provider.db'}")
    with pytest.raises(Unavailable):
        await nowhere.open()
    with pytest.raises(Unavailable):
        schema.upgrade(schema.Store.PROVIDER, f"sqlite:///{tmp_path / 'nowhere' / 'p.db'}")


async def test_a_file_that_is_locked_for_a_moment_is_waited_for_while_it_is_opened(tmp_path: Path):
    place = await asyncio.to_thread(sqlite_place, tmp_path)
    other = sqlite3.connect(tmp_path / "provider.db", isolation_level=None)
    other.execute("PRAGMA journal_mode=DELETE")  # as a file may be that we have not opened yet
    other.execute("BEGIN EXCLUSIVE")
    node = connect(place.provider)
    opening = asyncio.ensure_future(node.open())
    await asyncio.sleep(0.01)
    assert not opening.done()

    other.execute("COMMIT")
    other.close()
    await opening
    assert await spend(node)
    await node.close()


def test_whoever_writes_keeps_nobody_from_asking_for_the_revision(tmp_path: Path):
    place = sqlite_place(tmp_path)
    schema.upgrade(schema.Store.PROVIDER, place.provider)
    other = sqlite3.connect(tmp_path / "provider.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    assert schema.current(schema.Store.PROVIDER, place.provider) is not None
    other.close()


@pytest.mark.parametrize(
    "code", [sqlite3.SQLITE_BUSY, sqlite3.SQLITE_BUSY_RECOVERY, sqlite3.SQLITE_LOCKED]
)
def test_a_log_that_is_being_recovered_is_a_lock_that_will_be_given_back(code: int):
    error = sqlite3.OperationalError("database is locked")
    error.sqlite_errorcode = code
    assert is_busy(error)

    error.sqlite_errorcode = sqlite3.SQLITE_FULL
    assert not is_busy(error)


async def test_a_server_that_is_not_there_is_unavailable(tmp_path: Path):
    nowhere = connect(f"postgresql://postgres@/test?host={tmp_path}")
    with pytest.raises(Unavailable):
        await nowhere.open()


def test_a_server_that_is_not_there_has_no_schema_to_tell(tmp_path: Path):
    with pytest.raises(Unavailable):
        schema.current(schema.Store.PROVIDER, f"postgresql://postgres@/test?host={tmp_path}")
    with pytest.raises(Unavailable):
        revisions.standing(schema.Store.PROVIDER, f"postgresql://postgres@/test?host={tmp_path}")


@pytest.mark.postgres
def test_a_database_that_was_never_made_has_no_schema_to_tell(postgres_url: str):
    with pytest.raises(Unavailable):
        schema.current(schema.Store.PROVIDER, postgres_url.replace("test_", "no_such_"))
    with pytest.raises(Unavailable):
        revisions.standing(schema.Store.PROVIDER, postgres_url.replace("test_", "no_such_"))


@pytest.mark.postgres
async def test_who_may_not_look_is_told_so_in_one_word(postgres: Postgres):
    """The server's own words name the database, the table and the role."""
    url = postgres.new_database()
    ready_made.database(schema.Store.PROVIDER, url)
    stranger = url.replace("//postgres@", "//stranger@")
    connection: Any = await asyncpg.connect(url)
    database = url.partition("?")[0].rpartition("/")[2]
    for change in (
        "CREATE ROLE stranger LOGIN",
        f"REVOKE CONNECT ON DATABASE {database} FROM PUBLIC",
    ):
        await connection.execute(change)
        with pytest.raises(Unavailable, match=r"^InsufficientPrivilegeError$"):
            await asyncio.to_thread(revisions.standing, schema.Store.PROVIDER, stranger)
    await connection.close()


@pytest.mark.postgres
async def test_a_database_that_was_never_made_is_unavailable(postgres_url: str):
    nowhere = connect(postgres_url.replace("test_", "no_such_"))
    with pytest.raises(Unavailable):
        await nowhere.open()


async def eventually(database: Database) -> bool:
    """Try for at most three seconds."""
    for _ in range(30):
        with suppress(Unavailable):
            return await spend(database)
        await asyncio.sleep(0.1)
    return False


@pytest.mark.postgres
async def test_connections_lost_between_statements_are_replaced(
    server: Database, postgres_url: str
):
    assert await spend(server)
    await cut_all_connections(postgres_url)
    # The server ends them in its own time: until it has, one statement more or less meets them.
    assert await eventually(server)


@pytest.mark.postgres
async def test_a_connection_lost_within_a_transaction_leaves_nothing(
    server: Database, postgres_url: str
):
    person_id = unique()

    async def lose() -> None:
        async with server.transaction() as transaction:
            await add_person(transaction, id=person_id)
            await cut_all_connections(postgres_url)
            await add_person(transaction)

    with pytest.raises(Unavailable):
        await lose()
    assert await people.find(server, person_id) is None


@pytest.mark.postgres
async def test_a_statement_that_hangs_is_given_up(postgres_place: Place, open_node: Opening):
    first = await open_node(postgres_place.provider)
    second = await open_node(postgres_place.provider, Limits(statement_seconds=0.2))
    person_id = await add_person(first)
    async with first.transaction() as transaction:
        await people.set_status(transaction, person_id, "suspended", None)
        with pytest.raises(Unavailable):
            await people.set_status(second, person_id, "active", None)
    assert await people.set_status(second, person_id, "active", None)


@pytest.mark.postgres
async def test_a_pool_that_is_used_up_is_unavailable(postgres_place: Place, open_node: Opening):
    node = await open_node(postgres_place.provider, Limits(connections=1, wait_seconds=0.1))
    async with node.transaction():
        with pytest.raises(Unavailable):
            await spend(node)
    assert await spend(node)


@pytest.mark.postgres
@pytest.mark.parametrize("within", [True, False])
async def test_who_is_cut_in_the_middle_of_a_statement_leaves_the_answer_to_nobody(
    postgres_place: Place, open_node: Opening, within: bool
):
    first = await open_node(postgres_place.provider)
    second = await open_node(postgres_place.provider, Limits(connections=1))
    person_id, other = await add_person(first), await add_person(first)

    async def suspend() -> None:
        if not within:
            await people.set_status(second, person_id, "suspended", None)
            return
        async with second.transaction() as transaction:
            await people.set_status(transaction, other, "suspended", None)
            await people.set_status(transaction, person_id, "suspended", None)

    async with first.transaction() as transaction:
        await people.set_status(transaction, person_id, "active", None)
        hanging = asyncio.ensure_future(suspend())
        await asyncio.sleep(0.05)
        hanging.cancel()
        with pytest.raises(asyncio.CancelledError):
            await hanging
        row = await people.find(second, other)
        assert (row and row["id"], row and row["status"]) == (other, "active")
    assert second.use() == Use(0, 1, 0)


@pytest.mark.postgres
async def test_a_transaction_in_which_a_statement_failed_is_not_taken_for_done(server: Database):
    person_id = await add_person(server)

    async def overlook() -> None:
        async with server.transaction() as transaction:
            with suppress(Exception):
                await add_person(transaction, id=person_id)

    with pytest.raises(Unavailable):
        await overlook()
    assert await spend(server)


@pytest.mark.postgres
async def test_the_one_that_writes_is_found_among_several(
    postgres_place: Place, open_node: Opening, tmp_path: Path
):
    folder = postgres_place.provider.partition("host=")[2]
    several = f"host={tmp_path},{folder}&port=5432,5432&target_session_attrs=read-write"
    url = f"{postgres_place.provider.partition('?')[0]}?{several}"
    assert await spend(await open_node(url))
    newest = schema.newest(schema.Store.PROVIDER)
    assert await asyncio.to_thread(schema.current, schema.Store.PROVIDER, url) == newest


@pytest.mark.postgres
async def test_of_two_nodes_in_a_deadlock_one_gives_way(postgres_place: Place, open_node: Opening):
    nodes = [await open_node(postgres_place.provider) for _ in range(2)]
    ids = [await add_person(nodes[0]) for _ in range(2)]
    both = asyncio.Barrier(2)

    async def suspend(node: Database, first: bytes, second: bytes) -> None:
        async with node.transaction() as transaction:
            await people.set_status(transaction, first, "suspended", None)
            await both.wait()
            await people.set_status(transaction, second, "suspended", None)

    ended = await asyncio.gather(
        suspend(nodes[0], ids[0], ids[1]),
        suspend(nodes[1], ids[1], ids[0]),
        return_exceptions=True,
    )

    assert sorted(type(result).__name__ for result in ended) == ["NoneType", "Unavailable"]


async def cut_all_connections(url: str) -> None:
    connection: Any = await asyncpg.connect(url)
    await connection.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    await connection.close()
