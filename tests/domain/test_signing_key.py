"""A key's life: each step in its turn and not before its time (promise P7)."""

from typing import Any

import pytest
from msgspec.structs import replace

from idp.domain.grant import ACCESS_TOKEN_SECONDS, ID_TOKEN_SECONDS
from idp.domain.node import Node
from idp.domain.signing_key import (
    KeyState,
    NotLoaded,
    NotSeen,
    Policy,
    SigningKey,
    Standing,
    TooEarly,
    WrongStep,
)
from tests.support.values import NOW

POLICY = Policy()
HOUR, MARGIN = POLICY.jwks_max_age, POLICY.margin
RIPE = NOW + HOUR + MARGIN
PUBLISHED = SigningKey("kid", "ES256", KeyState.PUBLISHED, published_at=NOW, seen_at=NOW + 60)


def node(*loaded: str, seen_at: int = RIPE, max_age: int = HOUR) -> Node:
    return Node("node", frozenset(loaded), max_age, NOW - 10, seen_at)


READY = Standing(POLICY, (node("kid"),), seen=True)


def test_a_key_signs_only_after_every_cache_of_before_has_ended():
    with pytest.raises(TooEarly) as refused:
        PUBLISHED.activated(RIPE - 1, READY)
    assert refused.value.since == RIPE
    assert PUBLISHED.activated(RIPE, READY).state is KeyState.ACTIVE


@pytest.mark.parametrize("seen_at", [None, NOW])
@pytest.mark.parametrize("seen", [None, False])
def test_a_key_that_platforms_do_not_see_never_signs(seen_at: int | None, seen: bool | None):
    key = replace(PUBLISHED, seen_at=seen_at)
    with pytest.raises(NotSeen) as refused:
        key.activated(RIPE * 2, replace(READY, seen=seen))
    assert refused.value.since is None


def test_a_key_seen_now_and_never_before_does_not_sign_yet():
    with pytest.raises(NotSeen):
        replace(PUBLISHED, seen_at=None).activated(RIPE * 2, READY)


@pytest.mark.spec("RFC 9111 §5.1")
def test_who_fetched_through_a_cache_just_before_it_showed_the_key_may_keep_the_older_set():
    late = replace(PUBLISHED, seen_at=NOW + HOUR)
    with pytest.raises(TooEarly) as refused:
        late.activated(RIPE, READY)
    assert refused.value.since == NOW + 2 * HOUR


@pytest.mark.parametrize("seen_at", [RIPE, RIPE - MARGIN, RIPE + 5])
def test_a_key_waits_for_every_node_that_may_still_sign(seen_at: int):
    standing = Standing(POLICY, (node("kid"), node("other", seen_at=seen_at)), seen=True)
    with pytest.raises(NotLoaded) as refused:
        PUBLISHED.activated(RIPE, standing)
    assert refused.value.nodes == ("node",)


def test_a_key_waits_for_no_node_that_has_stopped_by_itself():
    standing = Standing(POLICY, (node("kid"), node(seen_at=RIPE - MARGIN - 1)), seen=True)
    assert PUBLISHED.activated(RIPE, standing).state is KeyState.ACTIVE


def test_a_lowered_max_age_does_not_shorten_the_caches_that_were_filled_before():
    before = node(seen_at=NOW - 100, max_age=24 * HOUR)
    lowered = replace(POLICY, jwks_max_age=60)
    now = node("kid", max_age=60)
    standing = Standing(lowered, (before, now), seen=True)
    last = NOW - 100 + 24 * HOUR + MARGIN
    with pytest.raises(TooEarly) as refused:
        PUBLISHED.activated(last - 1, standing)
    assert refused.value.since == last
    fresh = (before, node("kid", max_age=60, seen_at=last))
    assert PUBLISHED.activated(last, replace(standing, nodes=fresh)).state is KeyState.ACTIVE


def test_a_node_that_still_serves_the_longer_max_age_fills_no_cache_without_the_key():
    longer = node("kid", seen_at=RIPE, max_age=24 * HOUR)
    standing = Standing(replace(POLICY, jwks_max_age=60), (longer,), seen=True)
    assert PUBLISHED.may_be_activated_at(standing) == NOW + 24 * HOUR + MARGIN


def test_a_key_is_served_until_the_last_token_that_a_slow_node_signed_has_died():
    retired = replace(PUBLISHED, state=KeyState.ACTIVE, activated_at=NOW).retired(NOW)
    longest = max(ACCESS_TOKEN_SECONDS, ID_TOKEN_SECONDS)
    last = NOW + MARGIN + longest + HOUR + POLICY.skew
    with pytest.raises(TooEarly) as refused:
        retired.removed(last - 1, POLICY)
    assert refused.value.since == last
    assert retired.removed(last, POLICY).state is KeyState.REMOVED


def test_a_key_that_never_signed_leaves_at_once():
    withdrawn = PUBLISHED.retired(NOW)
    assert withdrawn.removed(NOW, POLICY).state is KeyState.REMOVED


@pytest.mark.parametrize("state", KeyState)
def test_no_step_is_left_out(state: KeyState):
    key, far = replace(PUBLISHED, state=state, activated_at=NOW, retired_at=NOW), NOW + 10**9
    seen = replace(READY, nodes=(node("kid", seen_at=far),))
    steps: list[tuple[set[KeyState], Any]] = [
        ({KeyState.PUBLISHED}, lambda: key.activated(far, seen)),
        ({KeyState.PUBLISHED, KeyState.ACTIVE}, lambda: key.retired(far)),
        ({KeyState.RETIRED}, lambda: key.removed(far, POLICY)),
    ]
    for allowed, step in steps:
        if state in allowed:
            step()
        else:
            with pytest.raises(WrongStep):
                step()
