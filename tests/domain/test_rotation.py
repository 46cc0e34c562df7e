"""What comes next for each algorithm, and when (promise P7)."""

from msgspec.structs import replace

from idp.domain.clock import SECONDS_PER_DAY
from idp.domain.node import Node
from idp.domain.rotation import Due, Schedule, Step, coming
from idp.domain.signing_key import ALGORITHMS, KeyState, Policy, SigningKey, Standing
from tests.support.values import NOW

POLICY, SCHEDULE = Policy(), Schedule(days=90, overlap_days=1)
STANDING = Standing(POLICY)
ACTIVE = SigningKey("a", "ES256", KeyState.ACTIVE, NOW, activated_at=NOW)
WAITS = SigningKey("w", "ES256", KeyState.PUBLISHED, NOW, seen_at=NOW)
RETIRED = SigningKey("r", "ES256", KeyState.RETIRED, NOW, activated_at=NOW, retired_at=NOW)
PERIOD = 90 * SECONDS_PER_DAY


def of_es256(
    *keys: SigningKey,
    standing: Standing = STANDING,
    schedule: Schedule = SCHEDULE,
    now: int = NOW,
) -> list[Due]:
    return [due for due in coming(keys, standing, schedule, now) if due.alg == "ES256"]


def test_every_algorithm_has_a_key_that_waits():
    steps = coming([ACTIVE, WAITS], STANDING, SCHEDULE, NOW)
    made = {due.alg for due in steps if (due.step, due.at) == (Step.STAGE, NOW)}
    assert made == set(ALGORITHMS) - {"ES256"}
    assert of_es256(ACTIVE) == [Due(Step.STAGE, "ES256", NOW)]


def test_the_key_that_waits_takes_over_after_the_period():
    assert of_es256(ACTIVE, WAITS) == [Due(Step.ACTIVATE, "ES256", NOW + PERIOD, "w")]


def test_it_takes_over_no_earlier_than_platforms_know_it():
    late = replace(WAITS, published_at=NOW + PERIOD, seen_at=None)
    ripe = NOW + PERIOD + POLICY.jwks_max_age + POLICY.margin
    assert of_es256(ACTIVE, late) == [Due(Step.ACTIVATE, "ES256", ripe, "w")]


def test_the_first_key_of_an_algorithm_signs_as_soon_as_platforms_know_it():
    ripe = NOW + POLICY.jwks_max_age + POLICY.margin
    assert of_es256(WAITS) == [Due(Step.ACTIVATE, "ES256", ripe, "w")]


def test_the_oldest_of_two_that_wait_takes_over():
    newer = replace(WAITS, kid="n", published_at=NOW + 1)
    assert of_es256(ACTIVE, WAITS, newer)[0].kid == "w"


def test_a_replaced_key_is_served_for_the_overlap_and_as_long_as_its_tokens_need():
    removals = [
        of_es256(ACTIVE, WAITS, RETIRED, schedule=Schedule(90, days))[0] for days in (0, 1, 30)
    ]
    assert [due.step for due in removals] == [Step.REMOVE] * 3
    forgotten = POLICY.forgotten_at(NOW)
    day, month = NOW + SECONDS_PER_DAY, NOW + 30 * SECONDS_PER_DAY
    assert [due.at for due in removals] == [forgotten, day, month]


def test_a_key_that_never_signed_leaves_at_once():
    withdrawn = replace(RETIRED, activated_at=None)
    assert of_es256(ACTIVE, WAITS, withdrawn)[0] == Due(Step.REMOVE, "ES256", NOW, "r")


def test_keys_that_never_change_by_themselves_have_nothing_to_come():
    assert coming([ACTIVE, WAITS, RETIRED], STANDING, Schedule(days=0), NOW + PERIOD * 9) == []


def test_a_key_that_no_node_has_is_withdrawn_when_it_is_ripe_and_another_is_made():
    ripe = NOW + POLICY.jwks_max_age + POLICY.margin

    def steps(now: int, *loaded: str, seen_at: int | None = None) -> list[Step]:
        node = Node("n", frozenset(loaded), 3600, NOW, seen_at or now)
        found = of_es256(ACTIVE, WAITS, standing=Standing(POLICY, (node,)), now=now)
        return [due.step for due in found]

    assert steps(ripe - 1) == [Step.ACTIVATE]
    assert steps(ripe) == [Step.WITHDRAW, Step.STAGE]
    assert steps(ripe, "w") == [Step.ACTIVATE]
    assert steps(ripe, seen_at=NOW) == [Step.ACTIVATE]  # nobody lives: nobody knows
