"""How old a database is, and whether it has gone back in time.

Rules in prose. A database that was put back to an earlier state has forgotten what was used up or
ended since. ``idp restore`` says so in the database itself (``restored_at``): what was made before
then counts as used. A database can also be put back behind our back: a copied file, a server's own
recovery to a point in time. So each server writes into the database, once a minute, that it is
alive, and remembers outside of it, in the instance's folder, when that last was. A database that is
older than what a server remembers went back. ``TOLERATED_SECONDS`` is what may be lost without an
alarm: a failover to another database server may lose a moment, codes live for one minute.
"""

from __future__ import annotations

from typing import Final

TOLERATED_SECONDS: Final = 120


class WentBack(Exception):
    """The database is older than what this machine has seen; both times in epoch seconds."""

    def __init__(self, alive_at: int, seen_at: int) -> None:
        super().__init__(alive_at, seen_at)
        self.alive_at = alive_at
        self.seen_at = seen_at


class HalfRestored(Exception):
    """A restore of this database was begun and has not ended."""


def at_least(seen_at: int) -> int:
    """Return how young the database has to be for whoever last saw it at ``seen_at``."""
    return max(0, seen_at - TOLERATED_SECONDS)


def check(*, alive_at: int, restoring: bool, seen_at: int) -> None:
    """Raise HalfRestored or WentBack when the database may not be served as it is."""
    if restoring:
        raise HalfRestored
    if alive_at < at_least(seen_at):
        raise WentBack(alive_at, seen_at)
