from idp.storage import health
from idp.storage.database import Database


async def test_a_database_that_is_there_is_well(database: Database, store: Database):
    await health.check(database)
    await health.check(store)
