"""``idp keys rotate-secret`` and what belongs to it, by the same service as the server's."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import asdict
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from idp.cli.failure import ExitCode, Failure
from idp.cli.opening import with_services
from idp.domain.secret_version import SecretState, SecretVersion
from idp.domain.signing_key import WrongStep

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence
    from pathlib import Path
    from typing import TypeVar

    from idp.domain.secret_key import SecretDomain
    from idp.services.secret_rotation import SecretRotation, UnderWay

    Found = TypeVar("Found")

_LOOK_SECONDS = 3
_LOOKS = 20  # servers look every 15 seconds
_MEANING = {
    SecretState.STAGED: "on its way to every server",
    SecretState.ACTIVE: "new values are made under it",
    SecretState.RETIRED: "only read and looked up",
    SecretState.KEPT: "kept for what cannot be moved from it",
    SecretState.REMOVED: "gone",
}


class Told(Struct, frozen=True):
    """How a rotation stands, for machines and for people."""

    under_way: UnderWay

    @property
    def is_over(self) -> bool:
        """Tell whether none is under way."""
        return self.under_way.is_over

    @property
    def new_version(self) -> int:
        """The newest version that there is."""
        return 0 if self.under_way.new is None else self.under_way.new.version

    def as_json(self) -> dict[str, Any]:
        """Return it for machines; times in epoch seconds."""
        it = self.under_way
        return {
            "secret": it.domain.value,
            "over": it.is_over,
            "from": None if it.old is None else it.old.version,
            "to": None if it.new is None else it.new.version,
            "waits_for": it.waits_for or None,
            "possible_from": it.since,
            "left": asdict(it.left),
        }

    def as_text(self, *, begins: bool = False) -> str:
        """Return it for a person; ``begins`` when it is what a dry run would begin."""
        it = self.under_way
        if begins:
            return f"{it.domain}:{self.new_version + 1} would be made; nothing is under way now."
        if it.is_over or it.old is None or it.new is None:
            return f"It is over: {it.domain}:{self.new_version} alone is in use."
        text = f"From {it.old.name} ({it.old.state}) to {it.new.name} ({it.new.state})."
        if it.left.movable:
            text += f" {it.left.movable} values are to be moved."
        if not it.waits_for:
            return f"{text} It can go on now: run `idp keys rotate-secret {it.domain}`."
        since = "" if it.since is None else f", from {_civil(it.since)} on"
        return f"{text} It waits for {it.waits_for}{since}: then run this command again."


def everyone(home: Path | None) -> list[SecretVersion]:
    """Return all versions there ever were; raises Failure."""
    return _with(home, lambda rotation: rotation.everyone())


def standing(home: Path | None, domain: SecretDomain) -> Told:
    """Return how a rotation stands; changes nothing. Raises Failure."""
    return Told(_with(home, lambda rotation: rotation.standing(domain)))


def go_on(home: Path | None, domain: SecretDomain, *, begin: bool, wait: bool, bar: bool) -> Told:
    """Take every step that is possible, within a minute or so; raises Failure.

    ``begin`` makes a new version first.
    """

    async def going_on(rotation: SecretRotation) -> Told:
        if begin:
            await rotation.stage(domain)
        left = await rotation.left(domain)
        with _bar(domain, left.movable, shown=bar) as told:
            for look in range(_LOOKS if wait else 1):
                if look:
                    await asyncio.sleep(_LOOK_SECONDS)
                under_way = await rotation.go_on(domain, told)
                if not under_way.waits_for_servers:
                    break
        return Told(under_way)

    return _with(home, going_on)


def rewrap(
    home: Path | None, domains: Sequence[SecretDomain], *, dry_run: bool, bar: bool
) -> list[dict[str, Any]]:
    """Move what can be moved, or only count it; return what is left, by secret. Raises Failure."""

    async def rewrapping(rotation: SecretRotation) -> list[dict[str, Any]]:
        found = []
        for domain in domains:
            left = await rotation.left(domain)
            if not dry_run and left.movable:
                with _bar(domain, left.movable, shown=bar) as told:
                    left = await rotation.rewrap(domain, told)
            found.append({"secret": domain.value, "left": asdict(left)})
        return found

    return _with(home, rewrapping)


def as_json(one: SecretVersion) -> dict[str, Any]:
    """Return a version for machines; times in epoch seconds."""
    return {
        "secret": one.domain.value,
        "version": one.version,
        "state": one.state.value,
        "made_at": one.made_at,
        "activated_at": one.activated_at,
    }


def as_table(found: Sequence[SecretVersion]) -> Table:
    """Return all versions for a person."""
    table = Table("Secret", "Version", "State", "", "In use since")
    for one in found:
        since = "" if one.activated_at is None else _civil(one.activated_at)
        table.add_row(one.domain, str(one.version), one.state, _MEANING[one.state], since)
    return table


def left_as_table(found: Sequence[dict[str, Any]]) -> Table:
    """Return what is left under older versions for a person."""
    table = Table("Secret", "to be moved", "ends by itself", "stays")
    for one in found:
        table.add_row(one["secret"], *(str(count) for count in one["left"].values()))
    return table


def _civil(time: int) -> str:
    return f"{datetime.fromtimestamp(time, UTC):%Y-%m-%d %H:%M} UTC"


@contextmanager
def _bar(domain: SecretDomain, total: int, *, shown: bool) -> Iterator[Callable[[int], None]]:
    """Show how far it is, on the standard error stream; gives what is to be told of each step."""
    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    shown = shown and total > 0
    with Progress(
        TextColumn("{task.description}"), *columns, console=Console(stderr=True), disable=not shown
    ) as progress:
        task = progress.add_task(f"moving what is under {domain}", total=total)
        yield lambda count: progress.advance(task, count)


def _with(home: Path | None, work: Callable[[SecretRotation], Awaitable[Found]]) -> Found:
    try:
        return with_services(home, lambda asked: work(asked.secret_rotation))
    except WrongStep as error:
        raise Failure(ExitCode.INPUT, "secret_step_refused", str(error)) from error
