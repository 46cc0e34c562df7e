"""Keys and operators: nodes, leases, versions of secrets, the audit log's tree."""

from __future__ import annotations

import json
import os
from typing import Any

import sqlalchemy as sa
from alembic import op

from idp.domain import merkle

revision = "0004_operators"
down_revision = "0003_protocol"
contracts = True


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
    op.create_table(
        "schedule_runs",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("ran_at", sa.BigInteger, nullable=False),
        sa.Column("done_at", sa.BigInteger),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("problems", sa.Text, nullable=False),
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
    """Make the log a tree: what is there goes in, in its order, with indexes without gaps."""
    connection = op.get_bind()
    old = sa.table("audit", *map(sa.column, ("position", "at", "act", "operator_id", "case_id")))
    rows = connection.execute(sa.select(old).order_by(old.c.position)).all()
    op.drop_index("ix_audit_act_at", "audit")
    op.drop_table("audit")
    log = op.create_table(
        "audit",
        sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("act", sa.Text, nullable=False),
        sa.Column("operator_id", sa.LargeBinary),
        sa.Column("case_id", sa.Text),
        sa.Column("subject", sa.Text),
        sa.Column("via", sa.Text),
        sa.Column("salt", sa.LargeBinary, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_audit_act_at", "audit", ["act", "at"])
    op.create_index("ix_audit_case_id", "audit", ["case_id"])
    nodes = op.create_table(
        "audit_nodes",
        sa.Column("level", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        sqlite_with_rowid=False,
    )
    tree = op.create_table(
        "audit_tree",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("peaks", sa.LargeBinary, nullable=False),
        sa.Column("head", sa.Text),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "tree_heads",
        sa.Column("size", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("head", sa.Text, nullable=False),
        sqlite_with_rowid=False,
    )
    at, peaks = 0, list[bytes]()
    for index, row in enumerate(rows):
        at = max(at, row.at)  # a time that went back would be found by every check from now on
        entry = {
            "position": index,
            "at": at,
            "act": row.act,
            "operator_id": row.operator_id,
            "case_id": row.case_id,
            "subject": None,
            "via": None,
            "salt": os.urandom(16),  # noqa: TID251 - a migration is handed no source of randomness
        }
        connection.execute(log.insert(), entry)
        peaks, made = merkle.append(index, peaks, merkle.leaf_hash(_leaf(entry)))
        columns = ("level", "number", "hash")
        connection.execute(nodes.insert(), [dict(zip(columns, one, strict=True)) for one in made])
    state = {"id": 1, "size": len(rows), "at": at, "peaks": b"".join(peaks), "head": None}
    connection.execute(tree.insert(), state)


def _leaf(entry: dict[str, Any]) -> bytes:
    """Write the first format of a leaf, as it was when this revision was made."""
    operator_id = entry["operator_id"]
    told = {
        "act": entry["act"],
        "at": entry["at"],
        "case": entry["case_id"],
        "format": 1,
        "index": entry["position"],
        "operator": None if operator_id is None else operator_id.hex(),
        "salt": entry["salt"].hex(),
        "subject": None,
        "via": None,
    }
    return json.dumps(told, sort_keys=True, separators=(",", ":")).encode("ascii")


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
