"""A set of clients as an operator wrote it down: how the registry differs, and making it so.

Rules in prose. What is written says all of a client: a member, or a logo, that is not there is
taken away. A secret is drawn once, for who needs one and has none, and is never looked at again;
whether a client is disabled is no part of it. First everything is checked, then each client is put
in its place in one transaction, guarded by what was found before: who was faster is read again.
Clients that registered themselves belong to whoever holds their token, and are left alone.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from idp.domain.audit import Act, Via
from idp.domain.difference import Change, Difference, members
from idp.protocol import client_metadata, registration
from idp.protocol.client_metadata import MetadataRefused
from idp.services.client_documents import check_logo
from idp.services.registered import Entry, Origin, former_of
from idp.storage import clients as storage
from idp.storage import former_clients

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from idp.domain.client import Client
    from idp.services.audit import Audit
    from idp.services.clients import Clients
    from idp.services.registered import Registered
    from idp.storage.database import Connection, Database

    Keep = Callable[[str, str], None]

_MOST_TRIES = 4  # each means that somebody else changed the very client meanwhile


class Wanted(Struct, frozen=True):
    """One client as it is written down; ``logo`` is a PNG, or None without one."""

    client_id: str
    document: dict[str, Any]
    logo: bytes | None = None


class SetRefused(Exception):
    """Something in the set cannot be; ``reasons`` says what, by client id."""

    def __init__(self, reasons: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{one}: {why}" for one, why in reasons.items()))
        self.reasons = reasons


class Step(Struct, frozen=True):
    """What is to be done about one client; ``entry`` is ready to be put in the place of ``found``.

    ``draws_secret`` says that the client gets a secret by it.
    """

    difference: Difference
    wanted: Wanted | None = None
    found: Registered | None = None
    entry: Entry | None = None

    __repr__ = object.__repr__

    @property
    def draws_secret(self) -> bool:
        """Tell whether a secret would be drawn."""
        if self.entry is None:
            return False
        has = self.found is not None and self.found.client.secret_digest is not None
        return _new(self.entry).secret is not None and not has


class ClientSet:
    """Compares a set with the registry, and brings the registry to it."""

    def __init__(
        self, database: Database, clients: Clients, audit: Audit, *, sandbox: bool
    ) -> None:
        self._database = database
        self._clients = clients
        self._audit = audit
        self._sandbox = sandbox

    async def steps(self, wanted: Sequence[Wanted]) -> list[Step]:
        """Return what is to be done for each of ``wanted``, then each client that is not among it.

        Changes nothing. Raises SetRefused with everything that cannot be.
        """
        found = {one.client.client_id: one for one in await self._clients.everyone()}
        steps, refused = [], _clashes(wanted)
        offered = _offered(wanted)
        for one in wanted:
            try:
                steps.append(await self._step(one, found.get(one.client_id), offered))
            except MetadataRefused as error:
                refused.setdefault(one.client_id, str(error))
        if refused:
            raise SetRefused(refused)
        ids = {one.client_id for one in wanted}
        left = [one for one in found.values() if one.origin is Origin.OPERATOR]
        unlisted = sorted(one.client.client_id for one in left if one.client.client_id not in ids)
        return [*steps, *(Step(Difference(one, Change.UNLISTED)) for one in unlisted)]

    async def apply(self, step: Step, keep: Keep) -> Step:
        """Do one step, whole or not at all; return what was done.

        ``keep`` is given a new secret with its client's id before the client is there for anybody:
        what it raises comes through, and nothing has changed. Raises SetRefused when somebody else
        makes the client impossible, or changes it all the time.
        """
        for _ in range(_MOST_TRIES):
            if step.wanted is None or step.entry is None or await self._put(step, keep):
                return step
            wanted = step.wanted
            found = await self._clients.show(wanted.client_id)
            try:
                step = await self._step(wanted, found, step.entry.beside)
            except MetadataRefused as error:
                raise SetRefused({wanted.client_id: str(error)}) from error
        raise SetRefused({step.difference.client_id: "somebody else is changing this client"})

    async def _step(self, wanted: Wanted, found: Registered | None, beside: frozenset[str]) -> Step:
        metadata = client_metadata.read(wanted.document)
        if not self._sandbox:
            metadata.check_accountable()
        if wanted.logo is not None:
            check_logo(wanted.logo)
        new = client_metadata.tagged(metadata)
        if found is None:
            entry = await self._prepared(metadata, wanted, beside)
            return Step(_difference(wanted, Change.ADDED, {}, new), wanted, None, entry)
        if found.origin is not Origin.OPERATOR:
            raise MetadataRefused("client_id: a client that registered itself has it")
        logo = await self._logo_differs(wanted, new)
        if found.document == new and not logo:
            return Step(Difference(wanted.client_id, Change.UNCHANGED), wanted, found)
        entry = await self._prepared(metadata, wanted, beside)
        registration.keeps_sector(found.client, _new(entry).client)
        told = _difference(wanted, Change.CHANGED, found.document, new, logo=logo)
        return Step(told, wanted, found, entry)

    async def _prepared(
        self, metadata: client_metadata.ClientMetadata, wanted: Wanted, beside: frozenset[str]
    ) -> Entry:
        entry = Entry(client_id=wanted.client_id, logo=wanted.logo, beside=beside)
        return await self._clients.prepare(metadata, entry)

    async def _logo_differs(self, wanted: Wanted, new: Mapping[str, Any]) -> tuple[str, str] | None:
        """Return what is said of both logos; None when they are the same, or come by address."""
        if wanted.logo is None and "logo_uri" in new:
            return None
        kept = await storage.logo(self._database, wanted.client_id)
        if kept == wanted.logo:
            return None
        before = "" if kept is None else f"{len(kept)} bytes"
        return before, "" if wanted.logo is None else f"{len(wanted.logo)} other bytes"

    async def _put(self, step: Step, keep: Keep) -> bool:
        """Store what ``step`` holds ready; False when the client is not as it was found."""
        if step.entry is None:
            raise ValueError("this step stores nothing")
        new = _new(step.entry).client
        async with self._database.transaction() as transaction:
            done = await self._stored(transaction, step, step.entry)
            if done and step.draws_secret:
                keep(new.client_id, _new(step.entry).secret or "")
        self._clients.forget(new.client_id)
        return done

    async def _stored(self, connection: Connection, step: Step, entry: Entry) -> bool:
        new, found = _new(entry), step.found
        if found is None:
            return await self._clients.enter_new(entry, connection)
        client_id = new.client.client_id
        if not await storage.change(
            connection,
            client_id,
            old_metadata=_text(found),
            metadata=_text(new),
            logo=entry.logo,
            resource=new.client.resource,
        ):
            return False
        if (new.secret is None) != (found.client.secret_digest is None):
            await storage.set_secret(connection, client_id, new.client.secret_digest)
        if _words(found.client) - _words(new.client):
            # What people allowed in words that are gone they must still be able to read.
            await former_clients.put(connection, former_of(found.client))
        await self._audit.record(connection, Act.CLIENT_CHANGED, subject=client_id, via=Via.COMMAND)
        return True


def _new(entry: Entry) -> Registered:
    if entry.registered is None:
        raise ValueError("the entry was not prepared")
    return entry.registered


def _text(registered: Registered) -> str:
    return json.dumps(registered.document, ensure_ascii=False)


def _words(client: Client) -> set[tuple[str, str]]:
    return {(scope, texts.get("", "")) for scope, texts in client.resource_scopes.items()}


def _difference(
    wanted: Wanted,
    change: Change,
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    *,
    logo: tuple[str, str] | None = None,
) -> Difference:
    found = Difference(wanted.client_id, change, members(old, new))
    if change is Change.ADDED and wanted.logo is not None:
        logo = ("", f"{len(wanted.logo)} bytes")
    return found if logo is None else replace(found, logo=logo)


def _offered(wanted: Sequence[Wanted]) -> frozenset[str]:
    """Return the scopes that come with the set: who asks for them may stand before who has them."""
    texts = [one.document.get("resource_scopes") for one in wanted]
    return frozenset(
        str(member).partition("#")[0]
        for found in texts
        if isinstance(found, dict)
        for member in found
    )


def _clashes(wanted: Sequence[Wanted]) -> dict[str, str]:
    """Return who offers a resource or a scope that an earlier one of the set offers."""
    owners: dict[str, str] = {}
    refused = {}
    for one in wanted:
        scopes = one.document.get("resource_scopes")
        names = (
            {str(name).partition("#")[0] for name in scopes} if isinstance(scopes, dict) else set()
        )
        resource = one.document.get("resource")
        for name in [*names, *([resource] if isinstance(resource, str) else [])]:
            if owners.setdefault(name, one.client_id) != one.client_id:
                refused[one.client_id] = f"resource: {owners[name]} offers {name} already"
    return refused
