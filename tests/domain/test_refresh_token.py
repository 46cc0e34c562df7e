"""Chains of refresh tokens: what proves a token, and when a chain ends."""

import pytest

from idp.domain import base64url, grant, refresh_token
from idp.domain.clock import SECONDS_PER_DAY
from idp.domain.refresh_token import Chain, Lifetimes, Presented

GRANT, SEED = bytes(range(16)), b"s" * 32
NOW = 20_454 * SECONDS_PER_DAY + 3600
TODAY = 20_454
CHAIN = Chain(SEED, 3, NOW, TODAY, TODAY, TODAY + 365)


def test_a_token_says_whose_it_claims_to_be_and_the_seed_proves_it():
    for generation in (1, 2, 3):
        text = CHAIN.token(GRANT, generation)
        presented = refresh_token.read(text)
        assert presented == Presented(GRANT, generation)
        assert CHAIN.proves(text, presented)
    assert len({CHAIN.token(GRANT, n) for n in range(1, 50)}) == 49


@pytest.mark.parametrize(
    ("chain", "grant", "generation"),
    [
        (Chain(b"t" * 32, 3, NOW, TODAY, TODAY, TODAY + 365), GRANT, 3),
        (CHAIN, bytes(16), 3),
        (CHAIN, GRANT, 4),  # not given out yet
        (CHAIN, GRANT, 0),
    ],
)
def test_what_the_chain_has_not_given_out_is_not_proved(
    chain: Chain, grant: bytes, generation: int
):
    text = chain.token(grant, generation)
    assert not CHAIN.proves(text, Presented(GRANT, generation))


@pytest.mark.parametrize("text", ["", "x", "A" * 69, "A" * 71, "!" * 70, "A" * 69 + "B", "é" * 70])
def test_what_is_of_another_form_is_no_token(text: str):
    with pytest.raises(ValueError, match=r"base64url|as long as"):
        refresh_token.read(text)


def test_a_token_is_52_bytes_in_base64url():
    assert len(base64url.decode(CHAIN.token(GRANT))) == 52


@pytest.mark.parametrize(
    ("generation", "later", "honoured"),
    [(3, 10**9, True), (2, 19, True), (2, 20, False), (1, 0, False), (2, -5, True)],
)
def test_the_live_token_and_for_a_moment_the_one_before(
    generation: int, later: int, honoured: bool
):
    assert CHAIN.honours(generation, now=NOW + later, grace_seconds=10) == honoured


@pytest.mark.parametrize(
    ("used", "idle", "days", "ends"),
    [
        (0, 30, 365, 31),
        (100, 30, 365, 131),
        (340, 30, 365, 365),
        (0, 365, 40, 40),
        (39, 1, 40, 40),
    ],
)
def test_it_ends_on_a_whole_day_by_disuse_or_by_age(used: int, idle: int, days: int, ends: int):
    lifetimes = Lifetimes(idle, days)
    chain = lifetimes.begin(SEED, NOW, consent_day=None)
    assert chain is not None
    now = NOW + used * SECONDS_PER_DAY
    assert lifetimes.expires_at(chain.rotated(now), now) == (TODAY + ends) * SECONDS_PER_DAY


def test_a_login_at_the_end_of_its_last_day_has_its_access_token_for_as_long_as_any():
    lifetimes, late = Lifetimes(), (TODAY + 1) * SECONDS_PER_DAY - 30
    chain = lifetimes.begin(SEED, late, consent_day=TODAY + 1)
    assert chain is not None
    assert lifetimes.expires_at(chain, late) >= late + grant.ACCESS_TOKEN_SECONDS


@pytest.mark.parametrize(("consent", "ends"), [(TODAY + 5, 5), (TODAY + 500, 365)])
def test_it_never_outlives_its_consent(consent: int, ends: int):
    chain = Lifetimes(idle_days=365).begin(SEED, NOW, consent_day=consent)
    assert chain is not None
    assert chain.until_day == TODAY + ends


def test_none_is_begun_on_a_consent_that_has_ended():
    assert Lifetimes().begin(SEED, NOW, consent_day=TODAY) is None
