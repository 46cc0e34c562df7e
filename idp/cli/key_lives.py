"""``idp keys``: how signing keys come, take over and leave, by the same service as the server's."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from rich.table import Column, Table

from idp.cli.failure import ExitCode, Failure
from idp.cli.opening import with_services
from idp.domain.signing_key import KeyState, SigningKey, TooEarly, WrongStep

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path
    from typing import TypeVar

    from idp.services.key_lives import KeyLives

    Found = TypeVar("Found")


def everyone(home: Path | None) -> list[SigningKey]:
    """Return all keys there ever were, oldest first; raises Failure."""

    async def looking(lives: KeyLives) -> list[SigningKey]:
        await lives.load()
        return await lives.everyone()

    return _with_keys(home, looking)


def stage(home: Path | None, alg: str) -> SigningKey:
    """Make and publish a key; raises Failure ``key_step_refused``."""
    return _with_keys(home, lambda lives: lives.stage(alg))


def activate(home: Path | None, kid: str) -> SigningKey:
    """Let a published key sign; raises Failure ``key_step_refused``, ``key_step_too_early``."""
    return _with_keys(home, lambda lives: lives.activate(kid))


def remove(home: Path | None, kid: str) -> SigningKey:
    """Stop serving a retired key; raises Failure as ``activate``."""
    return _with_keys(home, lambda lives: lives.remove(kid))


def as_json(key: SigningKey) -> dict[str, Any]:
    """Return a key for machines; times in epoch seconds."""
    return asdict(key) | {
        "state": key.state.value,
        "may_be_activated_at": key.may_be_activated_at,
        "may_be_removed_at": key.may_be_removed_at,
    }


def as_table(found: list[SigningKey]) -> Table:
    """Return all keys for a person, each with what can come next, and when."""
    table = Table(Column("Key", no_wrap=True, min_width=43), "What it does")
    for key in found:  # in one cell: more columns would be cut off beside a kid, dates first
        text = f"{key.alg}, {key.state.value} since {_since(key)}. {_next(key)}"
        table.add_row(key.kid, text.rstrip())
    return table


def as_text(key: SigningKey) -> str:
    """Return what became of a key for a person."""
    return f"{key.kid} ({key.alg}) is {key.state.value} now. {_next(key)}".rstrip()


def _since(key: SigningKey) -> str:
    times = (key.removed_at, key.retired_at, key.activated_at, key.published_at)
    return _civil(next(time for time in times if time is not None))


def _next(key: SigningKey) -> str:
    if key.state is KeyState.PUBLISHED:
        return f"May sign from {_civil(key.may_be_activated_at)} on."
    if key.state is KeyState.RETIRED and key.may_be_removed_at is not None:
        return f"May be removed from {_civil(key.may_be_removed_at)} on."
    return ""


def _civil(time: int) -> str:
    return f"{datetime.fromtimestamp(time, UTC):%Y-%m-%d %H:%M} UTC"


def _with_keys(home: Path | None, work: Callable[[KeyLives], Awaitable[Found]]) -> Found:
    """Do ``work`` on the keys of the instance; raises Failure."""
    try:
        return with_services(home, lambda asked: work(asked.key_lives))
    except TooEarly as error:
        text = f"{error}. It will be possible from {_civil(error.since)} on"
        raise Failure(ExitCode.NO, "key_step_too_early", text) from error
    except WrongStep as error:
        raise Failure(ExitCode.INPUT, "key_step_refused", str(error)) from error
