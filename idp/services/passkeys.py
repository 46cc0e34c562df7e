"""Passkeys: the ceremonies by which a person comes back (WebAuthn Level 3 §7.1, §7.2)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from idp.domain.clock import SECONDS_PER_DAY
from idp.domain.refusal import Cause, Refusal
from idp.protocol import webauthn
from idp.storage import passkeys

if TYPE_CHECKING:
    from idp.domain.clock import Clock, Entropy
    from idp.domain.sealing import Sealer
    from idp.services.replays import Replays
    from idp.storage.database import Connection, Database

CHALLENGE_SECONDS = 15 * 60
_CHALLENGE_BYTES = 32


@dataclass(frozen=True, slots=True)
class Ceremony:
    """What a page needs to start a ceremony: options for the browser, and the sealed challenge."""

    options: dict[str, object]
    challenge: str


@dataclass(frozen=True, slots=True, repr=False)
class _Challenge:
    """An opened challenge that still has to be spent; ``expires`` in epoch seconds."""

    value: bytes
    expires: int


class Passkeys:
    """Starts and finishes passkey ceremonies.

    A challenge is sealed to its browser and purpose, lives ``CHALLENGE_SECONDS`` and is spent by
    the first response that is right. A wrong one writes nothing: a stranger cannot fill the store.
    """

    def __init__(  # noqa: PLR0913 - the parts it joins, named where app.py does the joining
        self,
        *,
        rp: webauthn.RelyingParty,
        database: Database,
        replays: Replays,
        sealer: Sealer,
        clock: Clock,
        entropy: Entropy,
        sandbox: bool,
    ) -> None:
        self._rp = rp
        self._sandbox = sandbox
        self._database = database
        self._replays = replays
        self._sealer = sealer
        self._clock = clock
        self._entropy = entropy

    def start_sign_in(self, browser: str) -> Ceremony:
        """Start a sign-in with whichever passkey the person has; asks for no name."""
        challenge = self._entropy.bytes(_CHALLENGE_BYTES)
        return Ceremony(
            webauthn.authentication_options(self._rp, challenge=challenge),
            self._seal("sign_in", browser, challenge),
        )

    def start_registration(self, browser: str, *, user_id: bytes, user_name: str) -> Ceremony:
        """Start making a passkey for the account that ``user_id`` will name on the device."""
        challenge = self._entropy.bytes(_CHALLENGE_BYTES)
        options = webauthn.registration_options(
            self._rp, challenge=challenge, user_id=user_id, user_name=user_name, exclude=()
        )
        return Ceremony(options, self._seal("registration", browser, challenge))

    async def finish_sign_in(self, browser: str, challenge: str, credential: str) -> bytes:
        """Return the person id proved by a response; raises Refusal.

        ``PASSKEY_UNKNOWN`` for a passkey of nobody here, ``PASSKEY_REFUSED`` for all else.
        """
        expected = self._open("sign_in", browser, challenge)
        presented = webauthn.parse_assertion(credential)
        row = await passkeys.find(self._database, presented.credential_id)
        if row is None or presented.user_handle != row["webauthn_user_id"]:
            raise Refusal(Cause.PASSKEY_UNKNOWN)
        if row["sandbox"] and not self._sandbox:  # sandbox people are strangers to a real instance
            raise Refusal(Cause.PASSKEY_UNKNOWN)
        verified = webauthn.verify_authentication(
            self._rp,
            challenge=expected.value,
            credential_json=credential,
            public_key=row["public_key"],
            sign_count=row["sign_count"],
            backup_eligible=bool(row["backup_eligible"]),
        )
        await self._spend("sign_in", expected)
        await passkeys.used(
            self._database,
            row["id"],
            old_count=row["sign_count"],
            new_count=max(verified.sign_count, row["sign_count"]),
            backed_up=verified.backed_up,
        )
        person_id: bytes = row["person_id"]
        return person_id

    async def finish_registration(
        self, browser: str, challenge: str, credential: str
    ) -> webauthn.NewPasskey:
        """Return the passkey that a response proves; raises Refusal ``PASSKEY_REFUSED``."""
        expected = self._open("registration", browser, challenge)
        passkey = webauthn.verify_registration(
            self._rp, challenge=expected.value, credential_json=credential
        )
        await self._spend("registration", expected)
        return passkey

    async def add(self, connection: Connection, person_id: bytes, new: webauthn.NewPasskey) -> None:
        """Store a passkey for a person: its public key, and no attestation or device name.

        Raises Refusal ``PASSKEY_REFUSED`` for a credential id that is anybody's already.
        """
        added = await passkeys.add(
            connection,
            id=self._entropy.bytes(16),
            person_id=person_id,
            credential_id=new.credential_id,
            public_key=new.public_key,
            sign_count=new.sign_count,
            backup_eligible=int(new.backup_eligible),
            backed_up=int(new.backed_up),
            hardware=0,
            facts_sealed=None,
            created_day=self._clock.now() // SECONDS_PER_DAY,
        )
        if not added:  # WebAuthn L3 §7.1 step 27: ids are no secret, and somebody sent another's
            raise Refusal(Cause.PASSKEY_REFUSED, problem="credential id is registered already")

    def _seal(self, ceremony: str, browser: str, challenge: bytes) -> str:
        expires = self._clock.now() + CHALLENGE_SECONDS
        plain = json.dumps([browser, challenge.hex(), expires]).encode()
        return self._sealer.seal_token(f"passkey challenge: {ceremony}", plain)

    def _open(self, ceremony: str, browser: str, token: str) -> _Challenge:
        try:
            plain = self._sealer.open_token(f"passkey challenge: {ceremony}", token)
        except ValueError as error:
            raise Refusal(Cause.PASSKEY_REFUSED, problem="challenge is not ours") from error
        owner, challenge, expires = json.loads(plain)
        if owner != browser or self._clock.now() >= expires:
            raise Refusal(Cause.PASSKEY_REFUSED, problem="challenge of another browser, or expired")
        return _Challenge(bytes.fromhex(challenge), expires)

    async def _spend(self, ceremony: str, challenge: _Challenge) -> None:
        """Use a challenge up: of several right responses only one wins (promise P8)."""
        if not await self._replays.spend(
            "challenge", ceremony, challenge.value.hex(), expires_at=challenge.expires
        ):
            raise Refusal(Cause.PASSKEY_REFUSED, problem="challenge was used before")
