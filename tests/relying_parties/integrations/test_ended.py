"""Where ends of sessions are remembered: each place keeps the same promises."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.cache import cache
from network_id.integrations import EndedInFile, EndedInMemory, EndedSessions
from network_id.integrations.django import EndedInCache

from tests.support.framework_sites import site
from tests.support.simulated_logout import SID, logout_token
from tests.support.simulated_provider import SimulatedProvider
from tests.support.time import FrozenClock

Store = Callable[[], EndedSessions]


@pytest.fixture(params=["memory", "file", "cache"])
def store(request: pytest.FixtureRequest, tmp_path: Path, clock: FrozenClock) -> EndedSessions:
    cache.clear()
    if request.param == "memory":
        return EndedInMemory(clock.now)
    if request.param == "file":
        return EndedInFile(tmp_path / "ended.db", clock.now)
    return EndedInCache()


def test_the_last_end_of_several_names_counts(store: EndedSessions):
    assert store.last_end(["a", "b"]) is None
    store.end(["a"], 100, 600)
    store.end(["b", "c"], 200, 600)
    assert store.last_end(["a"]) == 100
    assert store.last_end(["a", "b"]) == 200
    assert store.last_end(["x"]) is None
    assert store.last_end([]) is None


def test_a_later_end_replaces_an_earlier_one(store: EndedSessions):
    store.end(["a"], 100, 600)
    store.end(["a"], 300, 600)
    assert store.last_end(["a"]) == 300


def test_an_end_may_lie_ahead_and_forgets_nothing_else(store: EndedSessions):
    store.end(["a"], 100, 600)  # long ago, and told only now
    store.end(["b"], 10**10, 600)
    store.end(["c"], 200, 600)
    assert store.last_end(["a"]) == 100
    assert store.last_end(["b"]) == 10**10


@pytest.mark.parametrize("kind", ["memory", "file"])
def test_what_no_cookie_can_outlive_is_forgotten(tmp_path: Path, clock: FrozenClock, kind: str):
    file = tmp_path / "ended.db"
    store = EndedInMemory(clock.now) if kind == "memory" else EndedInFile(file, clock.now)
    store.end(["a"], clock.now(), 600)
    clock.advance(599)
    store.end(["b"], clock.now(), 600)
    assert store.last_end(["a"]) is not None
    clock.advance(62)
    store.end(["c"], clock.now(), 600)
    assert store.last_end(["a"]) is None
    assert store.last_end(["b"]) is not None


def test_two_processes_that_share_a_file_hear_of_each_others_ends(
    provider: SimulatedProvider, clock: FrozenClock, tmp_path: Path
):
    provider.change_claims = lambda claims: claims.update(sid=SID)
    first, second, deaf = (
        site("flask", provider, clock, ended=store)
        for store in (
            EndedInFile(tmp_path / "ended.db", clock.now),
            EndedInFile(tmp_path / "ended.db", clock.now),
            EndedInMemory(clock.now),
        )
    )
    visitor = first.visitor()
    visitor.sign_in()
    token = logout_token(provider)
    second.visitor().post("/backchannel-logout", {"logout_token": token})
    assert not visitor.is_known()
    visitor.site = deaf  # why several processes need a place of their own for it
    assert visitor.is_known()
