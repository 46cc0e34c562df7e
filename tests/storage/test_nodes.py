"""Server processes that are alive, or were not long ago."""

from idp.domain.node import Node
from idp.storage import nodes
from idp.storage.database import Database
from tests.support.values import NOW


async def test_a_node_that_was_heard_of_long_ago_is_forgotten(database: Database):
    for at in (NOW, NOW + 10):
        await nodes.beat(database, Node(f"n{at}", frozenset({"b", "a"}), 3600, at, at))
    await nodes.beat(database, Node(f"n{NOW}", frozenset({"c"}), 60, NOW + 5, NOW + 5))
    found = await nodes.everyone(database)
    assert [(one.id, sorted(one.loaded), one.jwks_max_age) for one in found] == [
        (f"n{NOW}", ["c"], 60),
        (f"n{NOW + 10}", ["a", "b"], 3600),
    ]
    assert found[0].started_at == NOW
    assert await nodes.prune(database, before=NOW + 6, after=NOW + 10, batch=10) == 1
    assert [one.id for one in await nodes.everyone(database)] == [f"n{NOW + 10}"]


async def test_a_node_whose_clock_was_a_year_ahead_holds_no_rotation_up(database: Database):
    await nodes.beat(database, Node("ahead", frozenset(), 3600, NOW, NOW + 365 * 86400))
    await nodes.beat(database, Node("right", frozenset(), 3600, NOW, NOW))
    assert await nodes.prune(database, before=NOW - 86400, after=NOW + 86400, batch=10) == 1
    assert [one.id for one in await nodes.everyone(database)] == ["right"]
