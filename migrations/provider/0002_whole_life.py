"""A person's whole life: account, activity, recovery; operators and what they did.

Pseudonyms, consents and grants are made anew, empty: their clear columns cannot be sealed without
the keys. Revision 0001 could enrol invented citizens alone, so nobody loses a network ID.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002_whole_life"
down_revision = "0001_first_login"
contracts = True


def upgrade() -> None:
    _person_side()
    _platform_side()
    _throttles()
    _operators()
    _acts()


def _person_side() -> None:
    op.add_column("people", sa.Column("contact_sealed", sa.LargeBinary))
    op.add_column("passkeys", sa.Column("hardware", sa.Integer, nullable=False, server_default="0"))
    op.add_column("passkeys", sa.Column("facts_sealed", sa.LargeBinary))
    op.create_table(
        "recovery_codes",
        sa.Column("tag", sa.LargeBinary, primary_key=True),
        _person(),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_recovery_codes_person_id", "recovery_codes", ["person_id"])
    op.create_table(
        "recoveries",
        sa.Column("id", sa.LargeBinary, primary_key=True),
        _person(unique=True),
        sa.Column("facts_sealed", sa.LargeBinary, nullable=False),
        sa.Column("expires_day", sa.Integer, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_recoveries_expires_day", "recoveries", ["expires_day"])
    op.create_table(
        "activity",
        sa.Column("id", sa.LargeBinary, primary_key=True),
        sa.Column("tag", sa.LargeBinary, nullable=False),
        sa.Column("facts_sealed", sa.LargeBinary, nullable=False),
        sa.Column("day", sa.Integer, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_activity_tag", "activity", ["tag"])
    op.create_index("ix_activity_day", "activity", ["day"])
    op.create_table(
        "closings",
        sa.Column("id", sa.LargeBinary, primary_key=True),
        sa.Column("facts_sealed", sa.LargeBinary, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "appeals",
        sa.Column("id", sa.LargeBinary, primary_key=True),
        _person(),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("facts_sealed", sa.LargeBinary, nullable=False),
        sa.Column("created_day", sa.Integer, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_appeals_person_id", "appeals", ["person_id"])
    op.create_index("ix_appeals_created_day", "appeals", ["created_day"])


def _platform_side() -> None:
    for name in ("pseudonyms", "consents", "grants"):
        op.drop_table(name)
    op.create_table(
        "former_clients",
        sa.Column("client_id", sa.Text, primary_key=True),
        sa.Column("sector", sa.Text, nullable=False),
        sa.Column("names", sa.Text, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "pseudonyms",
        sa.Column("holder_tag", sa.LargeBinary, primary_key=True),
        sa.Column("network_id_tag", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("row_id", sa.LargeBinary, nullable=False),
        sa.Column("facts_sealed", sa.LargeBinary, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "consents",
        sa.Column("tag", sa.LargeBinary, primary_key=True),
        sa.Column("items_tag", sa.LargeBinary, nullable=False),
        sa.Column("row_id", sa.LargeBinary, nullable=False),
        sa.Column("facts_sealed", sa.LargeBinary, nullable=False),
        sa.Column("expires_day", sa.Integer, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_consents_expires_day", "consents", ["expires_day"])
    _grants()


def _grants() -> None:
    op.create_table(
        "grants",
        sa.Column("id", sa.LargeBinary, primary_key=True),
        sa.Column("code_digest", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("holder_tag", sa.LargeBinary, nullable=False),
        sa.Column("consent_tag", sa.LargeBinary, nullable=False),
        sa.Column("facts_sealed", sa.LargeBinary, nullable=False),
        sa.Column("code_used", sa.Integer, nullable=False),
        sa.Column("revoked", sa.Integer, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_grants_holder_tag", "grants", ["holder_tag"])
    op.create_index("ix_grants_consent_tag", "grants", ["consent_tag"])
    op.create_index("ix_grants_expires_at", "grants", ["expires_at"])


def _throttles() -> None:
    op.create_table(
        "throttles",
        sa.Column("tag", sa.LargeBinary, primary_key=True),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "notices",
        sa.Column("id", sa.LargeBinary, primary_key=True),
        sa.Column("facts_sealed", sa.LargeBinary, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("due_at", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_notices_due_at", "notices", ["due_at"])
    op.create_index("ix_throttles_expires_at", "throttles", ["expires_at"])


def _operators() -> None:
    op.create_table(
        "operators",
        sa.Column("id", sa.LargeBinary, primary_key=True),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("roles", sa.Text, nullable=False),
        sa.Column("facts_sealed", sa.LargeBinary, nullable=False),
        sa.Column("webauthn_user_id", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("created_day", sa.Integer, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "operator_passkeys",
        sa.Column("id", sa.LargeBinary, primary_key=True),
        _operator(),
        sa.Column("credential_id", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("public_key", sa.LargeBinary, nullable=False),
        sa.Column("sign_count", sa.BigInteger, nullable=False),
        sa.Column("backup_eligible", sa.Integer, nullable=False),
        sa.Column("backed_up", sa.Integer, nullable=False),
        sa.Column("created_day", sa.Integer, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_operator_passkeys_operator_id", "operator_passkeys", ["operator_id"])
    op.create_table(
        "operator_sessions",
        sa.Column("digest", sa.LargeBinary, primary_key=True),
        _operator(),
        sa.Column("facts_sealed", sa.LargeBinary, nullable=False),
        sa.Column("expires_day", sa.Integer, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_operator_sessions_operator_id", "operator_sessions", ["operator_id"])
    op.create_index("ix_operator_sessions_expires_day", "operator_sessions", ["expires_day"])
    op.create_table(
        "operator_links",
        sa.Column("tag", sa.LargeBinary, primary_key=True),
        _operator(),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_operator_links_operator_id", "operator_links", ["operator_id"])
    op.create_index("ix_operator_links_expires_at", "operator_links", ["expires_at"])


def _acts() -> None:
    op.create_table(
        "proposals",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("act", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("facts_sealed", sa.LargeBinary, nullable=False),
        sa.Column("proposed_by", sa.LargeBinary, nullable=False),
        sa.Column("decided_by", sa.LargeBinary),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.Column("case_id", sa.Text, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_proposals_expires_at", "proposals", ["expires_at"])
    op.create_index("ix_proposals_case_id", "proposals", ["case_id"])
    op.create_table(
        "audit",
        sa.Column("position", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("act", sa.Text, nullable=False),
        sa.Column("operator_id", sa.LargeBinary),
        sa.Column("case_id", sa.Text),
    )
    op.create_index("ix_audit_act_at", "audit", ["act", "at"])


def _person(*, unique: bool = False) -> sa.Column[bytes]:
    return sa.Column(
        "person_id",
        sa.LargeBinary,
        sa.ForeignKey("people.id", ondelete="CASCADE"),
        nullable=False,
        unique=unique,
    )


def _operator() -> sa.Column[bytes]:
    return sa.Column(
        "operator_id",
        sa.LargeBinary,
        sa.ForeignKey("operators.id", ondelete="CASCADE"),
        nullable=False,
    )
