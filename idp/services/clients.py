"""Registered clients: looked up by every request, managed by operators."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from idp.domain import base64url, network_id
from idp.protocol import client_metadata, jose
from idp.storage import clients, former_clients

if TYPE_CHECKING:
    from collections.abc import Mapping

    from idp.domain.client import Client
    from idp.domain.clock import Clock, Entropy
    from idp.services.resources import Resources
    from idp.storage.database import Connection, Database, Row

CACHE_SECONDS = 2  # how long another process's change may go unnoticed
_CACHE_SIZE = 10_000
# RFC 6749 App. A.1. Anything else is nobody's, and some of it (NUL, lone surrogates) no database
# takes as text.
_CLIENT_ID = re.compile(r"[ -~]{1,256}")
MAX_LOGO_BYTES = 64 * 1024
_PNG = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True, slots=True)
class Former:
    """A client that was removed; ``names`` as in ``Client``."""

    client_id: str
    sector: str
    names: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Registered:
    """A client just added, or shown; ``secret`` is known only at the moment it was drawn."""

    client: Client
    document: dict[str, Any]
    created_at: int
    secret: str | None = None


class Clients:
    """The registry: an in-memory cache in front of one table."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        entropy: Entropy,
        *,
        resources: Resources,
        sandbox: bool,
    ) -> None:
        self._database = database
        self._clock = clock
        self._entropy = entropy
        self._resources = resources
        self._sandbox = sandbox
        self._cache: dict[str, tuple[int, Client]] = {}
        self._keys: dict[str, tuple[Client, jose.PublicKeys]] = {}

    async def find(self, client_id: str) -> Client | None:
        """Return the client by this id, at most ``CACHE_SECONDS`` old, or None."""
        now = self._clock.now()
        cached = self._cache.get(client_id)
        if cached is not None and now - cached[0] < CACHE_SECONDS:
            return cached[1]
        row = await self._row(client_id)
        if row is None:
            self._cache.pop(client_id, None)
            return None
        client = _read(row).client
        if cached is not None and cached[1] == client:
            client = cached[1]
        if len(self._cache) >= _CACHE_SIZE:
            self._cache.clear()
        self._cache[client_id] = (now, client)
        return client

    def keys(self, client: Client) -> jose.PublicKeys:
        """Return the client's public keys, parsed once; raises jose.JwtRefused without any."""
        known = self._keys.get(client.client_id)
        if known is not None and known[0] == client:
            return known[1]
        keys = jose.PublicKeys(client.jwks or {})
        self._keys[client.client_id] = (client, keys)
        return keys

    async def add(
        self, document: dict[str, Any], *, client_id: str | None = None, logo: bytes | None = None
    ) -> Registered:
        """Register a client from its metadata document; draws its id and, if it needs one, secret.

        Raises client_metadata.MetadataRefused.
        """
        metadata = client_metadata.read(document)
        if not self._sandbox:
            metadata.check_accountable()
        await self._resources.check(metadata)
        if logo is not None and not (logo.startswith(_PNG) and len(logo) <= MAX_LOGO_BYTES):
            raise client_metadata.MetadataRefused("logo: a PNG image of at most 64 KiB")
        client_id = client_id or base64url.encode(self._entropy.bytes(16))
        if network_id.looks_like_one(client_id):
            # RFC 9068 §5: the sub of a program's own token must never pass for a person.
            raise client_metadata.MetadataRefused("client_id: reads as a network ID")
        secret = self._secret(metadata.token_endpoint_auth_method.value)
        digest = None if secret is None else hashlib.sha256(secret.encode()).digest()
        client = client_metadata.client(
            client_id, metadata, secret_digest=digest, has_logo=logo is not None
        )
        stored = client_metadata.tagged(metadata)
        now = self._clock.now()
        await clients.add(
            self._database,
            client_id=client_id,
            metadata=json.dumps(stored, ensure_ascii=False),
            secret_digest=digest,
            logo=logo,
            created_at=now,
            next_secret_digest=None,
            registration_digest=None,
            origin="operator",
            resource=metadata.resource,
        )
        self._resources.forget()
        return Registered(client, stored, now, secret)

    def _secret(self, auth_method: str) -> str | None:
        # 256 random bits: nothing to guess, so SHA-256 is enough to store it (DESIGN §6).
        needs_one = auth_method.startswith("client_secret_")
        return base64url.encode(self._entropy.bytes(32)) if needs_one else None

    async def everyone(self) -> list[Registered]:
        """Return all clients, oldest first."""
        return [_read(row) for row in await clients.everyone(self._database)]

    async def show(self, client_id: str) -> Registered | None:
        """Return one client as it stands in the database."""
        row = await self._row(client_id)
        return None if row is None else _read(row)

    async def _row(self, client_id: str) -> Row | None:
        if not _CLIENT_ID.fullmatch(client_id):
            return None
        return await clients.find(self._database, client_id)

    async def remove(self, client_id: str) -> bool:
        """Forget a client; False when there is none by this id. Who it was stays known."""
        self._cache.pop(client_id, None)
        self._resources.forget()
        registered = await self.show(client_id)
        if registered is None:
            return False
        async with self._database.transaction() as transaction:
            await former_clients.put(
                transaction,
                client_id=client_id,
                sector=registered.client.sector,
                names=json.dumps(dict(registered.client.names), ensure_ascii=False),
            )
            return await clients.remove(transaction, client_id)

    async def sectors(self, connection: Connection | None = None) -> list[str]:
        """Return every sector there is or was: wherever a person may have a pseudonym.

        As seen by the transaction ``connection``, where there is one.
        """
        asked = connection or self._database
        live = {_read(row).client.sector for row in await clients.everyone(asked)}
        return sorted(live.union(one.sector for one in await self.former(asked)))

    async def ids(self, connection: Connection | None = None) -> list[str]:
        """Return the id of every client there is or was: wherever a person may have a consent.

        As seen by the transaction ``connection``, where there is one.
        """
        asked = connection or self._database
        live = {str(row["client_id"]) for row in await clients.everyone(asked)}
        return sorted(live.union(one.client_id for one in await self.former(asked)))

    async def own_services(self, sector: str) -> list[str]:
        """Return the ids of the first-party clients of a sector: one platform's own services."""
        every = [one.client for one in await self.everyone()]
        return [one.client_id for one in every if one.sector == sector and one.first_party]

    async def former(self, connection: Connection | None = None) -> list[Former]:
        """Return the clients that were removed; one by the same id may be there again."""
        return [
            Former(row["client_id"], row["sector"], json.loads(row["names"]))
            for row in await former_clients.everyone(connection or self._database)
        ]

    async def logo(self, client_id: str) -> bytes | None:
        """Return the PNG of a client's logo, or None."""
        known = await self.find(client_id)
        return None if known is None else await clients.logo(self._database, client_id)


def _read(row: Row) -> Registered:
    document = json.loads(row["metadata"])
    client = client_metadata.client(
        row["client_id"],
        client_metadata.read(document),
        secret_digest=row["secret_digest"],
        has_logo=bool(row["has_logo"]),
    )
    return Registered(client, document, row["created_at"])
