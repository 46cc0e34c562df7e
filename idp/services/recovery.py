"""Recovery: begun by a code or a proof, then waits, and is stopped or completed.

The rules, and why: ``idp.domain.recovery``.
"""

from __future__ import annotations

import hmac
import json
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import asdict

from idp.domain import base64url
from idp.domain.activity import Happened
from idp.domain.recovery import BEGUN_SECONDS, BY_CODE, Pending, pending
from idp.domain.refusal import Cause, Refusal
from idp.protocol.webauthn import NewPasskey, parse_assertion
from idp.storage import people, recoveries, recovery_codes

if TYPE_CHECKING:
    from idp.domain.clock import Clock, Entropy
    from idp.domain.sealing import Sealer
    from idp.services.activity import Activity
    from idp.services.ceremonies import Answered, Ceremonies, Ceremony
    from idp.services.passkeys import Passkeys
    from idp.services.recovery_codes import RecoveryCodes
    from idp.services.replays import Replays
    from idp.services.sessions import Sessions
    from idp.services.vault import Vault
    from idp.storage.database import Connection, Database, Row

_TABLE = "recoveries"
_SIZES = (4096,)
_BEGUN, _WAITING, _CEREMONY = "recovery begun", "recovery waiting", "a recovery"
_NONCE_BYTES = 16


class Tools(Struct, frozen=True):
    """What recovery works with, beside the services it asks."""

    database: Database
    replays: Replays
    vault: Vault
    sealer: Sealer
    clock: Clock
    entropy: Entropy
    days: int


class _Begun(Struct, frozen=True):
    """What a token holds; ``code`` is the tag of the code it was got with, or empty."""

    person_id: bytes
    method: str
    code: bytes
    nonce: bytes
    expires: int

    __repr__ = object.__repr__

    @property
    def purpose(self) -> str:
        """What its ceremony is for: a challenge for somebody else's recovery is none."""
        return f"{_CEREMONY} {self.nonce.hex()}"


class NotYet(Exception):
    """The passkey belongs to a recovery that still waits; ``token`` is for ``Recovery.waiting``."""

    def __init__(self, token: str) -> None:
        super().__init__()
        self.token = token


class Recovery:
    """Begins, stops and completes recoveries."""

    def __init__(
        self,
        tools: Tools,
        *,
        codes: RecoveryCodes,
        ceremonies: Ceremonies,
        passkeys: Passkeys,
        sessions: Sessions,
        activity: Activity,
    ) -> None:
        self._tools = tools
        self.days = tools.days
        self._database = tools.database
        self._codes = codes
        self._ceremonies = ceremonies
        self._passkeys = passkeys
        self._sessions = sessions
        self._activity = activity

    def begin(self, person_id: bytes, method: str, *, browser: str) -> str:
        """Return the token with which ``browser`` makes the new passkey of a person just proved.

        ``method`` is the name of the adapter that proved the identity. The token works once, for
        ``BEGUN_SECONDS``, in this browser only; it goes to ``/recover/passkey?recovery=TOKEN``.
        """
        return self._token(person_id, method, browser)

    async def redeem(self, code: str, *, browser: str) -> str:
        """Return the same for whoever knows a recovery code, which is used up with the passkey.

        Raises Refusal as ``RecoveryCodes.find``.
        """
        tag, person_id = await self._codes.find(code)
        return self._token(person_id, BY_CODE, browser, tag)

    async def start_passkey(self, token: str, *, browser: str) -> Ceremony:
        """Start making the new passkey; raises Refusal ``RECOVERY_ENDED`` for a token of no use."""
        begun = self._open(token, browser)
        person = await _living(self._database, begun)
        return self._ceremonies.start_registration(
            browser,
            begun.purpose,
            user_id=person["webauthn_user_id"],
            user_name="Network ID",
            # A device that still has one would overwrite it (WebAuthn L3 §6.3.2): it says so now.
            exclude=await recoveries.credentials(self._database, begun.person_id),
        )

    async def finish_passkey(self, token: str, answered: Answered) -> str:
        """Store the new passkey, which waits; return a token for ``waiting``.

        Raises Refusal: ``PASSKEY_REFUSED``, ``RECOVERY_PENDING`` when another one waits already,
        ``RECOVERY_CODE_REFUSED`` when somebody else used the code, ``RECOVERY_ENDED``.
        """
        begun = self._open(token, answered.browser)
        new = await self._ceremonies.finish_registration(answered, begun.purpose)
        wait = pending(begun.method, self._tools.clock.now(), self._tools.days)
        async with self._database.transaction() as transaction:
            # The person first, as closing locks them: a code that we hold would be waited for.
            if await people.locked(transaction, begun.person_id) is None:
                raise Refusal(Cause.RECOVERY_ENDED)
            once = begun.nonce.hex()
            if not await self._tools.replays.spend(
                "recovery",
                "",
                once,
                expires_at=begun.expires,
                made_at=begun.expires - BEGUN_SECONDS,
                within=transaction,
            ):
                raise Refusal(Cause.RECOVERY_ENDED)
            await self._spend_code(transaction, begun)
            await self._make_room(transaction, begun)
            await self._add(transaction, begun.person_id, wait, new)
            await self._activity.note(
                transaction, begun.person_id, Happened.RECOVERY_STARTED, method=begun.method
            )
        return self._waiting_token(wait)

    async def pending(self, person_id: bytes) -> Pending | None:
        """Return the recovery that waits for a person, due or not; or None."""
        row = await recoveries.of_person(self._database, person_id)
        return None if row is None else self._read(row)[0]

    async def stop(self, person_id: bytes) -> bool:
        """Stop the recovery of a person who is signed in; False when there is none."""
        async with self._database.transaction() as transaction:
            if not await recoveries.stop(transaction, person_id):
                return False
            await self._activity.note(transaction, person_id, Happened.RECOVERY_STOPPED)
        return True

    async def arrive(self, credential: str) -> None:
        """Complete the recovery whose passkey this is, if it is due; the passkey then signs in.

        Raises NotYet when it is not due; does nothing for any other passkey. Proves nothing: the
        caller lets the passkey sign in as any other. Whoever names the credential id of a recovery
        that is due changes nothing but the moment at which that is carried out.
        """
        presented = parse_assertion(credential)
        row = await recoveries.of_handle(self._database, presented.user_handle)
        if row is None:
            return
        wait, new = self._read(row)
        if not hmac.compare_digest(new.credential_id, presented.credential_id):
            return
        if not wait.is_due(self._tools.clock.now()):
            raise NotYet(self._waiting_token(wait))
        await self._complete(row, new)

    def waiting(self, token: str) -> Pending:
        """Return what the holder of a waiting token may see; raises ``RECOVERY_ENDED``."""
        return Pending(*self._opened(_WAITING, token))

    async def _complete(self, row: Row, new: NewPasskey) -> None:
        person_id: bytes = row["person_id"]
        async with self._database.transaction() as transaction:
            if await people.locked(transaction, person_id) is None:
                return
            # Against a stop, or a second sign-in, at the same moment: one of them takes the row.
            if await recoveries.end(transaction, row["id"]):
                await self._passkeys.add(transaction, person_id, new)
                await self._sessions.end_every(transaction, person_id)
                await self._activity.note(transaction, person_id, Happened.RECOVERY_COMPLETED)

    async def _spend_code(self, connection: Connection, begun: _Begun) -> None:
        if begun.code and not await recovery_codes.spend(connection, begun.code, begun.person_id):
            raise Refusal(Cause.RECOVERY_CODE_REFUSED)

    async def _make_room(self, connection: Connection, begun: _Begun) -> None:
        """Refuse a second recovery, unless it goes before the one that waits (rules 3 and 4)."""
        row = await recoveries.of_person(connection, begun.person_id)
        if row is None:
            return
        if not self._read(row)[0].yields_to(begun.method):
            raise Refusal(Cause.RECOVERY_PENDING)
        await recoveries.end(connection, row["id"])
        await self._codes.void(connection, begun.person_id)

    async def _add(
        self, connection: Connection, person_id: bytes, wait: Pending, new: NewPasskey
    ) -> None:
        row_id = self._tools.entropy.bytes(16)
        facts: dict[str, Any] = {"pending": list(_members(wait)), "passkey": _packed(new)}
        added = await recoveries.add(
            connection,
            row_id=row_id,
            person_id=person_id,
            facts_sealed=self._tools.vault.seal_facts(_TABLE, row_id, facts, sizes=_SIZES),
            day=wait.lapses_day,
        )
        if not added:  # somebody else's was first, a moment ago
            raise Refusal(Cause.RECOVERY_PENDING)

    def _read(self, row: Row) -> tuple[Pending, NewPasskey]:
        facts = self._tools.vault.open_facts(_TABLE, row["id"], row["facts_sealed"])
        return Pending(*facts["pending"]), _unpacked(facts["passkey"])

    def _token(self, person_id: bytes, method: str, browser: str, code: bytes = b"") -> str:
        nonce = self._tools.entropy.bytes(_NONCE_BYTES)
        expires = self._tools.clock.now() + BEGUN_SECONDS
        members = [person_id.hex(), method, code.hex(), nonce.hex(), expires, browser]
        return self._tools.sealer.seal_token(_BEGUN, json.dumps(members).encode())

    def _open(self, token: str, browser: str) -> _Begun:
        person_id, method, code, nonce, expires, owner = self._opened(_BEGUN, token)
        # A token is part of an address: copied from a history or a screen it is of no use.
        if owner != browser or self._tools.clock.now() >= expires:
            raise Refusal(Cause.RECOVERY_ENDED)
        unhexed = (bytes.fromhex(part) for part in (person_id, code, nonce))
        person, tag, once = unhexed
        return _Begun(person, method, tag, once, expires)

    def _opened(self, purpose: str, token: str) -> list[Any]:
        try:
            members: list[Any] = json.loads(self._tools.sealer.open_token(purpose, token))
        except ValueError as error:
            raise Refusal(Cause.RECOVERY_ENDED) from error
        return members

    def _waiting_token(self, wait: Pending) -> str:
        return self._tools.sealer.seal_token(_WAITING, json.dumps(_members(wait)).encode())


async def _living(connection: Connection, begun: _Begun) -> Row:
    """Return the person's row; raises ``RECOVERY_ENDED`` when the account was closed meanwhile."""
    person = await people.find(connection, begun.person_id)
    if person is None:
        raise Refusal(Cause.RECOVERY_ENDED)
    return person


def _members(wait: Pending) -> tuple[str, int, int]:
    return wait.method, wait.asked_at, wait.valid_from


def _packed(new: NewPasskey) -> dict[str, Any]:
    binary = {
        name: base64url.encode(getattr(new, name)) for name in ("credential_id", "public_key")
    }
    return asdict(new) | binary


def _unpacked(packed: dict[str, Any]) -> NewPasskey:
    binary = {name: base64url.decode(packed[name]) for name in ("credential_id", "public_key")}
    return NewPasskey(**packed | binary | {"transports": tuple(packed["transports"])})
