"""Operators, and what they propose to each other: no person in any clear column."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Integer,
    LargeBinary,
    Table,
    Text,
)

from idp.storage.tables.metadata import provider


def _operator() -> Column[bytes]:
    return Column(
        "operator_id", ForeignKey("operators.id", ondelete="CASCADE"), nullable=False, index=True
    )


operators = Table(
    "operators",
    provider,
    Column("id", LargeBinary, primary_key=True),
    Column("status", Text, nullable=False),
    Column("roles", Text, nullable=False),
    Column("facts_sealed", LargeBinary, nullable=False),
    Column("webauthn_user_id", LargeBinary, nullable=False, unique=True),
    Column("created_day", Integer, nullable=False),
)

operator_passkeys = Table(
    "operator_passkeys",
    provider,
    Column("id", LargeBinary, primary_key=True),
    _operator(),
    Column("credential_id", LargeBinary, nullable=False, unique=True),
    Column("public_key", LargeBinary, nullable=False),
    Column("sign_count", BigInteger, nullable=False),
    Column("backup_eligible", Integer, nullable=False),
    Column("backed_up", Integer, nullable=False),
    Column("created_day", Integer, nullable=False),
)

operator_sessions = Table(
    "operator_sessions",
    provider,
    Column("digest", LargeBinary, primary_key=True),
    _operator(),
    Column("facts_sealed", LargeBinary, nullable=False),
    Column("expires_day", Integer, nullable=False, index=True),
)

# The one-time link by which an operator makes a first passkey.
operator_links = Table(
    "operator_links",
    provider,
    Column("tag", LargeBinary, primary_key=True),
    _operator(),
    Column("expires_at", BigInteger, nullable=False, index=True),
)

# An act that needs two operators. `case_id` is random; a proposal that opens a case has its own id
# there, and what is proposed within that case has the same.
proposals = Table(
    "proposals",
    provider,
    Column("id", Text, primary_key=True),
    Column("act", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("facts_sealed", LargeBinary, nullable=False),
    Column("proposed_by", LargeBinary, nullable=False),
    Column("decided_by", LargeBinary),
    Column("expires_at", BigInteger, nullable=False, index=True),
    Column("case_id", Text, nullable=False, index=True),
)
