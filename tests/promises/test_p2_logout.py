"""P2: neither what logout tokens say nor when they come joins two network IDs."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from idp.services.logouts import SPREAD_SECONDS
from tests.promises.test_p2_two_platforms import CHANCE, linked_by_prefix, linked_by_value
from tests.support import crowd
from tests.support.crowd import Visit
from tests.support.internet import Internet
from tests.support.listening import heard, listener
from tests.support.logins import Platform
from tests.support.provider import Provider, running

PEOPLE = 300
PER_SECOND = 10
FEW = 40


@pytest.fixture
def internet() -> Internet:
    return Internet()


@pytest.fixture
async def provider(tmp_path: Path, internet: Internet) -> AsyncIterator[Provider]:
    async with running(tmp_path, internet=internet, sandbox=False) as started:
        yield started


class Crowd:
    """People who are signed in at two platforms, in an order of their own at each."""

    def __init__(self, provider: Provider, internet: Internet, two: list[Platform]) -> None:
        self.provider, self.internet, self.two = provider, internet, two
        self.people: list[bytes] = []
        self.cookies: list[str] = []
        self.views: list[list[Visit]] = []

    @classmethod
    async def of(cls, count: int, provider: Provider, internet: Internet) -> "Crowd":
        es256 = {"id_token_signed_response_alg": "ES256"}
        made = cls(
            provider, internet, [await listener(provider, internet, **es256) for _ in range(2)]
        )
        made.people = await crowd.enrol(provider, count)
        made.cookies = [await crowd.sign_in(provider, person) for person in made.people]
        made.views = [
            [await crowd.visit(provider, one, cookie) for cookie in made.cookies]
            for one in made.two
        ]
        return made

    async def leave(self, *, per_second: int, wished_by: str = "", at_once: bool = False) -> None:
        """Let everybody sign out, one after the other; wait until all is told."""
        sessions, clock = self.provider.services.sessions, self.provider.clock
        for place, (person, cookie) in enumerate(zip(self.people, self.cookies, strict=True)):
            if at_once:
                await sessions.end_all(person, at_once=True)
            else:
                await sessions.end(cookie, wished_by=wished_by)
            if place % per_second == per_second - 1:
                await self.provider.services.logouts.deliver()
                clock.advance(1)
        for _ in range(SPREAD_SECONDS + 1):
            await self.provider.services.logouts.deliver()
            clock.advance(1)

    def told(self, which: int) -> list[Visit]:
        """What a platform has seen of each person by now, its logout token included, and when."""
        tokens = heard(self.provider, self.internet, self.two[which])
        by_sid = {token["sid"]: token for token in tokens}
        assert len(by_sid) == len(tokens) == len(self.people)
        found = []
        for visit in self.views[which]:
            (sid,) = visit.values & by_sid.keys()
            token = by_sid[sid]
            values = visit.values | {token["jti"], token["sid"]}
            found.append(replace(visit, time=token["iat"], values=values))
        return found


def linked_in_order(one: Iterable[Visit], other: Iterable[Visit]) -> int:
    """How many people a linker joins who matches the n-th logout here with the n-th there."""
    orders = [
        [place for _, _, place in sorted((seen.time, seen.sub, n) for n, seen in enumerate(view))]
        for view in (one, other)
    ]
    return sum(a == b for a, b in zip(*orders, strict=True))


def linked_by_nearest(one: list[Visit], other: list[Visit], after: int) -> int:
    """The same for one who knows that the second token comes `after` seconds later on average."""
    return sum(
        min(range(len(other)), key=lambda place: abs(other[place].time - seen.time - after))
        == person
        for person, seen in enumerate(one)
    )


@pytest.mark.spec("OpenID Connect Back-Channel Logout 1.0 §2.4")
async def test_p2_logout_tokens_share_nothing_and_their_times_tell_nothing(
    provider: Provider, internet: Internet
):
    """Ten people leave in each second: some of them on their own, and from one of the two."""
    made = await Crowd.of(PEOPLE, provider, internet)
    await made.leave(per_second=PER_SECOND, wished_by=made.two[0].client_id)
    one, other = made.told(0), made.told(1)
    assert linked_by_value(one, other) == 0
    assert linked_by_prefix(one, other) == 0
    assert linked_in_order(one, other) <= CHANCE
    assert max(linked_by_nearest(one, other, after) for after in range(0, 121, 20)) <= CHANCE


async def test_p2_a_logout_from_our_own_page_reaches_both_at_times_drawn_apart(
    provider: Provider, internet: Internet
):
    made = await Crowd.of(FEW, provider, internet)
    await made.leave(per_second=FEW)
    one, other = made.told(0), made.told(1)
    assert linked_in_order(one, other) <= CHANCE
    apart = [here.time - there.time for here, there in zip(one, other, strict=True)]
    assert min(apart) < 0 < max(apart)
    assert len(set(apart)) > FEW // 2


async def test_p2_the_linker_finds_everybody_who_chose_that_all_hear_at_once(
    provider: Provider, internet: Internet
):
    """The page says so before anybody chooses it."""
    made = await Crowd.of(FEW, provider, internet)
    await made.leave(per_second=1, at_once=True)
    assert linked_in_order(made.told(0), made.told(1)) == FEW
    assert linked_by_value(made.told(0), made.told(1)) == 0
