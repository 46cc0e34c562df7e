"""Clients, and what persons have with them: platforms and network IDs in no clear column."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, Table, Text

from idp.storage.tables.metadata import provider

clients = Table(
    "clients",
    provider,
    Column("client_id", Text, primary_key=True),
    Column("metadata", Text, nullable=False),
    Column("secret_digest", LargeBinary),
    Column("logo", LargeBinary),
    Column("created_at", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

# Every sector that ever had a client. A person's own network IDs are found by computing the tags of
# all of these, also of platforms that have left.
sectors = Table(
    "sectors",
    provider,
    Column("sector", Text, primary_key=True),
    sqlite_with_rowid=False,
)

pseudonyms = Table(
    "pseudonyms",
    provider,
    Column("sector", Text, primary_key=True),
    Column("holder_tag", LargeBinary, primary_key=True),
    Column("network_id", Text, nullable=False, unique=True),
    Column("row_id", LargeBinary, nullable=False),
    Column("person_sealed", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

consents = Table(
    "consents",
    provider,
    Column("network_id", Text, primary_key=True),
    Column("client_id", Text, primary_key=True),
    Column("items", Text, nullable=False),
    Column("expires_day", Integer, nullable=False, index=True),
    sqlite_with_rowid=False,
)

grants = Table(
    "grants",
    provider,
    Column("id", LargeBinary, primary_key=True),
    Column("code_digest", LargeBinary, nullable=False, unique=True),
    Column("client_id", Text, nullable=False),
    Column("network_id", Text, nullable=False),
    Column("facts_sealed", LargeBinary, nullable=False),
    Column("code_expires_at", BigInteger, nullable=False),
    Column("code_used_at", BigInteger),
    Column("revoked_at", BigInteger),
    Column("expires_at", BigInteger, nullable=False, index=True),
    sqlite_with_rowid=False,
)
