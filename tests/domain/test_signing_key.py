"""A key's life: each step in its turn and not before its time (promise P7)."""

from dataclasses import replace

import pytest

from idp.domain.grant import ACCESS_TOKEN_SECONDS, ID_TOKEN_SECONDS
from idp.domain.signing_key import (
    JWKS_MAX_AGE_SECONDS,
    KeyState,
    SigningKey,
    TooEarly,
    WrongStep,
)
from tests.support.values import NOW

PUBLISHED = SigningKey("kid", "ES256", KeyState.PUBLISHED, published_at=NOW)


def test_a_key_signs_only_after_every_cache_of_before_has_ended():
    first = NOW + JWKS_MAX_AGE_SECONDS + 5 * 60
    with pytest.raises(TooEarly) as refused:
        PUBLISHED.activated(first - 1)
    assert refused.value.since == first
    assert PUBLISHED.activated(first).state is KeyState.ACTIVE


def test_a_key_is_served_until_the_last_token_that_it_signed_has_died():
    retired = replace(PUBLISHED, state=KeyState.ACTIVE, activated_at=NOW).retired(NOW)
    last = NOW + max(ACCESS_TOKEN_SECONDS, ID_TOKEN_SECONDS) + JWKS_MAX_AGE_SECONDS + 60
    with pytest.raises(TooEarly):
        retired.removed(last - 1)
    assert retired.removed(last).state is KeyState.REMOVED


@pytest.mark.parametrize("state", KeyState)
def test_no_step_is_left_out(state: KeyState):
    key, far = replace(PUBLISHED, state=state, retired_at=NOW), NOW + 10**9
    steps = {
        KeyState.PUBLISHED: key.activated,
        KeyState.ACTIVE: key.retired,
        KeyState.RETIRED: key.removed,
    }
    for before, step in steps.items():
        if before is not state:
            with pytest.raises(WrongStep):
                step(far)
