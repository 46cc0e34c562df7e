"""Keys: where in their lives they are, who has them at hand, who leads them. No private byte."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text

from idp.storage.tables.metadata import WHERE, provider

# The public halves of our signing keys, and where in their lives they are: no private byte.
signing_keys = Table(
    "signing_keys",
    provider,
    Column("kid", Text, primary_key=True),
    Column("alg", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("public_jwk", Text, nullable=False),
    Column("published_at", BigInteger, nullable=False),
    Column("activated_at", BigInteger),
    Column("retired_at", BigInteger),
    Column("removed_at", BigInteger),
    Column("seen_at", BigInteger),
    Index(
        "ix_signing_keys_one_active",
        "alg",
        unique=True,
        info={WHERE: "state = 'active'"},
    ),
)

# Server processes that are alive, or were not long ago: which keys each has at hand (kids of
# signing keys, and `domain:version#fingerprint` of secrets, with spaces between), and for how long
# it lets its JWKS be kept.
nodes = Table(
    "nodes",
    provider,
    Column("id", Text, primary_key=True),
    Column("loaded", Text, nullable=False),
    Column("jwks_max_age", Integer, nullable=False),
    Column("started_at", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
)

# Who alone does a thing now. `token` grows with each holder: a late one's writes are refused by it.
leases = Table(
    "leases",
    provider,
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("token", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
)

# The one row that says how old the database is: when it was last restored from a backup (0: never),
# when a server last ran, whether a restore is under way, and when the last backup was made.
instance = Table(
    "instance",
    provider,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("restored_at", BigInteger, nullable=False),
    Column("alive_at", BigInteger, nullable=False),
    Column("restoring", Integer, nullable=False),
    Column("backed_up_at", BigInteger),
)

# The version of each kind of what processes keep in memory: triggers move it in the transaction
# that changes anything of the kind. It counts in one database alone, so no backup has it.
changes = Table(
    "changes",
    provider,
    Column("kind", Text, primary_key=True),
    Column("version", BigInteger, nullable=False),
)

# When what runs by itself last ran, when it last did all it had to, how often it failed since the
# beginning, and what it waits for: from here any process can tell that it does not run.
schedule_runs = Table(
    "schedule_runs",
    provider,
    Column("name", Text, primary_key=True),
    Column("ran_at", BigInteger, nullable=False),
    Column("done_at", BigInteger),
    Column("failures", Integer, nullable=False),
    Column("problems", Text, nullable=False),
)

# Where in their lives the versions of symmetric secrets are: no private byte.
secret_versions = Table(
    "secret_versions",
    provider,
    Column("domain", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("state", Text, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("activated_at", BigInteger),
    Index(
        "ix_secret_versions_one_active",
        "domain",
        unique=True,
        info={WHERE: "state = 'active'"},
    ),
)
