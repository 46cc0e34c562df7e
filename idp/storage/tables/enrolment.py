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
    Index("enrolments_reserved_until", "reserved_until"),
    sqlite_with_rowid=False,
)

# A proof made before a registrar, waiting for the person to redeem its one-time code.
vouchers = Table(
    "vouchers",
    enrolment,
    Column("tag", LargeBinary, primary_key=True),
    Column("row_id", LargeBinary, nullable=False),
    Column("proof_sealed", LargeBinary, nullable=False),
    Column("expires_at", BigInteger, nullable=False, index=True),
    sqlite_with_rowid=False,
)
