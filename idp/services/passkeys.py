"""Passkeys of people: how somebody comes back, and what is kept of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from idp.domain.activity import Happened
from idp.domain.clock import SECONDS_PER_DAY
from idp.domain.passkey import MAX_PASSKEYS, Kind, Passkey, PasskeyFacts, clean_name, kind_of
from idp.domain.refusal import Cause, Refusal
from idp.protocol.webauthn import Where
from idp.services.ceremonies import Answered
from idp.storage import passkeys, people
from idp.storage.passkeys import Change

if TYPE_CHECKING:
    from idp.domain.clock import Clock, Entropy
    from idp.domain.session import Session
    from idp.protocol.webauthn import NewPasskey
    from idp.services.activity import Activity
    from idp.services.ceremonies import Ceremonies, Ceremony, Proved
    from idp.services.sessions import Sessions
    from idp.services.vault import Vault
    from idp.storage.database import Connection, Database, Row

_PERSON = "a person"
_USER_NAME = "Network ID"
_RACES = 3


class SignedIn(Struct, frozen=True):
    """Who signed in, by which passkey. ``regressed``: its counter went back, which may mean a copy.

    ``elsewhere`` tells that the passkey stands on another device of the person's than this one,
    ``hardware`` that its hardware was proved, and that nothing speaks of a copy.
    """

    person_id: bytes
    credential_id: bytes
    elsewhere: bool
    regressed: bool
    hardware: bool


class Passkeys:
    """Signs people in by their passkeys, and keeps, names and removes these."""

    def __init__(  # noqa: PLR0913 - the parts it joins, named where app.py does the joining
        self,
        *,
        ceremonies: Ceremonies,
        database: Database,
        vault: Vault,
        sessions: Sessions,
        activity: Activity,
        clock: Clock,
        entropy: Entropy,
        sandbox: bool,
        roots: tuple[bytes, ...] = (),
    ) -> None:
        self._ceremonies = ceremonies
        self._database = database
        self._vault = vault
        self._sessions = sessions
        self._activity = activity
        self._clock = clock
        self._entropy = entropy
        self._sandbox = sandbox
        self._roots = roots

    @property
    def can_prove_hardware(self) -> bool:
        """Whether the operator trusts any maker's root: without one no hardware is proved."""
        return bool(self._roots)

    def start_sign_in(self, browser: str, *, security_key: bool = False) -> Ceremony:
        """Start a sign-in with whichever passkey the person has; asks for no name.

        ``security_key`` lets the browser ask for one first.
        """
        return self._ceremonies.start_sign_in(browser, _PERSON, security_key=security_key)

    def start_registration(self, browser: str, *, user_id: bytes, user_name: str) -> Ceremony:
        """Start making a first passkey for the account that ``user_id`` will name on the device."""
        return self._ceremonies.start_registration(
            browser, _PERSON, user_id=user_id, user_name=user_name
        )

    async def finish_sign_in(self, browser: str, challenge: str, credential: str) -> SignedIn:
        """Return whom a response proves; raises Refusal.

        ``PASSKEY_UNKNOWN`` for a passkey of nobody here, ``PASSKEY_REFUSED`` for all else.
        """
        answered = Answered(browser, challenge, credential)
        proved = await self._ceremonies.finish_sign_in(answered, _PERSON, self._find)
        await self._note_use(proved)
        row, regressed = proved.row, proved.assertion.sign_count_regressed
        facts = self._facts(row)
        copied = regressed or facts.suspicious_day is not None
        return SignedIn(
            person_id=row["person_id"],
            credential_id=row["credential_id"],
            elsewhere=proved.assertion.elsewhere and facts.kind is not Kind.SECURITY_KEY,
            regressed=regressed,
            hardware=bool(row["hardware"] and self._roots and not copied),
        )

    async def finish_registration(
        self, browser: str, challenge: str, credential: str, *, agent: str = ""
    ) -> NewPasskey:
        """Return the passkey that a response proves; raises Refusal ``PASSKEY_REFUSED``.

        ``agent`` is what the browser says it is (User-Agent): the passkey is called by it.
        """
        answered = Answered(browser, challenge, credential)
        return _called(await self._ceremonies.finish_registration(answered, _PERSON), agent)

    async def add(self, connection: Connection, person_id: bytes, new: NewPasskey) -> None:
        """Store a passkey for a person: its public key, and no attestation or device model.

        Raises Refusal ``PASSKEY_REFUSED`` for a credential id that is anybody's already.
        """
        row_id = self._entropy.bytes(16)
        added = await passkeys.add(
            connection,
            id=row_id,
            person_id=person_id,
            credential_id=new.credential_id,
            public_key=new.public_key,
            sign_count=new.sign_count,
            backup_eligible=int(new.backup_eligible),
            backed_up=int(new.backed_up),
            hardware=int(new.hardware),
            facts_sealed=self._vault.seal_passkey(
                row_id, PasskeyFacts(new.kind, made=self._clock.now())
            ),
            created_day=self._today(),
        )
        if not added:  # WebAuthn L3 §7.1 step 27: ids are no secret, and somebody sent another's
            raise Refusal(Cause.PASSKEY_REFUSED, problem="credential id is registered already")

    async def of_person(self, person_id: bytes) -> list[Passkey]:
        """Return a person's passkeys, oldest first."""
        rows = await passkeys.of_person(self._database, person_id)
        return sorted(map(self._read, rows), key=lambda known: (known.facts.made, known.id))

    async def accepted(self, person_id: bytes) -> dict[str, object]:
        """Return what the person's devices are told: they then offer nothing that was removed."""
        person = await people.find(self._database, person_id)
        known = [one.credential_id for one in await self.of_person(person_id)]
        return self._ceremonies.accepted(person["webauthn_user_id"], known) if person else {}

    async def has_hardware(self, person_id: bytes) -> bool:
        """Tell whether any passkey of a person can sign in as proved hardware."""
        return self.can_prove_hardware and any(
            known.hardware and known.facts.suspicious_day is None
            for known in await self.of_person(person_id)
        )

    async def start_adding(self, browser: str, session: Session, where: Where) -> Ceremony:
        """Start making one more passkey for the person signed in by ``session``.

        Raises ``PASSKEYS_TOO_MANY``.
        """
        person = await people.find(self._database, session.person_id)
        known = await passkeys.of_person(self._database, session.person_id)
        if person is None or len(known) >= MAX_PASSKEYS:
            raise Refusal(Cause.PASSKEYS_TOO_MANY)
        return self._ceremonies.start_registration(
            browser,
            _adding_to(session, where),
            user_id=person["webauthn_user_id"],
            user_name=_USER_NAME,
            exclude=[row["credential_id"] for row in known],
            where=where,
        )

    async def finish_adding(
        self, answered: Answered, session: Session, where: Where, *, agent: str
    ) -> None:
        """Add the passkey that a response proves; ``agent`` is what the browser says it is.

        Of a proof of its hardware only the yes is kept: the certificate names the model. Raises
        Refusal ``PASSKEY_REFUSED``, ``PASSKEYS_TOO_MANY``, ``NOT_FOUND`` for a closed account.
        """
        purpose, person_id = _adding_to(session, where), session.person_id
        roots = self._roots if where is Where.PROVED_HARDWARE else None
        made = await self._ceremonies.finish_registration(answered, purpose, roots=roots)
        new = _called(made, agent)
        async with self._database.transaction() as transaction:
            if await passkeys.hold(transaction, person_id) is None:
                raise Refusal(Cause.NOT_FOUND)
            if len(await passkeys.of_person(transaction, person_id)) >= MAX_PASSKEYS:
                raise Refusal(Cause.PASSKEYS_TOO_MANY)
            await self.add(transaction, person_id, new)
            await self._activity.note(
                transaction, person_id, Happened.PASSKEY_ADDED, passkey="", kind=new.kind.value
            )

    async def rename(self, person_id: bytes, passkey_id: bytes, name: str) -> None:
        """Give a passkey of a person another name; raises ``PASSKEY_GONE``."""
        for _ in range(_RACES):
            row = await self._own(person_id, passkey_id)
            facts = replace(self._facts(row), name=clean_name(name))
            async with self._database.transaction() as transaction:
                if await self._changed(transaction, row, facts):
                    await self._tell(transaction, Happened.PASSKEY_RENAMED, row, facts)
                    return
        raise Refusal(Cause.UNAVAILABLE)

    async def remove(self, session: Session, passkey_id: bytes) -> None:
        """Remove a passkey of the person signed in, and end the sessions that it began.

        The one in which it is done goes on. Raises ``PASSKEY_GONE``, ``PASSKEY_IS_THE_LAST``.
        """
        person_id = session.person_id
        async with self._database.transaction() as transaction:
            await passkeys.hold(transaction, person_id)
            row = await self._own(person_id, passkey_id, transaction)
            credential_id = await passkeys.remove(transaction, person_id, passkey_id)
            if credential_id is None:
                raise Refusal(Cause.PASSKEY_IS_THE_LAST)
            await self._sessions.end_those_of(transaction, person_id, credential_id, but=session)
            await self._tell(transaction, Happened.PASSKEY_REMOVED, row, self._facts(row))

    async def _note_use(self, proved: Proved) -> None:
        """Write back what a sign-in told of the passkey; a counter never goes down."""
        assertion, row = proved.assertion, proved.row
        for _ in range(_RACES):
            facts, regressed = self._facts(row), assertion.sign_count_regressed
            today, known = self._today(), facts.suspicious_day
            after = replace(facts, used_day=today, suspicious_day=today if regressed else known)
            count = max(assertion.sign_count, row["sign_count"])
            told = (count, int(assertion.backed_up), after)
            if told == (row["sign_count"], row["backed_up"], facts):
                return
            async with self._database.transaction() as transaction:
                if await self._changed(
                    transaction, row, after, count=count, backed_up=assertion.backed_up
                ):
                    if after.suspicious_day != known:
                        await self._tell(transaction, Happened.PASSKEY_SUSPICIOUS, row, after)
                    return
            found = await self._find(assertion.credential_id)
            if found is None:
                raise Refusal(Cause.PASSKEY_UNKNOWN)
            row = found
        # Others wrote three times meanwhile: what we know is as new as what they wrote.

    async def _find(self, credential_id: bytes) -> Row | None:
        row = await passkeys.find(self._database, credential_id)
        if row is not None and row["sandbox"] and not self._sandbox:
            return None  # sandbox people are strangers to a real instance
        return row

    async def _own(
        self, person_id: bytes, passkey_id: bytes, connection: Connection | None = None
    ) -> Row:
        """Return a passkey of this very person; raises ``PASSKEY_GONE`` for any other."""
        rows = await passkeys.of_person(connection or self._database, person_id)
        for row in rows:
            if row["id"] == passkey_id:
                return row
        raise Refusal(Cause.PASSKEY_GONE)

    async def _changed(
        self,
        connection: Connection,
        row: Row,
        facts: PasskeyFacts,
        *,
        count: int | None = None,
        backed_up: bool | None = None,
    ) -> bool:
        return await passkeys.change(
            connection,
            row,
            Change(
                sign_count=row["sign_count"] if count is None else count,
                backed_up=bool(row["backed_up"]) if backed_up is None else backed_up,
                facts_sealed=self._vault.seal_passkey(row["id"], facts),
            ),
        )

    async def _tell(
        self, connection: Connection, happened: Happened, row: Row, facts: PasskeyFacts
    ) -> None:
        """Note an event by the name that its owner knows the passkey by."""
        await self._activity.note(
            connection, row["person_id"], happened, passkey=facts.name, kind=facts.kind.value
        )

    def _read(self, row: Row) -> Passkey:
        return Passkey(
            id=row["id"],
            credential_id=row["credential_id"],
            created_day=row["created_day"],
            can_sync=bool(row["backup_eligible"]),
            synced=bool(row["backed_up"]),
            hardware=bool(row["hardware"]),
            facts=self._facts(row),
        )

    def _facts(self, row: Row) -> PasskeyFacts:
        return self._vault.open_passkey(row["id"], row["facts_sealed"])

    def _today(self) -> int:
        return self._clock.now() // SECONDS_PER_DAY


def _called(new: NewPasskey, agent: str) -> NewPasskey:
    return replace(new, kind=kind_of(agent, new.transports, elsewhere=new.elsewhere))


def _adding_to(session: Session, where: Where) -> str:
    """Bind a ceremony to the person and the session: nobody adds to an account but its owner."""
    return f"adding {where} to {session.person_id.hex()} in {session.digest.hex()}"
