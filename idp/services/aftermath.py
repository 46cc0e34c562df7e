"""What follows a restore: an old database must not revive what was used up or ended since.

The rules:

1. What lets somebody in, or may be used once, goes: grants with their codes and refresh tokens,
   sessions, operators' sessions and links, tokens that let clients register, pushed requests,
   registrars' codes, recovery codes, recoveries under way. Nobody can tell which of them were used,
   ended or stolen since the backup. People sign in anew; their passkeys stay.
2. Remembered consents go: one that was taken back since would be given again in silence. People are
   asked once more. Open proposals of operators go too, and mail and logout tokens that wait, which
   were sent long ago.
3. Every operator is disabled: somebody who was removed since would be back. A human enables those
   who still are operators.
4. A signing key whose private half is gone was removed or revoked since: it is recognised nowhere.
   One that the table does not know is served, and signs where an algorithm would have no other.
5. What was made before and is used after (assertions, proofs, challenges, programs' tokens) counts
   as used from now on (``idp.domain.epoch``).
6. What nobody can know is told: to the operator in numbers (``unknown``), to each person in their
   history and by mail, because a passkey that they removed since is back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct

from idp.domain.activity import Happened
from idp.domain.audit import Act
from idp.domain.clock import SECONDS_PER_DAY
from idp.domain.closing import closed
from idp.storage import enrolments, instance, operators, people, proposals
from idp.storage.schema import Store

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from idp.domain.clock import Clock
    from idp.services.activity import Activity
    from idp.services.audit import Audit
    from idp.services.audit_check import AuditCheck
    from idp.services.closing import Closing
    from idp.services.enrolment import Enrolment
    from idp.services.restored_keys import RestoredKeys
    from idp.services.secret_versions import SecretVersions
    from idp.services.vault import Vault
    from idp.storage.backup import Shape
    from idp.storage.database import Connection, Database

EMPTIED: Final = {
    Store.PROVIDER: (
        "grants",
        "sessions",
        "operator_sessions",
        "operator_links",
        "registration_tokens",
        "pushed_requests",
        "recovery_codes",
        "recoveries",
        "consents",
        "notices",
        "logouts",
    ),
    Store.ENROLMENT: ("vouchers",),
}
"""Tables whose rows a restore takes away, by store."""

KEPT: Final = {
    "people": "told, in their history, of what may be back",
    "passkeys": "people sign in with them; one removed since is back, and its owner is told",
    "pseudonyms": "one renewed since is back; nobody can know",
    "activity": "a person's own history",
    "appeals": "objections and answers as they were",
    "closings": "the enrolment store is told of them again, which does no harm",
    "clients": "their secrets are those of the backup; rotate what was rotated since",
    "former_clients": "names only",
    "operators": "disabled, until somebody enables who still is one",
    "operator_passkeys": "of operators who are disabled",
    "proposals": "decided ones are history; open ones go",
    "audit": "as it was, and an entry that says what was restored",
    "audit_nodes": "the log's tree, as it was",
    "audit_tree": "goes on from there; heads published since are of another history",
    "tree_heads": "as they were",
    "signing_keys": "reconciled with the private halves that there are",
    "secret_versions": "reconciled with the secrets that there are",
    "nodes": "how long caches of a JWKS may have lasted",
    "schedule_runs": "they say when something last ran, in that database",
    "leases": "nobody holds one any more, and their numbers have to grow",
    "replays": "what was used stays used",
    "throttles": "counts of minutes",
    "instance": "says when it was restored",
    "changes": "moved by what was put back; servers read anew",
    "enrolments": "those that lead to nobody are freed; half-way ones are reaped",
}
"""Tables whose rows stay, and what becomes of them."""

_BATCH = 500


class Told(Struct, frozen=True):
    """What was done (tables and how many rows), and what nobody can know (what, and how many).

    ``audit`` says what is wrong with the audit log, if anything is.
    """

    ended: Mapping[str, int]
    unknown: Mapping[str, int]
    audit: tuple[str, ...] = ()


class EnrolmentsForeign(Exception):
    """There are accounts, and the enrolment store knows nobody: it is not the one of them."""


class Aftermath:
    """Makes a database that was put back safe to serve. May be repeated."""

    def __init__(  # noqa: PLR0913 - the parts it joins, named where they are joined
        self,
        databases: Mapping[Store, Database],
        shapes: Mapping[Store, Sequence[Shape]],
        *,
        activity: Activity,
        audit: Audit,
        audit_check: AuditCheck,
        enrolment: Enrolment,
        keys: RestoredKeys,
        secrets: SecretVersions,
        vault: Vault,
        closing: Closing,
        clock: Clock,
    ) -> None:
        self._databases = databases
        self._shapes = {shape.name: shape for found in shapes.values() for shape in found}
        self._activity = activity
        self._audit = audit
        self._audit_check = audit_check
        self._enrolment = enrolment
        self._keys = keys
        self._secrets = secrets
        self._vault = vault
        self._closing = closing
        self._clock = clock

    async def run(self) -> Told:
        """Do all of it; the provider's database last: that transaction lets servers start.

        Raises ValueError when the key store does not hold the secrets of that time, and
        EnrolmentsForeign, having changed nothing.
        """
        await self._secrets.load()
        store = self._databases[Store.ENROLMENT]
        await self._check_enrolments(store)
        ended = {
            "people": await self._close_strangers(),
            "enrolments": await self._free_orphans(store),
        }
        async with store.transaction() as transaction:
            ended |= await self._empty(transaction, Store.ENROLMENT)
        async with self._databases[Store.PROVIDER].transaction() as transaction:
            ended |= await self._empty(transaction, Store.PROVIDER)
            ended["proposals"] = await proposals.remove_open(transaction)
            ended |= await self._keys.reconcile(transaction)
            unknown = {
                "clients": await self._shapes["clients"].count(transaction),
                "passkeys": await self._shapes["passkeys"].count(transaction),
                "network_ids": await self._shapes["pseudonyms"].count(transaction),
                "operators": await self._disable_operators(transaction),
                "people": await self._tell_people(transaction),
            }
            await self._audit.record(transaction, Act.RESTORED)
            await instance.end_restore(transaction, now=self._clock.now())
        report = await self._audit_check.check()
        return Told(
            {name: number for name, number in ended.items() if number},
            unknown,
            tuple(problem.text for problem in report.problems),
        )

    async def _empty(self, connection: Connection, store: Store) -> dict[str, int]:
        return {name: await self._shapes[name].empty(connection) for name in EMPTIED[store]}

    async def _disable_operators(self, connection: Connection) -> int:
        rows = await operators.everyone(connection)
        for row in rows:
            await operators.disable(connection, row["id"])
        return len(rows)

    async def _tell_people(self, connection: Connection) -> int:
        total, after = 0, b""
        while found := await people.ids(connection, after=after, batch=_BATCH):
            for person_id in found:
                await self._activity.note(connection, person_id, Happened.RESTORED)
            total, after = total + len(found), found[-1]
        return total

    async def _check_enrolments(self, store: Database) -> None:
        """Refuse to close every account there is, because of an address that leads elsewhere."""
        # One of the first revision names nobody yet: it would be taken for one that knows nobody.
        while await self._enrolment.adopt(batch=_BATCH):
            pass
        somebody = await people.ids(self._databases[Store.PROVIDER], after=b"", batch=1)
        if somebody and not await enrolments.confirmed(store, after=b"", batch=1):
            raise EnrolmentsForeign

    async def _close_strangers(self) -> int:
        """Close accounts that the enrolment store knows nothing of.

        Where that one is younger: they were closed since, and people were promised that. Otherwise
        they were made while the backup was: left alone, one person could have two accounts.
        """
        total, after = 0, b""
        database = self._databases[Store.PROVIDER]
        while found := await people.ids(database, after=after, batch=_BATCH):
            for person_id in found:
                if await self._enrolment.state(person_id) is None:
                    await self._closing.close(person_id)
                    total += 1
            after = found[-1]
        return total

    async def _free_orphans(self, store: Database) -> int:
        """Free identities whose account is not there: whoever lost theirs may enrol again today."""
        total, after = 0, b""
        left = closed(self._clock.now() // SECONDS_PER_DAY, 0, ())
        while found := await enrolments.confirmed(store, after=after, batch=_BATCH):
            for row in found:
                person_id = self._vault.open_enrolled(row["row_id"], row["person_sealed"])
                if await people.find(self._databases[Store.PROVIDER], person_id) is None:
                    total += await self._enrolment.close(person_id, left)
            after = found[-1]["dedup_tag"]
        return total
