"""Sandbox mode: personas to sign in as, citizens to enrol. Refused where real people are."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from msgspec import Struct

from idp.domain.age import civil_day
from idp.domain.person import SuspensionNotice
from idp.domain.refusal import Cause, Refusal
from idp.proofing import sandbox
from idp.proofing.proof import EvidenceRefused
from idp.services.enrolment import NewAccount
from idp.storage import people

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from zoneinfo import ZoneInfo

    from idp.domain.clock import Clock
    from idp.domain.sealing import Sealer
    from idp.proofing.proof import Adapter, Proof
    from idp.proofing.sandbox import Citizen
    from idp.protocol.webauthn import NewPasskey
    from idp.services.enrolment import Enrolment
    from idp.storage.database import Database

_NOTICE = SuspensionNotice(
    reason="sandbox-demonstration",
    authority="sandbox-authority",
)


BEGUN_SECONDS = 30 * 60
_PURPOSE = "sandbox enrolment"
_BATCH = 1000


class Begun(Struct, frozen=True):
    """An enrolment under way; ``interaction`` is the sealed sign-in to go on with, or empty."""

    citizen_id: str
    user_id: bytes
    interaction: str


class SandboxRefused(Exception):
    """Sandbox mode must not run here."""


class Sandbox:
    """The sandbox's people."""

    def __init__(
        self,
        *,
        database: Database,
        enrolment: Enrolment,
        sealer: Sealer,
        clock: Clock,
        zone: ZoneInfo,
    ) -> None:
        self._database = database
        self._enrolment = enrolment
        self._sealer = sealer
        self._clock = clock
        self._zone = zone
        self._adapter: Adapter[str] = sandbox.Sandbox()

    personas: Sequence[Citizen] = sandbox.PERSONAS

    async def seed(self) -> None:
        """Enrol the six personas; does nothing for those that are.

        Before anybody can close an account that the first revision enrolled: invented people all.

        Raises SandboxRefused where real people are enrolled: a persona button signs in without
        proof, which no real person's instance may ever show.
        """
        if await people.count(self._database, sandbox=False):
            raise SandboxRefused(
                "real people are enrolled here: sandbox mode cannot be switched on"
            )
        while await self._enrolment.adopt(batch=_BATCH):
            pass
        for citizen in sandbox.PERSONAS:
            await self._enrol(citizen)

    async def sign_in(self, persona_id: str, interaction: str = "") -> bytes:
        """Return the person id of a persona; raises Refusal ``PERSONA_UNKNOWN``.

        One whose account was closed is enrolled anew: there is nobody to wait for a cooling-off.
        ``interaction`` is the sealed sign-in to go on with after a refusal.
        """
        citizen = sandbox.persona(persona_id)
        if citizen is None:
            raise Refusal(Cause.PERSONA_UNKNOWN, interaction=interaction)
        person_id = await self._enrolment.find(self._proof(citizen)) or await self._enrol(citizen)
        if person_id is None:  # somebody else pressed the button too, and was first
            person_id = await self._enrolment.find(self._proof(citizen))
        if person_id is None:
            raise Refusal(Cause.PERSONA_UNKNOWN, interaction=interaction)
        return person_id

    async def _enrol(self, citizen: Citizen) -> bytes | None:
        account = NewAccount(
            self._enrolment.new_user_id(),
            suspensions=(_NOTICE,) if citizen.suspended else (),
            sandbox=True,
        )
        return await self._enrolment.create(self._proof(citizen), account)

    async def unused_citizens(self) -> list[Citizen]:
        """Return the citizens that nobody has enrolled yet."""
        return [
            citizen
            for citizen in sandbox.CITIZENS
            if await self._enrolment.find(self._proof(citizen)) is None
        ]

    def begin(self, citizen_id: str, interaction: str) -> str:
        """Start enrolling a citizen; return a sealed token. Raises ``CITIZEN_UNAVAILABLE``."""
        if sandbox.citizen(citizen_id) is None:
            raise Refusal(Cause.CITIZEN_UNAVAILABLE)
        user_id = self._enrolment.new_user_id().hex()
        plain = json.dumps([citizen_id, user_id, interaction, self._clock.now()]).encode()
        return self._sealer.seal_token(_PURPOSE, plain)

    def open(self, token: str) -> Begun:
        """Return a begun enrolment; raises ``INTERACTION_INVALID`` or ``INTERACTION_EXPIRED``."""
        try:
            citizen_id, user_id, interaction, began = json.loads(
                self._sealer.open_token(_PURPOSE, token)
            )
        except ValueError as error:
            raise Refusal(Cause.INTERACTION_INVALID) from error
        if self._clock.now() - began > BEGUN_SECONDS:
            raise Refusal(Cause.INTERACTION_EXPIRED, interaction=interaction)
        return Begun(citizen_id, bytes.fromhex(user_id), interaction)

    def account_name(self, begun: Begun) -> str:
        """Return what the person's device calls the passkey: no name of anybody real."""
        citizen = sandbox.citizen(begun.citizen_id)
        return "Network ID" if citizen is None else f"Network ID ({citizen.label})"

    async def enrol(self, begun: Begun, passkey: NewPasskey) -> bytes:
        """Create a citizen's account with its first passkey; raises ``CITIZEN_UNAVAILABLE``."""
        account = NewAccount(begun.user_id, passkey=passkey, sandbox=True)
        try:
            proof = await self._adapter.prove(begun.citizen_id, today=self._today())
        except EvidenceRefused as error:
            raise Refusal(Cause.CITIZEN_UNAVAILABLE) from error
        person_id = await self._enrolment.create(proof, account)
        if person_id is None:
            raise Refusal(Cause.CITIZEN_UNAVAILABLE)
        return person_id

    def _today(self) -> date:
        return civil_day(self._clock.now(), self._zone)

    def _proof(self, citizen: Citizen) -> Proof:
        return citizen.proof(self._today())
