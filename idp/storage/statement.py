"""A Core statement, compiled once per dialect and then run straight on the driver.

SQLAlchemy Core stays the one source of SQL; what it costs per execution (0.1 to 0.3 ms) is paid
once per process (DESIGN §6, DECISIONS 3). Columns are integers, text and bytes alone, so no value
needs converting on its way to either driver.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import import_module
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy.sql.dml import UpdateBase

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy import Dialect, Insert
    from sqlalchemy.sql.elements import ClauseElement

_TABLE = re.compile(r"\b(?:FROM|INTO|UPDATE) (\w+)")
_DIALECTS: Final = {"sqlite": "sqlite.pysqlite", "postgresql": "postgresql.asyncpg"}


@cache
def _dialect(name: str) -> Dialect:
    """Load a dialect when it is spoken: a process speaks one, and the other takes megabytes."""
    found: Dialect = import_module(f"sqlalchemy.dialects.{_DIALECTS[name]}").dialect()
    return found


class Compiled:
    """SQL text with positional parameters, for one dialect.

    ``then`` are the statements that follow this one, each if the one before it found a row: all of
    them and this one are one statement to whoever runs it.
    """

    def __init__(self, element: ClauseElement, dialect: str, then: Sequence[Compiled] = ()) -> None:
        compiled: Any = element.compile(dialect=_dialect(dialect))
        self.sql: str = compiled.string
        self.then = tuple(then)
        table = _TABLE.search(self.sql)
        self.told = (type(element).__name__.upper(), table[1] if table else "")
        """What a trace may say of it: the operation, and the first table that it names."""
        self.names: tuple[str, ...] = tuple(compiled.positiontup or ())
        self.defaults: dict[str, Any] = {
            name: bind.value for name, bind in compiled.binds.items() if not bind.required
        }
        self._pick = _picker(self.names)

    def arguments(self, given: Mapping[str, Any]) -> Sequence[Any]:
        """Return the parameters in order; raises KeyError for one that is neither given nor set."""
        return self._pick({**self.defaults, **given} if self.defaults else given)


def _picker(names: tuple[str, ...]) -> Callable[[Mapping[str, Any]], Sequence[Any]]:
    """Return what picks the values of ``names``, in this order."""
    if len(names) > 1:
        return itemgetter(*names)
    if names:
        (name,) = names
        return lambda given: (given[name],)
    return lambda _given: ()


class Statement:
    """One statement under all dialects; ``writes`` tells whether it changes anything.

    ``on_sqlite`` stand in its place on SQLite, which has no data-modifying CTE: one after the
    other, as long as each finds a row, or changes one. The rows of the first are the answer; where
    one that is not the last finds none, nothing was done and there is no answer. They need no
    RETURNING, which is dear there: a row that was changed is answered by one without columns.
    """

    def __init__(
        self,
        element: ClauseElement,
        *,
        writes: bool | None = None,
        on_sqlite: Sequence[ClauseElement] = (),
    ) -> None:
        self._element = element
        self._on_sqlite = on_sqlite
        self._compiled: dict[str, Compiled] = {}
        self.writes = isinstance(element, UpdateBase) if writes is None else writes

    def compiled(self, dialect: str) -> Compiled:
        """Return the statement for ``dialect`` (``sqlite`` or ``postgresql``)."""
        found = self._compiled.get(dialect)
        if found is None:
            several = self._on_sqlite if dialect == "sqlite" else ()
            first, *others = several or (self._element,)
            then = [Compiled(element, dialect) for element in others]
            found = self._compiled[dialect] = Compiled(first, dialect, then)
        return found


def of_one_row(insert: Insert) -> Insert:
    """Return the insert of one row at most, for SQLite: it keeps no copy of what it changes.

    There is nothing to go back to when a constraint fails, since all are checked before.
    """
    return insert.prefix_with("OR FAIL")
