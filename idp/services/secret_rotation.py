"""Leads versions of secrets through their lives; the rules are in ``idp.domain.secret_version``.

``go_on`` takes every step that is possible now and says what it waits for. It may be killed in any
of them and be asked again at any time: where it is, the tables say.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct
from msgspec.structs import replace

from idp.domain.audit import Act, Via
from idp.domain.secret_version import (
    ALWAYS_KEPT,
    WAIT_SECONDS,
    SecretState,
    SecretVersion,
)
from idp.domain.signing_key import WrongStep
from idp.services.resealing import Left
from idp.storage import secret_versions

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from idp.domain.clock import Clock, Entropy
    from idp.domain.secret_key import SecretDomain
    from idp.keystore import Keystore
    from idp.services.audit import Audit
    from idp.services.nodes import Nodes
    from idp.services.secret_versions import SecretVersions
    from idp.storage.database import Connection, Database

_PASSES = 3
_NOTHING = Left(0)


class Rewrap(Protocol):
    """What moves all that is stored under older versions of one secret to the active one."""

    async def left(self) -> Left:
        """Return how much there is to move."""
        ...

    async def run(self, told: Callable[[int], None]) -> int:
        """Move it, telling of every few rows how many; return how many could not be read."""
        ...


class UnderWay(Struct, frozen=True):
    """How a rotation stands: from ``old`` to ``new``; ``old`` is None when none is under way.

    ``waits_for`` says in words what has to happen before it goes on, empty when it can go on now;
    ``since`` is from when on it can, where a time says so.
    """

    domain: SecretDomain
    old: SecretVersion | None
    new: SecretVersion | None
    left: Left = _NOTHING
    waits_for: str = ""
    since: int | None = None

    @property
    def is_over(self) -> bool:
        """Tell whether nothing is left to do."""
        return self.old is None

    @property
    def waits_for_servers(self) -> bool:
        """Tell whether it can go on within seconds, by itself."""
        return bool(self.waits_for) and self.since is None and not self.left.dying


class SecretRotation:
    """The steps. Each refuses what another server could not read, or find."""

    def __init__(  # noqa: PLR0913 - the parts it joins, named where they are joined
        self,
        *,
        database: Database,
        versions: SecretVersions,
        rewraps: Mapping[SecretDomain, Rewrap],
        store: Keystore,
        nodes: Nodes,
        audit: Audit,
        clock: Clock,
        entropy: Entropy,
        lead_seconds: Mapping[SecretDomain, int],
    ) -> None:
        """``lead_seconds`` is for how long a version is staged at least, where others fetch it."""
        self._database = database
        self._versions = versions
        self._rewraps = rewraps
        self._store = store
        self._nodes = nodes
        self._audit = audit
        self._clock = clock
        self._entropy = entropy
        self._lead_seconds = lead_seconds

    async def everyone(self) -> list[SecretVersion]:
        """Return all versions there ever were, by domain, oldest first."""
        return await self._versions.everyone()

    async def stage(self, domain: SecretDomain) -> SecretVersion:
        """Make the next version; raises WrongStep while another one is under way."""
        if domain not in WAIT_SECONDS:
            raise WrongStep(f"the secret for {domain} does not rotate")
        await self._versions.load()
        own = await self._of(domain)
        if _in(own, SecretState.STAGED) or _in(own, SecretState.RETIRED):
            raise WrongStep(f"a rotation of {domain} is under way; it has to end first")
        number = 1 + max(one.version for one in own)
        # The bytes first: a kill in between leaves a version that nobody was told of, and the next
        # one to stage finds it there.
        await asyncio.to_thread(self._store.make_secret, domain, number, self._entropy, self._clock)
        made = SecretVersion(domain, number, SecretState.STAGED, self._clock.now())
        async with self._database.transaction() as transaction:
            if await secret_versions.put(transaction, made):
                await self._record(transaction, Act.SECRET_STAGED, made)
        await self._versions.load()
        return made

    async def go_on(
        self, domain: SecretDomain, told: Callable[[int], None] = lambda _: None
    ) -> UnderWay:
        """Take every step that is possible now, and return how it stands then.

        ``told`` hears of every few rows that were moved how many. Raises WrongStep when somebody
        else takes the same step.
        """
        await self._versions.load()
        while True:
            own = await self._of(domain)
            staged, retired = _in(own, SecretState.STAGED), _in(own, SecretState.RETIRED)
            active = _in(own, SecretState.ACTIVE)
            if staged is not None:
                waiting = await self._before_activation(staged, active)
                if waiting is not None:
                    return waiting
                await self._activate(active, staged)
            elif retired is not None:
                waiting = await self._before_removal(retired, active, told)
                if waiting is not None:
                    return waiting
                await self._end(retired)
            else:
                return UnderWay(domain, None, active)

    async def standing(self, domain: SecretDomain) -> UnderWay:
        """Return how a rotation stands; takes no step, and moves nothing."""
        await self._versions.load()
        own = await self._of(domain)
        staged, retired = _in(own, SecretState.STAGED), _in(own, SecretState.RETIRED)
        active = _in(own, SecretState.ACTIVE)
        if staged is not None:
            waiting = await self._before_activation(staged, active)
            return waiting or UnderWay(domain, active, staged)
        if retired is None:
            return UnderWay(domain, None, active)
        return UnderWay(domain, retired, active, await self._left(domain))

    async def rewrap(
        self, domain: SecretDomain, told: Callable[[int], None] = lambda _: None
    ) -> Left:
        """Move all that can be moved to the active version; return what is left."""
        await self._versions.load()
        left = await self._left(domain)
        for _ in range(_PASSES):
            if not left.movable:
                break
            await self._rewraps[domain].run(told)
            left = await self._left(domain)
        return left

    async def left(self, domain: SecretDomain) -> Left:
        """Return what is not under the active version yet."""
        await self._versions.load()
        return await self._left(domain)

    async def _before_activation(
        self, staged: SecretVersion, active: SecretVersion | None
    ) -> UnderWay | None:
        """Return what a staged version waits for, or None."""
        waiting = UnderWay(staged.domain, active, staged)
        lacking = await self._nodes.lacking(self._versions.named(staged))
        if lacking:
            return replace(waiting, waits_for=_servers(len(lacking), "have it at hand"))
        since = staged.made_at + self._lead_seconds.get(staged.domain, 0)
        if self._clock.now() < since:
            return replace(waiting, waits_for="the other providers to fetch it", since=since)
        return None

    async def _before_removal(
        self, retired: SecretVersion, active: SecretVersion | None, told: Callable[[int], None]
    ) -> UnderWay | None:
        """Move what can be moved, and return what a retired version waits for, or None."""
        if active is None or active.activated_at is None:
            raise WrongStep(f"no version of {retired.domain} is active")
        waiting = UnderWay(retired.domain, retired, active)
        lacking = await self._nodes.lacking(active.name_in_use)
        if lacking:
            return replace(waiting, waits_for=_servers(len(lacking), "use it"))
        # Counted anew when the wait is over: what a slow server wrote last is seen then.
        left = await self.rewrap(retired.domain, told)
        waiting = replace(waiting, left=left)
        if left.movable:
            return replace(waiting, waits_for=f"{left.movable} values that could not be moved")
        since = active.activated_at + WAIT_SECONDS[retired.domain]
        if self._clock.now() < since:
            return replace(waiting, waits_for="what was made before to be over", since=since)
        if left.dying:
            return replace(waiting, waits_for=f"{left.dying} codes and links to end by themselves")
        return None

    async def _activate(self, old: SecretVersion | None, new: SecretVersion) -> None:
        if old is None:
            raise WrongStep(f"no version of {new.domain} is active")
        active = replace(new, state=SecretState.ACTIVE, activated_at=self._clock.now())
        async with self._database.transaction() as transaction:
            # Waits for whoever holds the active version, and lets nobody hold it before the end.
            await self._move(transaction, old, replace(old, state=SecretState.RETIRED))
            await self._move(transaction, new, active)
            await self._record(transaction, Act.SECRET_ACTIVATED, active)
        await self._versions.load()

    async def _end(self, retired: SecretVersion) -> None:
        left = await self._left(retired.domain)
        kept = left.kept or retired.domain in ALWAYS_KEPT
        state = SecretState.KEPT if kept else SecretState.REMOVED
        async with self._database.transaction() as transaction:
            await self._move(transaction, retired, replace(retired, state=state))
            await self._record(transaction, Act.REWRAPPED, retired)
            if state is SecretState.REMOVED:
                await self._record(transaction, Act.SECRET_REMOVED, retired)
        await self._versions.load()  # which destroys the bytes of one that is removed

    async def _move(self, connection: Connection, old: SecretVersion, new: SecretVersion) -> None:
        if not await secret_versions.move(connection, old, new):
            raise WrongStep("somebody else took this step a moment ago; look again")

    async def _record(self, connection: Connection, act: Act, version: SecretVersion) -> None:
        await self._audit.record(connection, act, subject=version.name, via=Via.COMMAND)

    async def _left(self, domain: SecretDomain) -> Left:
        rewrap = self._rewraps.get(domain)
        return _NOTHING if rewrap is None else await rewrap.left()

    async def _of(self, domain: SecretDomain) -> list[SecretVersion]:
        return [one for one in await self.everyone() if one.domain is domain]


def _in(versions: list[SecretVersion], state: SecretState) -> SecretVersion | None:
    return next((one for one in versions if one.state is state), None)


def _servers(count: int, what: str) -> str:
    return f"{count} running server{'s' if count > 1 else ''} to {what}"
