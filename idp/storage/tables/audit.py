"""The audit log: what was done, the tree over it, and the heads that were signed. No person."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, Table, Text

from idp.storage.tables.metadata import provider

# `position` is the index of a leaf of the tree: there is no gap, and nothing is ever taken out.
audit = Table(
    "audit",
    provider,
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("act", Text, nullable=False),
    Column("operator_id", LargeBinary),
    Column("case_id", Text),
    Column("subject", Text),
    Column("via", Text),
    Column("salt", LargeBinary, nullable=False),
    Index("ix_audit_act_at", "act", "at"),
    Index("ix_audit_case_id", "case_id"),
)

# The hash of every perfect subtree: of 2^level leaves, the number-th from the left.
audit_nodes = Table(
    "audit_nodes",
    provider,
    Column("level", Integer, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary, nullable=False),
)

# One row, which every append waits for. `head` is signed, so that whoever can write to the database
# and has no key cannot go on from a state of their own.
audit_tree = Table(
    "audit_tree",
    provider,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("size", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("peaks", LargeBinary, nullable=False),
    Column("head", Text),
)

# What is published: one a day, where something was added.
tree_heads = Table(
    "tree_heads",
    provider,
    Column("size", Integer, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("head", Text, nullable=False),
)
