"""A login writes fewer pages: grants are found by what follows from the code, history by its tag.

Grants and events stay as they are, with every token that was given. A code that was not redeemed
yet, a minute old at most, belongs to nothing any more.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006_fewer_pages"
down_revision = "0005_many_nodes"
contracts = True

_GRANTS = "id, holder_tag, consent_tag, facts_sealed, code_used, revoked, expires_at, chain_sealed"


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _grants_of_a_file()
        _history_of_a_file()
    else:
        op.drop_index("ix_grants_consent_tag", "grants")
        op.drop_column("grants", "code_digest")  # and its index
        _history_of_a_server()


def _grants_of_a_file() -> None:
    op.create_table(
        "grants_new",
        sa.Column("id", sa.LargeBinary, primary_key=True),
        sa.Column("holder_tag", sa.LargeBinary, nullable=False),
        sa.Column("consent_tag", sa.LargeBinary, nullable=False),
        sa.Column("facts_sealed", sa.LargeBinary, nullable=False),
        sa.Column("code_used", sa.Integer, nullable=False),
        sa.Column("revoked", sa.Integer, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.Column("chain_sealed", sa.LargeBinary),
        sqlite_with_rowid=False,
    )
    op.execute(f"INSERT INTO grants_new ({_GRANTS}) SELECT {_GRANTS} FROM grants")  # noqa: S608 - our own words
    op.drop_table("grants")  # and its indexes
    op.rename_table("grants_new", "grants")
    op.create_index("ix_grants_holder_tag", "grants", ["holder_tag"])
    op.create_index("ix_grants_expires_at", "grants", ["expires_at"])


def _history_of_a_file() -> None:
    op.create_table(
        "activity_new",
        sa.Column("id", sa.LargeBinary, nullable=False),
        sa.Column("tag", sa.LargeBinary, nullable=False),
        sa.Column("facts_sealed", sa.LargeBinary, nullable=False),
        sa.Column("day", sa.Integer, nullable=False),
        sa.Column("slot", sa.Integer, nullable=False, server_default="0"),
        sa.PrimaryKeyConstraint("tag", "id", "slot"),
        sqlite_with_rowid=False,
    )
    # In the order of the new key, as the old index on the tag has it: each page is written once.
    op.execute(
        "INSERT INTO activity_new (id, tag, facts_sealed, day, slot)"
        " SELECT id, tag, facts_sealed, day, slot FROM activity ORDER BY tag, id"
    )
    op.drop_table("activity")  # and its indexes
    op.rename_table("activity_new", "activity")
    op.create_index("ix_activity_day", "activity", ["day"])


def _history_of_a_server() -> None:
    """Build one index for each slot, the key's, in place of two."""
    op.drop_index("ix_activity_tag", "activity")
    op.drop_constraint("activity_pkey", "activity")
    op.create_primary_key("activity_pkey", "activity", ["tag", "id", "slot"])
