"""A client in the registry, on its way there, and gone from it: what the services pass on of it."""

from __future__ import annotations

import json
from enum import StrEnum, auto
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from idp.domain.audit import Via
from idp.protocol import client_metadata
from idp.protocol.client_metadata import Kept
from idp.storage import former_clients

if TYPE_CHECKING:
    from collections.abc import Mapping

    from idp.domain.client import Client
    from idp.storage.database import Row


class Origin(StrEnum):
    """Who registered a client, and so who answers for what it says of itself."""

    OPERATOR = auto()
    TOKEN = auto()
    STATEMENT = auto()
    OPEN = auto()  # itself, and nobody has looked at it

    @property
    def via(self) -> Via:
        """By which way such a client comes, in the audit log."""
        return _VIA[self]


_VIA = {
    Origin.OPERATOR: Via.COMMAND,
    Origin.TOKEN: Via.TOKEN,
    Origin.STATEMENT: Via.STATEMENT,
    Origin.OPEN: Via.CLIENT,
}


class Former(Struct, frozen=True):
    """A client that was removed; ``names`` as in ``Client``."""

    client_id: str
    sector: str
    names: Mapping[str, str]


class Registered(Struct, frozen=True):
    """A client just added, or shown; ``secret`` is known only at the moment it was drawn."""

    client: Client
    document: dict[str, Any]
    created_at: int
    secret: str | None = None
    origin: Origin = Origin.OPERATOR
    registration_digest: bytes | None = None
    disabled_at: int | None = None


class Entry(Struct, frozen=True, kw_only=True):
    """A client on its way into the registry; ``registered`` once it is prepared.

    ``beside`` are scopes of resources that are registered together with it.
    """

    client_id: str | None = None
    logo: bytes | None = None
    registration_digest: bytes | None = None
    origin: Origin = Origin.OPERATOR
    registered: Registered | None = None
    beside: frozenset[str] = frozenset()


def former_of(client: Client) -> former_clients.FormerClient:
    """Return what is kept of a client: people must be able to read what they once allowed."""
    scopes = {scope: dict(texts) for scope, texts in client.resource_scopes.items()}
    return former_clients.FormerClient(
        client_id=client.client_id,
        sector=client.sector,
        names=json.dumps(dict(client.names), ensure_ascii=False),
        resource=client.resource,
        resource_scopes=json.dumps(scopes, ensure_ascii=False) if scopes else None,
    )


def read(row: Row) -> Registered:
    """Return the client in a row of its table."""
    document = json.loads(row["metadata"])
    client = client_metadata.client(
        row["client_id"],
        client_metadata.read(document),
        Kept(
            secret_digest=row["secret_digest"],
            next_secret_digest=row["next_secret_digest"],
            has_logo=bool(row["has_logo"]),
            reviewed=row["origin"] != Origin.OPEN,
            disabled=row["disabled_at"] is not None,
            old_secret_until=row["old_secret_until"],
        ),
    )
    return Registered(
        client,
        document,
        row["created_at"],
        origin=Origin(row["origin"]),
        registration_digest=row["registration_digest"],
        disabled_at=row["disabled_at"],
    )
