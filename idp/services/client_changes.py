"""What changes in a registered client: its secrets, and by its own hand its metadata."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import TYPE_CHECKING

from msgspec.structs import replace

from idp.domain import base64url
from idp.domain.audit import Act, Via
from idp.protocol import registration
from idp.storage import clients as storage

if TYPE_CHECKING:
    from collections.abc import Callable

    from idp.domain.client import Client
    from idp.domain.clock import Clock, Entropy
    from idp.services.audit import Audit
    from idp.services.clients import Clients
    from idp.services.registered import Entry, Registered
    from idp.storage.database import Connection, Database

_SECRET_BYTES = 32


class ClientChanges:
    """Changes clients in the store and has the registry read them anew."""

    def __init__(
        self,
        database: Database,
        clients: Clients,
        audit: Audit,
        clock: Clock,
        entropy: Entropy,
    ) -> None:
        self._database = database
        self._clients = clients
        self._audit = audit
        self._clock = clock
        self._entropy = entropy

    async def rotate_secret(
        self,
        client_id: str,
        *,
        old_seconds: int | None = None,
        keep: Callable[[str], None] | None = None,
    ) -> str | None:
        """Return a new secret beside the newest one there is; None when the client has none.

        Both are valid for ``old_seconds``, or until ``retire_secret`` or until the next is drawn.
        ``keep`` puts the new one in a safe place before it counts, as in ``Clients.add``.
        """
        old_until = None if old_seconds is None else self._clock.now() + old_seconds
        secret = base64url.encode(self._entropy.bytes(_SECRET_BYTES))
        digest = hashlib.sha256(secret.encode()).digest()
        known = await self._clients.show(client_id) is not None
        async with self._database.transaction() as transaction:
            known = known and await storage.rotate_secret(
                transaction, client_id, digest, old_until=old_until
            )
            if known:
                await self._record(transaction, Act.CLIENT_SECRET_ROTATED, client_id)
                if keep is not None:
                    keep(secret)
        self._clients.forget(client_id)
        return secret if known else None

    def older_works(self, client: Client) -> bool:
        """Tell whether a client has two secrets that work, so that drawing one more ends one."""
        until = client.old_secret_until
        return client.next_secret_digest is not None and (
            until is None or self._clock.now() < until
        )

    async def retire_secret(self, client_id: str) -> bool:
        """End the older of two secrets; False when there is only one."""
        known = await self._clients.show(client_id) is not None
        async with self._database.transaction() as transaction:
            retired = known and await storage.retire_secret(transaction, client_id)
            if retired:
                await self._record(transaction, Act.CLIENT_SECRET_RETIRED, client_id)
        self._clients.forget(client_id)
        return retired

    async def disable(self, client_id: str) -> bool:
        """Refuse a client everywhere from now on; False when it is disabled, or not there.

        Other processes learn of it within ``changes.SECONDS``. What people allowed stays.
        """
        return await self._set(client_id, disabled=True)

    async def enable(self, client_id: str) -> bool:
        """Undo ``disable``; False when it is not disabled, or not there."""
        return await self._set(client_id, disabled=False)

    async def _set(self, client_id: str, *, disabled: bool) -> bool:
        known = await self._clients.show(client_id) is not None
        async with self._database.transaction() as transaction:
            if disabled:
                now = self._clock.now()
                changed = known and await storage.disable(transaction, client_id, now=now)
            else:
                changed = known and await storage.enable(transaction, client_id)
            if changed:
                act = Act.CLIENT_DISABLED if disabled else Act.CLIENT_ENABLED
                await self._record(transaction, act, client_id)
        self._clients.forget(client_id)
        return changed

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
