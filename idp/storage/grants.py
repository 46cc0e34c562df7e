"""Grants and the codes they are born with; each step is one guarded statement (promise P8).

A grant names neither person nor platform in clear. Its tags say what it hangs on: the holder's
pseudonym, with which it is read, and the consent, with which it ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, case, func, literal, select, true, type_coerce

from idp.domain.person import PersonStatus
from idp.storage import activity as events
from idp.storage import pushed_requests as requests
from idp.storage.many import among, both_chunks, chunks, either, pair
from idp.storage.statement import Statement, of_one_row
from idp.storage.tables import activity, consents, grants, people, pseudonyms

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import CTE, ColumnElement, Insert, Select, Table

    from idp.storage.database import Connection, Row

_COLUMNS = (
    "id",
    "holder_tag",
    "consent_tag",
    "facts_sealed",
    "code_used",
    "revoked",
    "expires_at",
)
_TAGS = ("of_holder", "of_consent", "with_items")
_EVENT_COLUMNS = ("id", "tag", "facts_sealed", "day", "slot")
_OF_GRANT = [(f"new_{name}", name) for name in _COLUMNS]
_OF_EVENT = [(f"event_{name}", name) for name in _EVENT_COLUMNS]


def _new(
    table: Table,
    columns: Sequence[str],
    prefix: str,
    found: Mapping[str, ColumnElement[Any]] = MappingProxyType({}),
) -> Select[Any]:
    """Return the row of parameters ``prefix_column``, typed as the table's columns are.

    But for those that are ``found`` elsewhere.
    """
    return select(
        *(
            found.get(name, type_coerce(bindparam(f"{prefix}_{name}"), table.c[name].type))
            for name in columns
        )
    )


def _with_event(insert: Insert) -> tuple[Select[Any], CTE]:
    """Return the insert of a grant, and of its event where there was one, as one; and the grant."""
    granted = insert.returning(grants.c.id).cte("granted")
    noted = (
        activity.insert()
        .from_select(
            list(_EVENT_COLUMNS), _new(activity, _EVENT_COLUMNS, "event").select_from(granted)
        )
        .cte("noted")
    )
    return select(granted.c.id).add_cte(noted), granted


_PERSON_IS_ACTIVE: tuple[ColumnElement[bool], ...] = (
    people.c.id == bindparam("person_id"),
    people.c.status == literal(PersonStatus.ACTIVE.value),
)
# FOR SHARE: a suspension waits for this grant, or this grant sees the suspension; never neither.
# So it is with a withdrawal and the consent.
_FOR_THE_PERSON = grants.insert().from_select(
    list(_COLUMNS),
    _new(grants, _COLUMNS, "new")
    .select_from(people)
    .where(*_PERSON_IS_ACTIVE)
    .with_for_update(read=True, of=people),
)
# It hangs on the tags that pseudonym and consent have at this moment, under whichever version. The
# pseudonym is locked too: it may be moving to another version. In this order everybody locks them.
_CONSENTED = (
    _new(
        grants,
        _COLUMNS,
        "new",
        {"holder_tag": pseudonyms.c.holder_tag, "consent_tag": consents.c.tag},
    )
    .select_from(pseudonyms)
    .join(consents, either(consents.c.tag, "of_consent"))
    .join(people, people.c.id == bindparam("person_id"))
    .where(
        *_PERSON_IS_ACTIVE,
        either(pseudonyms.c.holder_tag, "of_holder"),
        either(consents.c.items_tag, "with_items"),
        consents.c.expires_day > bindparam("today"),
    )
    .with_for_update(read=True, of=(people, consents, pseudonyms))
)
_BY_CONSENT = grants.insert().from_select(list(_COLUMNS), _CONSENTED)
_BY_CONSENT_AS_PUSHED = grants.insert().from_select(
    list(_COLUMNS), _CONSENTED.join(requests.HELD, true())
)
_NOTE = activity.insert().values(
    {activity.c[name]: bindparam(f"event_{name}") for name in _EVENT_COLUMNS}
)
_ISSUE = Statement(
    _with_event(_FOR_THE_PERSON)[0],
    writes=True,
    on_sqlite=(of_one_row(_FOR_THE_PERSON), _NOTE),
)
_ISSUE_REMEMBERED = Statement(
    _with_event(_BY_CONSENT)[0],
    writes=True,
    on_sqlite=(of_one_row(_BY_CONSENT), _NOTE),
)
_AS_PUSHED = Statement(
    requests.using_up(*_with_event(_BY_CONSENT_AS_PUSHED)),
    writes=True,
    # The driver does not count the rows of what begins with WITH.
    on_sqlite=(_BY_CONSENT_AS_PUSHED.returning(grants.c.id), requests.SPEND, _NOTE),
)
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


@dataclass(frozen=True, slots=True)
class NewGrant:
    """The columns of a grant about to be born; ``expires_at`` in epoch seconds, rounded up."""

    id: bytes
    holder_tag: bytes
    consent_tag: bytes
    facts_sealed: bytes
    expires_at: int
    code_used: int = 0
    revoked: int = 0


async def issue(
    connection: Connection, grant: NewGrant, event: events.NewEvent, *, person_id: bytes
) -> bool:
    """Insert a grant and its event if the person is active at this very moment; else False."""
    return await _insert(connection, _ISSUE, grant, event, person_id=person_id)


@dataclass(frozen=True, slots=True)
class Remembered:
    """The consent that a grant is issued on: whose, to exactly what; ``today`` in days.

    ``pushed`` is the pushed request that the grant answers and uses up, if it answers one.
    ``older`` are the tags of holder, consent and items under another live version.
    """

    person_id: bytes
    items_tag: bytes
    today: int
    pushed: bytes | None = None
    older: tuple[bytes, bytes, bytes] | None = None


async def issue_remembered(
    connection: Connection, grant: NewGrant, event: events.NewEvent, consent: Remembered
) -> bool:
    """Insert a grant and its event if the person is active and a live consent holds the items.

    One statement finds pseudonym and consent, rechecks the person, stores both, and uses up the
    pushed request. False when any of this is not so.
    """
    tags = (grant.holder_tag, grant.consent_tag, consent.items_tag)
    given: dict[str, object] = {"person_id": consent.person_id, "today": consent.today}
    for name, both in zip(_TAGS, zip(tags, consent.older or tags, strict=True), strict=True):
        given |= pair(name, both)
    if consent.pushed is None:
        return await _insert(connection, _ISSUE_REMEMBERED, grant, event, **given)
    return await _insert(connection, _AS_PUSHED, grant, event, pushed=consent.pushed, **given)


async def _insert(
    connection: Connection,
    statement: Statement,
    grant: NewGrant,
    event: events.NewEvent,
    **given: object,
) -> bool:
    for parameter, name in _OF_GRANT:
        given[parameter] = getattr(grant, name)
    for parameter, name in _OF_EVENT:
        given[parameter] = getattr(event, name)
    return await connection.one(statement, **given) is not None


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
