"""Proposals, and the cases that approved ones open; each is decided by one guarded statement."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct
from sqlalchemy import bindparam, literal, select

from idp.domain.proposal import NOBODY, ProposalState, Proposed
from idp.storage.statement import Statement
from idp.storage.tables import proposals

if TYPE_CHECKING:
    from idp.storage.database import Connection, Row

_OPEN, _APPROVED = literal(ProposalState.OPEN.value), literal(ProposalState.APPROVED.value)

_ADD = Statement(proposals.insert())
_FIND = Statement(select(proposals).where(proposals.c.id == bindparam("proposal_id")))
_IN_CASE = Statement(select(proposals).where(proposals.c.case_id == bindparam("of_case")))
_ALL_OPEN = Statement(
    select(proposals)
    .where(proposals.c.state == _OPEN, proposals.c.expires_at > bindparam("now"))
    .order_by(proposals.c.expires_at)
    .limit(bindparam("most"))
)
_CASES = Statement(
    select(proposals)
    .where(
        proposals.c.expires_at > bindparam("since"),
        proposals.c.act == literal(Proposed.UNMASK.value),
        proposals.c.state == _APPROVED,
    )
    .order_by(proposals.c.expires_at.desc())
    .limit(bindparam("most"))
)
_DECIDED = (
    proposals.update()
    .where(
        proposals.c.id == bindparam("proposal_id"),
        proposals.c.state == _OPEN,
        proposals.c.expires_at > bindparam("now"),
    )
    .values(
        state=bindparam("new_state"),
        decided_by=bindparam("decider"),
        facts_sealed=bindparam("new_facts"),
        expires_at=bindparam("new_expires_at"),
    )
    .returning(proposals.c.id)
)
_DECLINE = Statement(_DECIDED)
# The second operator is a condition of the very statement that approves; nobody is none.
_APPROVE = Statement(
    _DECIDED.where(
        proposals.c.proposed_by != bindparam("other_than"),
        proposals.c.proposed_by != bindparam("nobody"),
    )
)
_TAKE_ON = Statement(
    proposals.update()
    .where(
        proposals.c.id == bindparam("proposal_id"),
        proposals.c.state == _OPEN,
        proposals.c.expires_at > bindparam("now"),
        proposals.c.proposed_by == bindparam("nobody"),
    )
    .values(proposed_by=bindparam("taker"))
    .returning(proposals.c.id)
)
_KEEP = Statement(
    proposals.update()
    .where(proposals.c.id == bindparam("proposal_id"))
    .values(expires_at=bindparam("new_expires_at"))
)
_HAND_OVER = Statement(
    proposals.update()
    .where(proposals.c.id == bindparam("proposal_id"), proposals.c.state == _APPROVED)
    .values(facts_sealed=bindparam("new_facts"), expires_at=bindparam("new_expires_at"))
)
_WITHDRAW_OF = Statement(
    proposals.update()
    .where(
        proposals.c.expires_at > bindparam("now"),
        proposals.c.state == _OPEN,
        proposals.c.proposed_by == bindparam("of_operator"),
    )
    .values(state=literal(ProposalState.DECLINED.value), decided_by=proposals.c.proposed_by)
)
_REMOVE_OPEN = Statement(
    proposals.delete().where(proposals.c.state == _OPEN).returning(proposals.c.id)
)
_PRUNE = Statement(
    proposals.delete()
    .where(
        proposals.c.id.in_(
            select(proposals.c.id)
            .where(proposals.c.expires_at <= bindparam("before"))
            .limit(bindparam("batch"))
            .with_for_update(skip_locked=True)
        )
    )
    .returning(proposals.c.id)
)


class Decision(Struct, frozen=True):
    """How a proposal ends: by whom, what its sealed facts are then, and until when it is kept."""

    proposal_id: str
    operator_id: bytes
    facts_sealed: bytes
    now: int
    expires_at: int


async def add(connection: Connection, **columns: Any) -> None:
    """Insert a proposal; every column is given."""
    await connection.all(_ADD, **columns)


async def find(connection: Connection, proposal_id: str) -> Row | None:
    """Return the proposal's row, or None."""
    return await connection.one(_FIND, proposal_id=proposal_id)


async def in_case(connection: Connection, case_id: str) -> list[Row]:
    """Return every proposal of a case, the one that opened it included."""
    return await connection.all(_IN_CASE, of_case=case_id)


async def all_open(connection: Connection, *, now: int, most: int) -> list[Row]:
    """Return open proposals, those that expire first before the others."""
    return await connection.all(_ALL_OPEN, now=now, most=most)


async def cases(connection: Connection, *, since: int, most: int) -> list[Row]:
    """Return cases that are kept still: those with a suspension first, then the newest."""
    return await connection.all(_CASES, since=since, most=most)


async def approve(connection: Connection, decision: Decision) -> bool:
    """Approve, if it is open and another operator's; True for exactly one caller."""
    given = _parameters(decision, ProposalState.APPROVED)
    row = await connection.one(_APPROVE, other_than=decision.operator_id, nobody=NOBODY, **given)
    return row is not None


async def take_on(
    connection: Connection, proposal_id: str, operator_id: bytes, *, now: int
) -> bool:
    """Put an operator in the place of nobody, if it is open; True for exactly one caller."""
    row = await connection.one(
        _TAKE_ON, proposal_id=proposal_id, taker=operator_id, nobody=NOBODY, now=now
    )
    return row is not None


async def decline(connection: Connection, decision: Decision) -> bool:
    """Decline or withdraw, if it is open; True for exactly one caller."""
    given = _parameters(decision, ProposalState.DECLINED)
    return await connection.one(_DECLINE, **given) is not None


def _parameters(decision: Decision, state: ProposalState) -> dict[str, object]:
    return {
        "proposal_id": decision.proposal_id,
        "new_state": state.value,
        "decider": decision.operator_id,
        "new_facts": decision.facts_sealed,
        "now": decision.now,
        "new_expires_at": decision.expires_at,
    }


async def keep(connection: Connection, proposal_id: str, *, until: int) -> None:
    """Change until when a decided proposal, hence a case, is kept."""
    await connection.all(_KEEP, proposal_id=proposal_id, new_expires_at=until)


async def hand_over(
    connection: Connection, case_id: str, *, facts_sealed: bytes, until: int
) -> None:
    """Change whom a case leads to, and until when it is kept."""
    await connection.all(
        _HAND_OVER, proposal_id=case_id, new_facts=facts_sealed, new_expires_at=until
    )


async def withdraw_of(connection: Connection, operator_id: bytes, *, now: int) -> None:
    """Withdraw every open proposal of an operator."""
    await connection.all(_WITHDRAW_OF, of_operator=operator_id, now=now)


async def remove_open(connection: Connection) -> int:
    """Delete proposals that nobody has decided; return how many."""
    return len(await connection.all(_REMOVE_OPEN))


async def prune(connection: Connection, *, before: int, batch: int) -> int:
    """Delete at most ``batch`` proposals that ended at or before ``before``; return how many."""
    return len(await connection.all(_PRUNE, before=before, batch=batch))
