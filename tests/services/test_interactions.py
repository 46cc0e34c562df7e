import json

import pytest

from idp.domain.refusal import Cause, Refusal
from idp.domain.sealing import Sealer
from idp.domain.secret_key import SecretDomain
from idp.domain.session import Authentication, Session
from idp.keystore.memory import MemoryKeystore
from idp.services.interactions import LIFETIME_SECONDS, MAX_BYTES, Interaction, Interactions
from tests.support.time import FrozenClock, SeededEntropy

SENT = {"client_id": "shop", "state": "状态", "scope": "openid"}


@pytest.fixture
def sealer(keystore: MemoryKeystore) -> Sealer:
    return Sealer(keystore.secret(SecretDomain.SESSION), SeededEntropy())


@pytest.fixture
def interactions(sealer: Sealer, clock: FrozenClock) -> Interactions:
    return Interactions(sealer, clock)


def session(clock: FrozenClock, digest: bytes = b"d" * 32, ago: int = 0) -> Session:
    now = clock.now() - ago
    return Session(digest, b"p" * 16, Authentication(now, "phr", ()), seen=now)


def cause_of_opening(interactions: Interactions, token: str) -> Cause:
    with pytest.raises(Refusal) as refused:
        interactions.open(token)
    return refused.value.cause


def test_a_token_opens_to_what_was_sealed(interactions: Interactions, clock: FrozenClock):
    begun = interactions.begin(SENT, session(clock)).choosing(session(clock, b"e" * 32))
    assert interactions.open(interactions.seal(begun)) == begun


def test_only_parameters_that_somebody_reads_travel_along(interactions: Interactions):
    begun = interactions.begin(SENT | {"utm_source": "x", "csrf": "y"}, None)
    assert dict(begun.sent) == SENT


def test_a_token_is_unreadable_and_new_every_time(interactions: Interactions):
    begun = interactions.begin(SENT, None)
    first, second = interactions.seal(begun), interactions.seal(begun)
    assert first != second
    assert "shop" not in first
    assert set(first) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


def test_it_lives_for_half_an_hour_and_can_be_begun_anew_after_that(
    interactions: Interactions, clock: FrozenClock
):
    begun = interactions.begin(SENT, None)
    token = interactions.seal(begun)

    clock.advance(LIFETIME_SECONDS)
    assert interactions.open(token) == begun
    clock.advance(1)
    with pytest.raises(Refusal) as refused:
        interactions.open(token)

    assert refused.value.cause is Cause.INTERACTION_EXPIRED
    assert refused.value.detail["interaction"] == token
    assert interactions.open(token, expired=True) == begun


def test_what_we_did_not_seal_is_refused(interactions: Interactions, sealer: Sealer):
    token = interactions.seal(interactions.begin(SENT, None))
    flipped = token[:-1] + ("A" if token[-1] != "A" else "B")
    plain = json.dumps([SENT, 0, "", ""]).encode()
    for wrong in (flipped, token[:-4], token + "AAAA", "x", "=", "é", "\0", "A" * 20_000):
        assert cause_of_opening(interactions, wrong) is Cause.INTERACTION_INVALID
    of_another_kind = sealer.seal_token("sandbox enrolment", plain)
    assert cause_of_opening(interactions, of_another_kind) is Cause.INTERACTION_INVALID


def test_no_token_is_an_interaction_without_a_request(
    interactions: Interactions, clock: FrozenClock
):
    assert interactions.open("") == Interaction(started_at=clock.now())


def test_a_request_that_no_address_could_carry_is_refused(interactions: Interactions):
    with pytest.raises(Refusal) as refused:
        interactions.seal(interactions.begin({"state": "s" * (MAX_BYTES + 1)}, None))
    assert refused.value.cause is Cause.TOO_LARGE


def test_only_another_session_begun_since_counts_as_signing_in(
    interactions: Interactions, clock: FrozenClock
):
    before = session(clock)
    begun = interactions.begin(SENT, before)
    assert not begun.signed_in_since(before)
    assert not begun.signed_in_since(session(clock, b"e" * 32, ago=11))
    assert begun.signed_in_since(session(clock, b"e" * 32, ago=10))  # at another server
    clock.advance(60)
    assert begun.signed_in_since(session(clock, b"e" * 32))
    assert not begun.signed_in_since(before)


def test_a_choice_is_of_one_session_only(interactions: Interactions, clock: FrozenClock):
    before = session(clock)
    begun = interactions.begin(SENT, before)
    assert not begun.picked(before)
    chosen = begun.choosing(before)
    assert chosen.picked(before)
    assert not chosen.picked(session(clock, b"e" * 32, ago=11))
