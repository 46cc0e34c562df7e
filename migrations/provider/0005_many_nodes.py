"""Many nodes: a person's history in a ring of partitions; how tables that turn over are kept."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005_many_nodes"
down_revision = "0004_operators"

_SLOTS = 32  # of the ring; slot 0 is what was there before, and what an older server writes


def upgrade() -> None:
    _history()
    _turnover()


def _history() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _history_of_a_file()
    else:
        _history_of_a_server()


def _history_of_a_file() -> None:
    op.create_table("activity_new", *_columns(), sqlite_with_rowid=False)
    op.execute(
        "INSERT INTO activity_new (id, tag, facts_sealed, day)"
        " SELECT id, tag, facts_sealed, day FROM activity"
    )
    op.drop_table("activity")  # and its indexes
    op.rename_table("activity_new", "activity")
    op.create_index("ix_activity_tag", "activity", ["tag"])
    op.create_index("ix_activity_day", "activity", ["day"])


def _history_of_a_server() -> None:
    """Make what is there the first partition: no row is copied, one index is built."""
    op.rename_table("activity", "activity_0")
    for name in ("tag", "day"):
        op.execute(f"ALTER INDEX ix_activity_{name} RENAME TO activity_0_{name}_idx")
    op.drop_constraint("activity_pkey", "activity_0")
    op.add_column(
        "activity_0", sa.Column("slot", sa.Integer, nullable=False, server_default="0")
    )  # no row is written for that
    op.create_primary_key("activity_0_pkey", "activity_0", ["id", "slot"])
    op.create_table("activity", *_columns(), postgresql_partition_by="LIST (slot)")
    op.create_index("ix_activity_tag", "activity", ["tag"])
    op.create_index("ix_activity_day", "activity", ["day"])
    op.execute("ALTER TABLE activity ATTACH PARTITION activity_0 FOR VALUES IN (0)")
    for slot in range(1, _SLOTS + 1):
        op.execute(f"CREATE TABLE activity_{slot} PARTITION OF activity FOR VALUES IN ({slot})")


def _columns() -> list[sa.Column[object]]:
    return [
        sa.Column("id", sa.LargeBinary, primary_key=True),
        sa.Column("tag", sa.LargeBinary, nullable=False),
        sa.Column("facts_sealed", sa.LargeBinary, nullable=False),
        sa.Column("day", sa.Integer, nullable=False),
        sa.Column("slot", sa.Integer, primary_key=True, autoincrement=False, server_default="0"),
    ]


def _turnover() -> None:
    """Have dead rows taken away while they are few, and leave room to change a row in its place."""
    if op.get_bind().dialect.name == "sqlite":
        return
    few = "autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.05"
    for table in ("replays", "throttles", "pushed_requests", "logouts", "notices", "grants"):
        op.execute(f"ALTER TABLE {table} SET ({few})")
    for table in ("grants", "sessions"):
        op.execute(f"ALTER TABLE {table} SET (fillfactor = 90)")
