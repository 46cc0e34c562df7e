"""Where in their lives the versions of secrets are. Each step is one guarded statement."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, insert, literal, select

from idp.domain.secret_key import SecretDomain
from idp.domain.secret_version import SecretState, SecretVersion
from idp.storage.statement import Statement
from idp.storage.tables import secret_versions
from idp.storage.upsert import on_conflict_do_nothing

if TYPE_CHECKING:
    from idp.storage.database import Connection, Row

_PUT = Statement(
    insert(secret_versions)
    .values({column.name: bindparam(column.name) for column in secret_versions.columns})
    .ext(on_conflict_do_nothing())
    .returning(secret_versions.c.version)
)
_ALL = Statement(
    select(secret_versions).order_by(secret_versions.c.domain, secret_versions.c.version)
)
# FOR SHARE: another version becomes active after this transaction, or this one sees that it is.
_HOLD_ACTIVE = Statement(
    select(secret_versions.c.version)
    .where(
        secret_versions.c.domain == bindparam("of_domain"),
        secret_versions.c.state == literal(SecretState.ACTIVE.value),
    )
    .with_for_update(read=True)
)
_MOVE = Statement(
    secret_versions.update()
    .where(
        secret_versions.c.domain == bindparam("of_domain"),
        secret_versions.c.version == bindparam("of_version"),
        secret_versions.c.state == bindparam("before"),
    )
    .values(state=bindparam("after"), activated_at=bindparam("new_activated_at"))
    .returning(secret_versions.c.version)
)


async def put(connection: Connection, version: SecretVersion) -> bool:
    """Insert a version; False for one that is known, or a second active one of its domain."""
    row = await connection.one(
        _PUT,
        domain=version.domain.value,
        version=version.version,
        state=version.state.value,
        made_at=version.made_at,
        activated_at=version.activated_at,
    )
    return row is not None


async def everyone(connection: Connection) -> list[SecretVersion]:
    """Return all versions there ever were, by domain, oldest first."""
    return [_read(row) for row in await connection.all(_ALL)]


async def hold_active(connection: Connection, domain: SecretDomain) -> int | None:
    """Return the active version; no other one becomes so until the transaction ends."""
    row = await connection.one(_HOLD_ACTIVE, of_domain=domain.value)
    return None if row is None else int(row["version"])


async def move(connection: Connection, old: SecretVersion, new: SecretVersion) -> bool:
    """Take a version from one state to another; True for one caller, however many race."""
    row = await connection.one(
        _MOVE,
        of_domain=old.domain.value,
        of_version=old.version,
        before=old.state.value,
        after=new.state.value,
        new_activated_at=new.activated_at,
    )
    return row is not None


def _read(row: Row) -> SecretVersion:
    return SecretVersion(
        domain=SecretDomain(row["domain"]),
        version=row["version"],
        state=SecretState(row["state"]),
        made_at=row["made_at"],
        activated_at=row["activated_at"],
    )
