"""The enrolment store: which identities have an account, as keyed tags only."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, Table, Text

from idp.storage.tables.metadata import enrolment

enrolments = Table(
    "enrolments",
    enrolment,
    Column("dedup_tag", LargeBinary, primary_key=True),
    Column("key_version", Integer, nullable=False),
    Column("row_id", LargeBinary, nullable=False),
    Column("person_sealed", LargeBinary, nullable=False),
    Column("state", Text, nullable=False),
    Column("reserved_until", BigInteger),
    Column("person_tag", LargeBinary),
    Column("closed_until", Integer),
    Column("kept_until", Integer),
    Column("facts_sealed", LargeBinary),
    Index("enrolments_reserved_until", "reserved_until"),
    Index("ix_enrolments_person_tag", "person_tag", unique=True),
    Index("ix_enrolments_kept_until", "kept_until"),
)

# A proof that waits to be used once: made before a registrar for a one-time code, or by an upstream
# provider for the browser that came back from there. `holder` is the reservation that uses it now.
vouchers = Table(
    "vouchers",
    enrolment,
    Column("tag", LargeBinary, primary_key=True),
    Column("row_id", LargeBinary, nullable=False),
    Column("facts_sealed", LargeBinary, nullable=False),
    Column("expires_day", Integer, nullable=False, index=True),
    Column("holder", LargeBinary, index=True),
)
