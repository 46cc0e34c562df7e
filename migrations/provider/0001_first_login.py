"""Everything the first login needs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001_first_login"
down_revision = None
contracts = False


def upgrade() -> None:
    _person_side()
    _platform_side()
    _single_use()


def _person_side() -> None:
    op.create_table(
        "people",
        sa.Column("id", sa.LargeBinary, primary_key=True),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("sandbox", sa.Integer, nullable=False),
        sa.Column("birth_date_sealed", sa.LargeBinary, nullable=False),
        sa.Column("evidence_sealed", sa.LargeBinary, nullable=False),
        sa.Column("notice_sealed", sa.LargeBinary),
        sa.Column("webauthn_user_id", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("created_day", sa.Integer, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "passkeys",
        sa.Column("id", sa.LargeBinary, primary_key=True),
        _person(),
        sa.Column("credential_id", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("public_key", sa.LargeBinary, nullable=False),
        sa.Column("sign_count", sa.BigInteger, nullable=False),
        sa.Column("backup_eligible", sa.Integer, nullable=False),
        sa.Column("backed_up", sa.Integer, nullable=False),
        sa.Column("created_day", sa.Integer, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_passkeys_person_id", "passkeys", ["person_id"])
    op.create_table(
        "sessions",
        sa.Column("digest", sa.LargeBinary, primary_key=True),
        _person(),
        sa.Column("facts_sealed", sa.LargeBinary, nullable=False),
        sa.Column("expires_day", sa.Integer, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_sessions_person_id", "sessions", ["person_id"])
    op.create_index("ix_sessions_expires_day", "sessions", ["expires_day"])


def _platform_side() -> None:
    op.create_table(
        "clients",
        sa.Column("client_id", sa.Text, primary_key=True),
        sa.Column("metadata", sa.Text, nullable=False),
        sa.Column("secret_digest", sa.LargeBinary),
        sa.Column("logo", sa.LargeBinary),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "pseudonyms",
        sa.Column("sector", sa.Text, primary_key=True),
        sa.Column("holder_tag", sa.LargeBinary, primary_key=True),
        sa.Column("network_id", sa.Text, nullable=False, unique=True),
        sa.Column("row_id", sa.LargeBinary, nullable=False),
        sa.Column("person_sealed", sa.LargeBinary, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "consents",
        sa.Column("network_id", sa.Text, primary_key=True),
        sa.Column("client_id", sa.Text, primary_key=True),
        sa.Column("items", sa.Text, nullable=False),
        sa.Column("expires_day", sa.Integer, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_consents_expires_day", "consents", ["expires_day"])
    op.create_table(
        "grants",
        sa.Column("id", sa.LargeBinary, primary_key=True),
        sa.Column("code_digest", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("client_id", sa.Text, nullable=False),
        sa.Column("network_id", sa.Text, nullable=False),
        sa.Column("facts_sealed", sa.LargeBinary, nullable=False),
        sa.Column("code_expires_at", sa.BigInteger, nullable=False),
        sa.Column("code_used_at", sa.BigInteger),
        sa.Column("revoked_at", sa.BigInteger),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_grants_expires_at", "grants", ["expires_at"])


def _single_use() -> None:
    op.create_table(
        "replays",
        sa.Column("digest", sa.LargeBinary, primary_key=True),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_replays_expires_at", "replays", ["expires_at"])


def _person() -> sa.Column[bytes]:
    return sa.Column(
        "person_id",
        sa.LargeBinary,
        sa.ForeignKey("people.id", ondelete="CASCADE"),
        nullable=False,
    )
