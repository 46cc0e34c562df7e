"""Who comes in when more requests come than this process can serve; the rest is told at once.

Rules in prose. A process works on ``limit`` requests at once. How many that is follows from what it
measures: as many as leave each its turn on the event loop within ``TURN_SECONDS``, and as keep the
time that a request has been under way below ``SLOW_SECONDS`` on average, whether the processor, the
disk or the database is what is short. Whoever comes beyond that is refused in well under 100 ms,
for a tenth of what a sign-in costs, so that the work that was begun is finished: nothing waits in a
queue until whoever asked has gone away. The limit is lowered and raised twenty times a second at
most, and only while it is what holds requests back.

To finish a sign-in is worth more than to begin one: a new one takes no more than ``_SHARE`` of the
places, so that the ``/token`` and ``/userinfo`` of those before it find one. A few places are kept
for beginnings all the same: nobody stops sign-ins by asking for tokens. What tells platforms and
load balancers how things stand costs next to nothing, and is always answered.
"""

from __future__ import annotations

from enum import IntEnum
from time import perf_counter
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from msgspec import Struct

from idp.web.busy import Busy

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Iterable, Mapping

    from idp.domain.clock import Entropy
    from idp.web.site import Site

TURN_SECONDS: Final = 0.04
SLOW_SECONDS: Final = 0.15
FIRST: Final = 192
FEWEST: Final = 32  # more than a database's pool has connections: those are never left idle
MOST: Final = 1024
_SHARE: Final = 1 / 3  # of /authorize, /token and /userinfo the first
_KEPT: Final = 0.125
_LOWER: Final = 0.9
_LEAST: Final = 0.5
_RAISE: Final = 1 / 16
_LOOK_SECONDS: Final = 0.05
_CALM_SECONDS: Final = 5.0
_TELL_SECONDS: Final = 10.0


class Kind(IntEnum):
    """What a request is to the person or platform behind it."""

    ALWAYS = 0
    GOES_ON = 1
    BEGINS = 2


_BEGIN: Final = ("/", "/authorize", "/enrol", "/par", "/recover", "/register")
_ALWAYS: Final = (
    "/.well-known/oauth-authorization-server",
    "/.well-known/openid-configuration",
    "/healthz/live",
    "/healthz/ready",
    "/jwks",
)
_SHOWN: Final = frozenset({"favicon.svg", "site.css"})  # by the page of whoever is refused


def _kinds(base: str, shown: Iterable[str] = ()) -> dict[str, Kind]:
    """Return the paths that do not just go on, with and without the issuer's path ``base``.

    ``shown`` are those of the files that the page of a refusal shows.
    """
    told = dict.fromkeys(_BEGIN, Kind.BEGINS) | dict.fromkeys((*_ALWAYS, *shown), Kind.ALWAYS)
    return told | {base + path: kind for path, kind in told.items()}


class Admission:
    """The door of one process. Use it from its event loop alone."""

    def __init__(
        self, told: Callable[[int, int], None], ticks: Callable[[], float] = perf_counter
    ) -> None:
        """``told(refused, limit)`` is called every ten seconds in which somebody was refused."""
        self.limit = float(FIRST)
        self.under_way = 0
        self.refused = 0
        """How many were, since the start."""
        self._ticks = ticks
        self._told = told
        self._told_of = 0
        self._telling = False
        self._began = 0.0  # the sum of the times at which those under way came in
        self._beginning = 0
        self._most = 0  # under way at once since the limit was last looked at
        self._short = False  # whether somebody was refused since then
        self._refused_at = 0.0
        self._turn = 0.0  # the longest since then
        self._looked = 0.0
        self._looking = False

    def enter(self, kind: Kind, loop: asyncio.AbstractEventLoop) -> float | None:
        """Return when this request came in, for ``leave``, or None: it is refused."""
        now = self._ticks()
        if not self.under_way and now - self._refused_at > _CALM_SECONDS:
            self.limit = max(self.limit, FIRST)  # what was learned in a storm that is over
        if not self.has_room(kind):
            self.refuse(loop)
            return None
        if self.under_way >= FEWEST // 2:
            self._look_soon(loop, now)
        self.under_way += 1
        self._most = max(self._most, self.under_way)
        self._began += now
        self._beginning += kind is Kind.BEGINS
        return now

    def leave(self, kind: Kind, entered: float) -> None:
        """Give the place back."""
        self.under_way -= 1
        self._began = self._began - entered if self.under_way else 0.0
        self._beginning -= kind is Kind.BEGINS

    def has_room(self, kind: Kind) -> bool:
        """Tell whether a request that came in now would be let in."""
        if kind is not Kind.BEGINS:
            return self.under_way < self.limit
        kept = self._beginning < self.limit * _KEPT
        return self.under_way < self.limit * _SHARE or kept

    def refuse(self, loop: asyncio.AbstractEventLoop) -> None:
        """Count one for whom there is no room."""
        now = self._ticks()
        self._look_soon(loop, now)
        self.refused += 1
        self._short, self._refused_at = True, now
        if not self._telling:  # a line for each would cost as much as it saves
            self._telling = True
            loop.call_later(_TELL_SECONDS, self._tell)

    def _look_soon(self, loop: asyncio.AbstractEventLoop, now: float) -> None:
        if not self._looking:
            # Asked twice to come back "soon": between the two lies a whole turn of the loop.
            self._looking = True
            loop.call_soon(loop.call_soon, self._look, now)

    def _tell(self) -> None:
        self._telling = False
        self._told(self.refused - self._told_of, int(self.limit))
        self._told_of = self.refused

    def _look(self, since: float) -> None:
        """See how long a turn of the loop was that began at ``since``."""
        self._looking = False
        now = self._ticks()
        self._turn = max(self._turn, now - since, 1e-6)
        if now - self._looked < _LOOK_SECONDS:
            return
        age = now - self._began / self.under_way if self.under_way else 0.0
        # With places to spare the limit is not what is slow: one thing that takes long lowers
        # nothing.
        crowded = self._short or self._most * 2 >= self.limit
        if crowded and (self._turn > TURN_SECONDS or age > SLOW_SECONDS):
            # Twice as long a turn as it may be says that half as many would do.
            lower = max(_LEAST, min(_LOWER, TURN_SECONDS / self._turn))
            self.limit = max(FEWEST, self.limit * lower)
        elif self._short:
            self.limit = min(MOST, self.limit + max(1.0, self.limit * _RAISE))
        self._looked, self._most, self._short, self._turn = now, self.under_way, False, 0.0


class Gate(Struct, frozen=True):
    """What a connection asks before it begins with a request."""

    admission: Admission
    busy: Busy
    kinds: Mapping[str, Kind]
    leaving: Callable[[], bool]
    """Whether this process is about to stop: a connection ends with its answer then."""

    def kind(self, path: str) -> Kind:
        """Return what a request for ``path`` is."""
        return self.kinds.get(path, Kind.GOES_ON)


def gate_of(site: Site, entropy: Entropy) -> Gate:
    """Return the gate of a process; what it refuses is logged every ten seconds."""
    base = urlsplit(site.issuer).path.rstrip("/")
    readiness = site.services.readiness

    def told(refused: int, limit: int) -> None:
        site.log.event("overloaded", refused=refused, limit=limit)

    return Gate(
        Admission(told),
        Busy(site.pages, entropy, issuer=site.issuer),
        _kinds(base, [file.path for file in site.pages.static_files if file.name in _SHOWN]),
        lambda: readiness.leaving,
    )
