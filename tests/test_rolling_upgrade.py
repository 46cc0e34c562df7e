"""This code on the schema of the next: whatever a migration may add, sign-ins go on under it."""

import asyncio
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations

from idp import app as joining
from idp.domain.activity import OLD_SLOT, SLOTS
from idp.services import housekeeping
from idp.storage import activity, health, revisions, schema
from idp.storage.schema import Store
from tests.support.provider import Provider, running
from tests.support.refreshing import connect, register

DIALECTS = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]
PARTITIONS = {activity.partition(slot) for slot in range(OLD_SLOT, SLOTS + 1)}
FUTURE = "9999_only_adds"


def expand(store: Store, url: str) -> None:
    """Add all that a revision may add that says it only expands, to every table there is."""

    def change(connection: sa.Connection) -> None:
        operations = Operations(MigrationContext.configure(connection))
        for name in sa.inspect(connection).get_table_names():
            if name in PARTITIONS or name == schema.version_table(store):
                continue
            count = sa.Column("future_count", sa.Integer, nullable=False, server_default="0")
            operations.add_column(name, sa.Column("future_note", sa.Text))
            operations.add_column(name, count)
            operations.create_index(f"ix_{name}_future", name, ["future_note"])
        operations.create_table(f"{store}_future", sa.Column("id", sa.Text, primary_key=True))
        table = revisions.version_rows(store)
        connection.execute(table.update().values(version_num=FUTURE))

    schema.run(url, change)


async def signs_in(provider: Provider) -> None:
    connection = await connect(await register(provider), provider.browser())
    assert await connection.is_alive()
    assert await connection.is_honoured()
    await connection.refresh()


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_servers_of_this_version_go_on_and_start_while_the_next_has_expanded_the_schema(
    dialect: str, tmp_path: Path, request: pytest.FixtureRequest
):
    urls = {}
    if dialect == "postgresql":
        urls["database_url"] = request.getfixturevalue("postgres").new_database()
        urls["enrolment_database_url"] = request.getfixturevalue("postgres").new_database()
    async with running(tmp_path, **urls) as provider:
        settings = provider.parts.settings
        await signs_in(provider)
        for store, url in (
            (Store.PROVIDER, settings.database_url),
            (Store.ENROLMENT, settings.enrolment_database_url),
        ):
            await asyncio.to_thread(expand, store, url)
        await signs_in(provider)
        await asyncio.to_thread(joining.check_schema, settings)
        seen = health.Revision(Store.PROVIDER)
        assert await seen.serves(provider.parts.database)
        await housekeeping.prune(provider.parts.database, provider.clock, activity_days=90)
