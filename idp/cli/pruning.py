"""``idp prune``: the housekeeping that a server does every minute, once and with counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Column, Table

from idp.cli.opening import services_of, with_parts
from idp.services import housekeeping

if TYPE_CHECKING:
    from pathlib import Path

    from idp.app import Parts


def prune(home: Path | None, *, dry_run: bool) -> dict[str, int]:
    """Delete what has expired, or only count it; return how many rows of what. Raises Failure."""

    async def pruning(parts: Parts) -> dict[str, int]:
        days, clock = parts.settings.activity_days, parts.clock
        database, store = parts.database, parts.enrolment_store
        if dry_run:
            return await housekeeping.would_prune(database, store, clock, activity_days=days)
        services = await services_of(parts)
        return {
            **await housekeeping.prune(database, clock, activity_days=days),
            **await housekeeping.finish_closings(services.closing),
            **await housekeeping.prune_enrolments(store, services.enrolment, clock),
        }

    return with_parts(home, pruning)


def as_table(counts: dict[str, int], *, dry_run: bool) -> Table | str:
    """Return what went, or would go, for a person."""
    if not any(counts.values()):
        return "Nothing has expired."
    table = Table("What", Column("would go" if dry_run else "gone", justify="right"))
    for name, count in counts.items():
        if count:
            table.add_row(name.replace("_", " "), str(count))
    return table
