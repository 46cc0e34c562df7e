"""The two stores' collections of tables."""

from __future__ import annotations

from sqlalchemy import MetaData

provider = MetaData()
enrolment = MetaData()
