"""Sessions of operators: short, of their own, and never a person's."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from msgspec import Struct

from idp.domain.clock import SECONDS_PER_DAY
from idp.domain.operator import (
    ABSOLUTE_SECONDS,
    Operator,
    OperatorSession,
    OperatorStatus,
    roles_from_text,
)
from idp.services.operators import TABLE as OPERATORS
from idp.storage import operator_sessions

if TYPE_CHECKING:
    from idp.domain.clock import Clock, Entropy
    from idp.services.vault import Vault
    from idp.storage.database import Database

_TABLE = "operator_sessions"
_SIZES = (128,)
_COOKIE_BYTES = 32
_MAX_COOKIE = 64


class OnDuty(Struct, frozen=True):
    """An operator who is signed in, and the session."""

    operator: Operator
    session: OperatorSession


class OperatorSessions:
    """Begin, find and end sessions."""

    def __init__(self, database: Database, vault: Vault, clock: Clock, entropy: Entropy) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock
        self._entropy = entropy

    async def begin(self, operator_id: bytes, *, instead_of: str | None) -> str:
        """Sign an operator in; return the cookie's value, new at every sign-in.

        The session of the cookie ``instead_of``, if there is one, ends in the same transaction.
        """
        cookie = self._entropy.bytes(_COOKIE_BYTES).hex()
        now = self._clock.now()
        session = OperatorSession(_digest(cookie), operator_id, now, now)
        async with self._database.transaction() as transaction:
            if instead_of:
                await operator_sessions.end(transaction, _digest(instead_of))
            await operator_sessions.add(
                transaction,
                digest=session.digest,
                operator_id=operator_id,
                facts_sealed=self._seal(session),
                expires_day=(now + ABSOLUTE_SECONDS) // SECONDS_PER_DAY,
            )
        return cookie

    async def find(self, cookie: str | None) -> OnDuty | None:
        """Return who is signed in by ``cookie``, and note the use; None when nobody is."""
        if not cookie or len(cookie) > _MAX_COOKIE:
            return None
        digest, now = _digest(cookie), self._clock.now()
        row = await operator_sessions.find(self._database, digest)
        if row is None or row["status"] != OperatorStatus.ACTIVE:
            return None
        facts = self._vault.open_facts(_TABLE, digest, row["facts_sealed"])
        session = OperatorSession(digest, row["operator_id"], facts["began"], facts["seen"])
        if not session.alive(now):
            return None
        touched = session.touched(now)
        if touched is not None:
            await operator_sessions.replace(
                self._database,
                digest,
                old_facts=row["facts_sealed"],
                new_facts=self._seal(touched),
            )
        name = self._vault.open_facts(OPERATORS, session.operator_id, row["operator_facts"])["name"]
        return OnDuty(
            Operator(session.operator_id, name, roles_from_text(row["roles"])), touched or session
        )

    async def end(self, cookie: str | None) -> None:
        """Sign out."""
        if cookie:
            await operator_sessions.end(self._database, _digest(cookie))

    def _seal(self, session: OperatorSession) -> bytes:
        facts = {"began": session.began, "seen": session.seen}
        return self._vault.seal_facts(_TABLE, session.digest, facts, sizes=_SIZES)


def _digest(cookie: str) -> bytes:
    return hashlib.sha256(cookie.encode("utf-8", "surrogatepass")).digest()
