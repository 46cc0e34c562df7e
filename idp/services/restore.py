"""Bringing a backup back: all of it, or a state that says it is half done and can be run again.

A file is read twice: first to see that every record opens, that nothing is missing and that these
keys open what is sealed inside; then to write. Each database is filled in one transaction of its
own. In between, and until what a restored database may not know is dealt with (``aftermath``), the
database says that it is being restored and no server starts.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from idp.domain.backup import BackupBroken, read_row
from idp.domain.sealing import SealBroken
from idp.storage import instance
from idp.storage.schema import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from idp.domain.backup import Head, Value
    from idp.domain.sealing import Sealer
    from idp.domain.secret_key import VersionedSecret
    from idp.services.backup_file import Reader
    from idp.storage.backup import Shape
    from idp.storage.database import Connection, Database

SAMPLED = 3  # sealed values of each column that have to open
_BATCH = 500
_HELD = ("people", "clients", "enrolments")


class Checked(Struct, frozen=True):
    """A backup that is whole and opens: its head, and how many rows of what it holds."""

    head: Head
    rows: Mapping[str, int]


class _Batch(Struct, frozen=True):
    """Some rows of one table."""

    store: str
    table: str
    columns: tuple[str, ...]
    rows: list[list[Value]]


def check(
    reader: Reader, secret: VersionedSecret, sealer: Sealer, progress: Callable[[int], None]
) -> Checked:
    """Read a whole backup and change nothing; raises BackupBroken."""
    counted, sampled = Counter[str](), Counter[str]()
    for batch in _batches(reader, secret):
        counted[batch.table] += len(batch.rows)
        for row in batch.rows:
            _open_some(sealer, batch, row, sampled)
        progress(len(batch.rows))
    return Checked(reader.head, dict(counted))


async def holds_something(
    databases: Mapping[Store, Database], shapes: Mapping[Store, Sequence[Shape]]
) -> bool:
    """Tell whether there is anybody or any client in databases that are to be filled."""
    for store, found in shapes.items():
        for shape in found:
            if shape.name in _HELD and await shape.count(databases[store]):
                return True
    return False


async def begin(database: Database, shapes: Sequence[Shape]) -> None:
    """Let no server start until the aftermath is over, where the database can say so."""
    if any(shape.name == "instance" for shape in shapes):
        await instance.begin_restore(database)


async def fill(
    reader: Reader,
    secret: VersionedSecret,
    databases: Mapping[Store, Database],
    shapes: Mapping[Store, Sequence[Shape]],
    progress: Callable[[int], None],
) -> None:
    """Put the backup's rows in place of all there are; raises BackupBroken, Unavailable.

    The databases are at the backup's own revisions. Each is filled whole, or left as it was.
    """
    batches = _Ahead(_batches(reader, secret))
    while batches.now is not None:
        store = Store(batches.now.store)
        known = {shape.name: shape for shape in shapes[store]}
        async with databases[store].transaction() as transaction:
            for shape in reversed(shapes[store]):
                await shape.empty(transaction)
            for batch in batches.of(store):
                await _insert(transaction, known, batch)
                progress(len(batch.rows))
            if store is Store.PROVIDER:
                await begin_within(transaction, shapes[store])


async def begin_within(connection: Connection, shapes: Sequence[Shape]) -> None:
    """As ``begin``, within the transaction that brought the row of the backup."""
    if any(shape.name == "instance" for shape in shapes):
        await instance.begin_restore(connection)


class _Ahead:
    """Batches one by one; ``now`` is None after the last."""

    def __init__(self, batches: Iterator[_Batch]) -> None:
        self._batches = batches
        self.now = next(batches, None)

    def of(self, store: Store) -> Iterator[_Batch]:
        """Yield the batches of one store, up to the first of another."""
        while self.now is not None and self.now.store == store:
            yield self.now
            self.now = next(self._batches, None)


def _batches(reader: Reader, secret: VersionedSecret) -> Iterator[_Batch]:
    """Yield every table, in batches of one at least; raises BackupBroken unless all is there."""
    counted, ended = Counter[str](), None
    batch: _Batch | None = None
    for line in reader.lines(secret):
        if isinstance(line, list) and batch is not None:
            batch.rows.append(read_row(line))
            counted[batch.table] += 1
            if len(batch.rows) == _BATCH:
                yield batch
                batch = _Batch(batch.store, batch.table, batch.columns, [])
            continue
        if batch is not None:
            yield batch
        batch = None
        if "end" in line:
            ended = line["end"]
        else:
            batch = _Batch(line["store"], line["table"], tuple(line["columns"]), [])
    if ended is None or {name: counted[name] for name in ended} != ended:
        raise BackupBroken("rows are missing")


async def _insert(connection: Connection, known: Mapping[str, Shape], batch: _Batch) -> None:
    shape = known.get(batch.table)
    if shape is None or set(shape.columns) != set(batch.columns):
        raise BackupBroken(f"its table {batch.table} is not one of its revision")
    places = [batch.columns.index(name) for name in shape.columns]
    if batch.rows:
        await shape.insert(connection, [[row[place] for place in places] for row in batch.rows])


def _open_some(sealer: Sealer, batch: _Batch, row: list[Value], sampled: Counter[str]) -> None:
    named: dict[str, Any] = dict(zip(batch.columns, row, strict=True))
    for column, value in named.items():
        place = f"{batch.table}.{column}"
        if column.endswith("_sealed") and value is not None and sampled[place] < SAMPLED:
            sampled[place] += 1
            if not _opens(sealer, batch.table, column, value, named):
                raise BackupBroken(
                    f"these keys do not open {place}: bring back the keys of that time"
                )


def _opens(sealer: Sealer, table: str, column: str, value: bytes, named: Mapping[str, Any]) -> bool:
    """Tell whether a sealed value opens under one of the identifiers of its own row."""
    for other, found in named.items():
        identifier = found.encode() if isinstance(found, str) else found
        if isinstance(identifier, bytes) and not other.endswith("_sealed"):
            try:
                sealer.open(value, table=table, column=column, row=identifier)
            except SealBroken:
                continue
            return True
    return False
