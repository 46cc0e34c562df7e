"""Proofs that wait to be used once: behind a code that a registrar hands over, or for one browser.

Kept are a keyed tag and, sealed, what enrolment needs: never the number, in any form but its own
keyed tag. Issuing looks nothing up, so that a registrar does not learn whether somebody has an
account.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import asdict

from idp.domain import enrolment_code
from idp.domain.blind_index import code_tag
from idp.domain.clock import SECONDS_PER_DAY
from idp.domain.person import Evidence
from idp.domain.refusal import Cause, Refusal
from idp.services.identities import Identity
from idp.storage import vouchers

if TYPE_CHECKING:
    from idp.domain.clock import Clock, Entropy
    from idp.domain.dedup_keys import DedupKeys
    from idp.domain.link_keys import LinkKeys
    from idp.services.vault import Vault
    from idp.storage.database import Database

SHORTEST_SECONDS = 15 * 60
DEFAULT_SECONDS = SECONDS_PER_DAY
LONGEST_SECONDS = 14 * SECONDS_PER_DAY
DEPOSIT_SECONDS = 30 * 60
_CODE, _DEPOSIT = "enrolment code", "enrolment deposit"
_HANDLE_BYTES = 32
_ROW_BYTES = 16


class Issued(Struct, frozen=True):
    """A code as it goes to the person, and until when it is valid, in epoch seconds."""

    code: str
    expires_at: int

    __repr__ = object.__repr__


class Vouchers:
    """Keeps proofs until they are used, or their time is over."""

    def __init__(  # noqa: PLR0913 - the parts it joins, named where app does the joining
        self,
        store: Database,
        vault: Vault,
        *,
        link: LinkKeys,
        dedup: DedupKeys,
        clock: Clock,
        entropy: Entropy,
        sandbox: bool,
    ) -> None:
        self._store = store
        self._vault = vault
        self._link = link
        self._dedup = dedup
        self._clock = clock
        self._entropy = entropy
        self._sandbox = sandbox

    async def issue(self, identity: Identity, *, seconds: int = DEFAULT_SECONDS) -> Issued:
        """Return a code for a proof, valid for ``seconds`` (15 minutes to 14 days).

        Raises ValueError for any other time. The code is shown once and kept nowhere.
        """
        if not SHORTEST_SECONDS <= seconds <= LONGEST_SECONDS:
            raise ValueError("a code is valid for 15 minutes to 14 days")
        code = enrolment_code.draw(self._entropy)
        expires_at = self._clock.now() + seconds
        await self._add(self._link.tag(code_tag, _CODE, code), identity, expires_at)
        return Issued(enrolment_code.display(code), expires_at)

    async def deposit(self, identity: Identity) -> bytes:
        """Keep a proof for the browser that it was made in; return the tag to open it by."""
        handle = self._entropy.bytes(_HANDLE_BYTES).hex()
        tag = self._link.tag(code_tag, _DEPOSIT, handle)
        await self._add(tag, identity, self._clock.now() + DEPOSIT_SECONDS)
        return tag

    async def of_code(self, code: str) -> bytes:
        """Return the tag of a code that is good now; count the try before.

        ``code`` as ``enrolment_code.parse`` returns it. Raises Refusal ``ENROLMENT_CODE_UNKNOWN``
        for one that never was, is used or has expired.
        """
        tag, *older = self._link.tags(code_tag, _CODE, code)
        for other in older:
            if await vouchers.find(self._store, other) is not None:
                tag = other
        await self.open(tag)
        return tag

    async def open(self, tag: bytes) -> Identity:
        """Return the proof under ``tag``; raises Refusal ``ENROLMENT_CODE_UNKNOWN``."""
        row = await vouchers.find(self._store, tag)
        if row is None:
            raise Refusal(Cause.ENROLMENT_CODE_UNKNOWN)
        facts = self._vault.open_facts("vouchers", row["row_id"], row["facts_sealed"])
        # A tag made under an unknown dedup key would miss the account that the identity has.
        stale = not self._dedup.knows(facts["key_version"])
        # What was typed for practice makes nobody real once the sandbox is off.
        stale = stale or facts["sandbox"] != self._sandbox
        if stale or facts["expires_at"] <= self._clock.now():
            raise Refusal(Cause.ENROLMENT_CODE_UNKNOWN)
        return Identity(
            tag=bytes.fromhex(facts["tag"]),
            key_version=facts["key_version"],
            birth_date=date.fromisoformat(facts["birth_date"]),
            evidence=Evidence(**facts["evidence"]),
        )

    async def spend(self, tag: bytes) -> None:
        """Use a proof up for something else than an account; raises ``ENROLMENT_CODE_UNKNOWN``."""
        if not await vouchers.spend(self._store, tag):
            raise Refusal(Cause.ENROLMENT_CODE_UNKNOWN)

    async def _add(self, tag: bytes, identity: Identity, expires_at: int) -> None:
        row_id = self._entropy.bytes(_ROW_BYTES)
        facts = {
            "tag": identity.tag.hex(),
            "key_version": identity.key_version,
            "birth_date": identity.birth_date.isoformat(),
            "evidence": asdict(identity.evidence),
            "sandbox": self._sandbox,
            "expires_at": expires_at,  # in clear only its day: a dump tells nobody's hour
        }
        await vouchers.add(
            self._store,
            tag=tag,
            row_id=row_id,
            facts_sealed=self._vault.seal_facts("vouchers", row_id, facts),
            expires_day=expires_at // SECONDS_PER_DAY,
            holder=None,
        )
