"""Passkeys of operators: made with a one-time link, used to sign in and to approve.

Purposes of ceremonies are never those of people, and an approval's names its proposal: what was
signed for one case approves no other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from idp.domain.audit import Act
from idp.domain.clock import SECONDS_PER_DAY
from idp.domain.operator import OperatorStatus
from idp.domain.refusal import Cause, Refusal
from idp.storage import operator_links, operator_passkeys, operator_sessions, operators

if TYPE_CHECKING:
    from idp.domain.clock import Clock, Entropy
    from idp.domain.operator import Operator
    from idp.protocol.webauthn import NewPasskey
    from idp.services.audit import Audit
    from idp.services.ceremonies import Answered, Ceremonies, Ceremony
    from idp.services.operators import Joining, Operators
    from idp.storage.database import Connection, Database, Row

_SIGN_IN = "an operator"


class OperatorPasskeys:
    """Makes and uses operators' passkeys."""

    def __init__(
        self,
        *,
        ceremonies: Ceremonies,
        database: Database,
        operators: Operators,
        audit: Audit,
        clock: Clock,
        entropy: Entropy,
    ) -> None:
        self._ceremonies = ceremonies
        self._database = database
        self._operators = operators
        self._audit = audit
        self._clock = clock
        self._entropy = entropy

    async def start_joining(self, browser: str, joining: Joining) -> tuple[Operator, Ceremony]:
        """Start making the passkey of the operator whom a link is for.

        Authenticators that hold another operator's passkey are excluded. An honest browser keeps
        to that, so that one device does not become two operators by mistake; whether two devices
        are two people cannot be known. Raises Refusal ``OPERATOR_LINK_INVALID``.
        """
        row = await operators.find(self._database, joining.operator_id)
        if row is None:
            raise Refusal(Cause.OPERATOR_LINK_INVALID)
        operator = self._operators.read(row)
        known = await operator_passkeys.everyones(self._database)
        others = [k["credential_id"] for k in known if k["operator_id"] != joining.operator_id]
        ceremony = self._ceremonies.start_registration(
            browser,
            _joining(joining),
            user_id=row["webauthn_user_id"],
            user_name=f"Network ID operator: {operator.name}",
            exclude=others,
        )
        return operator, ceremony

    async def finish_joining(self, answered: Answered, joining: Joining) -> bytes:
        """Use the link up and store its operator's one passkey; return the operator's id.

        One transaction: passkeys and sessions of before end, the link is spent by one guarded
        statement. Raises Refusal ``OPERATOR_LINK_INVALID`` or ``PASSKEY_REFUSED``.
        """
        new = await self._ceremonies.finish_registration(answered, _joining(joining))
        operator_id, now = joining.operator_id, self._clock.now()
        async with self._database.transaction() as transaction:
            spent = await operator_links.spend(transaction, joining.tag, now=now)
            if spent != operator_id:
                raise Refusal(Cause.OPERATOR_LINK_INVALID)
            await operator_passkeys.remove_of(transaction, operator_id)
            await operator_sessions.end_of(transaction, operator_id)
            await self._add(transaction, operator_id, new)
            if not await operators.join(transaction, operator_id):
                raise Refusal(Cause.OPERATOR_LINK_INVALID)
            await self._audit.record(transaction, Act.OPERATOR_JOINED, operator_id=operator_id)
        return operator_id

    def start_sign_in(self, browser: str) -> Ceremony:
        """Start a sign-in with whichever passkey the operator has."""
        return self._ceremonies.start_sign_in(browser, _SIGN_IN)

    async def finish_sign_in(self, answered: Answered) -> bytes:
        """Return the operator id proved.

        Raises Refusal as ``Ceremonies`` does, and ``OPERATOR_DISABLED``.
        """
        return await self._used(answered, _SIGN_IN)

    async def start_approval(
        self, browser: str, proposal_id: str, operator_id: bytes, *, first: bool
    ) -> Ceremony:
        """Start the ceremony by which one proposal, and no other, is approved.

        ``first``: as the first of two, of whom the page says that nothing is done yet.
        Names the operator's own passkey: their device may hold one of theirs as a person, too.
        """
        known = await operator_passkeys.everyones(self._database)
        own = [row["credential_id"] for row in known if row["operator_id"] == operator_id]
        return self._ceremonies.start_sign_in(
            browser, _approval(proposal_id, first=first), allow=own
        )

    async def finish_approval(
        self, answered: Answered, proposal_id: str, operator_id: bytes, *, first: bool
    ) -> None:
        """Check that ``operator_id`` approves ``proposal_id`` with a passkey just now.

        What was approved as the first of two counts as no second approval, and the reverse.

        Raises Refusal as ``Ceremonies`` does, and ``PASSKEY_REFUSED`` for a colleague's passkey.
        """
        if await self._used(answered, _approval(proposal_id, first=first)) != operator_id:
            raise Refusal(Cause.PASSKEY_REFUSED, problem="passkey of another operator")

    async def _used(self, answered: Answered, purpose: str) -> bytes:
        proved = await self._ceremonies.finish_sign_in(answered, purpose, self._find)
        row, assertion = proved.row, proved.assertion
        if assertion.sign_count_regressed:
            # WebAuthn L3 §7.2 step 22: perhaps a copy. A person is warned and keeps the account; an
            # operator has a new link quickly, so here it is refused.
            raise Refusal(Cause.PASSKEY_REFUSED, problem="sign_count_regressed")
        await operator_passkeys.used(
            self._database,
            row["id"],
            old_count=row["sign_count"],
            new_count=assertion.sign_count,
            backed_up=assertion.backed_up,
        )
        operator = await operators.find(self._database, row["operator_id"])
        if operator is None or operator["status"] == OperatorStatus.DISABLED:
            raise Refusal(Cause.OPERATOR_DISABLED)  # told to nobody but who proved to be them
        return bytes(row["operator_id"])

    async def _find(self, credential_id: bytes) -> Row | None:
        return await operator_passkeys.find(self._database, credential_id)

    async def _add(self, connection: Connection, operator_id: bytes, new: NewPasskey) -> None:
        added = await operator_passkeys.add(
            connection,
            id=self._entropy.bytes(16),
            operator_id=operator_id,
            credential_id=new.credential_id,
            public_key=new.public_key,
            sign_count=new.sign_count,
            backup_eligible=int(new.backup_eligible),
            backed_up=int(new.backed_up),
            created_day=self._clock.now() // SECONDS_PER_DAY,
        )
        if not added:  # one credential is never two operators
            raise Refusal(Cause.PASSKEY_REFUSED, problem="credential id is registered already")


def _joining(joining: Joining) -> str:
    return f"an operator joining by {joining.tag.hex()}"


def _approval(proposal_id: str, *, first: bool) -> str:
    return f"an operator approving {proposal_id}{' first' if first else ''}"
