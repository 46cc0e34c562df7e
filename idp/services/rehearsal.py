"""A whole instance's keys and their platforms in one process, for trying out what is to come.

The rules are the real ones (``KeyLives``, ``SigningKeys``), over a database and a key store that
are made for this and thrown away; keys stand in for the real ones, with the same lives, so that no
private half is copied anywhere. Two servers follow the table, three platforms sign people in all
the time, and verify each token once more at the last moment that their clocks allow:

- ``patient`` keeps the JWKS as long as it may and never asks before;
- ``curious`` asks again for a kid that it does not know;
- ``late`` is as patient, and its clock is as far behind as the policy bears with.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from idp.domain.secret_key import SECRET_BYTES, SecretDomain, VersionedSecret
from idp.domain.signing_key import ALGORITHMS, SERVED, KeyState, SigningKey, WrongStep
from idp.keystore.memory import MemoryKeystore
from idp.keystore.note_key import NoteKeys
from idp.keystore.signing import algorithm, generate, signer_for
from idp.protocol import jose
from idp.services.audit import Audit
from idp.services.audit_tree import AuditTree
from idp.services.key_lives import KeyLives
from idp.services.keys import SigningKeys
from idp.services.leases import Leases
from idp.services.nodes import Nodes
from idp.services.outside import Outside
from idp.services.secret_versions import SecretVersions
from idp.storage import signing_keys

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from idp.domain.clock import Entropy
    from idp.domain.signing_key import Policy
    from idp.keystore import Signer
    from idp.storage.database import Database

TICK_SECONDS = 60
SERVERS = 2
LONGEST_DAYS = 30  # of a rehearsal's own time: a rotation that takes longer never ends
_TYP = "jwt"


class Ahead:
    """A clock that goes as fast as it is told to."""

    def __init__(self, now: int) -> None:
        self._now = now

    def now(self) -> int:
        """Return seconds since the epoch."""
        return self._now

    def advance(self, seconds: int) -> None:
        """Let time pass."""
        self._now += seconds


class Server(Struct):
    """One server process, and the keys it has in use."""

    keys: SigningKeys
    lives: KeyLives


class Platform(Struct):
    """Keeps a JWKS for ``max_age`` seconds; ``curious`` and ``behind`` as the module says."""

    name: str
    max_age: int
    curious: bool = False
    behind: int = 0
    fetched_at: int | None = None
    keys: jose.PublicKeys | None = None
    waiting: list[tuple[int, str]] = field(default_factory=list)

    def knows(self, token: str) -> bool:
        """Tell whether a token verifies with the set that is kept."""
        if self.keys is None:
            return False
        try:
            jose.verify(token, self.keys, algs=jose.ASYMMETRIC, typs=[_TYP])
        except jose.JwtRefused:
            return False
        return True

    def fetch(self, jwks: bytes, now: int) -> None:
        """Take a new set."""
        self.keys, self.fetched_at = jose.PublicKeys(json.loads(jwks)), now


class Count(Struct):
    """What came of it: tokens signed, verifications, failed ones; by platform the failed ones."""

    tokens: int = 0
    verified: int = 0
    failed: dict[str, int] = field(default_factory=dict)

    @property
    def failures(self) -> int:
        """All failed verifications."""
        return sum(self.failed.values())


class _Inside(Outside):
    """The address of the issuer, as it would be seen: one server or the other answers."""

    def __init__(self, rehearsal: Rehearsal) -> None:
        self._rehearsal = rehearsal
        self.address = "the rehearsal's own address"

    async def keys(self) -> Mapping[str, Mapping[str, Any]]:
        """Return the keys that are served, by kid."""
        found = json.loads(self._rehearsal.jwks())["keys"]
        return {key["kid"]: key for key in found}


class Rehearsal:
    """Everything that is played. ``name_of`` tells which real key a stand-in stands for."""

    def __init__(self, database: Database, *, policy: Policy, now: int, entropy: Entropy) -> None:
        self.clock = Ahead(now)
        self.policy = policy
        self.count = Count()
        self.name_of: dict[str, str] = {}
        self.database = database
        self.entropy = entropy
        self._servers: list[Server] = []
        self._turn = 0
        age, late = policy.jwks_max_age, policy.skew
        self.platforms = [
            Platform("patient", age),
            Platform("curious", age, curious=True),
            Platform("late", age, behind=late),
        ]

    async def begin(self, keys: Sequence[SigningKey]) -> None:
        """Let keys stand in for ``keys``, those that are served, and start the servers."""
        signers: list[Signer] = []
        for key in keys:
            if key.state not in SERVED:
                continue
            signer = _made(key.alg)
            signers.append(signer)
            self.name_of[signer.kid] = key.kid
            row = replace(key, kid=signer.kid)
            await signing_keys.put(
                self.database,
                public_jwk=json.dumps(dict(signer.public_jwk)),
                **{name: getattr(row, name) for name in row.__struct_fields__},
            )
        missing = set(ALGORITHMS) - {signer.alg for signer in signers}
        signers += [_made(alg) for alg in sorted(missing)]
        secrets = {
            domain: VersionedSecret({1: self.entropy.bytes(SECRET_BYTES)}, active=1)
            for domain in SecretDomain
        }
        self.store = MemoryKeystore(signers, secrets)
        self._servers = [self._server() for _ in range(SERVERS)]
        for server in self._servers:
            await server.lives.keep_up()

    @property
    def lives(self) -> KeyLives:
        """Lead the keys by this, as an operator does."""
        return self._servers[0].lives

    def jwks(self) -> bytes:
        """Return what one of the servers serves; they take turns."""
        self._turn += 1
        return self._servers[self._turn % SERVERS].keys.served()

    def real(self, kid: str) -> str:
        """Return the kid of the key that this one stands for, its own where it is new."""
        return self.name_of.get(kid, kid)

    async def rotate(self, alg: str) -> None:
        """Lead a rotation of ``alg`` from making the key to removing the one before.

        Raises WrongStep when a step stays refused.
        """
        new = await self.lives.stage(alg)
        await self._until(lambda: self.lives.activate(new.kid))
        for key in await self.lives.everyone():
            if key.alg == alg and key.state is KeyState.RETIRED:
                await self._until(lambda kid=key.kid: self.lives.remove(kid))
        for _ in range(self.policy.longest_token // TICK_SECONDS + 2):
            await self.tick()

    async def tick(self) -> None:
        """Let a moment pass: servers keep up, platforms sign somebody in at each."""
        self.clock.advance(TICK_SECONDS)
        for server in self._servers:
            await server.lives.keep_up()
        await self.sign_in()

    async def sign_in(self) -> None:
        """Let each platform have a token of each kind, and look once more at older ones."""
        now = self.clock.now()
        for platform in self.platforms:
            self._turn += 1
            keys = self._servers[self._turn % SERVERS].keys
            for alg in keys.algorithms:
                token = await keys.sign(alg, {"iat": now}, typ=_TYP)
                self.count.tokens += 1
                self.verify(platform, token)
                dies_at = now + self.policy.longest_token + platform.behind
                platform.waiting.append((dies_at, token))
            # The last tick on which such a token is alive.
            last = [token for dies, token in platform.waiting if dies < now + TICK_SECONDS]
            platform.waiting = [one for one in platform.waiting if one[0] >= now + TICK_SECONDS]
            for token in last:
                self.verify(platform, token)

    async def keep_older_set(self) -> None:
        """Let the patient platform have fetched just before the youngest key was published."""
        keys = await self.lives.everyone()
        waiting = [key for key in keys if key.state is KeyState.PUBLISHED]
        if not waiting:
            return
        youngest = max(key.published_at for key in waiting)
        found = json.loads(self.jwks())["keys"]
        young = {key.kid for key in waiting if key.published_at == youngest}
        older = {"keys": [key for key in found if key["kid"] not in young]}
        self.platforms[0].fetch(json.dumps(older).encode(), youngest - 1)

    def let_tokens_die(self) -> None:
        """Let no platform look once more at what was signed until now."""
        for platform in self.platforms:
            platform.waiting.clear()

    async def follow_thief(self, thief: Sequence[Signer], *, until: int) -> int:
        """Let time pass, and a thief sign all the time; return for how long one was believed."""
        began = last = self.clock.now()
        while self.clock.now() < until:
            await self.tick()
            for signer in thief:
                lie = await jose.sign(signer, {"iat": self.clock.now()}, typ=_TYP)
                if any(self.believes(one, lie) for one in self.platforms):
                    last = self.clock.now()
        return last - began

    def verify(self, platform: Platform, token: str) -> None:
        """Let a platform judge a token, and count what came of it."""
        if self.believes(platform, token):
            self.count.verified += 1
        else:
            self.count.failed[platform.name] = self.count.failed.get(platform.name, 0) + 1

    def believes(self, platform: Platform, token: str) -> bool:
        """Tell whether a platform takes a token, having fetched the JWKS where it would."""
        now, kept_at = self.clock.now(), platform.fetched_at
        if kept_at is None or now >= kept_at + platform.max_age:
            platform.fetch(self.jwks(), now)
        good = platform.knows(token)
        if not good and platform.curious:
            platform.fetch(self.jwks(), now)
            good = platform.knows(token)
        return good

    async def _until(self, step: Any) -> None:
        """Try a step each moment until it is allowed."""
        end = self.clock.now() + LONGEST_DAYS * 86400
        while True:
            try:
                await step()
            except WrongStep:
                if self.clock.now() > end:
                    raise
                await self.tick()
            else:
                return

    def _server(self) -> Server:
        clock, entropy, database = self.clock, self.entropy, self.database
        keys = SigningKeys(self.store.signers(), clock, self.policy)
        secrets = SecretVersions(
            database, self.store, clock, entropy, most_seconds=self.policy.margin
        )
        tree = AuditTree("https://rehearsal.invalid", NoteKeys(secrets.secret(SecretDomain.AUDIT)))
        lives = KeyLives(
            database=database,
            keys=keys,
            store=self.store,
            secrets=secrets,
            outside=_Inside(self),
            nodes=Nodes(database, clock, entropy, self.policy),
            leases=Leases(database, clock, entropy),
            audit=Audit(database, tree, clock=clock, entropy=entropy),
            clock=clock,
            entropy=entropy,
        )
        return Server(keys, lives)


def _made(alg: str) -> Signer:
    known = algorithm(alg)
    return signer_for(known, generate(known))
