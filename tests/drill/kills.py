"""Where a process dies: at a point of a key's life, by SIGKILL, once somebody has named it.

What a point wraps is called as ever; only if there is a file of its name does the process that
comes by take the file away and kill itself.
"""

from __future__ import annotations

import functools
import inspect
import os
import signal
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from idp.domain.signing_key import KeyState
from idp.keystore import files
from idp.keystore.files import FileKeystore
from idp.services.key_lives import KeyLives
from idp.storage import signing_keys

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Point:
    """A function, and whether death comes before or after it; ``into`` is a move's new state."""

    owner: Any
    function: str
    before: bool = False
    into: KeyState | None = None


POINTS: Final[dict[str, Point]] = {
    "stage: before the key is made": Point(FileKeystore, "make", before=True),
    "stage: its file is written, not listed": Point(files, "bring_in"),
    "stage: it is listed, not settled": Point(files, "settle", before=True),
    "stage: it is made, without a row": Point(FileKeystore, "make"),
    "stage: its row is written, not committed": Point(signing_keys, "put"),
    "stage: done": Point(KeyLives, "stage"),
    "activate: before": Point(KeyLives, "take_over", before=True),
    "activate: the old one is retired, not committed": Point(
        signing_keys, "move", into=KeyState.RETIRED
    ),
    "activate: not committed": Point(KeyLives, "take_over"),
    "activate: done": Point(KeyLives, "activate"),
    "remove: not committed": Point(signing_keys, "move", into=KeyState.REMOVED),
    "remove: not destroyed": Point(FileKeystore, "destroy", before=True),
    "destroy: its file is aside, still listed": Point(files, "unsettle"),
    "destroy: not listed, its file still there": Point(files, "take_out", before=True),
    "destroy: done": Point(FileKeystore, "destroy"),
}
QUEUES: Final = [
    [name for name in POINTS if name.startswith(kind)]
    for kind in ("stage", "activate", "remove", "destroy")
]
"""The points by kind: a rotation passes one of each, and many rotations all of them."""
REVOCATION: Final[dict[str, Point]] = {
    "revoke: not committed": Point(signing_keys, "move", into=KeyState.COMPROMISED),
    "revoke: not destroyed": Point(FileKeystore, "destroy", before=True),
}


def arm(folder: Path, point: str) -> None:
    """Let whoever comes by this point next die there."""
    folder.mkdir(exist_ok=True)
    _file(folder, point).touch()


def is_armed(folder: Path, point: str) -> bool:
    """Tell whether nobody has died there yet."""
    return _file(folder, point).exists()


def disarm(folder: Path, point: str) -> bool:
    """Let nobody die there; tell whether somebody has."""
    file = _file(folder, point)
    try:
        file.unlink()
    except FileNotFoundError:
        return True
    return False


def watch(folder: Path, points: dict[str, Point]) -> None:
    """Put every point in place in this process."""
    for name, point in points.items():
        setattr(point.owner, point.function, _wrapped(_file(folder, name), point))


def _file(folder: Path, point: str) -> Path:
    return folder / point.replace(" ", "-")


def _wrapped(file: Path, point: Point) -> Any:
    function = getattr(point.owner, point.function)

    def die(arguments: tuple[Any, ...], *, before: bool) -> None:
        reached = point.into is None or arguments[-1].state is point.into
        if before is point.before and reached and file.exists():
            file.unlink()
            os.kill(os.getpid(), signal.SIGKILL)

    @functools.wraps(function)
    async def later(*arguments: Any, **named: Any) -> Any:
        die(arguments, before=True)
        found = await function(*arguments, **named)
        die(arguments, before=False)
        return found

    @functools.wraps(function)
    def at_once(*arguments: Any, **named: Any) -> Any:
        die(arguments, before=True)
        found = function(*arguments, **named)
        die(arguments, before=False)
        return found

    return later if inspect.iscoroutinefunction(function) else at_once
