"""What platforms are called on the pages of an account, also when they have left."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from idp.domain.client import Client
    from idp.web.site import Site


class Platforms:
    """The names of all platforms, in one language."""

    def __init__(self, clients: list[Client], locale: str) -> None:
        self._locale = locale
        self._by_id = {client.client_id: client for client in clients}
        self._by_sector = {client.sector: client for client in reversed(clients)}

    @classmethod
    async def known(cls, site: Site, locale: str) -> Platforms:
        """Return the names of the platforms that are registered now."""
        return cls([one.client for one in await site.services.clients.everyone()], locale)

    def name(self, sector: str, client_id: str = "") -> str:
        """Return what a platform is called; of one that has left, what its sector tells."""
        client = self._by_id.get(client_id) or self._by_sector.get(sector)
        return sector.partition(":")[2] if client is None else client.name(self._locale)
