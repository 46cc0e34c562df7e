"""From a proof that waits to an account: the way of one browser, carried in one sealed token.

Whether the identity has an account already comes out at the end alone, when the proof has been used
up: before that, pages and timing are the same for everybody. So a registrar who types somebody
else's number and redeems the code to find out leaves a trace that the person sees.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from msgspec import Struct

from idp.domain.refusal import Cause, Refusal
from idp.services.enrolment import NewAccount

if TYPE_CHECKING:
    from idp.domain.clock import Clock
    from idp.domain.sealing import Sealer
    from idp.protocol.webauthn import NewPasskey
    from idp.services.enrolment import Enrolment
    from idp.services.recovery import Recovery
    from idp.services.vouchers import Vouchers

BEGUN_SECONDS = 30 * 60
_PURPOSE = "enrolment"


class Begun(Struct, frozen=True):
    """An enrolment under way; ``interaction`` is the sealed sign-in to go on with, or empty."""

    voucher: bytes
    user_id: bytes
    interaction: str


class Known(Exception):
    """The identity has an account; ``recovery`` is the token to get back into it with."""

    def __init__(self, recovery: str) -> None:
        super().__init__()
        self.recovery = recovery


class Enrolling:
    """Takes a browser from its proof to the account."""

    def __init__(
        self,
        enrolment: Enrolment,
        vouchers: Vouchers,
        recovery: Recovery,
        *,
        sealer: Sealer,
        clock: Clock,
        sandbox: bool,
    ) -> None:
        self._enrolment = enrolment
        self._vouchers = vouchers
        self._recovery = recovery
        self._sealer = sealer
        self._clock = clock
        self._sandbox = sandbox  # there nobody is real, whatever a registrar typed

    def begin(self, voucher: bytes, *, browser: str, interaction: str) -> str:
        """Return a token that lets this browser, and no other, use the proof under ``voucher``."""
        user_id = self._enrolment.new_user_id()
        members = [voucher.hex(), user_id.hex(), browser, interaction, self._clock.now()]
        return self._sealer.seal_token(_PURPOSE, json.dumps(members).encode())

    def open(self, token: str, *, browser: str) -> Begun:
        """Return a begun enrolment; raises ``INTERACTION_INVALID`` or ``INTERACTION_EXPIRED``."""
        try:
            voucher, user_id, owner, interaction, began = json.loads(
                self._sealer.open_token(_PURPOSE, token)
            )
        except ValueError as error:
            raise Refusal(Cause.INTERACTION_INVALID) from error
        if owner != browser:  # an address copied from somebody's history opens nothing
            raise Refusal(Cause.INTERACTION_INVALID)
        if self._clock.now() - began > BEGUN_SECONDS:
            raise Refusal(Cause.INTERACTION_EXPIRED, interaction=interaction)
        return Begun(bytes.fromhex(voucher), bytes.fromhex(user_id), interaction)

    async def finish(self, begun: Begun, passkey: NewPasskey, *, browser: str) -> bytes:
        """Create the account with its first passkey; return its person id.

        Raises Known when there is one already: the proof is used up then, and begins a recovery.
        Raises Refusal: ``ENROLMENT_CODE_UNKNOWN``, ``ENROLMENT_COOLING_OFF``, ``PASSKEY_REFUSED``,
        and ``ENROLMENT_BUSY`` while another tab does the same.
        """
        identity = await self._vouchers.open(begun.voucher)
        account = NewAccount(
            begun.user_id, passkey=passkey, voucher=begun.voucher, sandbox=self._sandbox
        )
        person_id = await self._enrolment.create(identity, account)
        if person_id is not None:
            return person_id
        person_id = await self._enrolment.find(identity)
        if person_id is None:
            raise Refusal(Cause.ENROLMENT_BUSY, interaction=begun.interaction)
        await self._vouchers.spend(begun.voucher)
        adapter = identity.evidence.adapter
        raise Known(self._recovery.begin(person_id, adapter, browser=browser))
