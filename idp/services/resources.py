"""The APIs that take our access tokens: who registered them, and what clients may ask of them.

A resource server is a client whose metadata names the resource that it runs (DECISIONS 48). The
sandbox has one of its own, so that there is something to try tokens on.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from idp.domain.release import SCOPES
from idp.domain.resource import Catalogue, Resource, sandbox_resource
from idp.protocol import client_metadata
from idp.protocol.client_metadata import Kept
from idp.storage import clients, former_clients

if TYPE_CHECKING:
    from idp.domain.client import Client
    from idp.protocol.client_metadata import ClientMetadata
    from idp.services.changes import Changes
    from idp.storage.database import Database, Row


class Resources:
    """The catalogue of resources: an in-memory cache in front of the registry of clients."""

    def __init__(self, database: Database, changes: Changes, *, issuer: str, sandbox: bool) -> None:
        """``forget`` is for whoever keeps clients: what changes one may change a resource."""
        self._database = database
        self._changes = changes
        self._issuer = issuer
        self.sandbox = sandbox_resource(issuer) if sandbox else None
        self._cached: Catalogue | None = None
        self._generation = 0
        self._owners: dict[str, str] = {}

    async def catalogue(self) -> Catalogue:
        """Return every resource there is, as it was ``changes.SECONDS`` ago, or later."""
        if not self._changes.fresh:
            await self._changes.current()
        every, generation = self._cached, self._generation
        if every is None:
            own = [] if self.sandbox is None else [self.sandbox]
            rows = await clients.resource_servers(self._database)
            found = [_read(row) for row in rows]
            live = (resource_of(one) for one in found if not one.disabled)
            # Nothing is given for one that is disabled; what was allowed there keeps its words.
            asleep = (resource_of(one) for one in found if one.disabled)
            gone = [_gone(row) for row in await former_clients.resource_servers(self._database)]
            self._owners = {one.resource or "": one.client_id for one in found}
            self._owners |= {one.identifier: "" for one in own}
            every = Catalogue.of([*own, *filter(None, live)], [*gone, *filter(None, asleep)])
            if generation == self._generation:
                self._cached = every
        return every

    async def find(self, identifier: str) -> Resource | None:
        """Return the resource by this identifier, or None."""
        return (await self.catalogue()).by_identifier.get(identifier)

    async def scopes(self) -> dict[str, Resource]:
        """Return every scope of a resource, with whose it is."""
        return dict((await self.catalogue()).by_scope)

    async def check(
        self,
        metadata: ClientMetadata,
        *,
        of: str | None = None,
        beside: frozenset[str] = frozenset(),
    ) -> None:
        """Refuse metadata that asks for what is not there, or offers what is another's.

        ``of`` is the id of the client that they are of, if it has one; scopes in ``beside`` come
        at the same time. Raises client_metadata.MetadataRefused.
        """
        self.forget()
        catalogue = await self.catalogue()
        offered = client_metadata.offered_scopes(metadata)
        unknown = metadata.asked_scopes - {*SCOPES, *catalogue.by_scope, *offered, *beside}
        if unknown:
            raise client_metadata.MetadataRefused(
                f"scope: no resource has {', '.join(sorted(unknown))}"
            )
        # Nor one that another resource once had: clients still have it in their registration.
        others = {s for r, s in catalogue.by_item.values() if r.identifier != metadata.resource}
        live = {s for s, r in catalogue.by_scope.items() if of is None or r.client_id != of}
        taken = offered & (live | others)
        if taken:
            raise client_metadata.MetadataRefused(
                f"resource_scopes: another resource has or had {', '.join(sorted(taken))}"
            )
        identifier = metadata.resource or ""
        # Our own endpoints are no API of somebody else's: the issuer is the audience of /userinfo.
        ours = identifier == self._issuer or identifier.startswith(f"{self._issuer.rstrip('/')}/")
        if ours or (identifier in self._owners and self._owners[identifier] != of):
            raise client_metadata.MetadataRefused("resource: this identifier is taken")

    def forget(self) -> None:
        """Read the registry again when next asked: it has changed."""
        self._cached = None
        self._generation += 1


def resource_of(client: Client) -> Resource | None:
    """Return the resource that a client runs, or None."""
    if client.resource is None:
        return None
    return Resource(client.resource, client.client_id, client.names, client.resource_scopes)


def _read(row: Row) -> Client:
    metadata = client_metadata.read(json.loads(row["metadata"]))
    kept = Kept(has_logo=bool(row["has_logo"]), disabled=row["disabled_at"] is not None)
    return client_metadata.client(row["client_id"], metadata, kept)


def _gone(row: Row) -> Resource:
    names, scopes = json.loads(row["names"]), json.loads(row["resource_scopes"])
    return Resource(row["resource"], former_clients.id_of(row), names, scopes)
