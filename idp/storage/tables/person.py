"""The person side: names no platform in clear."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
)

from idp.storage.tables.metadata import provider


def _person(*, unique: bool = False) -> Column[bytes]:
    return Column(
        "person_id",
        ForeignKey("people.id", ondelete="CASCADE"),
        nullable=False,
        index=not unique,
        unique=unique,
    )


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
    Column("contact_sealed", LargeBinary),
)

passkeys = Table(
    "passkeys",
    provider,
    Column("id", LargeBinary, primary_key=True),
    _person(),
    Column("credential_id", LargeBinary, nullable=False, unique=True),
    Column("public_key", LargeBinary, nullable=False),
    Column("sign_count", BigInteger, nullable=False),
    Column("backup_eligible", Integer, nullable=False),
    Column("backed_up", Integer, nullable=False),
    Column("created_day", Integer, nullable=False),
    Column("hardware", Integer, nullable=False),
    Column("facts_sealed", LargeBinary),
)

sessions = Table(
    "sessions",
    provider,
    Column("digest", LargeBinary, primary_key=True),
    _person(),
    Column("facts_sealed", LargeBinary, nullable=False),
    Column("expires_day", Integer, nullable=False, index=True),
)

recovery_codes = Table(
    "recovery_codes",
    provider,
    Column("tag", LargeBinary, primary_key=True),
    _person(),
)

recoveries = Table(
    "recoveries",
    provider,
    Column("id", LargeBinary, primary_key=True),
    _person(unique=True),
    Column("facts_sealed", LargeBinary, nullable=False),
    Column("expires_day", Integer, nullable=False, index=True),
)

# A tag per (sector, person), and one for what concerns no platform: rows of one person at two
# platforms do not join (DESIGN §4). The key begins with it, since no event is looked for otherwise:
# that order tells nothing that the tags do not (DECISIONS 100). On PostgreSQL each slot is a
# partition, emptied as a whole when all its days are over; a new one is never needed, so none can
# be missing (DECISIONS 81).
activity = Table(
    "activity",
    provider,
    Column("id", LargeBinary, nullable=False),
    Column("tag", LargeBinary, nullable=False),
    Column("facts_sealed", LargeBinary, nullable=False),
    Column("day", Integer, nullable=False, index=True),
    Column("slot", Integer, nullable=False, server_default="0"),
    PrimaryKeyConstraint("tag", "id", "slot"),
)

# An account just closed, until the enrolment store knows of it (DECISIONS 36).
closings = Table(
    "closings",
    provider,
    Column("id", LargeBinary, primary_key=True),
    Column("facts_sealed", LargeBinary, nullable=False),
)

appeals = Table(
    "appeals",
    provider,
    Column("id", LargeBinary, primary_key=True),
    _person(),
    Column("state", Text, nullable=False),
    Column("facts_sealed", LargeBinary, nullable=False),
    Column("created_day", Integer, nullable=False, index=True),
)
