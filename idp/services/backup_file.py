"""Writing and reading the lines of a backup, record by record, whatever their number."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, BinaryIO

from idp.domain import backup as form
from idp.domain.backup import BackupBroken, Cipher, Head

if TYPE_CHECKING:
    from collections.abc import Iterator

    from idp.domain.secret_key import VersionedSecret


class Writer:
    """Writes lines into a file that is open for writing; ``close`` makes it whole."""

    def __init__(self, file: BinaryIO, secret: VersionedSecret, head: Head) -> None:
        self._file = file
        self._cipher = Cipher(secret, head)
        self._waiting = bytearray()
        file.write(form.MAGIC + head.line())

    def line(self, line: bytes) -> None:
        """Add one line, which ends with a line break."""
        if self._waiting and len(self._waiting) + len(line) > form.RECORD_BYTES:
            self._flush(last=False)
        self._waiting += line

    def close(self) -> None:
        """Write what waits as the last record: a file without one is not whole."""
        self._flush(last=True)

    def _flush(self, *, last: bool) -> None:
        self._file.write(self._cipher.seal(bytes(self._waiting), last=last))
        self._waiting.clear()


class Reader:
    """Reads a backup once, from its beginning. Everything raises BackupBroken."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        if file.read(len(form.MAGIC)) != form.MAGIC:
            raise BackupBroken("it is not a backup of this program, or of another version")
        self.head = form.read_head(file.readline(form.LONGEST_HEAD_BYTES))

    def lines(self, secret: VersionedSecret) -> Iterator[Any]:
        """Yield the JSON value of each line; returns when the last record was whole."""
        cipher, ahead = Cipher(secret, self.head), self._record()
        while ahead is not None:
            record, ahead = ahead, self._record()
            plain = cipher.open(record, last=ahead is None)
            for line in plain.splitlines():
                yield json.loads(line)

    def _record(self) -> bytes | None:
        prefix = self._file.read(form.LENGTH_BYTES)
        if not prefix:
            return None
        length = int.from_bytes(prefix, "big")
        if length > form.LONGEST_RECORD_BYTES:
            raise BackupBroken("it was altered")
        record = self._file.read(length)
        if len(record) < length:
            raise BackupBroken("it was cut off")
        return record
