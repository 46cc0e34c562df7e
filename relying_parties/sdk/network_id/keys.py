"""The provider's public keys, cached.

Rules. Keys are fetched again when the provider's own ``Cache-Control`` says so, and when a token
names an unknown key: once per cool-down, or a forged ``kid`` would let anybody hammer the provider.
When a fetch fails the known keys stay in use, for a bounded time: an outage stops no sign-in, and
blocking our fetches does not keep a withdrawn key alive for ever.
"""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey

from network_id.errors import (
    KeyUnknownError,
    ProviderAnswerError,
    ProviderError,
    ProviderUnavailableError,
    shown,
)
from network_id.metadata import json_object

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import httpx2

Key = ECKey | RSAKey | OKPKey

KEY_TYPES: dict[str, type[ECKey | RSAKey | OKPKey]] = {
    "RS256": RSAKey,
    "PS256": RSAKey,
    "ES256": ECKey,
    "Ed25519": OKPKey,
}
CURVES = {"ES256": "P-256", "Ed25519": "Ed25519"}
PUBLIC_PARTS = ("kty", "n", "e", "crv", "x", "y")
MINIMUM_RSA_BITS = 2048
COOL_DOWN = 30  # seconds between two fetches that unknown kids or failures cause
SHORTEST_LIFE = 60  # seconds; bounds on what Cache-Control may ask
LONGEST_LIFE = 86_400
DEFAULT_LIFE = 3_600
OUTAGE = 86_400  # seconds for which keys outlive their time while the provider is away


class KeyCache:
    """Keys by ``kid``. Safe for concurrent sign-ins: they share one fetch."""

    def __init__(self, http: httpx2.AsyncClient, url: str, clock: Callable[[], int]) -> None:
        self._http = http
        self._url = url
        self._clock = clock
        self._keys: dict[tuple[str, str], Key] = {}
        self._fresh_until = 0
        self._tried_at: int | None = None
        self._failed: ProviderError | None = None  # why the last fetch gave no keys
        self._lock = asyncio.Lock()

    def renewed(self, http: httpx2.AsyncClient) -> KeyCache:
        """Return a cache that knows the same keys and fetches through ``http``."""
        other = KeyCache(http, self._url, self._clock)
        other._keys, other._fresh_until = self._keys, self._fresh_until
        other._tried_at, other._failed = self._tried_at, self._failed
        return other

    async def load(self) -> None:
        """Fetch the keys now. Raises ProviderUnavailableError, ProviderAnswerError."""
        async with self._lock:
            await self._fetch_in_time()

    async def freshen(self) -> None:
        """Fetch the keys when their time is over. Raises ProviderError when they are too old."""
        async with self._lock:
            await self._refresh_when_stale()

    async def find(self, kid: str, alg: str) -> Key:
        """Return the key named ``kid`` that verifies ``alg``.

        Raises KeyUnknownError; ProviderError when the keys are too old, or this one is not among
        them, and they cannot be had now: it may be new, and its token as good as any.
        """
        async with self._lock:
            await self._refresh_when_stale()
            key = self._keys.get((kid, alg))
            if key is None and self._may_try():
                await self._fetch()
                key = self._keys.get((kid, alg))
        if key is None and self._failed is not None:
            raise self._failed.again()
        if key is None:
            raise KeyUnknownError(expected=f"a published {alg} key", came=f"kid {shown(kid)}")
        return key

    async def _refresh_when_stale(self) -> None:
        if self._clock() < self._fresh_until or not self._may_try():
            return
        try:
            await self._fetch_in_time()
        except ProviderError:
            if self._clock() >= self._fresh_until + OUTAGE:
                self._keys = {}
                raise

    async def _fetch_in_time(self) -> None:
        await self._fetch()
        # It begins no cool-down: a key that takes its place a moment later is found at once.
        self._tried_at = None

    def _may_try(self) -> bool:
        # abs(): a clock that was set back must not lock the cache.
        return self._tried_at is None or abs(self._clock() - self._tried_at) >= COOL_DOWN

    async def _fetch(self) -> None:
        self._tried_at = self._clock()
        # Until it has succeeded: whoever asked may be gone, and the next one hears the truth.
        self._failed = ProviderUnavailableError(expected="the provider's keys", came="none yet")
        try:
            response = await self._http.get(self._url)
            keys = read_keys(json_object(response, self._url))
            if not keys:  # an empty set is a broken answer, never a reason to forget good keys
                raise ProviderAnswerError(expected="usable keys", came="none")
        except ProviderError as error:
            self._failed = error.again()
            raise
        self._keys, self._failed = keys, None
        self._fresh_until = self._clock() + _life(response.headers.get("cache-control", ""))


def read_keys(document: Mapping[str, Any]) -> dict[tuple[str, str], Key]:
    """Return the usable signature keys of a JWK set (RFC 7517 §5) by kid and algorithm.

    Keys of a kind that is not known here are passed over, so a provider may add new kinds.
    """
    found: dict[tuple[str, str], Key] = {}
    members = document.get("keys")
    for member in members if isinstance(members, list) else []:
        kid = member.get("kid") if isinstance(member, dict) else None
        if not isinstance(kid, str):
            continue
        for alg, kind in KEY_TYPES.items():
            key = _read_key(member, alg, kind)
            if key is not None:
                found[kid, alg] = key
    return found


def _read_key(member: dict[str, Any], alg: str, kind: type[ECKey | RSAKey | OKPKey]) -> Key | None:
    """Return a public key fit for ``alg`` and nothing else, or None."""
    if member.get("kty") != kind.key_type or member.get("use", "sig") != "sig":
        return None
    # RFC 8725 §3.1: one key, one algorithm. A symmetric or mislabelled key never verifies.
    if member.get("alg", alg) != alg or member.get("crv") != CURVES.get(alg):
        return None
    public: dict[str, Any] = {name: member[name] for name in PUBLIC_PARTS if name in member}
    try:
        if kind is RSAKey and _bits(public.get("n", "")) < MINIMUM_RSA_BITS:
            return None
        return kind.import_key(public)
    except (JoseError, ValueError, TypeError):
        return None


def _bits(modulus: object) -> int:
    """Return at least roughly how many bits a base64url modulus has, leading zeros ignored."""
    return len(modulus.lstrip("A")) * 6 if isinstance(modulus, str) else 0


def _life(cache_control: str) -> int:
    match = re.search(r"max-age=(\d{1,9})", cache_control)
    asked = int(match[1]) if match else DEFAULT_LIFE
    return min(max(asked, SHORTEST_LIFE), LONGEST_LIFE)
