"""Acts that need two operators: proposed, then approved once or not at all (promise P6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from idp.domain.audit import Act, Via
from idp.domain.operator import OperatorStatus, Role, roles_from_text
from idp.domain.proposal import (
    NOBODY,
    OPEN_SECONDS,
    Proposal,
    ProposalState,
    Proposed,
    Wording,
    draw_id,
    is_id,
)
from idp.domain.refusal import Cause, Refusal
from idp.services.cases import MOST_LISTED
from idp.storage import operators, proposals
from idp.storage.proposals import Decision

if TYPE_CHECKING:
    from idp.domain.clock import Clock, Entropy
    from idp.services.audit import Audit
    from idp.services.cases import Cases, Opened
    from idp.storage.database import Connection, Database


class Proposals:
    """Proposes, approves and declines; what is approved is done in the same transaction."""

    def __init__(
        self, *, database: Database, cases: Cases, audit: Audit, clock: Clock, entropy: Entropy
    ) -> None:
        self._database = database
        self._cases = cases
        self._audit = audit
        self._clock = clock
        self._entropy = entropy

    async def open_case(self, operator_id: bytes | None, network_id: str, reference: str) -> str:
        """Propose to open a case from a network ID in its wire form; return the proposal's id.

        Whether anybody has this network ID is not looked at: one operator alone learns nothing.
        ``operator_id`` is None on the command line: then two operators must approve it.
        """
        proposal_id = draw_id(self._entropy)
        wording = Wording(reference=reference)
        more = {"network_id": network_id} | _drafted(operator_id)
        sealed = self._cases.seal(proposal_id, wording, self._clock.now(), **more)
        async with self._database.transaction() as transaction:
            ids = (proposal_id, proposal_id)
            await self._add(transaction, Proposed.UNMASK, ids, operator_id, sealed)
        return proposal_id

    async def propose(
        self, operator_id: bytes | None, case_id: str, act: Proposed, wording: Wording
    ) -> str:
        """Propose to suspend, or to lift a suspension, in a case; return the proposal's id.

        ``operator_id`` as for ``open_case``.
        Raises Refusal: ``NOT_FOUND`` for no such case, ``PROPOSAL_CLOSED`` when the act does not
        fit the case as it is, or another proposal is open there.
        """
        proposal_id = draw_id(self._entropy)
        async with self._database.transaction() as transaction:
            case = await self._cases.find(case_id, transaction)
            if act is not case.possible:
                raise Refusal(Cause.PROPOSAL_CLOSED)
            words = replace(wording, reference=case.reference)  # to compare with the file
            more = _drafted(operator_id)
            sealed = self._cases.seal(proposal_id, words, self._clock.now(), **more)
            if act is Proposed.SUSPEND:  # a case outlives what is open in it
                until = self._clock.now() + OPEN_SECONDS
                await proposals.keep(transaction, case_id, until=until)
            await self._add(transaction, act, (proposal_id, case_id), operator_id, sealed)
        return proposal_id

    async def find(self, proposal_id: str) -> Proposal:
        """Return one proposal; raises Refusal ``NOT_FOUND``."""
        return (await self._find(self._database, proposal_id)).proposal

    async def all_open(self) -> list[Proposal]:
        """Return open proposals, those that expire first before the others."""
        rows = await proposals.all_open(self._database, now=self._clock.now(), most=MOST_LISTED)
        return [self._cases.read(row).proposal for row in rows]

    async def approve(self, proposal_id: str, operator_id: bytes) -> None:
        """Approve and do it, by an operator whose passkey has just approved this very proposal.

        One transaction, and one guarded statement with the second operator among its conditions.
        Raises Refusal: ``NOT_FOUND``, ``SELF_APPROVAL``, or ``PROPOSAL_CLOSED`` for what is
        decided, expired, proposed by somebody who is no operator of support any more, or
        impossible now.
        """
        async with self._database.transaction() as transaction:
            opened = await self._find(transaction, proposal_id)
            proposal = opened.proposal
            if proposal.proposed_by == operator_id:
                raise Refusal(Cause.SELF_APPROVAL)
            if not await _is_support(transaction, operator_id):
                raise Refusal(Cause.ROLE_MISSING)
            if not proposal.is_open or not await _is_support(transaction, proposal.proposed_by):
                raise Refusal(Cause.PROPOSAL_CLOSED)
            done = await self._cases.carry_out(transaction, opened)
            if not await proposals.approve(transaction, self._decided(proposal, operator_id, done)):
                raise Refusal(Cause.PROPOSAL_CLOSED)  # another tab was first: all is undone
            await self._audit.record(
                transaction,
                proposal.act.when_done,
                operator_id=operator_id,
                case_id=proposal.case_id,
            )

    async def take_on(self, proposal_id: str, operator_id: bytes) -> None:
        """Approve what the command line drafted, as the first of two; nothing else is done yet.

        By an operator whose passkey has just approved this very proposal. One guarded statement
        lets one operator be the first. Raises Refusal as ``approve``.
        """
        async with self._database.transaction() as transaction:
            proposal = (await self._find(transaction, proposal_id)).proposal
            if not await _is_support(transaction, operator_id):
                raise Refusal(Cause.ROLE_MISSING)
            now = self._clock.now()
            if not await proposals.take_on(transaction, proposal_id, operator_id, now=now):
                raise Refusal(Cause.PROPOSAL_CLOSED)  # somebody else was first
            await self._audit.record(
                transaction,
                Act.PROPOSAL_SECONDED,
                operator_id=operator_id,
                case_id=proposal.case_id,
            )

    async def decline(self, proposal_id: str, operator_id: bytes) -> None:
        """Decline another's proposal, or withdraw one's own; raises Refusal like ``approve``."""
        async with self._database.transaction() as transaction:
            proposal = (await self._find(transaction, proposal_id)).proposal
            if not await proposals.decline(transaction, self._decided(proposal, operator_id, {})):
                raise Refusal(Cause.PROPOSAL_CLOSED)
            await self._audit.record(
                transaction,
                Act.PROPOSAL_DECLINED,
                operator_id=operator_id,
                case_id=proposal.case_id,
            )

    async def _add(
        self,
        connection: Connection,
        act: Proposed,
        ids: tuple[str, str],
        operator_id: bytes | None,
        facts_sealed: bytes,
    ) -> None:
        proposal_id, case_id = ids
        await proposals.add(
            connection,
            id=proposal_id,
            act=act.value,
            state=ProposalState.OPEN.value,
            facts_sealed=facts_sealed,
            proposed_by=NOBODY if operator_id is None else operator_id,
            decided_by=None,
            expires_at=self._clock.now() + OPEN_SECONDS,
            case_id=case_id,
        )
        await self._audit.record(
            connection,
            act.when_proposed,
            operator_id=operator_id,
            case_id=case_id,
            via=Via.COMMAND if operator_id is None else None,
        )

    async def _find(self, connection: Connection, proposal_id: str) -> Opened:
        row = await proposals.find(connection, proposal_id) if is_id(proposal_id) else None
        if row is None:
            raise Refusal(Cause.NOT_FOUND)
        return self._cases.read(row)

    def _decided(self, proposal: Proposal, operator_id: bytes, kept: dict[str, str]) -> Decision:
        """Return the end of a proposal. Its words stay for a while; a network ID does not."""
        more = kept | ({"drafted": "yes"} if proposal.drafted else {})
        sealed = self._cases.seal(
            proposal.proposal_id, proposal.wording, proposal.proposed_at, **more
        )
        now = self._clock.now()
        return Decision(proposal.proposal_id, operator_id, sealed, now, expires_at=now)


async def _is_support(connection: Connection, operator_id: bytes) -> bool:
    """Tell whether somebody is an operator of support at this moment."""
    row = await operators.find(connection, operator_id)
    return (
        row is not None
        and row["status"] == OperatorStatus.ACTIVE
        and Role.SUPPORT in roles_from_text(row["roles"])
    )


def _drafted(operator_id: bytes | None) -> dict[str, str]:
    return {"drafted": "yes"} if operator_id is None else {}
