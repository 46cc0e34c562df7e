"""Every table. Two stores: the provider's, and the enrolment store with its own database URL.

What stands in clear, and why a dump links nothing, is DESIGN §4: the platform side (``consents``,
``grants``) refers to network IDs, the person side (``people``, ``passkeys``, ``sessions``) names no
platform; only keyed tags and sealed columns know both. Times on the person side are whole days.
Columns are integers, text and bytes alone, so that rows pass to the drivers without conversion.
SQLite tables have no row numbers, which would keep the order of arrival.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
)

provider = MetaData()
enrolment = MetaData()

people = Table(
    "people",
    provider,
    Column("id", LargeBinary, primary_key=True),
    Column("status", Text, nullable=False),
    Column("sandbox", Integer, nullable=False),
    Column("birth_date_sealed", LargeBinary, nullable=False),
    Column("evidence_sealed", LargeBinary, nullable=False),
    Column("notice_sealed", LargeBinary),
    Column("webauthn_user_id", LargeBinary, nullable=False, unique=True),
    Column("created_day", Integer, nullable=False),
    sqlite_with_rowid=False,
)

passkeys = Table(
    "passkeys",
    provider,
    Column("id", LargeBinary, primary_key=True),
    Column("person_id", ForeignKey("people.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("credential_id", LargeBinary, nullable=False, unique=True),
    Column("public_key", LargeBinary, nullable=False),
    Column("sign_count", BigInteger, nullable=False),
    Column("backup_eligible", Integer, nullable=False),
    Column("backed_up", Integer, nullable=False),
    Column("created_day", Integer, nullable=False),
    sqlite_with_rowid=False,
)

sessions = Table(
    "sessions",
    provider,
    Column("digest", LargeBinary, primary_key=True),
    Column("person_id", ForeignKey("people.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("facts_sealed", LargeBinary, nullable=False),
    Column("expires_day", Integer, nullable=False, index=True),
    sqlite_with_rowid=False,
)

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

replays = Table(
    "replays",
    provider,
    Column("digest", LargeBinary, primary_key=True),
    Column("expires_at", BigInteger, nullable=False, index=True),
    sqlite_with_rowid=False,
)

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
