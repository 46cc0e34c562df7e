"""Making a backup: both databases, each as it was at one moment, while servers run.

The two share no transaction. The enrolment store is looked at first: an account that is created in
between is then a reservation whose person is there, which housekeeping confirms; one that is closed
in between is an identity without an account, which a restore closes.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, BinaryIO

from msgspec import Struct, field

from idp.domain import backup as form
from idp.domain.audit import Act
from idp.services.backup_file import Writer
from idp.storage import instance
from idp.storage.schema import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from idp.domain.clock import Clock, Entropy
    from idp.domain.secret_key import VersionedSecret
    from idp.services.audit import Audit
    from idp.storage.backup import Shape
    from idp.storage.database import Database, Snapshot

ORDER = (Store.ENROLMENT, Store.PROVIDER)


class Whole(Struct, frozen=True):
    """The two databases of an instance, what is in them, and at which revisions they are."""

    databases: Mapping[Store, Database]
    shapes: Mapping[Store, Sequence[Shape]]
    revisions: Mapping[Store, str]


class Made(Struct, frozen=True):
    """A backup that is whole: when it was begun, and the number of rows of each table."""

    made_at: int
    rows: dict[str, int] = field(default_factory=dict)


class Backup:
    """Writes backups of one instance."""

    def __init__(
        self,
        whole: Whole,
        *,
        issuer: str,
        secret: VersionedSecret,
        audit: Audit,
        clock: Clock,
        entropy: Entropy,
    ) -> None:
        self._whole = whole
        self._issuer = issuer
        self._secret = secret
        self._audit = audit
        self._clock = clock
        self._entropy = entropy

    async def count(self) -> int:
        """Return about how many rows there are to write."""
        total = 0
        for store in ORDER:
            database = self._whole.databases[store]
            total += sum([await shape.count(database) for shape in self._whole.shapes[store]])
        return total

    async def write(self, file: BinaryIO, progress: Callable[[int], None]) -> Made:
        """Write everything into ``file``; ``progress`` hears how many rows were added.

        Memory stays bounded. Raises Unavailable.
        """
        head = form.Head(
            made_at=self._clock.now(),
            issuer=self._issuer,
            key_version=self._secret.active,
            salt=self._entropy.bytes(form.SALT_BYTES).hex(),
            revisions={store.value: self._whole.revisions[store] for store in ORDER},
        )
        writer, made = Writer(file, self._secret, head), Made(head.made_at)
        first, second = (self._whole.databases[store] for store in ORDER)
        async with first.snapshot() as earlier, second.snapshot() as later:
            for store, snapshot in zip(ORDER, (earlier, later), strict=True):
                for shape in self._whole.shapes[store]:
                    made.rows[shape.name] = await _write(writer, shape, snapshot, progress)
        writer.line(json.dumps({"end": made.rows}).encode() + b"\n")
        writer.close()
        return made

    async def note(self, made: Made) -> None:
        """Remember, and record for everybody, that a backup was made and lies where it should."""
        database = self._whole.databases[Store.PROVIDER]
        async with database.transaction() as transaction:
            await instance.backed_up(transaction, now=made.made_at)
            await self._audit.record(transaction, Act.BACKED_UP)


async def _write(
    writer: Writer, shape: Shape, snapshot: Snapshot, progress: Callable[[int], None]
) -> int:
    names = list(shape.columns)
    head = {"store": shape.store.value, "table": shape.name, "columns": names}
    writer.line(json.dumps(head).encode() + b"\n")
    total = 0
    async for rows in shape.rows(snapshot):
        for row in rows:
            writer.line(form.write_row([row[name] for name in names]))
        total += len(rows)
        progress(len(rows))
    return total
