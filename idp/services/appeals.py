"""Appeals: written by a suspended person, answered by operators who do not learn who wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING

from idp.domain.activity import Happened
from idp.domain.appeal import KEPT_DAYS, MOST_OF_ONE_PERSON, Appeal, AppealState
from idp.domain.audit import Act
from idp.domain.clock import SECONDS_PER_DAY
from idp.domain.refusal import Cause, Refusal
from idp.storage import appeals, people

if TYPE_CHECKING:
    from idp.domain.clock import Clock, Entropy
    from idp.services.activity import Activity
    from idp.services.audit import Audit
    from idp.services.suspensions import Suspensions
    from idp.services.vault import Vault
    from idp.storage.database import Database, Row

_TABLE = "appeals"
_SIZES = (49152,)  # one size: an answer, and its length, do not show
_MOST_LISTED = 100


class Appeals:
    """Objects, lists and answers."""

    def __init__(  # noqa: PLR0913 - the parts it joins, named where they are joined
        self,
        *,
        database: Database,
        vault: Vault,
        audit: Audit,
        activity: Activity,
        suspensions: Suspensions,
        clock: Clock,
        entropy: Entropy,
    ) -> None:
        self._database = database
        self._vault = vault
        self._audit = audit
        self._activity = activity
        self._suspensions = suspensions
        self._clock = clock
        self._entropy = entropy

    async def object_to(self, person_id: bytes, case_id: str, text: str) -> None:
        """Object to a suspension that the person is under.

        Raises Refusal ``APPEAL_REFUSED`` when there is none of this case, when an objection to it
        is unanswered still, or when the person has ``MOST_OF_ONE_PERSON`` already.
        """
        now, appeal_id = self._clock.now(), self._entropy.bytes(16)
        new = Appeal(appeal_id, AppealState.OPEN, case_id, text, now)
        async with self._database.transaction() as transaction:
            await people.locked(transaction, person_id)  # two tabs: the second sees the first
            notices = await self._suspensions.of(transaction, person_id)
            known = [self._read(row) for row in await appeals.of_person(transaction, person_id)]
            waiting = [one for one in known if one.state is AppealState.OPEN]
            if (
                case_id not in {notice.case_id for notice in notices}
                or case_id in {one.case_id for one in waiting}
                or len(known) >= MOST_OF_ONE_PERSON
            ):
                raise Refusal(Cause.APPEAL_REFUSED)
            await appeals.add(
                transaction,
                id=appeal_id,
                person_id=person_id,
                state=new.state.value,
                facts_sealed=self._seal(new),
                created_day=now // SECONDS_PER_DAY,
            )
            await self._activity.note(transaction, person_id, Happened.APPEALED, case=case_id)
            await self._audit.record(transaction, Act.APPEALED, case_id=case_id or None)

    async def of_person(self, person_id: bytes) -> list[Appeal]:
        """Return a person's own appeals, newest first."""
        rows = await appeals.of_person(self._database, person_id)
        return sorted((self._read(row) for row in rows), key=lambda appeal: -appeal.at)

    async def known(self, person_id: bytes) -> bool:
        """Tell whether there is an appeal of this person, answered or not."""
        return bool(await appeals.of_person(self._database, person_id))

    async def everyone(self) -> list[Appeal]:
        """Return the newest appeals: those unanswered first, the longest waiting before others."""
        since = self._clock.now() // SECONDS_PER_DAY - KEPT_DAYS
        rows = await appeals.newest(self._database, since=since, most=_MOST_LISTED)
        found = [self._read(row) for row in rows]
        return sorted(found, key=lambda one: (one.state is AppealState.ANSWERED, one.at))

    async def find(self, appeal_id: bytes) -> Appeal:
        """Return one appeal; raises Refusal ``NOT_FOUND``."""
        row = await appeals.find(self._database, appeal_id)
        if row is None:
            raise Refusal(Cause.NOT_FOUND)
        return self._read(row)

    async def answer(self, appeal_id: bytes, operator_id: bytes, reply: str) -> None:
        """Answer an appeal, once; the person reads it on their own page.

        Raises Refusal ``NOT_FOUND``, or ``PROPOSAL_CLOSED`` when it was answered meanwhile.
        """
        async with self._database.transaction() as transaction:
            row = await appeals.find(transaction, appeal_id)
            if row is None:
                raise Refusal(Cause.NOT_FOUND)
            appeal = self._read(row)
            sealed = self._seal(appeal, reply=reply, replied_at=self._clock.now())
            if not await appeals.answer(transaction, appeal_id, sealed):
                raise Refusal(Cause.PROPOSAL_CLOSED)
            await self._activity.note(
                transaction, row["person_id"], Happened.APPEAL_ANSWERED, case=appeal.case_id
            )
            await self._audit.record(
                transaction,
                Act.APPEAL_ANSWERED,
                operator_id=operator_id,
                case_id=appeal.case_id or None,
            )

    def _seal(self, appeal: Appeal, *, reply: str = "", replied_at: int = 0) -> bytes:
        facts = {
            "case": appeal.case_id,
            "text": appeal.text,
            "at": appeal.at,
            "reply": reply,
            "replied_at": replied_at,
        }
        return self._vault.seal_facts(_TABLE, appeal.appeal_id, facts, sizes=_SIZES)

    def _read(self, row: Row) -> Appeal:
        facts = self._vault.open_facts(_TABLE, row["id"], row["facts_sealed"])
        return Appeal(
            appeal_id=row["id"],
            state=AppealState(row["state"]),
            case_id=facts["case"],
            text=facts["text"],
            at=facts["at"],
            reply=facts["reply"],
            replied_at=facts["replied_at"],
        )
