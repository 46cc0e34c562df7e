"""When a network ID may be renewed."""

from msgspec.structs import replace

from idp.domain.pseudonym import RENEWAL_DAYS, Pseudonym

DRAWN = Pseudonym("N" * 25, b"p" * 16, "platform:shop", since_day=100)


def test_a_network_id_never_renewed_may_be_renewed_at_once():
    assert DRAWN.renewable_day() == 100


def test_a_renewed_one_may_be_renewed_after_the_period_and_not_before():
    assert replace(DRAWN, renewed_day=200).renewable_day() == 200 + RENEWAL_DAYS
    assert replace(DRAWN, renewed_day=200).renewable_day(period=7) == 207
