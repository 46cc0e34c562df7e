"""The versions of secrets in use: what is sealed, tagged and derived follows the table.

The table says where in its life a version is, the key store holds its bytes. Whatever works with a
secret is handed its versions of now, all at once, in this process, every few seconds.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

from idp.domain.secret_key import Follower, SecretDomain, VersionedSecret, fingerprint
from idp.domain.secret_version import LIVE, SecretState, SecretVersion
from idp.keystore.errors import SecretMissingError
from idp.storage import secret_versions
from idp.storage.database import Unavailable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from idp.domain.clock import Clock, Entropy
    from idp.keystore import Keystore
    from idp.storage.database import Connection, Database

Following = TypeVar("Following", bound=Follower)


class SecretVersions:
    """Reads the table, and leads those who follow it."""

    def __init__(
        self,
        database: Database,
        store: Keystore,
        clock: Clock,
        entropy: Entropy,
        *,
        most_seconds: int,
    ) -> None:
        """Take what the store says, its oldest versions as active, until ``load`` knows better.

        ``most_seconds`` are what a server that once kept up may be behind; nobody waits longer.
        """
        self._most_seconds = most_seconds
        self._kept_up_at: int | None = None
        self._database = database
        self._store = store
        self._clock = clock
        self._entropy = entropy
        self._secrets = {domain: _unread(store.secret(domain)) for domain in SecretDomain}
        self._followers: dict[SecretDomain, list[Follower]] = {one: [] for one in SecretDomain}

    def secret(self, domain: SecretDomain) -> VersionedSecret:
        """Return the versions of a secret, as they are now; see ``following``."""
        return self._secrets[domain]

    def following(self, domain: SecretDomain, follower: Following) -> Following:
        """Return ``follower``, having handed it the versions of now; it gets those of later too."""
        follower.use(self._secrets[domain])
        self._followers[domain].append(follower)
        return follower

    def loaded(self) -> list[str]:
        """Return what is at hand here, as a node tells of it: see ``named``."""
        found = []
        for domain, secret in self._secrets.items():
            every = {**secret.kept, **secret.versions}
            found += [_named(f"{domain}:{version}", key) for version, key in every.items()]
            found.append(f"{domain}:{secret.active}:active")
        return found

    def named(self, version: SecretVersion) -> str:
        """Return what a node tells of that has the very bytes that are here under a version.

        Two folders of keys may each have got a version of one number, when somebody was killed
        while making it: what one machine seals no other could open.
        """
        key = self._at_hand(version.domain).get(version.version)
        return version.name if key is None else _named(version.name, key)

    async def everyone(self, connection: Connection | None = None) -> list[SecretVersion]:
        """Return all versions there ever were, by domain, oldest first."""
        return await secret_versions.everyone(connection or self._database)

    async def load(self) -> None:
        """Bring this process up to date.

        The first time ever, the oldest versions of the store become active. Raises
        SecretMissingError when the bytes of a version are not here that something may be sealed or
        found under; then all stays as it was.
        """
        every = await self.everyone()
        if {one.domain for one in every} != set(SecretDomain):
            await self._begin(every)
            every = await self.everyone()
        wanted = [one for one in every if one.state is not SecretState.REMOVED]
        if any(one.version not in self._at_hand(one.domain) for one in wanted):
            await asyncio.to_thread(self._store.look_again)
        found = {domain: self._read(domain, wanted) for domain in SecretDomain}
        for domain, secret in found.items():
            self._take(domain, secret)
        await self._destroy_removed(every)

    async def keep_up(self) -> None:
        """Do as ``load``, in a server that does so every few seconds; raises as that."""
        await self.load()
        self._kept_up_at = self._clock.now()

    def check_fresh(self) -> None:
        """Raise Unavailable in a server that has not kept up: what it knows may be over.

        Something spent under a version that the others look for no more could be spent again. By
        the wall clock: a process or machine that stood still has to notice when it goes on.
        """
        at = self._kept_up_at
        if at is not None and abs(self._clock.now() - at) > self._most_seconds:
            raise Unavailable("the versions of our secrets were not read for too long")

    def _read(self, domain: SecretDomain, wanted: Sequence[SecretVersion]) -> VersionedSecret:
        at_hand, own = self._at_hand(domain), [one for one in wanted if one.domain is domain]
        absent = [one for one in own if one.version not in at_hand]
        # One that is staged only may still be on its way here: nothing is made under it before.
        missing = [one.name for one in absent if one.state is not SecretState.STAGED]
        if missing:
            raise SecretMissingError(missing)
        here = [one for one in own if one not in absent]
        return VersionedSecret(
            {one.version: at_hand[one.version] for one in here if one.state in LIVE},
            next(one.version for one in here if one.state is SecretState.ACTIVE),
            {one.version: at_hand[one.version] for one in here if one.state is SecretState.KEPT},
        )

    def _take(self, domain: SecretDomain, secret: VersionedSecret) -> None:
        if secret == self._secrets[domain]:
            return
        self._secrets[domain] = secret
        for follower in self._followers[domain]:
            follower.use(secret)

    def _at_hand(self, domain: SecretDomain) -> Mapping[int, bytes]:
        return self._store.secret(domain).versions

    async def _begin(self, known: Sequence[SecretVersion]) -> None:
        now, domains = self._clock.now(), {one.domain for one in known}
        async with self._database.transaction() as transaction:
            for domain in SecretDomain:
                if domain not in domains:
                    oldest = self._store.secret(domain).active
                    first = SecretVersion(domain, oldest, SecretState.ACTIVE, now, now)
                    await secret_versions.put(transaction, first)

    async def _destroy_removed(self, every: Sequence[SecretVersion]) -> None:
        """Destroy what a kill has left of versions that are removed."""
        for one in every:
            if one.state is SecretState.REMOVED and one.version in self._at_hand(one.domain):
                await asyncio.to_thread(
                    self._store.destroy_secret, one.domain, one.version, self._entropy
                )


def _named(name: str, key: bytes) -> str:
    return f"{name}#{fingerprint(key)}"


def _unread(secret: VersionedSecret) -> VersionedSecret:
    """Return a secret as far as the store alone can tell which of its versions are live.

    Two are at most, and whoever works with them counts on it; the others are kept ones.
    """
    live = {secret.active, max(secret.versions)}
    return VersionedSecret(
        {version: key for version, key in secret.versions.items() if version in live},
        secret.active,
        {version: key for version, key in secret.versions.items() if version not in live},
    )
