"""``idp backup``: databases and wrapped keys into two files, while servers run."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from idp.app import open_keystore, parts_of
from idp.app.upkeep import backup_of, databases_of
from idp.cli.backup_places import places, written
from idp.cli.failure import ExitCode, Failure
from idp.cli.instance import asking, one_line, settings_of, stores
from idp.keystore.copying import copied
from idp.services.backup import Made, Whole
from idp.storage import backup, schema

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from idp.app import Parts
    from idp.cli.backup_places import Places
    from idp.settings import Settings


class Wishes(Struct, frozen=True):
    """What is to be backed up, and where to; ``keys`` is None where the keys stay out of it."""

    databases: Path
    keys: Path | None
    together: bool = False
    quiet: bool = False


def make(home: Path | None, wishes: Wishes) -> tuple[Made, Places]:
    """Make a backup; raises Failure, and then no file is left."""
    settings = settings_of(home)
    with one_line():
        parts = parts_of(settings, open_keystore(settings))
    revisions = {store: _revision(store, url) for store, url in stores(settings).items()}
    chosen = places(
        settings, parts.clock.now(), wishes.databases, wishes.keys, together=wishes.together
    )
    whole = Whole(databases_of(parts), shapes_of(settings), revisions)
    with one_line(), written(chosen.databases) as file:

        async def writing() -> Made:
            async with parts.opened():
                making = backup_of(parts, whole)
                with bar("Backing up", await making.count(), quiet=wishes.quiet) as progress:
                    return await making.write(file, progress)

        made = asyncio.run(writing())
    if chosen.keys is not None:  # after the databases: every key that they speak of is there
        with one_line(), written(chosen.keys) as file:
            file.write(copied(settings.keys_folder))
    if all(revisions[store] == schema.newest(store) for store in revisions):
        with one_line():
            asyncio.run(_note(parts_of(settings, parts.keystore), whole, made))
    return made, chosen


async def _note(parts: Parts, whole: Whole, made: Made) -> None:
    async with parts.opened():
        now_open = Whole(databases_of(parts), whole.shapes, whole.revisions)
        await backup_of(parts, now_open).note(made)


def shapes_of(settings: Settings) -> dict[schema.Store, list[backup.Shape]]:
    """Return the tables that both databases have; raises Failure."""
    return {
        store: asking(store, partial(backup.shapes, store, url))
        for store, url in stores(settings).items()
    }


def _revision(store: schema.Store, url: str) -> str:
    found = asking(store, partial(schema.current, store, url))
    if found is None:
        raise Failure(
            ExitCode.INSTANCE, "nothing_to_back_up", f"the {store} database has no tables yet"
        )
    if found not in schema.known(store):  # there may be tables that we do not know of
        text = f"the {store} database is of a newer version of this program. Back up with that one"
        raise Failure(ExitCode.INSTANCE, "schema_unknown", text)
    return found


@contextmanager
def bar(what: str, total: int, *, quiet: bool) -> Iterator[Callable[[int], None]]:
    """Show a progress bar on the standard error stream, where a person sits."""
    console = Console(stderr=True)
    shown = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*shown, console=console, disable=quiet or not console.is_terminal) as progress:
        task = progress.add_task(what, total=total or None)
        yield partial(progress.advance, task)


def as_json(made: Made, chosen: Places) -> dict[str, Any]:
    """Return what was made for machines."""
    return {
        "made_at": made.made_at,
        "databases": str(chosen.databases),
        "keys": None if chosen.keys is None else str(chosen.keys),
        "rows": made.rows,
    }


def as_text(made: Made, chosen: Places) -> str:
    """Return what was made for a person."""
    total = sum(made.rows.values())
    keys = (
        "The keys were left out: a backup without the keys of its time opens to nobody."
        if chosen.keys is None
        else f"Keys, wrapped: [bold]{escape(str(chosen.keys))}[/]"
    )
    return (
        f"Databases, {total} rows, sealed: [bold]{escape(str(chosen.databases))}[/]\n{keys}\n"
        "What opens the keys, a wrapping key or a token, is in neither: keep it elsewhere.\n"
        f"Look whether it opens:  idp restore --verify {escape(str(chosen.databases))}"
    )
