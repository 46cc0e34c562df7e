"""The whole protocol: pushed requests, refresh tokens, registration by clients, logout."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003_protocol"
down_revision = "0002_whole_life"
contracts = False


def upgrade() -> None:
    op.add_column("grants", sa.Column("chain_sealed", sa.LargeBinary))
    _clients()
    _single_use()
    _signing_keys()


def _clients() -> None:
    op.add_column("clients", sa.Column("next_secret_digest", sa.LargeBinary))
    op.add_column("clients", sa.Column("registration_digest", sa.LargeBinary))
    op.add_column(
        "clients", sa.Column("origin", sa.Text, nullable=False, server_default="operator")
    )
    op.add_column("clients", sa.Column("resource", sa.Text))
    op.add_column("former_clients", sa.Column("resource", sa.Text))
    op.add_column("former_clients", sa.Column("resource_scopes", sa.Text))
    op.create_index("ix_former_clients_resource", "former_clients", ["resource"])
    op.create_index("ix_clients_resource", "clients", ["resource"], unique=True)
    op.create_table(
        "registration_tokens",
        sa.Column("digest", sa.LargeBinary, primary_key=True),
        sa.Column("uses_left", sa.Integer, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.Column("platform", sa.Text, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_registration_tokens_expires_at", "registration_tokens", ["expires_at"])


def _single_use() -> None:
    op.create_table(
        "pushed_requests",
        sa.Column("digest", sa.LargeBinary, primary_key=True),
        sa.Column("facts_sealed", sa.LargeBinary, nullable=False),
        sa.Column("browser_tag", sa.LargeBinary),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_pushed_requests_expires_at", "pushed_requests", ["expires_at"])
    op.create_table(
        "logouts",
        sa.Column("id", sa.LargeBinary, primary_key=True),
        sa.Column("facts_sealed", sa.LargeBinary, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("due_at", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_logouts_due_at", "logouts", ["due_at"])


def _signing_keys() -> None:
    op.create_table(
        "signing_keys",
        sa.Column("kid", sa.Text, primary_key=True),
        sa.Column("alg", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("public_jwk", sa.Text, nullable=False),
        sa.Column("published_at", sa.BigInteger, nullable=False),
        sa.Column("activated_at", sa.BigInteger),
        sa.Column("retired_at", sa.BigInteger),
        sa.Column("removed_at", sa.BigInteger),
        sqlite_with_rowid=False,
    )
    only = sa.text("state = 'active'")
    op.create_index(
        "ix_signing_keys_one_active",
        "signing_keys",
        ["alg"],
        unique=True,
        sqlite_where=only,
        postgresql_where=only,
    )
