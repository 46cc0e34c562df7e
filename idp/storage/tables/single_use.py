"""What is counted or used once, under digests of which no other table holds one."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, Table

from idp.storage.tables.metadata import provider

replays = Table(
    "replays",
    provider,
    Column("digest", LargeBinary, primary_key=True),
    Column("expires_at", BigInteger, nullable=False, index=True),
)

# Mails that are to be sent: to whom and about what is sealed, and no row names a person.
notices = Table(
    "notices",
    provider,
    Column("id", LargeBinary, primary_key=True),
    Column("facts_sealed", LargeBinary, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("due_at", BigInteger, nullable=False, index=True),
)

# Requests that a client pushed (RFC 9126). `browser_tag` is set by the first browser that comes
# with one, the row deleted by the yes it leads to.
pushed_requests = Table(
    "pushed_requests",
    provider,
    Column("digest", LargeBinary, primary_key=True),
    Column("facts_sealed", LargeBinary, nullable=False),
    Column("browser_tag", LargeBinary),
    Column("expires_at", BigInteger, nullable=False, index=True),
)

# Logout tokens that are to be sent, like the notices: to which client about whom is sealed.
logouts = Table(
    "logouts",
    provider,
    Column("id", LargeBinary, primary_key=True),
    Column("facts_sealed", LargeBinary, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("due_at", BigInteger, nullable=False, index=True),
)

throttles = Table(
    "throttles",
    provider,
    Column("tag", LargeBinary, primary_key=True),
    Column("count", Integer, nullable=False),
    Column("expires_at", BigInteger, nullable=False, index=True),
)
