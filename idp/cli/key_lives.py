"""``idp keys``: how signing keys come, take over and leave, by the same service as the server's."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from msgspec.structs import asdict
from rich.table import Column, Table

from idp.app.system import SystemClock
from idp.cli.failure import ExitCode, Failure
from idp.cli.opening import with_services
from idp.domain.clock import till
from idp.domain.signing_key import (
    KeyState,
    NotLoaded,
    NotSeen,
    SigningKey,
    Standing,
    TooEarly,
    WrongStep,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path
    from typing import TypeVar

    from idp.services.key_lives import KeyLives

    Found = TypeVar("Found")

_CODES = {
    TooEarly: "key_step_too_early",
    NotSeen: "key_not_seen",
    NotLoaded: "key_not_loaded",
}


class Told:
    """Keys, and what the world looks like around them: how they are shown."""

    def __init__(self, keys: list[SigningKey], standing: Standing) -> None:
        self._keys = keys
        self._standing = standing

    def as_json(self) -> list[dict[str, Any]]:
        """Return the keys for machines; times in epoch seconds."""
        return [self._one_as_json(key) for key in self._keys]

    def one_as_json(self) -> dict[str, Any]:
        """Return the first key for machines: the one that was asked about."""
        return self._one_as_json(self._keys[0])

    def as_table(self) -> Table:
        """Return the keys for a person, each with what can come next, and when."""
        table = Table(Column("Key", no_wrap=True, min_width=43), "What it does")
        for key in self._keys:  # in one cell: more columns would be cut off beside a kid
            text = f"{key.alg}, {key.state.value} since {_since(key)}. {self._next(key)}"
            table.add_row(key.kid, text.rstrip())
        return table

    def as_text(self, *, dry_run: bool) -> str:
        """Return what became of each key, or would, for a person."""
        verb = "would be" if dry_run else "is"
        return "\n".join(
            f"{key.kid} ({key.alg}) {verb} {key.state.value} now. {self._next(key)}".rstrip()
            for key in self._keys
        )

    def _one_as_json(self, key: SigningKey) -> dict[str, Any]:
        published = key.state is KeyState.PUBLISHED
        return asdict(key) | {
            "state": key.state.value,
            "may_be_activated_at": key.may_be_activated_at(self._standing) if published else None,
            "may_be_removed_at": key.may_be_removed_at(self._standing.policy),
        }

    def _next(self, key: SigningKey) -> str:
        if key.state is KeyState.PUBLISHED:
            since = _civil(key.may_be_activated_at(self._standing))
            seen = "" if key.seen_at else " Not seen at the issuer's address yet."
            return f"May sign from {since} on.{seen}"
        removable = key.may_be_removed_at(self._standing.policy)
        if key.state is KeyState.RETIRED and removable is not None:
            return f"May be removed from {_civil(removable)} on."
        return ""


def everyone(home: Path | None) -> Told:
    """Return all keys there ever were, oldest first; raises Failure."""

    async def looking(lives: KeyLives) -> Told:
        await lives.load()
        return Told(await lives.everyone(), await lives.standing())

    return _with_keys(home, looking)


def stage(home: Path | None, alg: str, *, dry_run: bool = False) -> Told | None:
    """Make and publish a key; raises Failure ``key_step_refused``. A dry run makes none."""

    async def staging(lives: KeyLives) -> Told | None:
        lives.check_algorithm(alg)
        return None if dry_run else await _told(lives, await lives.stage(alg))

    return _with_keys(home, staging)


def activate(home: Path | None, kid: str, *, dry_run: bool = False) -> Told:
    """Let a published key sign.

    Raises Failure ``key_step_refused``, ``key_step_too_early``, ``key_not_seen``,
    ``key_not_loaded``.
    """

    async def activating(lives: KeyLives) -> Told:
        if dry_run:
            return await _told(lives, await lives.check_activation(kid))
        key = await lives.activate(kid)
        before = [
            one
            for one in await lives.everyone()
            if (one.alg, one.state, one.retired_at) == (key.alg, KeyState.RETIRED, key.activated_at)
        ]
        return Told([key, *before], await lives.standing())

    return _with_keys(home, activating)


def retire(home: Path | None, kid: str, *, dry_run: bool = False) -> Told:
    """Let a key sign no more; one that is ready takes over. Raises Failure as ``activate``."""

    async def retiring(lives: KeyLives) -> Told:
        step = lives.check_retirement if dry_run else lives.retire
        return await _told(lives, await step(kid))

    return _with_keys(home, retiring)


def remove(home: Path | None, kid: str, *, dry_run: bool = False) -> Told:
    """Stop serving a retired key; raises Failure as ``activate``."""

    async def removing(lives: KeyLives) -> Told:
        step = lives.check_removal if dry_run else lives.remove
        return await _told(lives, await step(kid))

    return _with_keys(home, removing)


async def _told(lives: KeyLives, key: SigningKey) -> Told:
    return Told([key], await lives.standing())


def _since(key: SigningKey) -> str:
    times = (key.removed_at, key.retired_at, key.activated_at, key.published_at)
    return _civil(next(time for time in times if time is not None))


def _civil(time: int) -> str:
    return f"{datetime.fromtimestamp(time, UTC):%Y-%m-%d %H:%M} UTC"


def _from(time: int) -> str:
    # How long it is till then, too: an operator's own clock shows another zone.
    return f"from {_civil(time)} on, {till(time - SystemClock().now())}"


def _with_keys(home: Path | None, work: Callable[[KeyLives], Awaitable[Found]]) -> Found:
    """Do ``work`` on the keys of the instance; raises Failure."""
    try:
        return with_services(home, lambda asked: work(asked.key_lives))
    except WrongStep as error:
        since = "" if error.since is None else f". It will be possible {_from(error.since)}"
        code = _CODES.get(type(error))
        if code is None:
            raise Failure(ExitCode.INPUT, "key_step_refused", f"{error}{since}") from error
        raise Failure(ExitCode.NO, code, f"{error}{since}") from error
