"""Chains of refresh tokens, which stand in their grants; each step is one guarded statement."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, literal, select

from idp.storage.many import among, both_chunks
from idp.storage.statement import Statement
from idp.storage.tables import grants

if TYPE_CHECKING:
    from collections.abc import Sequence

    from idp.storage.database import Connection, Row

_THIS_GRANT = grants.c.id == bindparam("grant_id")
_NOT_REVOKED = grants.c.revoked == literal(0)
_BEGUN = (
    grants.update()
    .where(_THIS_GRANT, grants.c.code_used == literal(0), _NOT_REVOKED)
    .values(
        code_used=literal(1),
        chain_sealed=bindparam("new_chain"),
        expires_at=bindparam("new_expires_at"),
    )
)
_BEGIN = Statement(_BEGUN.returning(grants.c.id), on_sqlite=(_BEGUN,))
_MOVED = (
    grants.update()
    .where(_THIS_GRANT, grants.c.chain_sealed == bindparam("old_chain"), _NOT_REVOKED)
    .values(chain_sealed=bindparam("new_chain"), expires_at=bindparam("new_expires_at"))
)
_MOVE = Statement(_MOVED.returning(grants.c.id), on_sqlite=(_MOVED,))
# Seldom: what did not change is not written again, and PostgreSQL keeps it out of the row.
_MOVE_WITH_FACTS = Statement(
    _MOVED.values(facts_sealed=bindparam("new_facts")).returning(grants.c.id)
)
_OF_CONSENTS = Statement(
    select(grants.c.id, grants.c.consent_tag, grants.c.chain_sealed).where(
        among(grants.c.holder_tag),
        among(grants.c.consent_tag, "consent"),
        _NOT_REVOKED,
        grants.c.expires_at > bindparam("now"),
    )
)


async def begin(
    connection: Connection, grant_id: bytes, *, chain_sealed: bytes, expires_at: int
) -> bool:
    """Use the code up and begin a chain in one step; True for exactly one caller.

    As ``grants.redeem``. ``expires_at`` in epoch seconds.
    """
    row = await connection.one(
        _BEGIN, grant_id=grant_id, new_chain=chain_sealed, new_expires_at=expires_at
    )
    return row is not None


async def move(
    connection: Connection,
    grant_id: bytes,
    *,
    old: bytes,
    chain_sealed: bytes,
    facts_sealed: bytes | None,
    expires_at: int,
) -> bool:
    """Replace the chain where it is still ``old`` and nobody has taken it back (promise P8).

    However many callers saw the same chain, True for one of them. The expiry goes with it, and the
    facts, unless they are None: then they stay as they are.
    """
    changes: dict[str, object] = {
        "grant_id": grant_id,
        "old_chain": old,
        "new_chain": chain_sealed,
        "new_expires_at": expires_at,
    }
    if facts_sealed is None:
        return await connection.one(_MOVE, **changes) is not None
    return await connection.one(_MOVE_WITH_FACTS, **changes, new_facts=facts_sealed) is not None


async def of_consents(
    connection: Connection,
    holder_tags: Sequence[bytes],
    consent_tags: Sequence[bytes],
    *,
    now: int,
) -> list[Row]:
    """Return what was given under these consents and may still work: its tag, and its chain.

    ``holder_tags`` as in ``grants.revoke_of_consents``. ``chain_sealed`` is None for what lives for
    minutes only.
    """
    found = [
        await connection.all(_OF_CONSENTS, now=now, **some)
        for some in both_chunks(holder_tags, consent_tags, "consent")
    ]
    return [row for rows in found for row in rows]
