"""Proving who one is at another provider: there, back, and a proof that waits for this browser.

A sign-in under way there is sealed into ``state``: it opens once, within ``SIGN_IN_SECONDS``, in
the browser that it began in alone, so that nobody can be made to finish somebody else's.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from msgspec import Struct

from idp.domain import base64url
from idp.domain.age import civil_day
from idp.proofing.proof import EvidenceRefused
from idp.proofing.upstream import Returned, SignIn, Unreachable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from zoneinfo import ZoneInfo

    from idp.domain.clock import Clock, Entropy
    from idp.domain.sealing import Sealer
    from idp.keystore.client_key import ClientKey
    from idp.proofing.upstream import Upstream
    from idp.services.enrolment import Enrolment
    from idp.services.replays import Replays
    from idp.services.vouchers import Vouchers

SIGN_IN_SECONDS = 15 * 60
_PURPOSE = "upstream sign-in"
_DRAWN_BYTES = 32
_MARK = 16  # hexadecimal characters by which a sign-in of ours is recognised


class NotProved(Exception):
    """Nothing was proved: ``notice`` is for the person, ``reason`` for the log."""

    def __init__(self, notice: str, reason: str) -> None:
        super().__init__(reason)
        self.notice = notice
        self.reason = reason


class Offered(Struct, frozen=True):
    """One provider that somebody may choose; ``origins`` is where its form may lead to."""

    id: str
    name: str
    origins: tuple[str, ...]


class _UnderWay(Struct, frozen=True):
    """What ``state`` holds."""

    upstream_id: str
    browser: str
    nonce: str
    verifier: str
    interaction: str
    expires: int

    __repr__ = object.__repr__


class Upstreams:
    """The other providers of this instance, maybe none."""

    def __init__(  # noqa: PLR0913 - the parts it joins, named where app does the joining
        self,
        adapters: Sequence[Upstream],
        *,
        issuer: str,
        client_key: ClientKey,
        enrolment: Enrolment,
        vouchers: Vouchers,
        replays: Replays,
        sealer: Sealer,
        clock: Clock,
        entropy: Entropy,
        zone: ZoneInfo,
    ) -> None:
        self._adapters = {adapter.settings.id: adapter for adapter in adapters}
        self._issuer = issuer
        self._client_key = client_key
        self._enrolment = enrolment
        self._vouchers = vouchers
        self._replays = replays
        self._sealer = sealer
        self._clock = clock
        self._entropy = entropy
        self._zone = zone

    def offered(self, locale: str) -> list[Offered]:
        """Return the providers to choose from, by their names in the page's language."""
        found = [adapter.settings for adapter in self._adapters.values()]
        return [
            Offered(
                one.id,
                one.name_in(locale),
                tuple(f"{one.issuer.partition(':')[0]}://{host}" for host in sorted(one.all_hosts)),
            )
            for one in found
        ]

    def jwks(self) -> dict[str, object]:
        """Return the public keys by which those providers know us, as a set (RFC 7517 §5)."""
        return {"keys": self._client_key.public_jwks if self._adapters else []}

    async def begin(self, upstream_id: str, *, browser: str, interaction: str) -> str:
        """Return where to send the browser; raises NotProved."""
        adapter = self._adapter(upstream_id)
        under_way = _UnderWay(
            upstream_id=upstream_id,
            browser=browser,
            nonce=self._draw(),
            verifier=self._draw(),
            interaction=_mark(interaction),
            expires=self._clock.now() + SIGN_IN_SECONDS,
        )
        members = [getattr(under_way, name) for name in _UnderWay.__struct_fields__]
        state = self._sealer.seal_token(_PURPOSE, json.dumps(members).encode())
        try:
            return await adapter.address(self._sign_in(under_way, state))
        except Unreachable as error:
            raise NotProved("upstream_unavailable", error.reason) from None

    async def finish(
        self, upstream_id: str, sent: Mapping[str, str], *, browser: str, interaction: str
    ) -> tuple[bytes, str]:
        """Return the tag of the proof that waits now, and the sign-in of ours to go on with.

        ``sent`` is what came back, ``interaction`` what the browser had when it left, which is kept
        only where it is still that. Raises NotProved.
        """
        state = sent.get("state", "")
        under_way = await self._spend(upstream_id, state, browser)
        if "error" in sent:
            raise NotProved("upstream_cancelled", "the other provider answered with an error")
        returned = Returned(self._sign_in(under_way, state), sent.get("code", ""), sent.get("iss"))
        adapter = self._adapter(upstream_id)
        try:
            today = civil_day(self._clock.now(), self._zone)
            proof = await adapter.prove(returned, today=today)
        except Unreachable as error:
            raise NotProved("upstream_unavailable", error.reason) from None
        except EvidenceRefused as refused:
            raise NotProved("upstream_refused", refused.detail) from None
        tag = await self._vouchers.deposit(self._enrolment.identity(proof))
        return tag, interaction if under_way.interaction == _mark(interaction) else ""

    async def _spend(self, upstream_id: str, state: str, browser: str) -> _UnderWay:
        """Open a state and use it up, before anything is sent: whatever comes then, it is gone."""
        try:
            under_way = _UnderWay(*json.loads(self._sealer.open_token(_PURPOSE, state)))
        except (ValueError, TypeError):
            raise NotProved("upstream_expired", "state is not ours") from None
        if under_way.browser != browser:  # login CSRF: an answer meant for somebody else's browser
            raise NotProved("upstream_expired", "state of another browser")
        if under_way.upstream_id != upstream_id:  # mix-up (RFC 9700 §4.4.2.2)
            raise NotProved("upstream_expired", "state of another provider")
        if self._clock.now() >= under_way.expires:
            raise NotProved("upstream_expired", "state expired")
        if not await self._replays.spend(
            "upstream state",
            upstream_id,
            under_way.nonce,
            expires_at=under_way.expires,
            made_at=under_way.expires - SIGN_IN_SECONDS,
        ):
            raise NotProved("upstream_expired", "state was used before")
        return under_way

    def _sign_in(self, under_way: _UnderWay, state: str) -> SignIn:
        # Its own address for each provider: a code of one never looks like another's.
        redirect_uri = f"{self._issuer}/enrol/upstream/{under_way.upstream_id}/callback"
        return SignIn(state, under_way.nonce, under_way.verifier, redirect_uri)

    def _adapter(self, upstream_id: str) -> Upstream:
        adapter = self._adapters.get(upstream_id)
        if adapter is None:
            raise NotProved("upstream_unavailable", "there is no such provider")
        return adapter

    def _draw(self) -> str:
        return base64url.encode(self._entropy.bytes(_DRAWN_BYTES))


def _mark(interaction: str) -> str:
    return hashlib.sha256(interaction.encode()).hexdigest()[:_MARK] if interaction else ""
