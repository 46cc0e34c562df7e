"""Recovery codes: made in a set, kept as keyed tags, used once each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from idp.domain import recovery_code
from idp.domain.activity import Happened
from idp.domain.blind_index import code_tag
from idp.domain.refusal import Cause, Refusal
from idp.storage import people, recovery_codes

if TYPE_CHECKING:
    from idp.domain.clock import Clock, Entropy
    from idp.domain.link_keys import LinkKeys
    from idp.services.activity import Activity
    from idp.services.replays import Replays
    from idp.storage.database import Connection, Database

_KIND = "recovery"
_ONCE_BYTES = 16
_ONCE_SECONDS = 24 * 60 * 60  # far longer than a session: the page is gone by then


class RecoveryCodes:
    """Makes, counts and finds codes."""

    def __init__(
        self,
        database: Database,
        activity: Activity,
        replays: Replays,
        *,
        link: LinkKeys,
        clock: Clock,
        entropy: Entropy,
    ) -> None:
        self._database = database
        self._activity = activity
        self._replays = replays
        self._link = link
        self._clock = clock
        self._entropy = entropy

    def once(self) -> str:
        """Return a name for one set of codes that a page offers to make."""
        return self._entropy.bytes(_ONCE_BYTES).hex()

    async def make(self, person_id: bytes, once: str) -> list[str] | None:
        """Return a new set of codes, as people read them; the old ones work no more.

        This is the only time that they can be read: their tags are all that is kept. None, and
        nothing is changed, when the set named ``once`` was made before: a form that is sent again
        (reload, back) must not void what the person has just printed. Raises ``NOT_FOUND`` for an
        account closed meanwhile.
        """
        expires_at = self._clock.now() + _ONCE_SECONDS
        codes = recovery_code.draw_set(self._entropy)
        async with self._database.transaction() as transaction:
            # Of two sets made at once one is the last, and the other void.
            if await people.locked(transaction, person_id) is None:
                raise Refusal(Cause.NOT_FOUND)
            if not await self._replays.spend(
                "recovery codes",
                person_id.hex(),
                once,
                expires_at=expires_at,
                made_at=self._clock.now(),  # what it leads to is new, whenever the page was made
                within=transaction,
            ):
                return None
            await recovery_codes.replace(
                transaction, person_id, [self._tag(code) for code in codes]
            )
            await self._activity.note(transaction, person_id, Happened.RECOVERY_CODES_MADE)
        return [recovery_code.display(code) for code in codes]

    async def left(self, person_id: bytes) -> int:
        """Return how many codes a person can still use."""
        return await recovery_codes.left(self._database, person_id)

    async def find(self, text: str) -> tuple[bytes, bytes]:
        """Return the tag of a code and its person; the code stays what it is.

        Raises Refusal ``RECOVERY_CODE_MISTYPED``, which says nothing about codes that exist, or
        ``RECOVERY_CODE_REFUSED`` for all else: used, voided, or never made.
        """
        code = recovery_code.read(text)
        if code is None:
            raise Refusal(Cause.RECOVERY_CODE_MISTYPED)
        # On paper for years: tags cannot be moved, so a version is kept for as long as any has it.
        tags = self._link.every(code_tag, _KIND, code)
        row = await recovery_codes.find(self._database, *tags)
        if row is None:
            raise Refusal(Cause.RECOVERY_CODE_REFUSED)
        return row["tag"], row["person_id"]

    async def void(self, connection: Connection, person_id: bytes) -> None:
        """Make every code of a person useless."""
        await recovery_codes.replace(connection, person_id, ())

    def _tag(self, code: str) -> bytes:
        return self._link.tag(code_tag, _KIND, code)
