"""Grants and the codes they are born with; each step is one guarded statement (promise P8)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, literal, select, type_coerce

from idp.domain.person import PersonStatus
from idp.storage.statement import Statement
from idp.storage.tables import consents, grants, people, pseudonyms

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from idp.storage.database import Connection, Row

_COLUMNS = (
    "id",
    "code_digest",
    "client_id",
    "network_id",
    "facts_sealed",
    "code_expires_at",
    "expires_at",
)


def _new(column: str) -> ColumnElement[Any]:
    return type_coerce(bindparam(f"new_{column}"), grants.c[column].type)


_PERSON_IS_ACTIVE = (
    people.c.id == bindparam("person_id"),
    people.c.status == literal(PersonStatus.ACTIVE.value),
)
# FOR SHARE: a suspension waits for this grant, or this grant sees the suspension; never neither.
_ISSUE = Statement(
    grants.insert()
    .from_select(
        list(_COLUMNS),
        select(*(_new(column) for column in _COLUMNS))
        .select_from(people)
        .where(*_PERSON_IS_ACTIVE)
        .with_for_update(read=True, of=people),
    )
    .returning(grants.c.network_id)
)
_ISSUE_REMEMBERED = Statement(
    grants.insert()
    .from_select(
        list(_COLUMNS),
        select(
            *(
                pseudonyms.c.network_id if column == "network_id" else _new(column)
                for column in _COLUMNS
            )
        )
        .select_from(pseudonyms)
        .join(consents, consents.c.network_id == pseudonyms.c.network_id)
        .join(people, people.c.id == bindparam("person_id"))
        .where(
            *_PERSON_IS_ACTIVE,
            pseudonyms.c.sector == bindparam("in_sector"),
            pseudonyms.c.holder_tag == bindparam("of_holder"),
            consents.c.client_id == bindparam("to_client"),
            consents.c["items"] == bindparam("with_items"),
            consents.c.expires_day > bindparam("today"),
        )
        .with_for_update(read=True, of=people),
    )
    .returning(grants.c.network_id)
)
_FIND = Statement(select(grants).where(grants.c.id == bindparam("grant_id")))
_FIND_BY_CODE = Statement(select(grants).where(grants.c.code_digest == bindparam("digest")))
_REDEEM = Statement(
    grants.update()
    .where(
        grants.c.id == bindparam("grant_id"),
        grants.c.code_used_at.is_(None),
        grants.c.revoked_at.is_(None),
        grants.c.code_expires_at > bindparam("now"),
    )
    .values(code_used_at=bindparam("used_at"), expires_at=bindparam("new_expires_at"))
    .returning(grants.c.id)
)
_REVOKE = Statement(
    grants.update()
    .where(grants.c.id == bindparam("grant_id"), grants.c.revoked_at.is_(None))
    .values(revoked_at=bindparam("now"))
)
_PRUNE = Statement(
    grants.delete()
    .where(
        grants.c.id.in_(
            select(grants.c.id)
            .where(grants.c.expires_at <= bindparam("now"))
            .limit(bindparam("batch"))
            .with_for_update(skip_locked=True)
        )
    )
    .returning(grants.c.id)
)


@dataclass(frozen=True, slots=True)
class NewGrant:
    """The columns of a grant about to be born; times in epoch seconds."""

    id: bytes
    code_digest: bytes
    client_id: str
    facts_sealed: bytes
    code_expires_at: int
    expires_at: int

    def columns(self) -> dict[str, object]:
        """Return the parameters of the insert."""
        return {f"new_{name}": getattr(self, name) for name in self.__slots__}


async def issue(
    connection: Connection, grant: NewGrant, *, network_id: str, person_id: bytes
) -> bool:
    """Insert a grant if its person is active at this very moment; False otherwise."""
    row = await connection.one(
        _ISSUE, **grant.columns(), new_network_id=network_id, person_id=person_id
    )
    return row is not None


@dataclass(frozen=True, slots=True)
class Remembered:
    """The consent that a grant is issued on: whose, where, exactly what; ``today`` in days."""

    person_id: bytes
    sector: str
    holder_tag: bytes
    items: str
    today: int


async def issue_remembered(
    connection: Connection, grant: NewGrant, consent: Remembered
) -> str | None:
    """Insert a grant if the person is active and a live consent holds exactly ``items``.

    One statement finds the network ID, rechecks the person and stores the grant. Returns the
    network ID, or None when any of this is not so.
    """
    row = await connection.one(
        _ISSUE_REMEMBERED,
        **grant.columns(),
        person_id=consent.person_id,
        in_sector=consent.sector,
        of_holder=consent.holder_tag,
        to_client=grant.client_id,
        with_items=consent.items,
        today=consent.today,
    )
    return None if row is None else str(row["network_id"])


async def find(connection: Connection, grant_id: bytes) -> Row | None:
    """Return the grant's row, or None."""
    return await connection.one(_FIND, grant_id=grant_id)


async def find_by_code(connection: Connection, code_digest: bytes) -> Row | None:
    """Return the row of the grant that this code belongs to, or None."""
    return await connection.one(_FIND_BY_CODE, digest=code_digest)


async def redeem(connection: Connection, grant_id: bytes, *, now: int, expires_at: int) -> bool:
    """Use the code up; True for exactly one caller, however many race (RFC 6749 §4.1.2)."""
    row = await connection.one(
        _REDEEM, grant_id=grant_id, now=now, used_at=now, new_expires_at=expires_at
    )
    return row is not None


async def revoke(connection: Connection, grant_id: bytes, *, now: int) -> None:
    """End the grant: none of its tokens is honoured from here on."""
    await connection.all(_REVOKE, grant_id=grant_id, now=now)


async def prune(connection: Connection, *, now: int, batch: int) -> int:
    """Delete at most ``batch`` grants whose last token has died; return how many."""
    return len(await connection.all(_PRUNE, now=now, batch=batch))
