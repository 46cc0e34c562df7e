"""How a grant is born: in one statement with what it stands on, and with what a person is told.

One statement finds what allows it and rechecks the person, so that nothing can change in between;
the event in the person's own history is stored with it, or neither is.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from sqlalchemy import bindparam, literal, select, true, type_coerce

from idp.domain.person import PersonStatus
from idp.storage import activity as events
from idp.storage import pushed_requests as requests
from idp.storage.many import either, pair
from idp.storage.statement import Statement, of_one_row
from idp.storage.tables import activity, consents, grants, people, pseudonyms

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import CTE, ColumnElement, Insert, Select, Table

    from idp.storage.database import Connection

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


def _alone(insert: Insert) -> tuple[Select[Any], CTE]:
    """Return the insert of a grant, as a query; and the grant."""
    granted = insert.returning(grants.c.id).cte("granted")
    return select(granted.c.id), granted


def _with_event(insert: Insert) -> tuple[Select[Any], CTE]:
    """Return the insert of a grant, and of its event where there was one, as one; and the grant."""
    whole, granted = _alone(insert)
    noted = (
        activity.insert()
        .from_select(
            list(_EVENT_COLUMNS), _new(activity, _EVENT_COLUMNS, "event").select_from(granted)
        )
        .cte("noted")
    )
    return whole.add_cte(noted), granted


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
# The same where the instance keeps no history: what is never written need not be swept.
_ISSUE_UNNOTED = Statement(
    _alone(_FOR_THE_PERSON)[0], writes=True, on_sqlite=(of_one_row(_FOR_THE_PERSON),)
)
_ISSUE_REMEMBERED_UNNOTED = Statement(
    _alone(_BY_CONSENT)[0], writes=True, on_sqlite=(of_one_row(_BY_CONSENT),)
)
_AS_PUSHED_UNNOTED = Statement(
    requests.using_up(*_alone(_BY_CONSENT_AS_PUSHED)),
    writes=True,
    on_sqlite=(_BY_CONSENT_AS_PUSHED.returning(grants.c.id), requests.SPEND),
)
_UNNOTED = {
    _ISSUE: _ISSUE_UNNOTED,
    _ISSUE_REMEMBERED: _ISSUE_REMEMBERED_UNNOTED,
    _AS_PUSHED: _AS_PUSHED_UNNOTED,
}


class NewGrant(Struct, frozen=True):
    """The columns of a grant about to be born; ``expires_at`` in epoch seconds, rounded up."""

    id: bytes
    holder_tag: bytes
    consent_tag: bytes
    facts_sealed: bytes
    expires_at: int
    code_used: int = 0
    revoked: int = 0


async def issue(
    connection: Connection, grant: NewGrant, event: events.NewEvent | None, *, person_id: bytes
) -> bool:
    """Insert a grant and its event if the person is active at this very moment; else False.

    ``event`` is None where the instance keeps no history.
    """
    return await _insert(connection, _ISSUE, grant, event, person_id=person_id)


class Remembered(Struct, frozen=True):
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
    connection: Connection, grant: NewGrant, event: events.NewEvent | None, consent: Remembered
) -> bool:
    """Insert a grant and its event if the person is active and a live consent holds the items.

    One statement finds pseudonym and consent, rechecks the person, stores both, and uses up the
    pushed request. False when any of this is not so. ``event`` as in ``issue``.
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
    event: events.NewEvent | None,
    **given: object,
) -> bool:
    for parameter, name in _OF_GRANT:
        given[parameter] = getattr(grant, name)
    if event is None:
        return await connection.one(_UNNOTED[statement], **given) is not None
    for parameter, name in _OF_EVENT:
        given[parameter] = getattr(event, name)
    return await connection.one(statement, **given) is not None
