"""Browser sessions: begun by every sign-in, found by cookie, ended by signing out.

Whatever ends one, or what a client had of it, tells the clients concerned in the same transaction
(``services.logouts``). One that ends by time alone does not: platforms have times of their own.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import asdict

from idp.domain.activity import Happened
from idp.domain.browser import recognised
from idp.domain.clock import SECONDS_PER_DAY
from idp.domain.passkey import mark
from idp.domain.person import PersonStatus
from idp.domain.refusal import Cause, Refusal
from idp.domain.session import ABSOLUTE_SECONDS, Authentication, Session
from idp.storage import passkeys, people, sessions

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from idp.domain.clock import Clock, Entropy
    from idp.domain.person import SuspensionNotice
    from idp.domain.session import Visit
    from idp.services.activity import Activity
    from idp.services.logouts import Logouts
    from idp.services.vault import Vault
    from idp.storage.database import Connection, Database, Row

_COOKIE_BYTES = 32
_MAX_COOKIE = 64


class Account(Struct, frozen=True):
    """A live session with what its person's account says at this moment.

    Birth date and evidence stay sealed until a request asks for an age or for the assurance.
    """

    session: Session
    facts_sealed: bytes
    status: PersonStatus
    birth_date_sealed: bytes
    evidence_sealed: bytes
    notices: tuple[SuspensionNotice, ...] = ()

    __repr__ = object.__repr__


class Sessions:
    """Begin, find and end sessions."""

    def __init__(  # noqa: PLR0913 - the parts it joins, named where they are joined
        self,
        *,
        database: Database,
        activity: Activity,
        logouts: Logouts,
        vault: Vault,
        clock: Clock,
        entropy: Entropy,
        sandbox: bool,
    ) -> None:
        self._database = database
        self._activity = activity
        self._logouts = logouts
        self._vault = vault
        self._clock = clock
        self._entropy = entropy
        self._sandbox = sandbox

    async def begin(
        self,
        person_id: bytes,
        *,
        acr: str,
        amr: tuple[str, ...],
        instead_of: str | None,
        passkey: bytes | None = None,
        user_agent: str = "",
    ) -> str:
        """Sign a person in; return the cookie's value, new at every sign-in (session fixation).

        The session of the cookie ``instead_of``, if there is one, ends in the same transaction; of
        the same person's, what clients know of it goes on.
        ``passkey`` is the credential id of the one that was used; raises Refusal
        ``PASSKEY_UNKNOWN`` when it was removed meanwhile, since its sessions have been ended, or
        the account closed.
        Of ``user_agent`` two words are kept (``idp.domain.browser``).
        """
        cookie = self._entropy.bytes(_COOKIE_BYTES).hex()
        now, browser = self._clock.now(), recognised(user_agent)
        how = Authentication(now, acr, amr, mark(passkey) if passkey else "")
        async with self._database.transaction() as transaction:
            # The person first, as whoever closes the account or removes the passkey locks them.
            held = await people.hold(transaction, person_id)
            if not held or (passkey and not await passkeys.alive(transaction, passkey)):
                raise Refusal(Cause.PASSKEY_UNKNOWN)
            await self._activity.note(
                transaction, person_id, Happened.SIGNED_IN, acr=acr, **asdict(browser)
            )
            visits = await self._replace(transaction, instead_of, person_id)
            session = Session(_digest(cookie), person_id, how, now, visits, browser)
            await sessions.add(
                transaction,
                digest=session.digest,
                person_id=person_id,
                facts_sealed=self._vault.seal_session(session),
                expires_day=(now + ABSOLUTE_SECONDS) // SECONDS_PER_DAY,
            )
        return cookie

    async def _replace(
        self, connection: Connection, cookie: str | None, person_id: bytes
    ) -> tuple[Visit, ...]:
        """End the session of a cookie; return what goes on in the next one, of ``person_id``.

        Who signs in once more in one browser (``prompt=login``, a stronger passkey) is not signed
        out anywhere, so their platforms keep the ``sid`` that they know. Somebody else's hear.
        """
        row = await sessions.end(connection, _digest(cookie)) if cookie else None
        if row is None:
            return ()
        old = self._open(row)
        if old.person_id == person_id:
            return old.visits if old.alive(self._clock.now()) else ()
        await self._logouts.put(connection, old.visits)
        return ()

    async def find(self, cookie: str | None) -> Account | None:
        """Return the account signed in by ``cookie``; None when none is, or not any more.

        Sandbox people are strangers to an instance whose sandbox is off.
        """
        if not cookie or len(cookie) > _MAX_COOKIE:
            return None
        digest = _digest(cookie)
        row = await sessions.find(self._database, digest)
        if row is None or (row["sandbox"] and not self._sandbox):
            return None
        session = self._vault.open_session(digest, row["person_id"], row["facts_sealed"])
        return self._account(session, row) if session.alive(self._clock.now()) else None

    def _account(self, session: Session, row: Row) -> Account:
        sealed = row["notice_sealed"]
        return Account(
            session=session,
            facts_sealed=row["facts_sealed"],
            status=PersonStatus(row["status"]),
            birth_date_sealed=row["birth_date_sealed"],
            evidence_sealed=row["evidence_sealed"],
            notices=() if sealed is None else self._vault.open_notices(session.person_id, sealed),
        )

    async def update(self, connection: Connection, account: Account, session: Session) -> bool:
        """Write ``session`` in place of the account's; False when another tab was first."""
        return await sessions.replace(
            connection,
            session.digest,
            old_facts=account.facts_sealed,
            new_facts=self._vault.seal_session(session),
        )

    async def end_those_of(
        self, connection: Connection, person_id: bytes, passkey: bytes, *, but: Session
    ) -> int:
        """End every session that a passkey, by its credential id, began; return how many.

        ``but`` goes on: it is that of the person who just removed the passkey.
        """
        begun_by_it = [
            session
            for session in await self._every(connection, person_id)
            if session.authentication.passkey == mark(passkey) and session.digest != but.digest
        ]
        ended = [await sessions.end(connection, session.digest) for session in begun_by_it]
        return len(await self._tell(connection, [row for row in ended if row is not None]))

    async def end_every(self, connection: Connection, person_id: bytes) -> None:
        """End every session of the person, in the transaction of what ends them."""
        await self._tell(connection, await sessions.end_all(connection, person_id))

    async def of(self, person_id: bytes) -> list[Session]:
        """Return the person's live sessions, the newest sign-in first."""
        now = self._clock.now()
        live = [one for one in await self._every(self._database, person_id) if one.alive(now)]
        return sorted(live, key=lambda session: -session.authentication.time)

    async def forget_visits(
        self,
        connection: Connection,
        person_id: bytes,
        client_ids: Collection[str] | None = None,
    ) -> None:
        """Let these clients, or all, know no session of the person: they hear of an end.

        The next login draws a ``sid``: the old one would join a renewed network ID with the one
        before (promises P2 and P5), and a session that goes on with one that was said to be over.
        """
        stale = True
        while stale:
            stale = False
            for row in await sessions.of_person(connection, person_id):
                known = self._vault.open_session(row["digest"], person_id, row["facts_sealed"])
                kept = known.forgetting(client_ids)
                if kept is known:
                    continue
                stale = True  # look again: another tab may have been first
                if await sessions.replace(
                    connection,
                    known.digest,
                    old_facts=row["facts_sealed"],
                    new_facts=self._vault.seal_session(kept),
                ):
                    await self._logouts.put(connection, set(known.visits) - set(kept.visits))

    async def end_one(self, person_id: bytes, reference: str) -> None:
        """End one of the person's own sessions, by ``Session.reference``.

        Does nothing for one that is nobody's, ended, or somebody else's.
        """
        for session in await self.of(person_id):
            if session.reference == reference:
                async with self._database.transaction() as transaction:
                    row = await sessions.end_own(transaction, person_id, session.digest)
                    if row is not None:
                        await self._tell(transaction, [row])
                        await self._note_end(transaction, session, Happened.SESSION_ENDED)

    async def end_others(self, session: Session) -> None:
        """End every session of the person but this one."""
        async with self._database.transaction() as transaction:
            if not await people.hold(transaction, session.person_id):
                return  # closed meanwhile: there is nothing left to end, or to note
            ended = await sessions.end_others(transaction, session.person_id, session.digest)
            await self._tell(transaction, ended)
            await self._activity.note(transaction, session.person_id, Happened.SESSIONS_ENDED)

    async def end_all(self, person_id: bytes, *, at_once: bool = False) -> frozenset[str]:
        """End every session of the person, this one too; return the ids of the clients that hear.

        ``at_once``: all of them without delay, as the person chose.
        """
        async with self._database.transaction() as transaction:
            if not await people.hold(transaction, person_id):
                return frozenset()
            ended = await sessions.end_all(transaction, person_id)
            told = await self._tell(transaction, ended, at_once=at_once)
            await self._activity.note(transaction, person_id, Happened.SESSIONS_ENDED)
        return _clients(told)

    async def end(self, cookie: str | None, *, wished_by: str = "") -> frozenset[str]:
        """Sign out in this browser; return the ids of the clients that hear of it.

        ``wished_by`` is the client that sent the person here to be signed out: it hears at once.
        """
        row = await sessions.find(self._database, _digest(cookie)) if cookie else None
        if cookie is None or row is None:
            return frozenset()
        async with self._database.transaction() as transaction:
            await people.hold(transaction, row["person_id"])
            ended = await sessions.end(transaction, _digest(cookie))
            if ended is None:
                return frozenset()
            told = await self._tell(transaction, [ended], wished_by=wished_by)
            await self._note_end(transaction, told[0], Happened.SIGNED_OUT)
        return _clients(told)

    async def _tell(
        self,
        connection: Connection,
        ended: Iterable[Row],
        *,
        wished_by: str = "",
        at_once: bool = False,
    ) -> list[Session]:
        """Tell the clients of sessions that have just ended; return these sessions."""
        over = [self._open(row) for row in ended]
        visits = [visit for session in over for visit in session.visits]
        first = {visit.client_id for visit in visits} if at_once else {wished_by}
        await self._logouts.put(connection, visits, at_once=first)
        return over

    async def _note_end(self, connection: Connection, session: Session, what: Happened) -> None:
        browser = asdict(session.browser)
        await self._activity.note(connection, session.person_id, what, **browser)

    async def _every(self, connection: Connection, person_id: bytes) -> list[Session]:
        rows = await sessions.of_person(connection, person_id)
        return [self._open(row) for row in rows]

    def _open(self, row: Row) -> Session:
        return self._vault.open_session(row["digest"], row["person_id"], row["facts_sealed"])


def _digest(cookie: str) -> bytes:
    return hashlib.sha256(cookie.encode("utf-8", "surrogatepass")).digest()


def _clients(over: Iterable[Session]) -> frozenset[str]:
    return frozenset(visit.client_id for session in over for visit in session.visits)
