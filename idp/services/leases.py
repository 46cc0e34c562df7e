"""One process alone leads what must not be done twice at once: a lease in the database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from idp.domain.lease import Lease, LeaseLost
from idp.storage import leases

if TYPE_CHECKING:
    from idp.domain.clock import Clock, Entropy
    from idp.storage.database import Connection, Database

_HOLDER_BYTES = 16
_SKEW_SECONDS = 5 * 60  # how far two nodes' clocks may be apart


class Leases:
    """Takes leases and gives them back. See ``idp.domain.lease`` for what keeps holders apart."""

    def __init__(self, database: Database, clock: Clock, entropy: Entropy) -> None:
        self._database = database
        self._clock = clock
        self._entropy = entropy

    async def take(self, name: str, seconds: int) -> Lease | None:
        """Return a lease for ``seconds``, or None while anybody has it, this process included."""
        now, holder = self._clock.now(), self._entropy.bytes(_HOLDER_BYTES).hex()
        until = now + seconds
        token = await leases.take(
            self._database, name, holder, now=now, until=until, skew=_SKEW_SECONDS
        )
        return Lease(name, holder, token, until) if token else None

    async def still_held(self, connection: Connection, lease: Lease) -> None:
        """Raise LeaseLost unless the lease is held, and keep it so until the transaction ends.

        First statement of every transaction that writes under the lease: a process that slept
        beyond its lease writes nothing.
        """
        if not await leases.held(connection, lease, now=self._clock.now()):
            raise LeaseLost(lease.name)

    async def renew(self, lease: Lease, seconds: int) -> Lease:
        """Return the lease with ``seconds`` from now on; raises LeaseLost."""
        now = self._clock.now()
        if not await leases.renew(self._database, lease, now=now, until=now + seconds):
            raise LeaseLost(lease.name)
        return replace(lease, until=now + seconds)

    async def give_back(self, lease: Lease) -> None:
        """End the lease; does nothing when it is lost."""
        await leases.give_back(self._database, lease, now=self._clock.now())
