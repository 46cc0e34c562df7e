"""Many nodes: a person's history in a ring of partitions; how tables that turn over are kept."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005_many_nodes"
down_revision = "0004_operators"
contracts = True

_SLOTS = 32  # of the ring; slot 0 is what was there before, and what an older server writes
_KINDS = {
    "clients": ("clients", "former_clients"),
    "keys": ("signing_keys", "secret_versions"),
}


def upgrade() -> None:
    _history()
    _turnover()
    _changes()


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
    op.execute("ALTER TABLE grants SET (fillfactor = 90)")
    # A sealed session is a little larger than what PostgreSQL keeps in a row by itself.
    op.execute("ALTER TABLE sessions SET (toast_tuple_target = 4080)")


def _changes() -> None:
    """Move a kind's version in whichever transaction changes anything of it.

    Triggers, so that code of an older version, which may still run elsewhere, does it too.
    """
    op.create_table(
        "changes",
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("version", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    if op.get_bind().dialect.name == "sqlite":
        _changes_of_a_file()
    else:
        _changes_of_a_server()


def _changes_of_a_file() -> None:
    for kind, names in _KINDS.items():
        for table in names:
            for event in ("INSERT", "UPDATE", "DELETE"):
                move = (
                    f"INSERT INTO changes (kind, version) VALUES ('{kind}', 1)"  # noqa: S608 - ours
                    " ON CONFLICT (kind) DO UPDATE SET version = changes.version + 1"
                )
                op.execute(
                    f"CREATE TRIGGER {table}_{event.lower()} AFTER {event} ON {table}"
                    f" BEGIN {move}; END"
                )


def _changes_of_a_server() -> None:
    """As the last thing of a transaction: the lock on the version is then held for no time.

    Its number is the transaction's, so that a thousand rows of one move it once.
    """
    op.execute(
        "CREATE OR REPLACE FUNCTION note_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " INSERT INTO changes (kind, version) VALUES (TG_ARGV[0], txid_current())"
        " ON CONFLICT (kind) DO UPDATE SET version = EXCLUDED.version"
        " WHERE changes.version <> EXCLUDED.version;"
        " RETURN NULL; END $$"
    )
    for kind, names in _KINDS.items():
        for table in names:
            op.execute(
                f"CREATE CONSTRAINT TRIGGER {table}_note_change"
                f" AFTER INSERT OR UPDATE OR DELETE ON {table}"
                " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW"
                f" EXECUTE FUNCTION note_change('{kind}')"
            )
