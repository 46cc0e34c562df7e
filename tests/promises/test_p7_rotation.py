"""P7, for any schedule: no token is signed by a key that a platform that keeps to the rules could
not know, nor outlives its key's publication.
"""

import asyncio
import tempfile
from pathlib import Path

from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from idp.domain.signing_key import ALGORITHMS, Policy
from idp.storage import schema
from idp.storage.connect import connect
from tests.support import ready_made
from tests.support.key_world import MOST_NODES, World
from tests.support.time import SeededEntropy

MAX_AGES = st.sampled_from([0, 60, 600])
POLICIES = st.builds(
    Policy,
    jwks_max_age=MAX_AGES,
    margin=st.sampled_from([60, 300]),
    skew=st.sampled_from([0, 60]),
    longest_token=st.sampled_from([60, 600]),
)
SERVERS = st.integers(0, MOST_NODES - 1)
STEPS = st.one_of(
    st.tuples(st.just("wait"), st.sampled_from([1, 29, 61, 299, 301, 600, 700])),
    st.tuples(st.just("stage"), st.just(0)),
    st.tuples(st.just("retire"), SERVERS),
    st.tuples(st.just("stall"), SERVERS),
    st.tuples(st.just("hold_back"), SERVERS),
    st.tuples(st.just("kill"), SERVERS),
    st.tuples(st.just("start"), st.integers(-5, 5)),
    st.tuples(st.just("turn"), SERVERS),
    st.tuples(st.just("configure"), MAX_AGES),
)
Step = tuple[str, int]


async def take(world: World, step: Step) -> None:
    waiting = getattr(world, step[0])(step[1])
    if waiting is not None:
        await waiting
    await world.moment()


async def live(steps: list[Step], policy: Policy, *, proxy: int | None = None) -> World:
    """Live through the steps; everybody does all they may after each."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder, 'provider.db')}"
        ready_made.database(schema.Store.PROVIDER, url)
        database = connect(url, durable=False)
        await database.open()
        try:
            world = World(database, ready_made.keystore(SeededEntropy()), policy, proxy)
            for off in (-5, 5):
                await world.start(off)
            for step in steps:
                await take(world, step)
        finally:
            await database.close()
    return world


# Seldom drawn: a server that stands still while a key comes and takes over, a proxy that shows an
# older set for far longer than it may, and one that keeps what a server gave out before the setting
# was lowered.
STILL: list[Step] = [("stall", 1), ("stage", 0), *[("wait", 700)] * 3]
STUBBORN: list[Step] = [("stage", 0), *[("wait", 700)] * 5]
LOWERED: list[Step] = [
    ("wait", 1),
    ("configure", 0),
    *[("start", 0)] * 2,
    *[("kill", 0)] * 2,
    ("stage", 0),
    *[("wait", 299)] * 9,
]


@example(STILL, Policy(600, 60, 0, 60), None)
@example(STUBBORN, Policy(600, 60, 0, 60), 1500)
@example(LOWERED, Policy(600, 60, 0, 60), 0)
@given(st.lists(STEPS, min_size=8, max_size=30), POLICIES, st.sampled_from([None, 0, 1500]))
@settings(
    max_examples=50,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],  # to make a failing schedule shorter takes minutes
    report_multiple_bugs=False,
)
def test_no_schedule_makes_a_platform_that_keeps_to_the_rules_refuse_a_token(
    steps: list[Step], policy: Policy, proxy: int | None
):
    world = asyncio.run(live(steps, policy, proxy=proxy))
    assert (world.failures(), world.unsigned) == ([], 0)


def test_keys_do_change_in_this_world():
    """Or nothing would be shown above."""
    world = asyncio.run(live([("stage", 0), ("wait", 4000)] * 2, Policy(jwks_max_age=60)))
    assert len({token.kid for token in world.signed}) == 3
    assert len({kid for answer in world.answers for kid in answer.kids}) == len(ALGORITHMS) + 2
    assert (world.failures(), world.unsigned) == ([], 0)
