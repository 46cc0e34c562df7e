"""Clients that register themselves: by an operator's token, by a signed statement, or openly."""

from __future__ import annotations

import hashlib
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct

from idp.domain import base64url
from idp.domain.audit import Act, Via
from idp.domain.refusal import Cause, Refusal
from idp.protocol import (
    client_authentication,
    client_metadata,
    registration,
    software_statement,
)
from idp.protocol.client_authentication import Presented
from idp.protocol.client_metadata import MetadataRefused
from idp.protocol.software_statement import StatementRefused
from idp.services.registered import Entry, Origin
from idp.storage import registration_tokens

if TYPE_CHECKING:
    from collections.abc import Mapping

    from idp.domain.client import Client
    from idp.domain.clock import Clock, Entropy
    from idp.protocol.client_metadata import ClientMetadata
    from idp.protocol.jose import PublicKeys
    from idp.services.audit import Audit
    from idp.services.client_changes import ClientChanges
    from idp.services.clients import Clients
    from idp.services.registered import Registered
    from idp.storage.database import Database

_BYTES: Final = 32  # 256 random bits: nothing to guess, so a SHA-256 is enough to store


class Mode(StrEnum):
    """Who may register clients by themselves; without a mode nobody."""

    TOKEN = "token"
    OPEN = "open"


class _Standing(Struct, frozen=True):
    """What somebody who registers a client has shown: a token, a statement, or nothing."""

    origin: Origin
    document: dict[str, Any]
    token_digest: bytes | None = None

    __repr__ = object.__repr__

    @property
    def reviewed(self) -> bool:
        return self.origin is not Origin.OPEN


class Registration:
    """RFC 7591 and RFC 7592 over the registry."""

    def __init__(  # noqa: PLR0913 - the parts it joins, named where app does the joining
        self,
        mode: Mode,
        *,
        issuer: str,
        database: Database,
        clients: Clients,
        changes: ClientChanges,
        audit: Audit,
        statement_issuers: Mapping[str, PublicKeys],
        clock: Clock,
        entropy: Entropy,
        sandbox: bool,
    ) -> None:
        self._mode = mode
        self._issuer = issuer
        self._database = database
        self._clients = clients
        self._changes = changes
        self._audit = audit
        self._statement_issuers = statement_issuers
        self._clock = clock
        self._entropy = entropy
        self._sandbox = sandbox

    async def invite(self, platform: str | None, *, uses: int, seconds: int) -> str:
        """Return an initial access token; its clients belong to ``platform``. Kept as a digest.

        Raises MetadataRefused without a platform where the data are real: nobody would answer for
        such a client (promise P9).
        """
        self.check_invitation(platform)
        token = self._draw()
        async with self._database.transaction() as transaction:
            await registration_tokens.add(
                transaction,
                digest=_digest(token),
                uses_left=uses,
                expires_at=self._clock.now() + seconds,
                platform=platform or "",
            )
            await self._audit.record(
                transaction, Act.REGISTRATION_TOKEN_MADE, subject=platform or None, via=Via.COMMAND
            )
        return token

    def check_invitation(self, platform: str | None) -> None:
        """Refuse as ``invite`` does, without making anything."""
        if not platform and not self._sandbox:
            raise MetadataRefused("platform: required outside the sandbox")

    async def register(self, document: dict[str, Any], token: str | None) -> dict[str, Any]:
        """Register a client and return its information (RFC 7591 §3.2.1); raises Refusal."""
        standing = await self._standing(document, token)
        metadata = self._read(standing)
        access = self._draw()
        entry = Entry(origin=standing.origin, registration_digest=_digest(access))
        try:
            registration.check_pairwise(metadata)
            prepared = await self._clients.prepare(metadata, entry)
        except MetadataRefused as refused:
            raise _refusal(refused) from None
        async with self._database.transaction() as transaction:
            # Counted in the transaction that stores what it was counted for (promise P8).
            if standing.token_digest is not None and not await registration_tokens.spend(
                transaction, standing.token_digest, now=self._clock.now()
            ):
                raise Refusal(Cause.REGISTRATION_TOKEN_REFUSED)
            registered = await self._clients.enter(prepared, transaction)
        return self._information(registered, metadata, access, document)

    async def show(self, client_id: str, token: str | None) -> dict[str, Any]:
        """Return a client's information to who holds its token (RFC 7592 §2.1); raises Refusal."""
        found, access = await self._managed(client_id, token)
        return self._information(found, client_metadata.read(found.document), access, {})

    async def replace(
        self, client_id: str, token: str | None, document: dict[str, Any]
    ) -> dict[str, Any]:
        """Replace a client's metadata (RFC 7592 §2.2) and return it; raises Refusal.

        A client that came by a software statement brings one again.
        """
        found, access = await self._managed(client_id, token)
        standing = self._standing_of(found, document)
        try:
            registration.check_update(document, client_id)
            _check_secret(found.client, document.get("client_secret"), self._clock.now())
            metadata = self._read(standing)
            entry = Entry(client_id=client_id, origin=standing.origin)
            prepared = await self._clients.prepare(metadata, entry)
            registered = await self._changes.replace(found, prepared)
        except MetadataRefused as refused:
            raise _refusal(refused) from None
        if registered is None:  # removed, or managed by another token, in the meantime
            raise Refusal(Cause.REGISTRATION_TOKEN_REFUSED)
        return self._information(registered, metadata, access, document)

    async def remove(self, client_id: str, token: str | None) -> None:
        """Forget a client (RFC 7592 §2.3); what it was given dies with it. Raises Refusal."""
        await self._managed(client_id, token)
        await self._clients.remove(client_id, via=Via.CLIENT)

    async def _managed(self, client_id: str, token: str | None) -> tuple[Registered, str]:
        if token is None:
            raise Refusal(Cause.REGISTRATION_TOKEN_MISSING)
        found = await self._changes.managed(client_id, _digest(token))
        if found is None:  # the same answer whether there is such a client or not
            raise Refusal(Cause.REGISTRATION_TOKEN_REFUSED)
        if found.client.disabled:
            raise Refusal(Cause.CLIENT_DISABLED)
        return found, token

    async def _standing(self, document: dict[str, Any], token: str | None) -> _Standing:
        statement = document.get("software_statement")
        if token is None and statement is None and self._mode is not Mode.OPEN:
            raise Refusal(Cause.REGISTRATION_TOKEN_MISSING)
        digest, platform = None, None
        if token is not None:
            digest = _digest(token)
            platform = await registration_tokens.platform(
                self._database, digest, now=self._clock.now()
            )
            if platform is None:
                raise Refusal(Cause.REGISTRATION_TOKEN_REFUSED)
        origin = Origin.TOKEN if token is not None else Origin.OPEN
        return self._standing_with(origin, platform, document, digest)

    def _standing_of(self, found: Registered, document: dict[str, Any]) -> _Standing:
        origin, platform = found.origin, found.client.platform
        if origin is Origin.STATEMENT:
            if document.get("software_statement") is None:
                raise Refusal(Cause.SOFTWARE_STATEMENT_REFUSED, problem="missing")
            origin, platform = Origin.OPEN, ""
        return self._standing_with(origin, platform, document, None)

    def _standing_with(
        self, origin: Origin, platform: str | None, document: dict[str, Any], digest: bytes | None
    ) -> _Standing:
        """Join what the client says with what is said of it."""
        own = {name: value for name, value in document.items() if name != "software_statement"}
        token = document.get("software_statement")
        try:
            registration.check_own_words(own, platform)
            own = {name: value for name, value in own.items() if name != "platform"}
            if platform:
                own["platform"] = platform
            if token is None:
                return _Standing(origin, own, digest)
            statement = software_statement.read(
                token, self._statement_issuers, audience=self._issuer, now=self._clock.now()
            )
            stated = str(statement.members.get("platform", ""))
            registration.check_own_words(statement.members, platform or stated)
        except MetadataRefused as refused:
            raise _refusal(refused) from None
        except StatementRefused as refused:
            cause = (
                Cause.SOFTWARE_STATEMENT_UNAPPROVED
                if refused.unapproved
                else Cause.SOFTWARE_STATEMENT_REFUSED
            )
            raise Refusal(cause, problem=refused.reason) from None
        joined = software_statement.merged(own, statement)
        return _Standing(Origin.STATEMENT, joined, digest)

    def _read(self, standing: _Standing) -> ClientMetadata:
        try:
            metadata = client_metadata.read(
                registration.understood(standing.document, reviewed=standing.reviewed)
            )
            vouched = self._sandbox or standing.origin is Origin.STATEMENT
            registration.check_words(metadata)
            registration.check_reach(metadata, vouched=vouched, sandbox=self._sandbox)
            if not self._sandbox:
                metadata.check_accountable()
        except MetadataRefused as refused:
            raise _refusal(refused) from None
        return metadata

    def _information(
        self,
        registered: Registered,
        metadata: ClientMetadata,
        access: str,
        document: Mapping[str, Any],
    ) -> dict[str, Any]:
        client_id = registered.client.client_id
        secret = {} if registered.secret is None else {"client_secret": registered.secret}
        expiry = {"client_secret_expires_at": 0} if secret else {}
        statement = document.get("software_statement")
        return {
            "client_id": client_id,
            **secret,
            **expiry,
            "client_id_issued_at": registered.created_at,
            "registration_access_token": access,
            "registration_client_uri": f"{self._issuer.rstrip('/')}/register/{client_id}",
            **registration.shown(metadata),
            **({} if statement is None else {"software_statement": statement}),
        }

    def _draw(self) -> str:
        return base64url.encode(self._entropy.bytes(_BYTES))


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def _check_secret(client: Client, sent: object, now: int) -> None:
    """Refuse a secret that is not the client's own: one cannot be chosen (RFC 7592 §2.2)."""
    if sent is None:
        return
    used = Presented(client.auth_method, client.client_id, str(sent))
    try:
        client_authentication.secret_is_right(client, used, now=now)
    except Refusal:
        raise MetadataRefused("client_secret: is not this client's") from None


def _refusal(refused: MetadataRefused) -> Refusal:
    about = registration.is_about_redirect_uri(refused)
    cause = Cause.REDIRECT_URI_REFUSED if about else Cause.CLIENT_METADATA_REFUSED
    return Refusal(cause, metadata=str(refused))
