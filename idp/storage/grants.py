"""Grants and the codes they are born with; each step is one guarded statement (promise P8).

A grant names neither person nor platform in clear. Its tags say what it hangs on: the holder's
pseudonym, with which it is read, and the consent, with which it ends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, case, func, literal, select

from idp.storage.many import among, both_chunks, chunks
from idp.storage.statement import Statement
from idp.storage.tables import consents, grants, pseudonyms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement

    from idp.storage.database import Connection, Row

_WITH_PSEUDONYM = select(
    grants,
    pseudonyms.c.row_id.label("pseudonym_row_id"),
    pseudonyms.c.facts_sealed.label("pseudonym_sealed"),
).join(pseudonyms, pseudonyms.c.holder_tag == grants.c.holder_tag)
_FIND = Statement(_WITH_PSEUDONYM.where(grants.c.id == bindparam("grant_id")))
_FIND_WITH_CONSENT = Statement(
    _WITH_PSEUDONYM.add_columns(consents.c.expires_day.label("consent_day"))
    .outerjoin(consents, consents.c.tag == grants.c.consent_tag)
    .where(grants.c.id == bindparam("grant_id"))
)
_PAGE = Statement(
    _WITH_PSEUDONYM.where(grants.c.id > bindparam("after"), grants.c.revoked == literal(0))
    .order_by(grants.c.id)
    .limit(bindparam("size"))
)
_OF_HOLDERS = Statement(_WITH_PSEUDONYM.where(among(grants.c.holder_tag)))
_REMOVE_OF_HOLDERS = Statement(grants.delete().where(among(grants.c.holder_tag)))
_USED = (
    grants.update()
    .where(
        grants.c.id == bindparam("grant_id"),
        grants.c.code_used == literal(0),
        grants.c.revoked == literal(0),
    )
    .values(code_used=literal(1))
)
_REDEEM = Statement(_USED.returning(grants.c.id), on_sqlite=(_USED,))
# What would have lasted leaves with the next sweep, and no time says when it was ended: the rows of
# one person, ended together, would share it.
_ENDED: dict[str, ColumnElement[int]] = {
    "revoked": literal(1),
    "expires_at": case((grants.c.chain_sealed.is_(None), grants.c.expires_at), else_=literal(0)),
}
_REVOKE = Statement(
    grants.update()
    .where(grants.c.id == bindparam("grant_id"), grants.c.revoked == literal(0))
    .values(**_ENDED)
    .returning(grants.c.id)
)
_REVOKE_OF_HOLDERS = Statement(grants.update().where(among(grants.c.holder_tag)).values(**_ENDED))
_REVOKE_OF_CONSENTS = Statement(
    grants.update()
    .where(
        among(grants.c.holder_tag),
        among(grants.c.consent_tag, "consent"),
        grants.c.revoked == literal(0),
    )
    .values(**_ENDED)
    .returning(grants.c.id)
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
# What was ended early is at 0, and leaves with the next sweep.
_OLDEST = Statement(
    select(func.min(grants.c.expires_at).label("at")).where(grants.c.expires_at > literal(0))
)


async def find(connection: Connection, grant_id: bytes) -> Row | None:
    """Return the grant with its holder's pseudonym, or None; None too when that is gone."""
    return await connection.one(_FIND, grant_id=grant_id)


async def find_with_consent(connection: Connection, grant_id: bytes) -> Row | None:
    """Return the same with ``consent_day``, when its consent ends; None if not remembered."""
    return await connection.one(_FIND_WITH_CONSENT, grant_id=grant_id)


async def page(connection: Connection, *, after: bytes, size: int) -> list[Row]:
    """Return the next grants that were not revoked, as ``find`` does, by their random ids."""
    return await connection.all(_PAGE, after=after, size=size)


async def of_holders(connection: Connection, holder_tags: Sequence[bytes]) -> list[Row]:
    """Return every grant that hangs on one of these pseudonyms, as ``find`` does, in no order."""
    found = [await connection.all(_OF_HOLDERS, **some) for some in chunks(holder_tags)]
    return [row for rows in found for row in rows]


async def remove_of_holders(connection: Connection, holder_tags: Sequence[bytes]) -> None:
    """Delete every grant that hangs on one of these pseudonyms: no token of it is honoured."""
    for some in chunks(holder_tags):
        await connection.all(_REMOVE_OF_HOLDERS, **some)


async def redeem(connection: Connection, grant_id: bytes) -> bool:
    """Use the code up; True for exactly one caller, however many race (RFC 6749 §4.1.2).

    Whether it is still alive is for the caller to judge: that time is sealed.
    """
    return await connection.one(_REDEEM, grant_id=grant_id) is not None


async def revoke(connection: Connection, grant_id: bytes) -> bool:
    """End the grant: none of its tokens is honoured from here on. False if it had ended before."""
    return await connection.one(_REVOKE, grant_id=grant_id) is not None


async def revoke_of_holders(connection: Connection, holder_tags: Sequence[bytes]) -> None:
    """End every grant that hangs on one of these pseudonyms: of a person, in some sectors."""
    for some in chunks(holder_tags):
        await connection.all(_REVOKE_OF_HOLDERS, **some)


async def revoke_of_consents(
    connection: Connection, holder_tags: Sequence[bytes], consent_tags: Sequence[bytes]
) -> int:
    """End what was given under these consents in the sectors of these holders; return how much."""
    some = both_chunks(holder_tags, consent_tags, "consent")
    return sum([len(await connection.all(_REVOKE_OF_CONSENTS, **one)) for one in some])


async def prune(connection: Connection, *, now: int, batch: int) -> int:
    """Delete at most ``batch`` grants whose last token has died; return how many."""
    return len(await connection.all(_PRUNE, now=now, batch=batch))


async def oldest(connection: Connection) -> int | None:
    """Return when the first grant that is still there expires, or expired; None without any."""
    row = await connection.one(_OLDEST)
    return None if row is None else row["at"]
