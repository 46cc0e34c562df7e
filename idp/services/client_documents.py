"""What a client's registration refers to, fetched once: its sector's document, its logo."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from idp.outbound import OutboundRefused
from idp.protocol.client_metadata import MetadataRefused

if TYPE_CHECKING:
    from idp.outbound import Fetched, Outbound
    from idp.protocol.client_metadata import ClientMetadata

MAX_LOGO_BYTES: Final = 64 * 1024
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_OK: Final = 200


class ClientDocuments:
    """Fetches them, or says which member of the metadata they fail."""

    def __init__(self, outbound: Outbound) -> None:
        self._outbound = outbound

    async def check_sector(self, metadata: ClientMetadata) -> None:
        """Refuse a ``sector_identifier_uri`` whose host does not vouch for every redirect URI.

        OpenID Connect Registration §5: a JSON array that holds them all. Without this any client
        could enter the sector of any host and learn the network IDs that are known there.
        Raises MetadataRefused.
        """
        url = metadata.sector_identifier_uri
        if url is None:
            return
        found = await self._fetch("sector_identifier_uri", url, "application/json")
        try:
            listed = json.loads(found.body)
        except (ValueError, RecursionError):
            listed = None
        if not isinstance(listed, list) or not all(isinstance(one, str) for one in listed):
            raise MetadataRefused("sector_identifier_uri: is not a JSON array of addresses")
        if not set(listed).issuperset(metadata.redirect_uris):
            raise MetadataRefused("sector_identifier_uri: lacks one of redirect_uris")

    async def logo(self, metadata: ClientMetadata) -> bytes | None:
        """Return the image at ``logo_uri``, or None without one; raises MetadataRefused."""
        if metadata.logo_uri is None:
            return None
        # The person's browser never asks the platform for it: that would tell who is about to come.
        found = await self._fetch("logo_uri", metadata.logo_uri, "image/png")
        try:
            check_logo(found.body)
        except MetadataRefused as error:
            raise MetadataRefused(f"logo_uri: {error}") from None
        return found.body

    async def _fetch(self, member: str, url: str, accept: str) -> Fetched:
        try:
            found = await self._outbound.get(url, accept=accept, limit=MAX_LOGO_BYTES)
        except OutboundRefused as error:
            raise MetadataRefused(f"{member}: cannot be fetched: {error}") from None
        if found.status != _OK:
            raise MetadataRefused(f"{member}: cannot be fetched: it answers with an error")
        return found


def check_logo(logo: bytes) -> None:
    """Refuse what is no small PNG; raises MetadataRefused."""
    if not (logo.startswith(_PNG) and len(logo) <= MAX_LOGO_BYTES):
        raise MetadataRefused("logo: a PNG image of at most 64 KiB")
