"""Registered clients: looked up by every request, managed by operators."""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from idp.domain import base64url, network_id
from idp.domain.audit import Act, Via
from idp.domain.refusal import Cause, Refusal
from idp.protocol import client_metadata
from idp.protocol.client_metadata import Kept
from idp.services import client_algorithms
from idp.services.changes import Kind
from idp.services.client_documents import ClientDocuments, check_logo
from idp.services.client_keys import ClientKeys
from idp.services.registered import Entry, Former, Origin, Registered, former_of, read
from idp.storage import clients, former_clients

if TYPE_CHECKING:
    from collections.abc import Callable

    from idp.domain.client import Client
    from idp.domain.clock import Clock, Entropy
    from idp.outbound import Outbound
    from idp.protocol import jose
    from idp.protocol.client_metadata import ClientMetadata
    from idp.services.audit import Audit
    from idp.services.changes import Changes
    from idp.services.resources import Resources
    from idp.storage.database import Connection, Database, Row

_CACHE_SIZE = 10_000
# RFC 6749 App. A.1. Anything else is nobody's, and some of it (NUL, lone surrogates) no database
# takes as text.
_CLIENT_ID = re.compile(r"[ -~]{1,256}")


class Clients:
    """The registry: an in-memory cache in front of one table."""

    def __init__(  # noqa: PLR0913 - the parts it joins, named where app does the joining
        self,
        database: Database,
        outbound: Outbound,
        clock: Clock,
        entropy: Entropy,
        *,
        changes: Changes,
        resources: Resources,
        audit: Audit,
        sandbox: bool,
    ) -> None:
        self._database = database
        self._audit = audit
        self._clock = clock
        self._entropy = entropy
        self._resources = resources
        self._sandbox = sandbox
        self._changes = changes
        self._cache: dict[str, tuple[int, Client]] = {}
        self._generation = 0  # what was read in an earlier one may have changed since
        changes.follow(Kind.CLIENTS, self._drop)
        self._keys = ClientKeys(outbound, clock)
        self._documents = ClientDocuments(outbound)

    async def find(self, client_id: str) -> Client | None:
        """Return the client by this id, as ``known``; raises Refusal ``CLIENT_DISABLED``."""
        client = await self.known(client_id)
        if client is not None and client.disabled:
            raise Refusal(Cause.CLIENT_DISABLED, client_id=client.client_id)
        return client

    async def known(self, client_id: str) -> Client | None:
        """Return the client by this id as it was ``changes.SECONDS`` ago, or later; or None.

        One that is disabled, too: ask ``find`` wherever a client may do something.
        """
        if not self._changes.fresh:
            await self._changes.current()
        cached, generation = self._cache.get(client_id), self._generation
        if cached is not None and cached[0] == generation:
            return cached[1]
        row = await self._row(client_id)
        if row is None:
            self._cache.pop(client_id, None)
            return None
        client = read(row).client
        if cached is not None and cached[1] == client:
            client = cached[1]
        if len(self._cache) >= _CACHE_SIZE:
            self._cache.clear()
        self._cache[client_id] = (generation, client)
        return client

    async def keys(self, client: Client, token: str) -> jose.PublicKeys:
        """Return the client's public keys to verify ``token`` by (see ClientKeys).

        Raises jose.JwtRefused without any.
        """
        return await self._keys.of(client, token)

    async def add(
        self,
        document: dict[str, Any],
        *,
        client_id: str | None = None,
        logo: bytes | None = None,
        keep: Callable[[Registered], None] | None = None,
    ) -> Registered:
        """Register a client from an operator's document, with a logo of the operator's, if any.

        ``keep`` puts its secret in a safe place before the client is there for anybody: what it
        raises comes through, and nothing was registered. Raises client_metadata.MetadataRefused.
        """
        entry = await self.draft(document, Entry(client_id=client_id, logo=logo))
        async with self._database.transaction() as transaction:
            registered = await self.enter(entry, transaction)
            if keep is not None:
                keep(registered)
        return registered

    async def draft(self, document: dict[str, Any], entry: Entry) -> Entry:
        """Prepare what an operator wrote; nothing is stored. Raises as ``prepare``."""
        metadata = client_metadata.read(document)
        if not self._sandbox:
            metadata.check_accountable()
        if entry.logo is not None:
            check_logo(entry.logo)
        return await self.prepare(metadata, entry)

    async def prepare(self, metadata: ClientMetadata, entry: Entry) -> Entry:
        """Fetch what ``metadata`` refers to and draw the client's id and, if it needs one, secret.

        Nothing is stored. Raises client_metadata.MetadataRefused.
        """
        await client_algorithms.check(self._database, metadata)
        await self._resources.check(metadata, of=entry.client_id, beside=entry.beside)
        await self._documents.check_sector(metadata)
        logo = entry.logo or await self._documents.logo(metadata)
        client_id = entry.client_id or self._draw_id()
        if network_id.looks_like_one(client_id):
            # RFC 9068 §5: the sub of a program's own token must never pass for a person.
            raise client_metadata.MetadataRefused("client_id: reads as a network ID")
        secret = self._secret(metadata.token_endpoint_auth_method.value)
        digest = None if secret is None else hashlib.sha256(secret.encode()).digest()
        kept = Kept(
            secret_digest=digest, has_logo=logo is not None, reviewed=entry.origin != Origin.OPEN
        )
        client = client_metadata.client(client_id, metadata, kept)
        stored = client_metadata.tagged(metadata)
        registered = Registered(client, stored, self._clock.now(), secret, entry.origin)
        return replace(entry, logo=logo, registered=registered)

    def _draw_id(self) -> str:
        """Draw 16 bytes until they spell what no program takes for an option."""
        while (drawn := base64url.encode(self._entropy.bytes(16))).startswith("-"):
            pass
        return drawn

    async def enter(self, entry: Entry, connection: Connection) -> Registered:
        """Store a prepared client, in the transaction ``connection``.

        Raises client_metadata.MetadataRefused for an id, or a resource, that is taken.
        """
        if not await self.enter_new(entry, connection):
            raise client_metadata.MetadataRefused("client_id: this id, or its resource, is taken")
        return _prepared(entry)

    async def enter_new(self, entry: Entry, connection: Connection) -> bool:
        """Store a prepared client as ``enter``; False where its id or its resource is taken."""
        registered = _prepared(entry)
        client_id = registered.client.client_id
        async with connection.transaction() as transaction:
            added = await clients.add(
                transaction,
                client_id=client_id,
                metadata=json.dumps(registered.document, ensure_ascii=False),
                secret_digest=registered.client.secret_digest,
                logo=entry.logo,
                created_at=registered.created_at,
                next_secret_digest=None,
                registration_digest=entry.registration_digest,
                origin=entry.origin.value,
                resource=registered.client.resource,
                disabled_at=None,
                old_secret_until=None,
            )
            if added:
                await self._audit.record(
                    transaction, Act.CLIENT_ADDED, subject=client_id, via=entry.origin.via
                )
        self._resources.forget()
        return added

    def forget(self, client_id: str) -> None:
        """Read a client anew when it is next asked for: it was changed."""
        self._cache.pop(client_id, None)
        self._drop()

    def _drop(self) -> None:
        self._generation += 1
        self._resources.forget()

    def _draw(self) -> str:
        # 256 random bits: nothing to guess, so SHA-256 is enough to store it (DESIGN §6).
        return base64url.encode(self._entropy.bytes(32))

    def _secret(self, auth_method: str) -> str | None:
        return self._draw() if auth_method.startswith("client_secret_") else None

    async def everyone(self) -> list[Registered]:
        """Return all clients, oldest first."""
        return [read(row) for row in await clients.everyone(self._database)]

    async def show(self, client_id: str) -> Registered | None:
        """Return one client as it stands in the database."""
        row = await self._row(client_id)
        return None if row is None else read(row)

    async def _row(self, client_id: str) -> Row | None:
        if not _CLIENT_ID.fullmatch(client_id):
            return None
        return await clients.find(self._database, client_id)

    async def remove(self, client_id: str, *, via: Via = Via.COMMAND) -> bool:
        """Forget a client; False when there is none by this id. Who it was stays known."""
        registered = await self.show(client_id)
        if registered is None:
            return False
        async with self._database.transaction() as transaction:
            await former_clients.put(transaction, former_of(registered.client))
            removed = await clients.remove(transaction, client_id)
            if removed:
                await self._audit.record(
                    transaction, Act.CLIENT_REMOVED, subject=client_id, via=via
                )
        self.forget(client_id)
        return removed

    async def sectors(self, connection: Connection | None = None) -> list[str]:
        """Return every sector there is or was: wherever a person may have a pseudonym.

        As seen by the transaction ``connection``, where there is one.
        """
        asked = connection or self._database
        live = {read(row).client.sector for row in await clients.everyone(asked)}
        return sorted(live.union(one.sector for one in await self.former(asked)))

    async def ids(self, connection: Connection | None = None) -> list[str]:
        """Return the id of every client there is or was: wherever a person may have a consent.

        As seen by the transaction ``connection``, where there is one.
        """
        asked = connection or self._database
        live = {str(row["client_id"]) for row in await clients.everyone(asked)}
        return sorted(live.union(one.client_id for one in await self.former(asked)))

    async def sectors_of_ids(self) -> list[tuple[str, str]]:
        """Return the id and the sector of every client there is or was."""
        rows = await clients.everyone(self._database)
        live = [(client.client_id, client.sector) for client in (read(row).client for row in rows)]
        return live + [(one.client_id, one.sector) for one in await self.former(self._database)]

    async def own_services(self, sector: str) -> list[str]:
        """Return the ids of the first-party clients of a sector: one platform's own services."""
        every = [one.client for one in await self.everyone()]
        return [one.client_id for one in every if one.sector == sector and one.first_party]

    async def former(self, connection: Connection | None = None) -> list[Former]:
        """Return the clients that were removed, one for each sector that one by its id was in.

        One by the same id may be there again.
        """
        found: dict[tuple[str, str], Former] = {}
        for row in await former_clients.everyone(connection or self._database):
            one = Former(former_clients.id_of(row), row["sector"], json.loads(row["names"]))
            found.setdefault((one.client_id, one.sector), one)
        return list(found.values())

    async def logo(self, client_id: str) -> bytes | None:
        """Return the PNG of a client's logo, or None."""
        known = await self.known(client_id)
        return None if known is None else await clients.logo(self._database, client_id)


def _prepared(entry: Entry) -> Registered:
    if entry.registered is None:
        raise ValueError("the entry was not prepared")
    return entry.registered
