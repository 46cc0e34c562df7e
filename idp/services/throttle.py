"""Slows whoever tries too often; whom it never slows, and the figures: ``idp.domain.throttle``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from idp.domain import network
from idp.domain.blind_index import throttle_tag
from idp.domain.refusal import Cause, Refusal
from idp.domain.throttle import LIMITS, Caller, Subject
from idp.storage import throttles

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from ipaddress import IPv4Network, IPv6Network

    from idp.domain.clock import Clock
    from idp.domain.link_keys import LinkKeys
    from idp.domain.throttle import Act, Limit
    from idp.storage.database import Database


class Throttle:
    """Counts tries by keyed tags, each in one guarded statement, on whichever node."""

    def __init__(
        self,
        database: Database,
        *,
        link: LinkKeys,
        clock: Clock,
        proxies: Sequence[IPv4Network | IPv6Network],
    ) -> None:
        self._database = database
        self._link = link
        self._clock = clock
        self._proxies = proxies

    def caller(
        self, device: str, peer: str, forwarded: Sequence[str], person_id: bytes | None = None
    ) -> Caller:
        """Return who tries, from a browser's name and what its connection says of itself."""
        address = network.client_address(peer, forwarded, self._proxies)
        return Caller(device, network.prefix(address), person_id)

    async def count(self, act: Act, caller: Caller) -> None:
        """Count a try; raises Refusal ``TOO_MANY_TRIES`` with ``retry_after`` in seconds.

        Before looking at what can be guessed; after a failure of what cannot (see the rules).
        """
        now = self._clock.now()
        for limit, tag in self._counts(act, caller, now):
            tries = await throttles.count(self._database, tag, expires_at=limit.ends(now))
            if tries > limit.tries:
                raise Refusal(Cause.TOO_MANY_TRIES, retry_after=str(limit.ends(now) - now))

    async def give_back(self, act: Act, caller: Caller) -> None:
        """Take back a try that was counted before it turned out right."""
        for _, tag in self._counts(act, caller, self._clock.now()):
            await throttles.give_back(self._database, tag)

    def _counts(self, act: Act, caller: Caller, now: int) -> Iterator[tuple[Limit, bytes]]:
        for subject in Subject:
            limit, counted = LIMITS[act].get(subject), caller.of(subject)
            if limit is not None and counted is not None:
                kind = f"{act} {subject}"
                window = limit.window(now)
                yield limit, self._link.tag(throttle_tag, kind, counted, window)
