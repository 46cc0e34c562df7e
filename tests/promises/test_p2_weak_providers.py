"""P2, the other way round: providers that give people away, and the linker that finds them out."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from idp.domain.session import Session
from idp.keystore.memory import MemoryKeystore
from tests.promises.test_p2_two_platforms import (
    everybody_visits,
    linked_by_prefix,
    linked_by_time,
    linked_by_value,
    platforms,
)
from tests.support import crowd, ready_made
from tests.support.crowd import Visit
from tests.support.logins import Platform
from tests.support.provider import Provider, running
from tests.support.time import SeededEntropy

PEOPLE = 40
honest_sid = Session.sid_at


@pytest.fixture(scope="module")
def keystore() -> MemoryKeystore:
    return ready_made.keystore(SeededEntropy(2))


@pytest.fixture
async def provider(tmp_path: Path, keystore: MemoryKeystore) -> AsyncIterator[Provider]:
    async with running(tmp_path, keystore=keystore, sandbox=False) as started:
        yield started


async def test_p2_one_sid_for_all_of_a_session_is_found_out(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
):
    def one_for_all(session: Session, _client_id: str) -> str | None:
        return session.visits[0].sid if session.visits else None

    monkeypatch.setattr(Session, "sid_at", one_for_all)
    one, other = await everybody_visits(provider, PEOPLE)
    assert linked_by_value(one, other) == PEOPLE


async def test_p2_a_sid_that_begins_alike_is_found_out(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
):
    def derived(session: Session, client_id: str) -> str | None:
        known = session.visits[0].sid if session.visits else None
        return known and known[:8] + client_id[:14]

    monkeypatch.setattr(Session, "sid_at", derived)
    one, other = await everybody_visits(provider, PEOPLE)
    assert linked_by_value(one, other) == 0
    assert linked_by_prefix(one, other) == PEOPLE


async def test_p2_network_ids_without_a_sector_are_found_out(provider: Provider):
    """Two clients of one platform share its IDs, as they should; so would all, without sectors."""
    clients = [await Platform.register(provider, platform="one-for-all") for _ in range(2)]
    cookies = [await crowd.sign_in(provider, p) for p in await crowd.enrol(provider, PEOPLE)]
    views = [[await crowd.visit(provider, client, c) for c in cookies] for client in clients]
    assert linked_by_value(*views) == PEOPLE


async def sign_in_one_by_one(provider: Provider, **wish: str) -> list[list[Visit]]:
    """Everybody signs in at a second of their own, and later visits both in one go."""
    cookies = []
    for person in await crowd.enrol(provider, PEOPLE):
        cookies.append(await crowd.sign_in(provider, person))
        provider.clock.advance(1)
    both = await platforms(provider)
    return [[await crowd.visit(provider, one, c, **wish) for c in cookies] for one in both]


async def test_p2_the_time_of_a_sign_in_is_told_to_nobody_who_did_not_ask(provider: Provider):
    one, other = await sign_in_one_by_one(provider)
    assert linked_by_value(one, other) == 0


@pytest.mark.spec("OpenID Connect Core 1.0 §3.1.2.1")
async def test_p2_a_requested_auth_time_is_the_one_named_exception(provider: Provider):
    one, other = await sign_in_one_by_one(provider, max_age="36000")
    assert linked_by_value(one, other) == PEOPLE
    without = [[forgetting_times(visit) for visit in view] for view in (one, other)]
    assert linked_by_value(*without) == 0


def forgetting_times(visit: Visit) -> Visit:
    return Visit(visit.time, frozenset(v for v in visit.values if not v.isdigit()), visit.sub)


async def test_p2_visits_in_one_order_at_seconds_of_their_own_are_found_out(provider: Provider):
    cookies = [await crowd.sign_in(provider, p) for p in await crowd.enrol(provider, PEOPLE)]
    both = await platforms(provider)
    views: list[list[Visit]] = [[], []]
    for cookie in cookies:
        for view, platform in zip(views, both, strict=True):
            view.append(await crowd.visit(provider, platform, cookie))
        provider.clock.advance(1)
    assert linked_by_time(*views) == PEOPLE
    assert linked_by_value(*views) == 0
