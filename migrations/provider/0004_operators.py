"""Keys and operators: nodes, leases, versions of secrets, the audit log's tree."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004_operators"
down_revision = "0003_protocol"


def upgrade() -> None:
    _rotation()
    _secrets()
    _registry()
    _audit()
    _instance()


def _rotation() -> None:
    op.add_column("signing_keys", sa.Column("seen_at", sa.BigInteger))
    op.create_table(
        "nodes",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("loaded", sa.Text, nullable=False),
        sa.Column("jwks_max_age", sa.Integer, nullable=False),
        sa.Column("started_at", sa.BigInteger, nullable=False),
        sa.Column("seen_at", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "leases",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("holder", sa.Text, nullable=False),
        sa.Column("token", sa.BigInteger, nullable=False),
        sa.Column("until", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )


def _secrets() -> None:
    op.create_table(
        "secret_versions",
        sa.Column("domain", sa.Text, primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.Column("activated_at", sa.BigInteger),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_secret_versions_one_active",
        "secret_versions",
        ["domain"],
        unique=True,
        sqlite_where=sa.text("state = 'active'"),
        postgresql_where=sa.text("state = 'active'"),
    )


def _audit() -> None:
    op.add_column("audit", sa.Column("subject", sa.Text))
    op.add_column("audit", sa.Column("via", sa.Text))


def _instance() -> None:
    instance = op.create_table(
        "instance",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("restored_at", sa.BigInteger, nullable=False),
        sa.Column("alive_at", sa.BigInteger, nullable=False),
        sa.Column("restoring", sa.Integer, nullable=False),
        sa.Column("backed_up_at", sa.BigInteger),
        sqlite_with_rowid=False,
    )
    op.bulk_insert(instance, [{"id": 1, "restored_at": 0, "alive_at": 0, "restoring": 0}])


def _registry() -> None:
    op.add_column("clients", sa.Column("disabled_at", sa.BigInteger))
    op.add_column("clients", sa.Column("old_secret_until", sa.BigInteger))
