"""A logical dump, as a thief has it: every row of both stores, in the order the database gives."""

from __future__ import annotations

import re
import sqlite3
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import LargeBinary, Text

from idp.storage import tables

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.postgres import Postgres

Value = bytes | str | int | None
Row = tuple[Value, ...]

KNOWN: Final = dict(tables.provider.tables) | dict(tables.enrolment.tables)
_ESCAPED: Final = re.compile(r"\\(.)")
_LETTERS: Final = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v"}


@dataclass(repr=False)  # a failing test would print millions of bytes
class Table:
    """One table's rows, in the order of the dump."""

    columns: tuple[str, ...]
    rows: list[Row] = field(default_factory=list)

    def column(self, name: str) -> list[Value]:
        """Return one column's values."""
        place = self.columns.index(name)
        return [row[place] for row in self.rows]


Dump = dict[str, Table]


def from_sqlite(*paths: str) -> Dump:
    """Dump both files as the command ``.dump`` does: table by table, in the table's own order."""
    dump: Dump = {}
    for path in paths:
        connection = sqlite3.connect(path)
        for name in _own(connection):
            found = connection.execute(f"SELECT * FROM {name}")  # noqa: S608 - our own
            columns = tuple(description[0] for description in found.description)
            dump[name] = Table(columns, found.fetchall())
        connection.close()
    return dump


def _own(connection: sqlite3.Connection) -> list[str]:
    found = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    return [name for (name,) in found if name in KNOWN]


def from_postgres(postgres: Postgres, *urls: str) -> Dump:
    """Run pg_dump on both databases and read what it says."""
    dump: Dump = {}
    for url in urls:
        program = str(postgres.programs / "pg_dump")
        command = [program, f"--dbname={url}", "--data-only"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, encoding="utf-8") as run:
            assert run.stdout is not None
            _read(run.stdout, dump)
        assert run.returncode == 0
    return dump


def _read(lines: Iterator[str], dump: Dump) -> None:
    for line in lines:
        # A partition is a part of its table, in a place of its own.
        started = re.match(r"COPY public\.(\w+?)(?:_\d+)? \((.*)\) FROM stdin;", line)
        if started and started[1] in KNOWN:
            columns = tuple(name.strip('" ') for name in started[2].split(","))
            readers = [_reader(started[1], name) for name in columns]
            table = dump.setdefault(started[1], Table(columns))
            assert table.columns == columns
            for copied in lines:
                if copied == "\\.\n":
                    break
                cells = copied.rstrip("\n").split("\t")
                table.rows.append(
                    tuple(
                        None if cell == "\\N" else read(cell)
                        for read, cell in zip(readers, cells, strict=True)
                    )
                )


def _reader(table: str, column: str) -> Any:
    kind = KNOWN[table].c[column].type
    if isinstance(kind, LargeBinary):
        return _bytes
    return _text if isinstance(kind, Text) else int


def _bytes(cell: str) -> bytes:
    return bytes.fromhex(cell[3:])  # after \\x


def _text(cell: str) -> str:
    return _ESCAPED.sub(lambda found: _LETTERS.get(found[1], found[1]), cell)
