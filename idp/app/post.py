"""From a notice to a mail on its way: words, server, clock and entropy joined."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from idp.services.mailer import Mailer
from idp.web.letters import Letters

if TYPE_CHECKING:
    from idp.app.parts import Parts
    from idp.services.notices import Notice

_NAME_BYTES = 16


class Post:
    """Writes and sends, one notice at a time."""

    def __init__(self, smtp_url: str, sender: str, parts: Parts) -> None:
        self._mailer = Mailer(smtp_url, sender)
        self._letters = Letters(parts.settings.issuer)
        self._parts = parts

    async def send(self, notice: Notice) -> None:
        """Send one notice; raises MailFailed."""
        await self._mailer.send(
            self._letters.write(notice),
            at=datetime.fromtimestamp(self._parts.clock.now(), UTC),
            name=self._parts.entropy.bytes(_NAME_BYTES).hex(),
        )
