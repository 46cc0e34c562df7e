"""The keys in use: who signs for whom, and what is published about it.

The table says where in its life a key is, the key store holds its private half. What a node serves
comes from the table alone, so that a key is served before its private half has arrived everywhere.
A node that has not read the table for as long as the policy's margin does neither: what it knows
may be over, and nobody waits for it any longer.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Never

from idp.domain.signing_key import ALGORITHMS, RECOGNISED, REQUIRED, SERVED, KeyState, Policy
from idp.keystore.errors import KeyMissingError
from idp.protocol import jose
from idp.protocol.jose import SignerUnavailable
from idp.protocol.vouched import Vouched
from idp.storage import signing_keys

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from idp.domain.clock import Clock
    from idp.domain.signing_key import SigningKey
    from idp.storage.database import Row


class SigningKeys:
    """Signers by algorithm, and the JWKS as ready bytes (RFC 7517 §5)."""

    jwks: bytes
    """Every key that is published, active or retired; see ``served``."""
    public: jose.PublicKeys
    """The same, to verify with."""
    known: jose.PublicKeys
    """With the removed ones, never a compromised one: for what may be older than any token."""
    loaded: frozenset[str]
    """The kids of the keys that are served here and could sign here."""

    def __init__(
        self, signers: Sequence[jose.Signer], clock: Clock, policy: Policy | None = None
    ) -> None:
        """Take the signers, the first of each algorithm as active, until ``follow`` knows better.

        Raises ValueError unless there is one for each algorithm that every instance has.
        """
        self.policy = policy or Policy()
        self._clock = clock
        self._read_at: int | None = None
        self.unknown_kids = 0
        """How often a token named a key of ours that is not there."""
        self._signers = {signer.kid: signer for signer in signers}
        self._active: dict[str, jose.Signer] = {}
        self._until: dict[str, int] = {}
        for signer in signers:
            self._active.setdefault(signer.alg, signer)
        missing = set(REQUIRED) - set(self._active)
        if missing:
            raise ValueError(f"no signing key for {', '.join(sorted(missing))}")
        self._published: tuple[list[dict[str, Any]], list[dict[str, Any]]] = ([], [])
        every = [dict(signer.public_jwk) for signer in self._active.values()]
        self._publish(every, every)

    @property
    def algorithms(self) -> tuple[str, ...]:
        """The algorithms that we sign by: those of every instance, and what has an active key."""
        return tuple(alg for alg in ALGORITHMS if alg in self._active or alg in REQUIRED)

    async def sign(self, alg: str, claims: Mapping[str, object], *, typ: str) -> str:
        """Return ``claims`` signed with the active key of ``alg``; raises SignerUnavailable."""
        return await jose.sign(self.signer(alg), claims, typ=typ)

    async def sign_to_read_back(self, alg: str, claims: Mapping[str, object], *, typ: str) -> str:
        """Do as ``sign`` for what comes back in a moment: here ``public`` need not verify it."""
        signer, public = self.signer(alg), self.public
        token = await jose.sign(signer, claims, typ=typ)
        if public.knows(signer.kid):
            public.vouch(token)
        return token

    def signer(self, alg: str) -> jose.Signer:
        """Return who signs now for ``alg``; raises SignerUnavailable."""
        self._check_fresh()
        signer = self._active.get(alg)
        if signer is None or self._clock.now() > self._until.get(alg, self._clock.now()):
            raise SignerUnavailable(f"no key of {alg} may sign here now")
        return signer

    async def check(self, *algs: str) -> None:
        """Return when there would be signatures now for all of these; raises SignerUnavailable."""
        for alg in algs:
            if not await self.signer(alg).ready():
                raise SignerUnavailable(f"the key of {alg} does not answer")

    def served(self) -> bytes:
        """Return what ``/jwks`` answers; raises SignerUnavailable when it may be out of date."""
        self._check_fresh()
        return self.jwks

    def _note_unknown(self) -> None:
        self.unknown_kids += 1

    def missing(self, rows: Iterable[Row]) -> bool:
        """Tell whether a key that is about to sign, or does, is not among the signers."""
        soon = {KeyState.PUBLISHED, KeyState.ACTIVE}
        return any(row["state"] in soon and row["kid"] not in self._signers for row in rows)

    def take(self, signers: Iterable[jose.Signer]) -> None:
        """Put in place what the key store holds now."""
        self._signers = {signer.kid: signer for signer in signers}

    def follow(self, rows: Sequence[Row]) -> None:
        """Serve and sign as the table says now.

        Raises KeyMissingError when the private half of an active key is not here. The one before
        then goes on signing for as long as it is waited for: the policy's margin.
        """
        jwk = {row["kid"]: json.loads(row["public_jwk"]) for row in rows}
        served = [row["kid"] for row in rows if row["state"] in SERVED]
        recognised = [row["kid"] for row in rows if row["state"] in RECOGNISED]
        self._publish([jwk[kid] for kid in served], [jwk[kid] for kid in recognised])
        absent = self._choose([signing_keys.read(row) for row in rows])
        self._read_at = self._clock.now()
        if absent:
            raise KeyMissingError(absent)

    def _choose(self, keys: Sequence[SigningKey]) -> list[str]:
        """Let the active keys sign; return the kids of those that are not here."""
        before, self._active, self._until = self._active, {}, {}
        retired = {key.kid: key.retired_at for key in keys if key.state is KeyState.RETIRED}
        absent = []
        for key in keys:
            if key.state is not KeyState.ACTIVE:
                continue
            if key.kid in self._signers:
                self._active[key.alg] = self._signers[key.kid]
                continue
            absent.append(key.kid)
            old = before.get(key.alg)
            since = None if old is None else retired.get(old.kid)
            if old is not None and since is not None:
                self._active[key.alg] = old
                self._until[key.alg] = self.policy.last_signature_at(since)
        return absent

    def _publish(self, served: list[dict[str, Any]], recognised: list[dict[str, Any]]) -> None:
        if (served, recognised) != self._published:
            self.public = self._verifying(served, vouched=Vouched())
            self.known = self._verifying(recognised)
            self.jwks = json.dumps({"keys": served}, separators=(",", ":")).encode()
            self._published = served, recognised
        self.loaded = frozenset(key["kid"] for key in served if key["kid"] in self._signers)

    def _verifying(
        self, keys: list[dict[str, Any]], *, vouched: Vouched | None = None
    ) -> jose.PublicKeys:
        if not keys:
            return _NoKeys()
        return jose.PublicKeys({"keys": keys}, on_unknown=self._note_unknown, vouched=vouched)

    def _check_fresh(self) -> None:
        # By the wall clock: a process or machine that stood still has to notice when it goes on.
        read_at = self._read_at
        if read_at is not None and abs(self._clock.now() - read_at) > self.policy.margin:
            raise SignerUnavailable("the keys' lives were not read for too long")


class _NoKeys(jose.PublicKeys):
    """All were given up: nothing verifies, least of all by the keys of before."""

    def __init__(self) -> None:
        pass

    def signed(self, _token: str, _header: Mapping[str, Any]) -> Never:
        raise jose.JwtRefused("no keys")

    def vouch(self, _token: str) -> None:
        pass

    def knows(self, _kid: str) -> bool:
        return False
