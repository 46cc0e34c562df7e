from itertools import pairwise

from idp.domain.assurance import Assurance


def test_the_levels_are_in_the_order_of_the_regulation():
    assert [*map(str, Assurance)] == ["none", "low", "substantial", "high"]
    for lower, higher in pairwise(Assurance):
        assert higher.reaches(lower)
        assert lower.reaches(lower)
        assert not lower.reaches(higher)
