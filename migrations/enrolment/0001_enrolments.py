"""The enrolment store's one table."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001_enrolments"
down_revision = None
contracts = False


def upgrade() -> None:
    op.create_table(
        "enrolments",
        sa.Column("dedup_tag", sa.LargeBinary, primary_key=True),
        sa.Column("key_version", sa.Integer, nullable=False),
        sa.Column("row_id", sa.LargeBinary, nullable=False),
        sa.Column("person_sealed", sa.LargeBinary, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("reserved_until", sa.BigInteger),
        sqlite_with_rowid=False,
    )
    op.create_index("enrolments_reserved_until", "enrolments", ["reserved_until"])
