"""What changes in a registered client: its secrets, and by its own hand its metadata."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import replace
from typing import TYPE_CHECKING

from idp.domain import base64url
from idp.domain.audit import Act, Via
from idp.protocol import registration
from idp.storage import clients as storage

if TYPE_CHECKING:
    from idp.domain.clock import Entropy
    from idp.services.audit import Audit
    from idp.services.clients import Clients, Entry, Registered
    from idp.storage.database import Connection, Database

_SECRET_BYTES = 32


class ClientChanges:
    """Changes clients in the store and has the registry read them anew."""

    def __init__(
        self, database: Database, clients: Clients, audit: Audit, entropy: Entropy
    ) -> None:
        self._database = database
        self._clients = clients
        self._audit = audit
        self._entropy = entropy

    async def rotate_secret(self, client_id: str) -> str | None:
        """Return a new secret beside the newest one there is; None when the client has none.

        Both are valid until ``retire_secret``, or until the next one is drawn.
        """
        secret = base64url.encode(self._entropy.bytes(_SECRET_BYTES))
        digest = hashlib.sha256(secret.encode()).digest()
        known = await self._clients.show(client_id) is not None
        async with self._database.transaction() as transaction:
            known = known and await storage.rotate_secret(transaction, client_id, digest)
            if known:
                await self._record(transaction, Act.CLIENT_SECRET_ROTATED, client_id)
        self._clients.forget(client_id)
        return secret if known else None

    async def retire_secret(self, client_id: str) -> bool:
        """End the older of two secrets; False when there is only one."""
        known = await self._clients.show(client_id) is not None
        async with self._database.transaction() as transaction:
            retired = known and await storage.retire_secret(transaction, client_id)
            if retired:
                await self._record(transaction, Act.CLIENT_SECRET_RETIRED, client_id)
        self._clients.forget(client_id)
        return retired

    async def managed(self, client_id: str, digest: bytes) -> Registered | None:
        """Return the client whose registration access token has this digest, if it is this one."""
        found = await self._clients.show(client_id)
        # Compared for a client that is not there too: neither answer nor time tells which are.
        stored = b"" if found is None else found.registration_digest or b""
        return found if hmac.compare_digest(digest, stored) else None

    async def replace(self, found: Registered, entry: Entry) -> Registered | None:
        """Put a prepared entry in the place of ``found``; None when that is managed no more.

        A secret that it has it keeps. Raises client_metadata.MetadataRefused for another sector.
        """
        new = entry.registered
        if new is None or found.registration_digest is None:
            raise ValueError("the entry was not prepared, or the client is not managed by itself")
        registration.keeps_sector(found.client, new.client)
        client_id = found.client.client_id
        needs, has = new.secret is not None, found.client.secret_digest is not None
        async with self._database.transaction() as transaction:
            replaced = await storage.replace(
                transaction,
                client_id,
                found.registration_digest,
                metadata=json.dumps(new.document, ensure_ascii=False),
                logo=entry.logo,
            )
            if replaced and needs != has:
                await storage.set_secret(transaction, client_id, new.client.secret_digest)
            if replaced:
                await self._record(transaction, Act.CLIENT_CHANGED, client_id, Via.CLIENT)
        self._clients.forget(client_id)
        if not replaced:
            return None
        drawn = new.secret if needs and not has else None
        return replace(new, created_at=found.created_at, secret=drawn)

    async def _record(
        self, connection: Connection, act: Act, client_id: str, via: Via = Via.COMMAND
    ) -> None:
        await self._audit.record(connection, act, subject=client_id, via=via)
