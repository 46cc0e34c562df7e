"""Operators: added by the command line, joined by a one-time link, removed with all they have."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from idp.domain import base64url
from idp.domain.audit import Act, Via
from idp.domain.blind_index import code_tag
from idp.domain.clock import SECONDS_PER_DAY
from idp.domain.operator import (
    LINK_SECONDS,
    OPERATOR_ID_BYTES,
    Operator,
    OperatorStatus,
    Role,
    clean_name,
    roles_as_text,
    roles_from_text,
    same_name,
)
from idp.domain.person import WEBAUTHN_USER_ID_BYTES
from idp.domain.refusal import Cause, Refusal
from idp.storage import (
    operator_links,
    operator_passkeys,
    operator_sessions,
    operators,
    proposals,
)

if TYPE_CHECKING:
    from idp.domain.clock import Clock, Entropy
    from idp.domain.link_keys import LinkKeys
    from idp.domain.sealing import Sealer
    from idp.services.audit import Audit
    from idp.services.vault import Vault
    from idp.storage.database import Connection, Database, Row

TABLE = "operators"
_LINK_BYTES = 32
_LINK = re.compile(r"[A-Za-z0-9_-]{1,64}")
JOINING_SECONDS = 15 * 60
_KIND = "operator link"
_JOINING = "operator joining"


class Invitation(Struct, frozen=True):
    """An operator with a link just made. ``link`` is a bearer value, known at this moment only."""

    operator: Operator
    link: str
    expires_at: int
    is_new: bool

    __repr__ = object.__repr__


class Joining(Struct, frozen=True):
    """A link that somebody opened: its tag, and the operator whom it is for."""

    tag: bytes
    operator_id: bytes

    __repr__ = object.__repr__


class Operators:
    """The list of operators, and their links."""

    def __init__(  # noqa: PLR0913 - the parts it joins, named where they are joined
        self,
        *,
        database: Database,
        vault: Vault,
        audit: Audit,
        sealer: Sealer,
        link: LinkKeys,
        clock: Clock,
        entropy: Entropy,
    ) -> None:
        self._database = database
        self._vault = vault
        self._audit = audit
        self._sealer = sealer
        self._link = link
        self._clock = clock
        self._entropy = entropy

    async def add(self, name: str, roles: frozenset[Role]) -> Invitation:
        """Add an operator and make a link; for a known name, make a new link (a lost passkey).

        The passkeys of a known operator work until the new link is used, which replaces them.
        ``roles`` replace those of before. Raises ValueError for a name or roles that cannot be.
        """
        cleaned = _checked(name, roles)
        link = base64url.encode(self._entropy.bytes(_LINK_BYTES))
        expires_at = self._clock.now() + LINK_SECONDS
        async with self._database.transaction() as transaction:
            known = await self._known(transaction, cleaned)
            operator = (
                await self._new(transaction, cleaned, roles)
                if known is None
                else await self._again(transaction, known, roles)
            )
            await operator_links.remove_of(transaction, operator.operator_id)
            await operator_links.add(
                transaction,
                tag=self._tag(link),
                operator_id=operator.operator_id,
                expires_at=expires_at,
            )
            for act in _acts(known, roles):
                await self._by_command(transaction, act, operator.operator_id)
        return Invitation(operator, link, expires_at, is_new=known is None)

    async def check(self, name: str, roles: frozenset[Role]) -> Operator | None:
        """Return whom ``add`` would make a new link for, or None; raises ValueError as it does."""
        return await self._known(self._database, _checked(name, roles))

    async def everyone(self) -> list[Operator]:
        """Return all operators, oldest first; those of one day by their names."""
        rows = await operators.everyone(self._database)
        found = [(row["created_day"], self.read(row)) for row in rows]
        return [one for _, one in sorted(found, key=lambda pair: (pair[0], pair[1].name))]

    async def named(self, wanted: str) -> Operator | None:
        """Return the operator of this name or id (in hexadecimal), or None."""
        everyone = await self.everyone()
        by_id = (one for one in everyone if one.operator_id.hex() == wanted.strip().lower())
        by_name = (one for one in everyone if same_name(one.name, wanted.strip()))
        return next(by_id, None) or next(by_name, None)

    async def remove(self, operator_id: bytes) -> bool:
        """Remove an operator: passkeys, sessions, links and open proposals go at once.

        False when there is none by this id.
        """
        async with self._database.transaction() as transaction:
            now = self._clock.now()
            await proposals.withdraw_of(transaction, operator_id, now=now)
            removed = await operators.remove(transaction, operator_id)
            if removed:
                await self._by_command(transaction, Act.OPERATOR_REMOVED, operator_id)
        return removed

    async def disable(self, operator_id: bytes) -> bool:
        """Let an operator do nothing from now on; False for one who is disabled, or not there.

        Sessions, links and open proposals of theirs end at once; the passkey waits.
        """
        async with self._database.transaction() as transaction:
            # Links first, as whoever uses one up does: neither waits for the other for ever.
            await operator_links.remove_of(transaction, operator_id)
            disabled = await operators.disable(transaction, operator_id)
            if disabled:
                await operator_sessions.end_of(transaction, operator_id)
                await proposals.withdraw_of(transaction, operator_id, now=self._clock.now())
                await self._by_command(transaction, Act.OPERATOR_DISABLED, operator_id)
        return disabled

    async def enable(self, operator_id: bytes) -> bool:
        """Undo ``disable``; False for one who is not disabled. What was ended stays ended."""
        async with self._database.transaction() as transaction:
            known = await operator_passkeys.everyones(transaction)
            joined = any(row["operator_id"] == operator_id for row in known)
            status = OperatorStatus.ACTIVE if joined else OperatorStatus.INVITED
            enabled = await operators.enable(transaction, operator_id, status.value)
            if enabled:
                await operator_sessions.end_of(transaction, operator_id)
                await self._by_command(transaction, Act.OPERATOR_ENABLED, operator_id)
        return enabled

    async def open_link(self, browser: str, link: str) -> str:
        """Return a sealed token by which ``browser`` can make a passkey; spends nothing yet.

        The token may stand in an address: it is of no use to another browser. Raises Refusal
        ``OPERATOR_LINK_INVALID`` for a link that is unknown, used or expired.
        """
        now = self._clock.now()
        tag, operator_id = await self._find_link(link, now)
        plain = json.dumps([browser, now, tag.hex(), operator_id.hex()]).encode()
        return self._sealer.seal_token(_JOINING, plain)

    def joining(self, browser: str, token: str) -> Joining:
        """Open what ``open_link`` sealed; raises Refusal ``OPERATOR_LINK_INVALID``."""
        try:
            owner, opened_at, tag, operator_id = json.loads(
                self._sealer.open_token(_JOINING, token)
            )
        except ValueError as error:
            raise Refusal(Cause.OPERATOR_LINK_INVALID) from error
        if owner != browser or self._clock.now() - opened_at > JOINING_SECONDS:
            raise Refusal(Cause.OPERATOR_LINK_INVALID)
        return Joining(bytes.fromhex(tag), bytes.fromhex(operator_id))

    def read(self, row: Row) -> Operator:
        """Return the operator in a row of ``operators``."""
        facts = self._vault.open_facts(TABLE, row["id"], row["facts_sealed"])
        roles, status = roles_from_text(row["roles"]), OperatorStatus(row["status"])
        return Operator(row["id"], facts["name"], roles, status)

    async def _known(self, connection: Connection, name: str) -> Operator | None:
        known = await self._named(connection, name)
        if known is not None and known.status is OperatorStatus.DISABLED:
            raise ValueError(f"{name} is disabled: `idp operators enable` comes first")
        return known

    async def _named(self, connection: Connection, name: str) -> Operator | None:
        # A handful of rows: the names are sealed, so that none stands in an index.
        everyone = [self.read(row) for row in await operators.everyone(connection)]
        return next((one for one in everyone if same_name(one.name, name)), None)

    async def _new(self, connection: Connection, name: str, roles: frozenset[Role]) -> Operator:
        operator_id = self._entropy.bytes(OPERATOR_ID_BYTES)
        await operators.add(
            connection,
            id=operator_id,
            status=OperatorStatus.INVITED.value,
            roles=roles_as_text(roles),
            facts_sealed=self._vault.seal_facts(TABLE, operator_id, {"name": name}),
            webauthn_user_id=self._entropy.bytes(WEBAUTHN_USER_ID_BYTES),
            created_day=self._clock.now() // SECONDS_PER_DAY,
        )
        return Operator(operator_id, name, roles, OperatorStatus.INVITED)

    async def _again(
        self, connection: Connection, known: Operator, roles: frozenset[Role]
    ) -> Operator:
        if roles != known.roles:
            await operators.set_roles(connection, known.operator_id, roles_as_text(roles))
        return replace(known, roles=roles)

    async def _by_command(self, connection: Connection, act: Act, operator_id: bytes) -> None:
        await self._audit.record(connection, act, operator_id=operator_id, via=Via.COMMAND)

    async def _find_link(self, link: str, now: int) -> tuple[bytes, bytes]:
        tags = self._link.tags(code_tag, _KIND, link) if _LINK.fullmatch(link) else ()
        for tag in tags:
            operator_id = await operator_links.find(self._database, tag, now=now)
            if operator_id is not None:
                return tag, operator_id
        raise Refusal(Cause.OPERATOR_LINK_INVALID)

    def _tag(self, link: str) -> bytes:
        return self._link.tag(code_tag, _KIND, link)


def _checked(name: str, roles: frozenset[Role]) -> str:
    if not roles:
        raise ValueError("an operator has at least one role")
    return clean_name(name)


def _acts(known: Operator | None, roles: frozenset[Role]) -> list[Act]:
    """Return what adding an operator amounts to."""
    if known is None:
        return [Act.OPERATOR_ADDED]
    changed = [Act.OPERATOR_ROLES_SET] if roles != known.roles else []
    return [*changed, Act.OPERATOR_LINK_MADE]
