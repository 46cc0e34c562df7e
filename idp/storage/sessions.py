"""Browser sessions, found by the digest of their cookie; what they hold is sealed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select

from idp.storage.statement import Statement
from idp.storage.tables import people, sessions

if TYPE_CHECKING:
    from idp.storage.database import Connection, Row

_TOLD = (sessions.c.digest, sessions.c.person_id, sessions.c.facts_sealed)
_ADD = Statement(sessions.insert())
_FIND = Statement(
    select(
        sessions.c.person_id,
        sessions.c.facts_sealed,
        people.c.status,
        people.c.sandbox,
        people.c.birth_date_sealed,
        people.c.evidence_sealed,
        people.c.notice_sealed,
    )
    .join(people, people.c.id == sessions.c.person_id)
    .where(sessions.c.digest == bindparam("cookie_digest"))
)
_OF = Statement(select(*_TOLD).where(sessions.c.person_id == bindparam("owner_id")))
_REPLACE = Statement(
    sessions.update()
    .where(
        sessions.c.digest == bindparam("cookie_digest"),
        sessions.c.facts_sealed == bindparam("old_facts"),
    )
    .values(facts_sealed=bindparam("new_facts"))
    .returning(sessions.c.digest)
)
_END = Statement(
    sessions.delete().where(sessions.c.digest == bindparam("cookie_digest")).returning(*_TOLD)
)
_END_ALL = Statement(
    sessions.delete().where(sessions.c.person_id == bindparam("owner")).returning(*_TOLD)
)
_END_OWN = Statement(
    sessions.delete()
    .where(sessions.c.person_id == bindparam("owner"), sessions.c.digest == bindparam("own_digest"))
    .returning(*_TOLD)
)
_END_OTHERS = Statement(
    sessions.delete()
    .where(
        sessions.c.person_id == bindparam("owner"), sessions.c.digest != bindparam("kept_digest")
    )
    .returning(*_TOLD)
)
_PRUNE = Statement(
    sessions.delete()
    .where(
        sessions.c.digest.in_(
            select(sessions.c.digest)
            .where(sessions.c.expires_day < bindparam("today"))
            .limit(bindparam("batch"))
            .with_for_update(skip_locked=True)
        )
    )
    .returning(sessions.c.digest)
)


async def add(
    connection: Connection,
    *,
    digest: bytes,
    person_id: bytes,
    facts_sealed: bytes,
    expires_day: int,
) -> None:
    """Insert a session."""
    await connection.all(
        _ADD,
        digest=digest,
        person_id=person_id,
        facts_sealed=facts_sealed,
        expires_day=expires_day,
    )


async def find(connection: Connection, digest: bytes) -> Row | None:
    """Return the session with what its person's account says, in one read; or None."""
    return await connection.one(_FIND, cookie_digest=digest)


async def of_person(connection: Connection, person_id: bytes) -> list[Row]:
    """Return digest, person and sealed facts of every session of a person."""
    return await connection.all(_OF, owner_id=person_id)


async def replace(
    connection: Connection, digest: bytes, *, old_facts: bytes, new_facts: bytes
) -> bool:
    """Replace the sealed facts where they are still ``old_facts``; False when others were first."""
    row = await connection.one(
        _REPLACE, cookie_digest=digest, old_facts=old_facts, new_facts=new_facts
    )
    return row is not None


async def end(connection: Connection, digest: bytes) -> Row | None:
    """Delete the session; return digest, person and sealed facts of what was there, or None."""
    return await connection.one(_END, cookie_digest=digest)


async def end_all(connection: Connection, person_id: bytes) -> list[Row]:
    """Delete every session of a person; return them, as ``end``."""
    return await connection.all(_END_ALL, owner=person_id)


async def end_own(connection: Connection, person_id: bytes, digest: bytes) -> Row | None:
    """Delete the session if it is this person's and return it, as ``end``; None when it is not."""
    return await connection.one(_END_OWN, owner=person_id, own_digest=digest)


async def end_others(connection: Connection, person_id: bytes, digest: bytes) -> list[Row]:
    """Delete every session of a person but this one; return them, as ``end``."""
    return await connection.all(_END_OTHERS, owner=person_id, kept_digest=digest)


async def prune(connection: Connection, *, today: int, batch: int) -> int:
    """Delete at most ``batch`` sessions that ended before the day ``today``; return how many."""
    return len(await connection.all(_PRUNE, today=today, batch=batch))
