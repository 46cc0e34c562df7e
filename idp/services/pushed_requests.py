"""Pushed authorization requests (RFC 9126): taken from a client, given to one browser, used once.

Read ``PushedRequests.pipeline`` first: it is what the endpoint checks once the client has proved
who it is. The rest is what the authorization endpoint asks about a request by its handle.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import asdict

from idp.domain import base64url
from idp.domain.blind_index import browser_tag
from idp.domain.pushed_request import (
    HANDLE_BYTES,
    KEPT_SECONDS,
    LIFETIME_SECONDS,
    PREFIX,
    PushedFacts,
    kept_until,
)
from idp.domain.refusal import Cause, Refusal
from idp.protocol import authorization_request as rules
from idp.protocol.authorization_request import AuthorizationRequest
from idp.protocol.dpop import next_nonce, promising
from idp.storage import pushed_requests

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from idp.domain.client import Client
    from idp.domain.clock import Clock, Entropy
    from idp.domain.link_keys import LinkKeys
    from idp.protocol.dpop import Proof
    from idp.services.client_authentication import ClientAuthentication
    from idp.services.dpop import Dpop
    from idp.services.request_checks import RequestChecks
    from idp.services.request_objects import RequestObjects
    from idp.services.vault import Vault
    from idp.storage.database import Database, Row

PATH = "/par"
_TABLE = "pushed_requests"
_SIZES = (2048, 16384)  # no person is known yet: a rare long request tells of its platform alone


class Pushed(Struct, frozen=True):
    """What the client hears: the ``request_uri`` to send a browser with, and for how long.

    ``dpop_nonce`` is for its next proof, if it goes by nonces.
    """

    request_uri: str
    expires_in: int
    dpop_nonce: str | None


class PushedRequests:
    """Keeps what clients pushed until a browser is done with it."""

    def __init__(  # noqa: PLR0913 - the parts it joins, named where app.py does the joining
        self,
        *,
        issuer: str,
        authentication: ClientAuthentication,
        request_objects: RequestObjects,
        dpop: Dpop,
        request_checks: RequestChecks,
        database: Database,
        vault: Vault,
        link: LinkKeys,
        clock: Clock,
        entropy: Entropy,
    ) -> None:
        self._issuer = issuer
        self._authentication = authentication
        self._dpop = dpop
        self._database = database
        self._vault = vault
        self._link = link
        self._clock = clock
        self._entropy = entropy
        self.pipeline: tuple[Callable[[AuthorizationRequest], Awaitable[None] | None], ...] = (
            rules.client_is_named,
            rules.request_uri_is_not_pushed,
            request_objects.open,
            *request_checks.checks,
        )

    async def push(
        self, sent: Mapping[str, str], authorization: str | None, proofs: Sequence[str] = ()
    ) -> Pushed:
        """Keep a request for its client; raises Refusal (RFC 9126 §2.1, §2.3).

        ``sent`` are the parameters of the form, ``authorization`` is the header, ``proofs`` are
        the ``DPoP`` headers.
        """
        client = await self._authentication.prove(sent, authorization)
        request = AuthorizationRequest(
            sent=rules.kept(sent), issuer=self._issuer, client=client, pushed=True
        )
        for check in self.pipeline:
            waiting = check(request)
            if waiting is not None:
                await waiting
        proof = self._dpop.read(proofs, method="POST", path=PATH)
        if proof is not None:
            request.sent = promising(request.sent, proof)
            await self._dpop.spend(proof)
        return await self._keep(client, request, proof)

    async def _keep(
        self, client: Client, request: AuthorizationRequest, proof: Proof | None
    ) -> Pushed:
        handle, now = base64url.encode(self._entropy.bytes(HANDLE_BYTES)), self._clock.now()
        facts = PushedFacts(client.client_id, request.sent, now + LIFETIME_SECONDS, request.signed)
        digest = _digest(handle)
        await pushed_requests.add(
            self._database,
            digest=digest,
            facts_sealed=self._vault.seal_facts(_TABLE, digest, asdict(facts), sizes=_SIZES),
            expires_at=kept_until(now, LIFETIME_SECONDS),
        )
        return Pushed(PREFIX + handle, LIFETIME_SECONDS, next_nonce(proof))

    async def visit(
        self, request_uri: str, client: Client, browser: str
    ) -> tuple[bytes, PushedFacts]:
        """Return the digest and the facts of a request, which is this browser's from here on.

        Raises Refusal: unknown or used up, of another client (RFC 9126 §2.2), too late, or
        another browser came with it before.
        """
        digest = _digest(request_uri.removeprefix(PREFIX))
        row = await self._find(digest)
        facts = PushedFacts(**self._vault.open_facts(_TABLE, digest, row["facts_sealed"]))
        if facts.client_id != client.client_id:
            raise Refusal(Cause.PUSHED_REQUEST_OF_ANOTHER_CLIENT)
        tags, now = self._tags(digest, browser), self._clock.now()
        if row["browser_tag"] is None:
            if now >= facts.expires_at:
                raise Refusal(Cause.PUSHED_REQUEST_EXPIRED)
            until = kept_until(now, KEPT_SECONDS)
            if not await pushed_requests.bind(self._database, digest, *tags, until=until):
                raise Refusal(Cause.PUSHED_REQUEST_OF_ANOTHER_BROWSER)
        else:
            _check_same(row, tags)
        return digest, facts

    async def check(self, digest: bytes, browser: str) -> None:
        """Refuse a sign-in whose request is used up by now, or was begun in another browser."""
        _check_same(await self._find(digest), self._tags(digest, browser))

    async def end(self, digest: bytes, browser: str) -> None:
        """Forget a request: the person at its browser said no."""
        tags = self._tags(digest, browser)
        await pushed_requests.remove_of_browser(self._database, digest, *tags)

    async def _find(self, digest: bytes) -> Row:
        row = await pushed_requests.find(self._database, digest)
        if row is None:
            raise Refusal(Cause.PUSHED_REQUEST_UNKNOWN)
        return row

    def _tags(self, digest: bytes, browser: str) -> tuple[bytes, ...]:
        return self._link.tags(browser_tag, digest, browser)


def _check_same(row: Row, tags: Sequence[bytes]) -> None:
    if not any(hmac.compare_digest(row["browser_tag"] or b"", tag) for tag in tags):
        raise Refusal(Cause.PUSHED_REQUEST_OF_ANOTHER_BROWSER)


def _digest(handle: str) -> bytes:
    return hashlib.sha256(handle.encode("utf-8", "surrogatepass")).digest()
