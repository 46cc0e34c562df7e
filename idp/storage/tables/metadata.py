"""The two stores' collections of tables."""

from __future__ import annotations

from typing import Final

from sqlalchemy import MetaData

WHERE: Final = "where"
"""The key of an index's ``info`` that says which rows it is confined to, as SQL."""

provider = MetaData()
enrolment = MetaData()
