"""``idp keys plan``: the lives of all keys on one line of time: past, now, next."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from rich.console import Group
from rich.text import Text

from idp.cli.opening import with_services
from idp.domain.rotation import Due, Step
from idp.domain.signing_key import ALGORITHMS, SERVED, KeyState, SigningKey, Standing

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console, ConsoleOptions, RenderResult

    from idp.services.rotation import Status
    from idp.web.site import Services

_SHORT = 8  # characters of a kid; commands want all of it, `idp keys list` has that
_NARROWEST = 20
_NOW_AT = 0.6  # of the width: what is past is told by less than what is to come
_HOUR = 3600
_RUN_SECONDS = 60
_SCHEDULED = {
    Step.STAGE: "a key is made, by the calendar",
    Step.ACTIVATE: "takes over, by the calendar",
    Step.WITHDRAW: "is withdrawn, by the calendar",
    Step.REMOVE: "is removed, by the calendar",
}
_MAY = ("▲", "bold cyan")
_BARS = {"published": ("░", "cyan"), "active": ("█", "green"), "retired": ("▒", "yellow")}


class Event(Struct, frozen=True):
    """Something that became of a key, or can from ``at`` on (epoch seconds)."""

    at: int
    kid: str
    alg: str
    code: str
    text: str


class Stretch(Struct, frozen=True):
    """A key in one state; ``until`` is None where nobody knows yet."""

    state: str
    since: int
    until: int | None


class Plan:
    """All keys that are served, and what becomes of them, by the calendar too."""

    def __init__(self, status: Status, standing: Standing, now: int) -> None:
        self._now = now
        self._standing = standing
        self._status = status
        keys = [key for key in status.keys if key.state in SERVED]
        self._keys = sorted(keys, key=lambda one: (ALGORITHMS.index(one.alg), one.published_at))
        found = [event for key in self._keys for event in self._of(key)]
        found += [_scheduled(due, now) for due in status.coming.values()]
        self._events = sorted(found, key=lambda one: (one.at, one.kid))

    def as_json(self) -> dict[str, Any]:
        """Return it for machines; times in epoch seconds."""

        def told(one: Event) -> dict[str, Any]:
            return {"at": one.at, "kid": one.kid, "alg": one.alg, "what": one.code}

        return {
            "now": self._now,
            "waits_for": dict(self._status.problems),
            "past": [told(one) for one in self._events if one.at <= self._now],
            "next": [told(one) for one in self._events if one.at > self._now],
            "keys": [
                {
                    "kid": key.kid,
                    "alg": key.alg,
                    "state": key.state.value,
                    "life": [
                        {"state": one.state, "since": one.since, "until": one.until}
                        for one in self._stretches(key)
                    ],
                }
                for key in self._keys
            ],
        }

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw it as wide as there is room."""
        width = max(_NARROWEST, min(options.max_width, 100))
        begin = min([self._now - _HOUR, *(one.at for one in self._events)])
        end = max([self._now + _HOUR, *(one.at for one in self._events)])
        yield Text(self._axis(begin, end, width))
        for key in self._keys:
            yield Text(f"{key.alg} {key.kid[:_SHORT]} {key.state.value}", style="bold")
            yield self._bar(key, begin, end, width)
        legend = "  ".join(f"{sign} {state}" for state, (sign, _) in _BARS.items())
        yield Text(f"{legend}  {_MAY[0]} may sign  │ now")
        yield Group(*self._told("Past", until=self._now), *self._told("Next", since=self._now))
        for about, text in self._status.problems.items():
            yield Text(f"{about} waits: {text}", style="yellow")

    def _of(self, key: SigningKey) -> list[Event]:
        published = None if key.published_at == key.activated_at else key.published_at
        found: list[tuple[int | None, str, str]] = [
            (published, "published", "is published"),
            (key.activated_at, "activated", "signs from here on"),
            (key.retired_at, "retired", "signs no more"),
        ]
        if key.state is KeyState.PUBLISHED:
            since = key.may_be_activated_at(self._standing)
            found.append((since, "may_be_activated", "may sign from here on"))
        if key.retired_at is not None:
            policy = self._standing.policy
            last = policy.last_signature_at(key.retired_at) + policy.longest_token
            if key.activated_at is not None:
                found.append((last, "last_token_dies", "its last token has died"))
            found.append((key.may_be_removed_at(policy), "may_be_removed", "may be removed"))
        return [Event(at, key.kid, key.alg, code, text) for at, code, text in found if at]

    def _stretches(self, key: SigningKey) -> list[Stretch]:
        removable = key.may_be_removed_at(self._standing.policy)
        begun = key.activated_at or key.retired_at
        found = [Stretch("published", key.published_at, begun)]
        if key.activated_at is not None:
            found.append(Stretch("active", key.activated_at, key.retired_at))
        if key.retired_at is not None:
            found.append(Stretch("retired", key.retired_at, removable))
        return found

    def _place(self, at: int, begin: int, end: int, width: int) -> int:
        middle = int(width * _NOW_AT)
        if at <= self._now:
            return round((at - begin) / (self._now - begin) * middle)
        return middle + round((at - self._now) / (end - self._now) * (width - 1 - middle))

    def _bar(self, key: SigningKey, begin: int, end: int, width: int) -> Text:
        cells = [(" ", "")] * width
        for one in self._stretches(key):
            first = self._place(one.since, begin, end, width)
            last = self._place(end if one.until is None else one.until, begin, end, width)
            for place in range(first, max(first, last) + 1):
                cells[place] = _BARS[one.state]
        if key.state is KeyState.PUBLISHED:
            since = key.may_be_activated_at(self._standing)
            cells[self._place(since, begin, end, width)] = _MAY
        cells[self._place(self._now, begin, end, width)] = ("│", "bold")
        bar = Text()
        for sign, style in cells:
            bar.append(sign, style)
        return bar

    def _axis(self, begin: int, end: int, width: int) -> str:
        middle, left, right = int(width * _NOW_AT), _day(begin), _day(end)
        line = left.ljust(middle - 1) + "now"
        return line + right.rjust(width - len(line)) if width - len(line) > len(right) else line

    def _told(self, title: str, *, since: int = 0, until: int | None = None) -> list[Text]:
        events = [one for one in self._events if one.at > since and (not until or one.at <= until)]
        lines = [Text(title, style="bold")]
        lines += [
            Text(f"  {_civil(one.at)}  {f'{one.alg} {one.kid[:_SHORT]}'.rstrip()} {one.text}")
            for one in events
        ]
        return lines if events else [*lines, Text("  nothing")]


def plan(home: Path | None, *, now: int) -> Plan:
    """Return the plan of the keys that are served; raises Failure. Changes nothing."""

    async def planning(services: Services) -> Plan:
        return Plan(await services.rotation.status(), await services.key_lives.standing(), now)

    return with_services(home, planning)


def _scheduled(due: Due, now: int) -> Event:
    """Return a step of the calendar. One that is due already comes with the next minute's run."""
    at = max(due.at, now + _RUN_SECONDS)
    return Event(at, due.kid or "", due.alg, f"scheduled_{due.step}", _SCHEDULED[due.step])


def _day(at: int) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d}"


def _civil(at: int) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M}"
