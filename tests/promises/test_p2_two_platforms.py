"""P2: two platforms cannot tell that two network IDs are one person."""

import random
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Any

import pytest

from idp.domain import network_id
from idp.services.platforms import slug_of
from tests.support import crowd
from tests.support.crowd import Visit
from tests.support.logins import Platform
from tests.support.provider import Provider, running

PEOPLE = 10_000
PREFIX = 8
PER_SECOND = 20
CHANCE = 12  # linking at random matches one person in all; more than 12 happens once in 10^10


@pytest.fixture
async def provider(tmp_path: Path) -> AsyncIterator[Provider]:
    async with running(tmp_path, sandbox=False) as started:
        yield started


async def platforms(provider: Provider) -> tuple[Platform, Platform]:
    """Two platforms that ask for all they can, `sid` included, so that there is most to compare."""
    common: dict[str, Any] = {
        "grant_types": ["authorization_code", "refresh_token"],
        "id_token_signed_response_alg": "ES256",
        "backchannel_logout_uri": "https://shop.example/logout",
    }
    return await Platform.register(provider, **common), await Platform.register(provider, **common)


async def everybody_visits(
    provider: Provider, count: int, scope: str = "openid age"
) -> tuple[list[Visit], list[Visit]]:
    """Each person signs in once and logs in at both platforms, in orders of their own."""
    one, other = await platforms(provider)
    shuffled = random.Random(2)
    cookies = [
        await crowd.sign_in(provider, person) for person in await crowd.enrol(provider, count)
    ]
    views: list[list[Visit]] = []
    for platform in (one, other):
        order = list(range(count))
        shuffled.shuffle(order)
        seen: dict[int, Visit] = {}
        for place, person in enumerate(order):
            seen[person] = await crowd.visit(provider, platform, cookies[person], scope=scope)
            provider.clock.advance(1 if place % PER_SECOND == 0 else 0)
        views.append([seen[person] for person in range(count)])
    return views[0], views[1]


def linked_by_value(one: list[Visit], other: list[Visit]) -> int:
    """How many people a linker joins who looks for any value that both platforms have seen."""
    owners = {value: person for person, visit in enumerate(one) for value in visit.values}
    return sum(
        any(owners.get(value) == person for value in visit.values)
        for person, visit in enumerate(other)
    )


def linked_by_prefix(one: list[Visit], other: list[Visit]) -> int:
    """The same for beginnings of values: an identifier might carry a common part."""
    return linked_by_value([shortened(v) for v in one], [shortened(v) for v in other])


def shortened(visit: Visit) -> Visit:
    return Visit(visit.time, frozenset(beginnings(visit.values)), visit.sub)


def beginnings(values: Iterable[str]) -> Iterable[str]:
    """First characters of each value; of a JWT or its header they are the same for everybody."""
    return (value[:PREFIX] for value in values if len(value) >= PREFIX and value[:2] != "ey")


def linked_by_time(one: list[Visit], other: list[Visit]) -> int:
    """How many people a linker joins who matches the n-th login here with the n-th there."""
    first = sorted(range(len(one)), key=lambda person: (one[person].time, one[person].sub))
    second = sorted(range(len(other)), key=lambda person: (other[person].time, other[person].sub))
    return sum(a == b for a, b in zip(first, second, strict=True))


def with_one_sid(visits: list[Visit]) -> list[Visit]:
    """The same visits at a provider that gives a session one `sid` everywhere."""
    return [
        Visit(visit.time, visit.values | {f"sid-of-session-{person:06}"}, visit.sub)
        for person, visit in enumerate(visits)
    ]


@pytest.mark.timeout(400)
@pytest.mark.spec("OpenID Connect Core 1.0 §8.1", "OpenID Connect Core 1.0 §17.3")
async def test_p2_nothing_that_two_platforms_see_of_10000_people_is_the_same(provider: Provider):
    one, other = await everybody_visits(provider, PEOPLE)
    assert len({visit.sub for visit in one + other}) == 2 * PEOPLE
    for visit in one + other:
        assert network_id.parse(visit.sub) == visit.sub
    assert linked_by_value(one, other) == 0
    assert linked_by_prefix(one, other) == 0
    assert linked_by_time(one, other) <= CHANCE


async def test_p2_refresh_tokens_and_what_they_give_share_nothing_either(provider: Provider):
    one, other = await everybody_visits(provider, 200, "openid age offline_access")
    assert all(any(len(value) == 70 for value in visit.values) for visit in one + other)
    assert linked_by_value(one, other) == 0
    assert linked_by_prefix(one, other) == 0


async def test_p2_the_linker_finds_everybody_where_a_session_has_one_sid(provider: Provider):
    one, other = await everybody_visits(provider, 50)
    assert linked_by_value(one, other) == 0
    weak_one, weak_other = with_one_sid(one), with_one_sid(other)
    assert linked_by_value(weak_one, weak_other) == 50
    assert linked_by_prefix(weak_one, weak_other) > 0


async def test_p2_the_linker_finds_everybody_who_visits_both_in_one_order(provider: Provider):
    one, _ = await everybody_visits(provider, 50)
    assert linked_by_time(one, one) == 50


async def test_p2_a_renewed_network_id_shares_nothing_with_the_one_before(provider: Provider):
    """In one browser session too, whose `sid` would join the two."""
    platform, other = await platforms(provider)
    [person] = await crowd.enrol(provider, 1)
    cookie = await crowd.sign_in(provider, person)
    before = await crowd.visit(provider, platform, cookie)
    elsewhere = await crowd.visit(provider, other, cookie)
    account = await provider.services.sessions.find(cookie)
    assert account is not None
    await provider.services.platforms.renew(account, slug_of(platform.registered.client.sector))
    after = await crowd.visit(provider, platform, cookie)
    assert before.sub != after.sub
    assert before.values & after.values == set()
    assert linked_by_prefix([before], [after]) == 0
    again = await crowd.visit(provider, other, cookie)
    assert elsewhere.values & again.values > {elsewhere.sub}  # the session goes on there


async def test_p2_a_person_is_known_again_on_the_same_platform(provider: Provider):
    platform, _ = await platforms(provider)
    [person] = await crowd.enrol(provider, 1)
    first = await crowd.visit(provider, platform, await crowd.sign_in(provider, person))
    again = await crowd.visit(provider, platform, await crowd.sign_in(provider, person))
    assert first.sub == again.sub
    assert first.values & again.values == {first.sub}
