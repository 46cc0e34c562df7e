"""What platforms are called on the pages of an account, also when they have left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from idp.domain.client import localized

if TYPE_CHECKING:
    from collections.abc import Sequence

    from idp.domain.client import Client
    from idp.services.registered import Former
    from idp.web.site import Site


class Platforms:
    """The names of all platforms there are and were, in one language."""

    def __init__(self, clients: Sequence[Client | Former], locale: str) -> None:
        self._locale = locale
        # Those that come first go before the others by the same id, and in the same sector.
        self._by_id = {one.client_id: one for one in reversed(clients)}
        self._by_sector = {one.sector: one for one in reversed(clients)}

    @classmethod
    async def known(cls, site: Site, locale: str) -> Platforms:
        """Return the names, in the language ``locale``."""
        clients = site.services.clients
        live = [registered.client for registered in await clients.everyone()]
        return cls([*live, *await clients.former()], locale)

    def name(self, sector: str, client_id: str = "") -> str:
        """Return what a platform is called."""
        found = self._by_id.get(client_id) or self._by_sector.get(sector)
        told = "" if found is None else localized(found.names, self._locale)
        return told or client_id or sector.partition(":")[2]
