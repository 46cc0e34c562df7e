"""What is kept of who somebody is: a keyed tag, under whichever version of the dedup secret."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from idp.domain.blind_index import dedup_tag
from idp.domain.clock import SECONDS_PER_DAY
from idp.domain.person import Evidence
from idp.storage import dedup_tags, enrolments

if TYPE_CHECKING:
    from datetime import date

    from idp.domain.clock import Clock
    from idp.domain.dedup_keys import DedupKeys
    from idp.proofing.proof import Proof
    from idp.storage.database import Connection, Row


class Identity(Struct, frozen=True):
    """What is kept of a proof: the keyed tag in place of the number. No ``repr``.

    ``key_version`` is the dedup key's under which ``tag`` was made.
    """

    tag: bytes
    key_version: int
    birth_date: date
    evidence: Evidence

    __repr__ = object.__repr__


class Identities:
    """Makes tags of proofs, and takes an identity for one account alone."""

    def __init__(self, dedup: DedupKeys, clock: Clock) -> None:
        self._dedup = dedup
        self._clock = clock

    def of(self, known: Proof | Identity) -> Identity:
        """Return what may be kept of a proof; the number ends here."""
        if isinstance(known, Identity):
            return known
        first, lowest = self._dedup.first, self._dedup.lowest
        tag = dedup_tag(self._dedup.first_key, known.country, known.document, known.number)
        return Identity(
            tag=self._dedup.lift(tag, first, lowest),
            key_version=lowest,
            birth_date=known.birth_date,
            evidence=Evidence(
                adapter=known.adapter,
                level=known.level.value,
                document=known.document,
                country=known.country,
                day=self._clock.now() // SECONDS_PER_DAY,
                verifier=known.verifier,
            ),
        )

    def tags(self, identity: Identity) -> list[bytes]:
        """Return every tag that the identity may have now, the lowest version's first."""
        return list(self._dedup.levels(identity.tag, identity.key_version).values())

    def tags_of(self, row: Row) -> list[bytes]:
        """Return every tag that the enrolment in a row may have by now."""
        return list(self._dedup.levels(row["dedup_tag"], row["key_version"]).values())

    def lowest(self, identity: Identity) -> tuple[int, bytes]:
        """Return under which version the identity is taken, and its tag there."""
        return next(iter(self._dedup.levels(identity.tag, identity.key_version).items()))

    async def take(self, connection: Connection, reservation: enrolments.Reservation) -> bool:
        """Take an identity within a transaction; True for one caller only, on whichever server.

        ``reservation`` is under the version of ``lowest``. See rule 3 of ``idp.domain.dedup_keys``.
        """
        if not await enrolments.reserve(connection, reservation):
            return False
        version = reservation.key_version
        (_, lowest), *above = self._dedup.levels(reservation.dedup_tag, version).items()
        for other, tag in above:
            if await enrolments.find(connection, tag) is not None:
                await enrolments.release(connection, tags=[lowest], row_id=reservation.row_id)
                return False
            if other <= self._dedup.active:
                await dedup_tags.nest(connection, lowest, version, new_tag=tag, new_version=other)
        return True
