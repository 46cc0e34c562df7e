"""A person's contact address: asked for, confirmed by a code sent to it, changed, taken away."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from msgspec.structs import replace

from idp.domain.activity import Happened
from idp.domain.blind_index import code_tag
from idp.domain.contact import CODE_SECONDS, Asked, Contact, Held, draw_code, read_code
from idp.domain.refusal import Cause, Refusal
from idp.services.contact_record import open_held, seal_held
from idp.services.notices import CONFIRM
from idp.storage import people

if TYPE_CHECKING:
    from idp.domain.clock import Clock, Entropy
    from idp.domain.link_keys import LinkKeys
    from idp.services.activity import Activity
    from idp.services.notices import Notices
    from idp.services.vault import Vault
    from idp.storage.database import Connection, Database

_KIND = "contact"


class Contacts:
    """Every change is one guarded statement: of two at once the second is refused."""

    def __init__(  # noqa: PLR0913 - the parts it joins, named where they are joined
        self,
        *,
        database: Database,
        vault: Vault,
        notices: Notices,
        activity: Activity,
        link: LinkKeys,
        clock: Clock,
        entropy: Entropy,
    ) -> None:
        self.offered = notices.offered
        self._database = database
        self._vault = vault
        self._notices = notices
        self._activity = activity
        self._link = link
        self._clock = clock
        self._entropy = entropy

    async def held(self, person_id: bytes) -> Held:
        """Return the address in use, and the one that waits for its code, if it may still come.

        One whose code can come no more, perhaps somebody else's, is forgotten on the way.
        """
        held, sealed = await self._read(self._database, person_id)
        if held.asked is None or held.asked.is_open(self._clock.now()):
            return held
        left = replace(held, asked=None)
        new = seal_held(self._vault, person_id, left)
        await people.set_contact(self._database, person_id, old=sealed, new=new)
        return left

    async def ask(self, person_id: bytes, contact: Contact) -> None:
        """Send a code to an address that is to be used; the one in use stays until it comes back.

        ``contact.address`` is clean already.
        """
        code = draw_code(self._entropy)
        tag = self._link.tag(code_tag, _KIND, code)
        asked = Asked(contact, tag, self._clock.now() + CODE_SECONDS)
        async with self._database.transaction() as transaction:
            held, sealed = await self._read(transaction, person_id)
            await self._write(transaction, person_id, sealed, replace(held, asked=asked))
            await self._notices.put(transaction, contact, CONFIRM, code=code)

    async def confirm(self, person_id: bytes, typed: str) -> bool:
        """Use the address that waits, if this is its code; False, and a try is gone, if not."""
        tags = self._link.tags(code_tag, _KIND, read_code(typed))
        async with self._database.transaction() as transaction:
            held, sealed = await self._read(transaction, person_id)
            asked = held.asked
            if asked is None or not asked.is_open(self._clock.now()):
                return False
            if not any(hmac.compare_digest(tag, asked.tag) for tag in tags):
                tried = replace(asked, tries=asked.tries + 1)
                await self._write(transaction, person_id, sealed, replace(held, asked=tried))
                return False
            # The old address first: it is told of its own end.
            await self._activity.note(transaction, person_id, Happened.CONTACT_CHANGED)
            await self._write(transaction, person_id, sealed, Held(asked.contact))
            await self._notices.put(transaction, asked.contact, Happened.CONTACT_CHANGED.value)
        return True

    async def remove(self, person_id: bytes) -> None:
        """Forget every address; the one that was in use is told."""
        async with self._database.transaction() as transaction:
            held, sealed = await self._read(transaction, person_id)
            if held.verified is not None:
                await self._activity.note(transaction, person_id, Happened.CONTACT_CHANGED)
            await self._write(transaction, person_id, sealed, Held())

    async def _read(self, connection: Connection, person_id: bytes) -> tuple[Held, bytes | None]:
        row = await people.find(connection, person_id)
        sealed = None if row is None else row["contact_sealed"]
        return open_held(self._vault, person_id, sealed), sealed

    async def _write(
        self, connection: Connection, person_id: bytes, old: bytes | None, held: Held
    ) -> None:
        new = seal_held(self._vault, person_id, held)
        if not await people.set_contact(connection, person_id, old=old, new=new):
            raise Refusal(Cause.UNAVAILABLE)  # another tab was first; nothing was changed
