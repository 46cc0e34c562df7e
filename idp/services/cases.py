"""Cases: opened by an approved ``unmask``, acted on by approved proposals. Persons stay in here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import asdict, replace

from idp.domain.activity import Happened
from idp.domain.case import Case, CaseState
from idp.domain.clock import SECONDS_PER_DAY
from idp.domain.person import SuspensionNotice
from idp.domain.proposal import (
    KEPT_SECONDS,
    WHILE_SUSPENDED,
    Proposal,
    ProposalState,
    Proposed,
    Wording,
    is_id,
)
from idp.domain.refusal import Cause, Refusal
from idp.storage import people, proposals

if TYPE_CHECKING:
    from collections.abc import Mapping

    from idp.domain.clock import Clock
    from idp.services.activity import Activity
    from idp.services.pseudonyms import Pseudonyms
    from idp.services.suspensions import Suspensions
    from idp.services.vault import Vault
    from idp.storage.database import Connection, Database, Row

TABLE = "proposals"
SIZES = (12288,)  # one size: neither the act nor its outcome shows in a length
MOST_LISTED = 100


class Opened(Struct, frozen=True):
    """A proposal with its sealed facts, which no page is given."""

    proposal: Proposal
    facts: Mapping[str, Any]

    __repr__ = object.__repr__

    @property
    def person_id(self) -> bytes | None:
        """The person of a case; None when nobody was found."""
        person = self.facts.get("person")
        return bytes.fromhex(person) if person else None


class Cases:
    """Finds cases, and carries out in them what two operators have agreed on."""

    def __init__(
        self,
        *,
        database: Database,
        vault: Vault,
        activity: Activity,
        pseudonyms: Pseudonyms,
        suspensions: Suspensions,
        clock: Clock,
    ) -> None:
        self._database = database
        self._vault = vault
        self._activity = activity
        self._pseudonyms = pseudonyms
        self._suspensions = suspensions
        self._clock = clock

    async def find(self, case_id: str, connection: Connection | None = None) -> Case:
        """Return a case as it is now; raises Refusal ``NOT_FOUND``."""
        asked = connection or self._database
        handle = await self._handle(asked, case_id)
        rows = await proposals.in_case(asked, case_id)
        found = sorted((self.read(row).proposal for row in rows), key=lambda p: -p.proposed_at)
        return replace(await self._case(asked, handle), proposals=tuple(found))

    async def everyone(self) -> list[Case]:
        """Return cases that are kept still, those with a suspension first; without proposals."""
        since = self._clock.now() - KEPT_SECONDS
        rows = await proposals.cases(self._database, since=since, most=MOST_LISTED)
        return [await self._case(self._database, self.read(row)) for row in rows]

    async def carry_out(self, connection: Connection, opened: Opened) -> dict[str, Any]:
        """Do what was proposed; return what is kept of it beside its words.

        Raises Refusal ``PROPOSAL_CLOSED`` for what is not possible any more.
        """
        proposal = opened.proposal
        if proposal.act is Proposed.UNMASK:
            return await self._unmask(connection, opened)
        person_id = (await self._handle(connection, proposal.case_id)).person_id
        if person_id is None or not await self._act(connection, person_id, proposal):
            raise Refusal(Cause.PROPOSAL_CLOSED)
        suspended = proposal.act is Proposed.SUSPEND
        until = WHILE_SUSPENDED if suspended else self._clock.now()
        await proposals.keep(connection, proposal.case_id, until=until)
        return {}

    def read(self, row: Row) -> Opened:
        """Return the proposal in a row of its table."""
        facts = self._vault.open_facts(TABLE, row["id"].encode(), row["facts_sealed"])
        state = ProposalState(row["state"])
        if state is ProposalState.OPEN and row["expires_at"] <= self._clock.now():
            state = ProposalState.EXPIRED
        proposal = Proposal(
            proposal_id=row["id"],
            act=Proposed(row["act"]),
            state=state,
            case_id=row["case_id"],
            wording=Wording(**facts["wording"]),
            proposed_by=row["proposed_by"],
            decided_by=row["decided_by"],
            proposed_at=facts["at"],
            expires_at=row["expires_at"],
            # What was withdrawn with its operator, or expired, was sealed while it was open.
            network_id=facts.get("network_id", "") if state is ProposalState.OPEN else "",
            drafted=bool(facts.get("drafted")),
        )
        return Opened(proposal, facts)

    def seal(self, proposal_id: str, wording: Wording, at: int, **more: str) -> bytes:
        """Seal for ``proposals.facts_sealed``."""
        facts = {"wording": asdict(wording), "at": at} | more
        return self._vault.seal_facts(TABLE, proposal_id.encode(), facts, sizes=SIZES)

    async def _unmask(self, connection: Connection, opened: Opened) -> dict[str, Any]:
        """De-anonymise (DESIGN §4): the person goes into the seal of the case, and nowhere else."""
        found = await self._pseudonyms.by_network_id(connection, opened.proposal.network_id)
        if found is None or not await people.hold(connection, found.person_id):
            return {}
        case_id = opened.proposal.case_id
        await self._activity.note(connection, found.person_id, Happened.CASE_OPENED, case=case_id)
        return {"person": found.person_id.hex()}

    async def _act(self, connection: Connection, person_id: bytes, proposal: Proposal) -> bool:
        if proposal.act is Proposed.LIFT:
            return await self._suspensions.end(connection, person_id, proposal.case_id)
        notice = SuspensionNotice(
            proposal.wording.reason,
            proposal.wording.authority,
            self._clock.now() // SECONDS_PER_DAY,
            proposal.case_id,
        )
        return await self._suspensions.begin(connection, person_id, notice)

    async def _handle(self, connection: Connection, case_id: str) -> Opened:
        row = await proposals.find(connection, case_id) if is_id(case_id) else None
        if row is None:
            raise Refusal(Cause.NOT_FOUND)
        handle = self.read(row)
        is_case = handle.proposal.act is Proposed.UNMASK
        if not is_case or handle.proposal.state is not ProposalState.APPROVED:
            raise Refusal(Cause.NOT_FOUND)
        return handle

    async def _case(self, connection: Connection, handle: Opened) -> Case:
        proposal, state = handle.proposal, CaseState.NOBODY
        person_id = handle.person_id
        if person_id is not None and await people.find(connection, person_id) is not None:
            # Of its own suspension alone: another case's would say that two IDs are one person's.
            own = await self._suspensions.of(connection, person_id)
            suspended = any(notice.case_id == proposal.case_id for notice in own)
            state = CaseState.SUSPENDED if suspended else CaseState.ACTIVE
        return Case(proposal.case_id, proposal.wording.reference, proposal.proposed_at, state)
