"""The public keys of clients: as registered by value, or fetched from a ``jwks_uri`` and kept.

Rules in prose. Fetched keys are used for ``KEPT_SECONDS``. A key that we do not know may be newer
than what we have, so it has them fetched once more, but at most once in ``COOL_DOWN_SECONDS`` for a
client: anybody can send a token with a ``kid`` of their own, and each would be a fetch (PyJWT's
fetch storm). All who wait for the keys of one client wait for one fetch. When the host is down the
keys that we have go on being used, for a day at most: a host that an attacker holds down must not
keep a key alive that was taken away for a reason.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct, field

from idp.outbound import OutboundRefused
from idp.protocol import jose
from idp.protocol.strict_json import load_object

if TYPE_CHECKING:
    from idp.domain.client import Client
    from idp.domain.clock import Clock
    from idp.outbound import Outbound

KEPT_SECONDS: Final = 10 * 60
COOL_DOWN_SECONDS: Final = 30
STALE_SECONDS: Final = 24 * 60 * 60
_MOST_CLIENTS: Final = 10_000
_ACCEPT: Final = "application/jwk-set+json, application/json"
_OK: Final = 200
_LONG_AGO: Final = -STALE_SECONDS


class _Held(Struct):
    """What is known of one client's keys; times in epoch seconds."""

    jwks: object
    jwks_uri: str | None
    keys: jose.PublicKeys | None = None
    fetched_at: int = _LONG_AGO
    failed_at: int = _LONG_AGO
    asked_anew_at: int = _LONG_AGO
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


class ClientKeys:
    """Keeps the keys of clients in memory, each process its own."""

    def __init__(self, outbound: Outbound, clock: Clock) -> None:
        self._outbound = outbound
        self._clock = clock
        self._held: dict[str, _Held] = {}

    async def of(self, client: Client, token: str) -> jose.PublicKeys:
        """Return the keys by which ``token`` is to be verified; raises jose.JwtRefused."""
        held = self._holding(client)
        if client.jwks_uri is None:
            if held.keys is None:
                held.keys = jose.keys_of_client(client.jwks or {})
            return held.keys
        async with held.turn:
            return await self._fetched(held, client.jwks_uri, jose.unverified_kid(token))

    def _holding(self, client: Client) -> _Held:
        held = self._held.get(client.client_id)
        if held is None or (held.jwks, held.jwks_uri) != (client.jwks, client.jwks_uri):
            if len(self._held) >= _MOST_CLIENTS:
                self._held.clear()
            held = self._held[client.client_id] = _Held(client.jwks, client.jwks_uri)
        return held

    async def _fetched(self, held: _Held, url: str, kid: str | None) -> jose.PublicKeys:
        now = self._clock.now()
        if self._is_due(held, kid, now):
            try:
                held.keys = await self._fetch(url)
                held.fetched_at = now
            except (OutboundRefused, jose.JwtRefused, ValueError):
                held.failed_at = now
        if held.keys is None or now - held.fetched_at >= STALE_SECONDS:
            raise jose.JwtRefused("jwks_uri cannot be used")
        return held.keys

    def _is_due(self, held: _Held, kid: str | None, now: int) -> bool:
        if now - held.failed_at < COOL_DOWN_SECONDS:
            return False
        if held.keys is None or now - held.fetched_at >= KEPT_SECONDS:
            return True
        if kid is None or held.keys.knows(kid) or now - held.asked_anew_at < COOL_DOWN_SECONDS:
            return False
        held.asked_anew_at = now
        return True

    async def _fetch(self, url: str) -> jose.PublicKeys:
        found = await self._outbound.get(url, accept=_ACCEPT)
        if found.status != _OK:
            raise jose.JwtRefused("jwks_uri answers with an error")
        return jose.keys_of_client(_for_signatures(load_object(found.body)))


def _for_signatures(document: dict[str, Any]) -> dict[str, Any]:
    """Leave out keys for encryption and of kinds that we do not know (RFC 7517 §5)."""
    keys = document.get("keys")
    if not isinstance(keys, list):
        return {}
    kept = [
        key
        for key in keys
        if not isinstance(key, dict)  # refused below, with the whole set
        or (key.get("use", "sig") == "sig" and key.get("kty") in {"RSA", "EC", "OKP", "oct"})
    ]
    return {"keys": kept}
