"""Proofs made before a registrar, waiting for their one-time codes to be redeemed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002_vouchers"
down_revision = "0001_enrolments"


def upgrade() -> None:
    op.create_table(
        "vouchers",
        sa.Column("tag", sa.LargeBinary, primary_key=True),
        sa.Column("row_id", sa.LargeBinary, nullable=False),
        sa.Column("proof_sealed", sa.LargeBinary, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_vouchers_expires_at", "vouchers", ["expires_at"])
