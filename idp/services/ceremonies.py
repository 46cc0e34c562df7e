"""Passkey ceremonies, whoever's passkeys they are of (WebAuthn Level 3 §7.1, §7.2).

People's accounts, operators and recoveries keep their passkeys in places of their own; what a
browser is asked and how its answer is checked is one thing, and stands here. It reads and writes no
table but that of spent challenges.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from msgspec import Struct

from idp.domain.refusal import Cause, Refusal
from idp.protocol import webauthn

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from idp.domain.clock import Clock, Entropy
    from idp.domain.sealing import Sealer
    from idp.services.replays import Replays
    from idp.storage.database import Row

CHALLENGE_SECONDS = 15 * 60
_CHALLENGE_BYTES = 32
_SIGN_IN, _REGISTRATION = "sign_in", "registration"


class Ceremony(Struct, frozen=True):
    """What a page needs to start a ceremony: options for the browser, and the sealed challenge."""

    options: dict[str, object]
    challenge: str


class Answered(Struct, frozen=True):
    """What a page brings back: the browser's name, the sealed challenge, the credential's JSON."""

    browser: str
    challenge: str
    credential: str


class Proved(Struct, frozen=True):
    """A sign-in that was proved: the stored passkey's row, and what the authenticator said."""

    row: Row
    assertion: webauthn.VerifiedAssertion


class _Challenge(Struct, frozen=True):
    """An opened challenge that still has to be spent; ``expires`` in epoch seconds."""

    value: bytes
    expires: int

    __repr__ = object.__repr__


class Ceremonies:
    """Starts and finishes passkey ceremonies.

    A challenge is sealed to its browser and its purpose (what is done, and to whom: a ceremony of
    an operator finishes none of a person), lives ``CHALLENGE_SECONDS`` and is spent by the first
    answer that is right. A wrong one writes nothing: a stranger cannot fill the store.
    """

    def __init__(
        self,
        *,
        rp: webauthn.RelyingParty,
        replays: Replays,
        sealer: Sealer,
        clock: Clock,
        entropy: Entropy,
    ) -> None:
        self._rp = rp
        self._replays = replays
        self._sealer = sealer
        self._clock = clock
        self._entropy = entropy

    def start_sign_in(
        self,
        browser: str,
        purpose: str,
        *,
        security_key: bool = False,
        allow: Sequence[bytes] = (),
    ) -> Ceremony:
        """Start a sign-in with whichever passkey the person has; asks for no name.

        ``security_key`` lets the browser ask for one first. ``allow`` names the passkeys of
        somebody who is signed in already and shows once more that it is them.
        """
        challenge = self._entropy.bytes(_CHALLENGE_BYTES)
        return Ceremony(
            webauthn.authentication_options(
                self._rp, challenge=challenge, security_key=security_key, allow=allow
            ),
            self._seal(_SIGN_IN, purpose, browser, challenge),
        )

    def start_registration(
        self,
        browser: str,
        purpose: str,
        *,
        user_id: bytes,
        user_name: str,
        exclude: Sequence[bytes] = (),
        where: webauthn.Where = webauthn.Where.ANYWHERE,
    ) -> Ceremony:
        """Start making a passkey for the account that ``user_id`` names on the device.

        ``exclude`` lists the credential ids that the account has already: no device makes a second.
        ``where`` narrows which devices the browser offers.
        """
        challenge = self._entropy.bytes(_CHALLENGE_BYTES)
        options = webauthn.registration_options(
            self._rp,
            challenge=challenge,
            user_id=user_id,
            user_name=user_name,
            exclude=exclude,
            where=where,
        )
        return Ceremony(options, self._seal(_REGISTRATION, purpose, browser, challenge))

    def accepted(self, user_id: bytes, known: Sequence[bytes]) -> dict[str, object]:
        """Return what devices of a person who has signed in are told of their passkeys."""
        return webauthn.accepted_credentials(self._rp, user_id=user_id, known=known)

    async def finish_sign_in(
        self, answered: Answered, purpose: str, find: Callable[[bytes], Awaitable[Row | None]]
    ) -> Proved:
        """Check an assertion against the passkey that ``find`` returns for its credential id.

        The row has ``public_key``, ``sign_count``, ``backup_eligible`` and ``webauthn_user_id``;
        the caller writes the counter and backup state back. Raises Refusal: ``PASSKEY_UNKNOWN`` for
        a passkey of nobody here, ``PASSKEY_REFUSED`` for all else.
        """
        expected = self._open(_SIGN_IN, purpose, answered)
        presented = webauthn.parse_assertion(answered.credential)
        row = await find(presented.credential_id)
        if row is None or presented.user_handle != row["webauthn_user_id"]:
            raise Refusal(Cause.PASSKEY_UNKNOWN)
        verified = webauthn.verify_authentication(
            self._rp,
            challenge=expected.value,
            credential_json=answered.credential,
            public_key=row["public_key"],
            sign_count=row["sign_count"],
            backup_eligible=bool(row["backup_eligible"]),
        )
        await self._spend(_SIGN_IN, expected)
        return Proved(row, verified)

    async def finish_registration(
        self, answered: Answered, purpose: str, *, roots: tuple[bytes, ...] | None = None
    ) -> webauthn.NewPasskey:
        """Return the passkey that a response proves; raises Refusal ``PASSKEY_REFUSED``.

        With ``roots`` its hardware has to be proved under one of them.
        """
        expected = self._open(_REGISTRATION, purpose, answered)
        passkey = webauthn.verify_registration(
            self._rp,
            challenge=expected.value,
            credential_json=answered.credential,
            trust=None if roots is None else webauthn.Trust(roots, self._clock.now()),
        )
        await self._spend(_REGISTRATION, expected)
        return passkey

    def _seal(self, kind: str, purpose: str, browser: str, challenge: bytes) -> str:
        expires = self._clock.now() + CHALLENGE_SECONDS
        plain = json.dumps([browser, challenge.hex(), expires]).encode()
        return self._sealer.seal_token(_bound_to(kind, purpose), plain)

    def _open(self, kind: str, purpose: str, answered: Answered) -> _Challenge:
        try:
            plain = self._sealer.open_token(_bound_to(kind, purpose), answered.challenge)
        except ValueError as error:
            raise Refusal(Cause.PASSKEY_REFUSED, problem="challenge is not ours") from error
        owner, challenge, expires = json.loads(plain)
        if owner != answered.browser or self._clock.now() >= expires:
            raise Refusal(Cause.PASSKEY_REFUSED, problem="challenge of another browser, or expired")
        return _Challenge(bytes.fromhex(challenge), expires)

    async def _spend(self, kind: str, challenge: _Challenge) -> None:
        """Use a challenge up: of several right responses only one wins (promise P8)."""
        if not await self._replays.spend(
            "challenge",
            kind,
            challenge.value.hex(),
            expires_at=challenge.expires,
            made_at=challenge.expires - CHALLENGE_SECONDS,
        ):
            raise Refusal(Cause.PASSKEY_REFUSED, problem="challenge was used before")


def _bound_to(kind: str, purpose: str) -> str:
    return f"passkey challenge: {kind} of {purpose}"
