"""Proofs that wait to be used once; enrolments found from their person, and closed for a while."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002_vouchers"
down_revision = "0001_enrolments"
contracts = False


def upgrade() -> None:
    op.create_table(
        "vouchers",
        sa.Column("tag", sa.LargeBinary, primary_key=True),
        sa.Column("row_id", sa.LargeBinary, nullable=False),
        sa.Column("facts_sealed", sa.LargeBinary, nullable=False),
        sa.Column("expires_day", sa.Integer, nullable=False),
        sa.Column("holder", sa.LargeBinary),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_vouchers_expires_day", "vouchers", ["expires_day"])
    op.create_index("ix_vouchers_holder", "vouchers", ["holder"])
    op.add_column("enrolments", sa.Column("person_tag", sa.LargeBinary))
    op.add_column("enrolments", sa.Column("closed_until", sa.Integer))
    op.add_column("enrolments", sa.Column("kept_until", sa.Integer))
    op.add_column("enrolments", sa.Column("facts_sealed", sa.LargeBinary))
    op.create_index("ix_enrolments_person_tag", "enrolments", ["person_tag"], unique=True)
    op.create_index("ix_enrolments_kept_until", "enrolments", ["kept_until"])
