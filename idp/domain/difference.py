"""How what is written down of a client differs from what is there: told member by member."""

from __future__ import annotations

from enum import StrEnum, auto
from typing import TYPE_CHECKING, Any

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Mapping


class Change(StrEnum):
    """What becomes of a client; one that is ``unlisted`` is nowhere written down, and stays."""

    ADDED = auto()
    CHANGED = auto()
    UNCHANGED = auto()
    REMOVED = auto()
    UNLISTED = auto()


class Member(Struct, frozen=True):
    """One member that differs; None where it is not there."""

    name: str
    before: Any
    after: Any


class Difference(Struct, frozen=True):
    """What becomes of one client. ``logo`` says it of both logos, where they differ."""

    client_id: str
    change: Change
    members: tuple[Member, ...] = ()
    logo: tuple[str, str] | None = None

    @property
    def is_one(self) -> bool:
        """Tell whether there is anything to do."""
        return self.change in {Change.ADDED, Change.CHANGED, Change.REMOVED}


def members(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[Member, ...]:
    """Return the members that differ, by name."""
    return tuple(
        Member(name, old.get(name), new.get(name))
        for name in sorted(old.keys() | new.keys())
        if old.get(name) != new.get(name)
    )
