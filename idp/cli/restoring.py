"""``idp restore``: a backup brought back or looked through; a database taken as restored."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct

from idp.app import last_seen, open_keystore, parts_of
from idp.app.upkeep import aftermath_of, databases_of
from idp.cli.asking import agreed
from idp.cli.backups import bar, shapes_of
from idp.cli.failure import ExitCode, Failure
from idp.cli.instance import asking, one_line, settings_of, stores
from idp.cli.opening import open_keys
from idp.domain.backup import BackupBroken
from idp.domain.sealing import Sealer
from idp.domain.secret_key import SecretDomain
from idp.keystore.copying import bring_back
from idp.services import restore
from idp.services.aftermath import EnrolmentsForeign
from idp.services.backup_file import Reader
from idp.storage import instance, nodes, schema

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from idp.app import Parts
    from idp.domain.backup import Head
    from idp.services.aftermath import Told
    from idp.services.restore import Checked
    from idp.settings import Settings
    from idp.storage.backup import Shape

_ALIVE_SECONDS = 60  # servers write every 15 that they run


class Wishes(Struct, frozen=True):
    """What is to be restored; ``keys`` is a copy of the wrapped keys to be put in place first."""

    file: Path
    keys: Path | None = None
    replace: bool = False
    yes: bool = False
    quiet: bool = False


class Restored(Struct, frozen=True):
    """What was brought back, and what became of what it may have forgotten; times in seconds."""

    made_at: int | None
    restored_at: int
    rows: Mapping[str, int]
    told: Told


def verify(home: Path | None, wishes: Wishes) -> Checked:
    """Read a backup from beginning to end and change nothing; raises Failure."""
    settings = settings_of(home)
    with one_line():
        parts = parts_of(settings, open_keystore(settings))
    return _checked(parts, wishes)


def bring(home: Path | None, wishes: Wishes) -> Restored:
    """Restore a backup; raises Failure. A restore that was stopped half-way is run again."""
    settings = settings_of(home)
    with one_line():
        if wishes.keys is not None:
            bring_back(wishes.keys, settings.keys_folder)
        parts = parts_of(settings, open_keystore(settings))
    checked = _checked(parts, wishes)
    _check_target(parts, checked.head, wishes)
    marker = settings.home / last_seen.RESTORING
    marker.write_text(f"{wishes.file}\n", encoding="utf-8")
    shapes = _prepared(settings, checked.head)
    with one_line():
        asyncio.run(_fill(parts_of(settings, parts.keystore), wishes, shapes, checked))
    for store, url in stores(settings).items():
        asking(store, partial(schema.upgrade, store, url))
    done = _finish(settings, checked)
    marker.unlink()
    return done


def acknowledge(home: Path | None, *, yes: bool) -> Restored:
    """Take the databases as restored by other means; raises Failure."""
    settings = settings_of(home)
    keystore = open_keys(settings)
    if (settings.home / last_seen.RESTORING).exists():
        raise Failure(
            ExitCode.NO, "restore_half_done", "a restore was stopped half-way: run it again"
        )
    with one_line():
        asyncio.run(_check_idle(parts_of(settings, keystore)))
    agreed("Take these databases as restored?", effect=_EFFECT, yes=yes, dry_run=False)
    return _finish(settings, None)


_EFFECT = (
    "Everybody is signed out, every connection of a platform ends, remembered permissions, "
    "recovery codes and registrars' codes go, accounts that the enrolment store does not know are "
    "closed, and operators are disabled until you enable them."
)


def _checked(parts: Parts, wishes: Wishes) -> Checked:
    secret = parts.keystore.secret(SecretDomain.FIELD)
    sealer = Sealer(secret, parts.entropy)
    with _one_line(wishes.file), wishes.file.open("rb") as file:
        reader = Reader(file)
        with bar("Looking through", 0, quiet=wishes.quiet) as progress:
            checked = restore.check(reader, secret, sealer, progress)
    for store in schema.Store:
        try:
            schema.pending(store, checked.head.revisions.get(store.value))
        except ValueError as error:
            text = f"{wishes.file}: {error}. Restore it with that version"
            raise Failure(ExitCode.INPUT, "backup_refused", text) from error
    return checked


def _check_target(parts: Parts, head: Head, wishes: Wishes) -> None:
    settings = parts.settings
    if head.issuer != settings.issuer:
        raise Failure(
            ExitCode.INPUT,
            "backup_of_another_issuer",
            f"the backup is of {head.issuer}, this instance is {settings.issuer}",
        )
    half_done = (settings.home / last_seen.RESTORING).exists()
    with one_line():
        held = asyncio.run(_holds_something(parts_of(settings, parts.keystore)))
    if held and not half_done and not wishes.replace:
        raise Failure(
            ExitCode.NO,
            "database_not_empty",
            "these databases hold an instance already, and nothing was touched. Give empty ones, "
            "or --replace to put the backup in place of everything in them",
        )
    if held:
        agreed(
            "Put the backup in place of all that is in these databases?",
            effect=_EFFECT,
            yes=wishes.yes or half_done,
            dry_run=False,
        )


async def _holds_something(parts: Parts) -> bool:
    shapes = await asyncio.to_thread(shapes_of, parts.settings)
    async with parts.opened():
        if shapes[schema.Store.PROVIDER]:
            await _refuse_running(parts, shapes[schema.Store.PROVIDER])
        return await restore.holds_something(databases_of(parts), shapes)


async def _check_idle(parts: Parts) -> None:
    async with parts.opened():
        row = await instance.find(parts.database)
        if row is None or row["restoring"]:
            raise Failure(
                ExitCode.NO, "restore_half_done", "a restore was stopped half-way: run it again"
            )
        await _refuse_running(
            parts, (await asyncio.to_thread(shapes_of, parts.settings))[schema.Store.PROVIDER]
        )


async def _refuse_running(parts: Parts, shapes: Sequence[Shape]) -> None:
    if not any(shape.name == "nodes" for shape in shapes):
        return
    now = parts.clock.now()
    # Its clock may be before ours.
    ages = [abs(now - node.seen_at) for node in await nodes.everyone(parts.database)]
    if any(age < _ALIVE_SECONDS for age in ages):
        raise Failure(
            ExitCode.NO,
            "servers_running",
            f"a server said {min(ages)} s ago that it runs. Stop every server of this instance, "
            f"and run this again after {_ALIVE_SECONDS} s",
        )


def _prepared(settings: Settings, head: Head) -> dict[schema.Store, list[Shape]]:
    """Bring both databases to the backup's revisions; return their tables."""
    for store, url in stores(settings).items():
        revision = head.revisions[store.value]
        if asking(store, partial(schema.current, store, url)) != revision:
            asking(store, partial(schema.erase, store, url))
            asking(store, partial(schema.upgrade, store, url, revision))
    return shapes_of(settings)


async def _fill(
    parts: Parts,
    wishes: Wishes,
    shapes: Mapping[schema.Store, Sequence[Shape]],
    checked: Checked,
) -> None:
    async with parts.opened():
        await restore.begin(parts.database, shapes[schema.Store.PROVIDER])
        total = sum(checked.rows.values())
        with (
            _one_line(wishes.file),
            wishes.file.open("rb") as file,
            bar("Restoring", total, quiet=wishes.quiet) as progress,
        ):
            secret = parts.keystore.secret(SecretDomain.FIELD)
            await restore.fill(Reader(file), secret, databases_of(parts), shapes, progress)


def _finish(settings: Settings, checked: Checked | None) -> Restored:
    shapes = shapes_of(settings)
    keystore = open_keys(settings)
    parts = parts_of(settings, keystore)

    async def ending() -> Told:
        async with parts.opened():
            return await aftermath_of(parts, shapes).run()

    with one_line():
        try:
            told = asyncio.run(ending())
        except ValueError as error:
            text = f"{error}. Move the folder of keys away and give those of that time by --keys"
            raise Failure(ExitCode.INSTANCE, "keys_missing", text) from error
        except EnrolmentsForeign as error:
            raise Failure(
                ExitCode.INSTANCE,
                "enrolments_foreign",
                "there are accounts, and the enrolment store knows nobody: every account would be "
                "closed. Nothing was. See that IDP_ENROLMENT_DATABASE_URL leads to the store of "
                "these accounts, as it was at that time",
            ) from error
    now = parts.clock.now()
    last_seen.write(settings.home, now)
    if checked is None:
        return Restored(None, now, {}, told)
    return Restored(checked.head.made_at, now, checked.rows, told)


@contextmanager
def _one_line(file: Path) -> Iterator[None]:
    """Turn what is wrong with a backup into a Failure."""
    try:
        yield
    except BackupBroken as error:
        raise Failure(ExitCode.INPUT, "backup_refused", f"{file}: {error}") from error
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise Failure(ExitCode.INPUT, "file_unreadable", f"{file}: {why}") from error
