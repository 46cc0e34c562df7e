"""What is counted or used once, under digests of which no other table holds one."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, Table

from idp.storage.tables.metadata import provider

replays = Table(
    "replays",
    provider,
    Column("digest", LargeBinary, primary_key=True),
    Column("expires_at", BigInteger, nullable=False, index=True),
    sqlite_with_rowid=False,
)

# Mails that are to be sent: to whom and about what is sealed, and no row names a person.
notices = Table(
    "notices",
    provider,
    Column("id", LargeBinary, primary_key=True),
    Column("facts_sealed", LargeBinary, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("due_at", BigInteger, nullable=False, index=True),
    sqlite_with_rowid=False,
)

throttles = Table(
    "throttles",
    provider,
    Column("tag", LargeBinary, primary_key=True),
    Column("count", Integer, nullable=False),
    Column("expires_at", BigInteger, nullable=False, index=True),
    sqlite_with_rowid=False,
)
