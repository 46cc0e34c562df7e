"""Clients, and what persons have with them: platforms and network IDs in no clear column."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, Table, Text

from idp.storage.tables.metadata import provider

clients = Table(
    "clients",
    provider,
    Column("client_id", Text, primary_key=True),
    Column("metadata", Text, nullable=False),
    Column("secret_digest", LargeBinary),
    Column("logo", LargeBinary),
    Column("created_at", BigInteger, nullable=False),
    Column("next_secret_digest", LargeBinary),
    Column("registration_digest", LargeBinary),
    Column("origin", Text, nullable=False),
    Column("resource", Text),
    Column("disabled_at", BigInteger),
    Column("old_secret_until", BigInteger),
    Index("ix_clients_resource", "resource", unique=True),
)

# What lets somebody register clients, of one platform; `uses_left` counts down to nothing.
registration_tokens = Table(
    "registration_tokens",
    provider,
    Column("digest", LargeBinary, primary_key=True),
    Column("uses_left", Integer, nullable=False),
    Column("expires_at", BigInteger, nullable=False, index=True),
    Column("platform", Text, nullable=False),
)

# A person's own pseudonyms, consents and activity are found by computing the tags of all sectors
# and clients there ever were.
former_clients = Table(
    "former_clients",
    provider,
    Column("client_id", Text, primary_key=True),
    Column("sector", Text, nullable=False),
    Column("names", Text, nullable=False),
    Column("resource", Text, index=True),
    Column("resource_scopes", Text),
)

# Sector, network ID and person stand inside the seal: rows written together tell nothing, in
# whichever order a dump has them (DECISIONS 19).
pseudonyms = Table(
    "pseudonyms",
    provider,
    Column("holder_tag", LargeBinary, primary_key=True),
    Column("network_id_tag", LargeBinary, nullable=False, unique=True),
    Column("row_id", LargeBinary, nullable=False),
    Column("facts_sealed", LargeBinary, nullable=False),
)

consents = Table(
    "consents",
    provider,
    Column("tag", LargeBinary, primary_key=True),
    Column("items_tag", LargeBinary, nullable=False),
    Column("row_id", LargeBinary, nullable=False),
    Column("facts_sealed", LargeBinary, nullable=False),
    Column("expires_day", Integer, nullable=False, index=True),
)

# `id` follows from the code. The tags revoke: `holder_tag` what a person has in a sector, with
# `consent_tag` what a client has of it; each index is one more page to write for every login. When
# a code was redeemed or a grant revoked is not kept: what was revoked in one second would join, and
# how long a platform takes to redeem tells which one it is. `expires_at` is rounded up.
grants = Table(
    "grants",
    provider,
    Column("id", LargeBinary, primary_key=True),
    Column("holder_tag", LargeBinary, nullable=False, index=True),
    Column("consent_tag", LargeBinary, nullable=False),
    Column("facts_sealed", LargeBinary, nullable=False),
    Column("code_used", Integer, nullable=False),
    Column("revoked", Integer, nullable=False),
    Column("expires_at", BigInteger, nullable=False, index=True),
    Column("chain_sealed", LargeBinary),
)
