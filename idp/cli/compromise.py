"""``idp keys revoke``: a signing key that somebody else may have is given up."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import asdict
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from idp.app.system import SystemClock
from idp.cli.failure import ExitCode, Failure
from idp.cli.opening import services_of, with_parts
from idp.cli.rehearsing import copy_of
from idp.domain.signing_key import KeyState, WrongStep
from idp.services.compromise import Compromise, Emergency

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence
    from pathlib import Path

    from idp.app import Parts
    from idp.services.rehearsal import Rehearsal
    from idp.web.site import Services


class Drilled(Struct, frozen=True):
    """What a drill has shown: ``failed`` verifications at honest sign-ins, and at whom.

    ``believed_seconds`` is for how long a platform took what a thief had signed.
    """

    tokens: int
    failed: dict[str, int]
    believed_seconds: int


class Told(Struct, frozen=True):
    """What was done, or would be; ``grants`` is how many ended, or would."""

    plans: tuple[Emergency, ...]
    grants: int
    done: bool
    now: int
    drilled: Drilled | None = None

    def as_json(self) -> dict[str, Any]:
        """Return it for machines; times in epoch seconds."""
        return {
            "done": self.done,
            "grants": self.grants,
            "keys": [
                {
                    "kid": plan.key.kid,
                    "alg": plan.key.alg,
                    "state": plan.key.state.value if self.done else None,
                    "successor": plan.successor,
                    "makes_one": plan.makes_one,
                    "fails_until": plan.fails_until,
                    "believed_until": plan.believed_until,
                    "since": plan.since,
                }
                for plan in self.plans
            ],
            "drill": None if self.drilled is None else asdict(self.drilled),
        }

    def as_text(self) -> str:
        """Return it for a person."""
        lines = [line for plan in self.plans for line in self._of(plan)]
        verb = "were ended" if self.done else "would end"
        since = _civil(min(plan.since for plan in self.plans))
        lines.append(f"Grants given since {since}: {self.grants} {verb}; people stay signed in.")
        until = max(plan.believed_until for plan in self.plans)
        if until > self.now:
            lines.append(
                f"Platforms that keep the JWKS may believe a thief until {_civil(until)}: tell "
                "them to fetch it anew, and not to keep what a key that is gone has signed."
            )
        if self.drilled is not None:
            lines.append(_shown(self.drilled))
        return "\n".join(lines)

    def _of(self, plan: Emergency) -> Iterator[str]:
        verb = "was given up" if self.done else "would be given up"
        yield f"{plan.key.kid} ({plan.key.alg}) {verb}: it neither signs nor is served."
        if plan.successor is not None:
            yield f"{plan.successor} signs in its place{'' if self.done else ', at once'}."
        elif plan.makes_one:
            yield "No other key waits: one would be made and sign at once."
        if plan.fails_until is not None:
            yield (
                "WARNING: platforms that do not ask again for a key that they do not know may "
                f"refuse sign-ins until {_civil(plan.fails_until)}."
            )


def look(home: Path | None, kids: Sequence[str], since: str | None) -> Told:
    """Return what would be done; changes nothing. Raises Failure, ``key_step_refused`` too."""
    return _with(home, lambda parts: _look(parts, kids, since))


def revoke(home: Path | None, kids: Sequence[str], since: str | None, *, bar: bool) -> Told:
    """Give the keys up; again, after a kill, what is left to do. Raises Failure as ``look``."""

    async def revoking(parts: Parts) -> Told:
        services, now = await services_of(parts), parts.clock.now()
        # The keys first of all: to go through millions of grants takes its time.
        plans = [
            await services.compromise.revoke(plan, also=kids)
            for plan in await _plans(services, kids, since)
        ]
        earliest = min(plan.since for plan in plans)
        grants = await services.given.count(earliest) if bar else 0
        with _bar(grants, shown=bar) as step:
            ended = await services.given.end(earliest, step)
        return Told(tuple(plans), ended, done=True, now=now)

    return _with(home, revoking)


def drill(home: Path | None, kids: Sequence[str], since: str | None) -> Told:
    """Do it on a copy, and look at what platforms would have seen; raises Failure as ``look``."""

    async def drilling(parts: Parts) -> Told:
        told = await _look(parts, kids, since)
        async with copy_of(parts) as rehearsal:
            drilled = await _drill(rehearsal, kids)
        return Told(told.plans, told.grants, done=False, now=told.now, drilled=drilled)

    return _with(home, drilling)


async def _look(parts: Parts, kids: Sequence[str], since: str | None) -> Told:
    services = await services_of(parts)
    plans = await _plans(services, kids, since)
    grants = await services.given.count(min(plan.since for plan in plans))
    return Told(plans, grants, done=False, now=parts.clock.now())


async def _plans(
    services: Services, kids: Sequence[str], since: str | None
) -> tuple[Emergency, ...]:
    at = _time(since)
    return tuple([await services.compromise.plan(kid, also=kids, since=at) for kid in kids])


async def _drill(rehearsal: Rehearsal, kids: Sequence[str]) -> Drilled:
    """Give up the stand-ins of the keys; a thief signs all the time."""
    keys = await rehearsal.lives.everyone()
    bad = [key for key in keys if rehearsal.real(key.kid) in kids]
    thief = [signer for signer in rehearsal.store.signers() if signer.kid in {k.kid for k in bad}]
    compromise = Compromise(
        database=rehearsal.database,
        lives=rehearsal.lives,
        store=rehearsal.store,
        clock=rehearsal.clock,
        entropy=rehearsal.entropy,
    )
    await rehearsal.keep_older_set()
    await rehearsal.sign_in()
    rehearsal.let_tokens_die()  # what the stolen key has signed is refused by whoever looks again
    names = [key.kid for key in bad if key.state is not KeyState.COMPROMISED]
    plans = [await compromise.plan(kid, also=names) for kid in names]
    for plan in plans:
        await compromise.revoke(plan, also=names)
    believed = await rehearsal.follow_thief(thief, until=max(p.believed_until for p in plans))
    return Drilled(rehearsal.count.tokens, rehearsal.count.failed, believed)


def _with(home: Path | None, work: Callable[[Parts], Awaitable[Told]]) -> Told:
    try:
        return with_parts(home, work)
    except WrongStep as error:
        raise Failure(ExitCode.INPUT, "key_step_refused", str(error)) from error


def _time(text: str | None) -> int | None:
    """Return a time of the past as typed, in UTC where it names no zone; raises Failure."""
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        why = f"{text} is no time: write it as 2026-11-25T22:00, which is UTC"
        raise Failure(ExitCode.INPUT, "time_refused", why) from error
    time = int((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp())
    if time > SystemClock().now():  # a slip of the finger: no grant would end, and all look well
        why = f"{text} is still to come, so nothing that was given would end. It is read as UTC"
        raise Failure(ExitCode.INPUT, "time_refused", why)
    return time


def _shown(drilled: Drilled) -> str:
    refused = ", ".join(f"{count} at one that is {who}" for who, count in drilled.failed.items())
    return (
        f"On a copy, with three platforms: {drilled.tokens} tokens, refused: {refused or 'none'}; "
        f"a thief was believed for {drilled.believed_seconds // 60} more minutes. "
        "Nothing was changed."
    )


def _civil(time: int) -> str:
    return f"{datetime.fromtimestamp(time, UTC):%Y-%m-%d %H:%M} UTC"


@contextmanager
def _bar(total: int, *, shown: bool) -> Iterator[Callable[[int], None]]:
    columns = (TextColumn("ending grants"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), disable=not (shown and total)) as bar:
        task = bar.add_task("", total=total)
        yield lambda count: bar.advance(task, count)
