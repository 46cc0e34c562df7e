"""The rules of waiting: how long, and which recovery goes before which."""

import pytest

from idp.domain.clock import SECONDS_PER_DAY
from idp.domain.recovery import BY_CODE, KEPT_DAYS, Pending, pending

NOW = 1_767_225_600


@pytest.mark.parametrize("days", [0, 1, 7, 30])
def test_a_passkey_waits_to_the_second(days: int):
    wait = pending(BY_CODE, NOW, days)
    assert not wait.is_due(NOW + days * SECONDS_PER_DAY - 1)
    assert wait.is_due(NOW + days * SECONDS_PER_DAY)
    assert wait.lapses_day == NOW // SECONDS_PER_DAY + days + KEPT_DAYS


@pytest.mark.parametrize(
    ("waiting", "new", "yields"),
    [
        ("code", "code", False),
        ("code", "in_person", True),
        ("in_person", "code", False),
        ("in_person", "in_person", False),
        ("in_person", "upstream", False),
    ],
)
def test_only_a_proof_goes_before_a_code(waiting: str, new: str, yields: bool):
    """Nobody restarts the clock, or puts a passkey of theirs in the place of another's."""
    assert Pending(waiting, NOW, NOW).yields_to(new) is yields
