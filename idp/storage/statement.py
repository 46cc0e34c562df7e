"""A Core statement, compiled once per dialect and then run straight on the driver.

SQLAlchemy Core stays the one source of SQL; what it costs per execution (0.1 to 0.3 ms) is paid
once per process (DESIGN §6, DECISIONS 3). Columns are integers, text and bytes alone, so no value
needs converting on its way to either driver.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sqlalchemy.dialects.postgresql import asyncpg
from sqlalchemy.dialects.sqlite import pysqlite
from sqlalchemy.sql.dml import UpdateBase

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.sql.elements import ClauseElement

_TABLE = re.compile(r"\b(?:FROM|INTO|UPDATE) (\w+)")
_MODULES: dict[str, Any] = {"sqlite": pysqlite, "postgresql": asyncpg}
_DIALECTS = {name: module.dialect() for name, module in _MODULES.items()}


class Compiled:
    """SQL text with positional parameters, for one dialect."""

    def __init__(self, element: ClauseElement, dialect: str) -> None:
        compiled: Any = element.compile(dialect=_DIALECTS[dialect])
        self.sql: str = compiled.string
        table = _TABLE.search(self.sql)
        self.told = (type(element).__name__.upper(), table[1] if table else "")
        """What a trace may say of it: the operation, and the first table that it names."""
        self.names: tuple[str, ...] = tuple(compiled.positiontup or ())
        self.defaults: dict[str, Any] = {
            name: bind.value for name, bind in compiled.binds.items() if not bind.required
        }

    def arguments(self, given: Mapping[str, Any]) -> list[Any]:
        """Return the parameters in order; raises KeyError for one that is neither given nor set."""
        defaults = self.defaults
        return [given[name] if name in given else defaults[name] for name in self.names]


class Statement:
    """One statement under all dialects; ``writes`` tells whether it changes anything."""

    def __init__(self, element: ClauseElement, *, writes: bool | None = None) -> None:
        self._element = element
        self._compiled: dict[str, Compiled] = {}
        self.writes = isinstance(element, UpdateBase) if writes is None else writes

    def compiled(self, dialect: str) -> Compiled:
        """Return the statement for ``dialect`` (``sqlite`` or ``postgresql``)."""
        found = self._compiled.get(dialect)
        if found is None:
            found = self._compiled[dialect] = Compiled(self._element, dialect)
        return found
