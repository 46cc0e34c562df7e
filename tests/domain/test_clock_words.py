"""How long it is till something, in words for an operator."""

import pytest

from idp.domain.clock import SECONDS_PER_DAY, till


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-5, "now"),
        (0, "now"),
        (1, "in 1 minute"),
        (61, "in 2 minutes"),
        (7199, "in 120 minutes"),
        (7200, "in 2 hours"),
        (2 * SECONDS_PER_DAY - 1, "in 47 hours"),
        (90 * SECONDS_PER_DAY - 1, "in 89 days"),
    ],
)
def test_whoever_comes_when_it_is_told_is_not_much_too_early(seconds: int, words: str) -> None:
    assert till(seconds) == words
