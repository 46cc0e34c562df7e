"""A grant: what one person's sign-in gave one client, born together with its code.

Rules in prose. A code lives ``CODE_SECONDS`` and is redeemed at most once; redeeming it again
revokes the grant and with it all that the first use gave (RFC 6749 §4.1.2). The grant's handle
follows from its code, of which nothing else is stored. A grant refers to a
pseudonym by its keyed tag, never to a person or a session; who it is for and what could join it
with them (every time, the age answers) is sealed in ``facts`` (DECISIONS 19 and 38).
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from msgspec import Struct, field

from idp.domain import base64url
from idp.domain.release import CLAIM_ASSURANCE

if TYPE_CHECKING:
    from collections.abc import Mapping

CODE_SECONDS = 60
GRANT_ID_BYTES = 16
ACCESS_TOKEN_SECONDS = 10 * 60
ID_TOKEN_SECONDS = 10 * 60
EXPIRY_STEP_SECONDS = 10 * 60  # how coarsely a dump shows when a grant was given


def expires_at(now: int) -> int:
    """Return until when a grant given at ``now`` must be kept, rounded up (epoch seconds)."""
    last = now + CODE_SECONDS + ACCESS_TOKEN_SECONDS
    return -(-last // EXPIRY_STEP_SECONDS) * EXPIRY_STEP_SECONDS


def grant_id(code: str) -> bytes:
    """Return the handle of the grant that ``code`` belongs to: half of the code's SHA-256.

    So a code is found without being stored. Nobody gets from the handle, which stands in tokens, to
    the code: that has 256 random bits. ``code`` may be any text that somebody sent.
    """
    return hashlib.sha256(code.encode("utf-8", "surrogatepass")).digest()[:GRANT_ID_BYTES]


def with_nonce(code: str, sealed: str) -> str:
    """Return ``code`` with a nonce that has no room in the grant: all of it is the code then."""
    return f"{code}.{sealed}"


def carried_nonce(code: str) -> str:
    """Return the sealed nonce that a code carries, or an empty text.

    The handle follows from the code as a whole, so that where a grant is found nothing was altered.
    """
    return code.partition(".")[2]


def redirect_digest(redirect_uri: str) -> str:
    """Return what is kept of a redirect URI: of one length, however long some platform's are."""
    return base64url.encode(hashlib.sha256(redirect_uri.encode("utf-8", "surrogatepass")).digest())


class GrantFacts(Struct, frozen=True):
    """What the token and userinfo endpoints need; stored sealed.

    ``client_id`` is who it was given to. ``redirect_digest`` is of the redirect URI as sent.
    ``code_expires_at`` and ``auth_time`` are in epoch seconds, the latter set only when the client
    asked for it. ``code_challenge`` is None for a request without PKCE. ``ages`` are the computed
    answers, ``assurance`` the level of assurance, None unless it was asked for. ``resource`` is the
    identifier of the API that scopes were granted at, None for none. ``dpop_jkt`` is the key that
    has to redeem the code, if one was named.
    """

    client_id: str
    redirect_digest: str
    code_expires_at: int
    scope: tuple[str, ...]
    nonce: str | None
    code_challenge: str | None
    auth_time: int | None
    acr: str
    amr: tuple[str, ...]
    sid: str | None
    id_token_claims: tuple[str, ...]
    userinfo_claims: tuple[str, ...]
    ages: Mapping[str, bool] = field(default_factory=dict)
    assurance: str | None = None
    resource: str | None = None
    dpop_jkt: str | None = None

    @property
    def answers(self) -> dict[str, bool | str]:
        """Every claim that this grant releases somewhere, with its value."""
        level = {} if self.assurance is None else {CLAIM_ASSURANCE: self.assurance}
        return {**self.ages, **level}


class Grant(Struct, frozen=True):
    """One row of the platform side."""

    grant_id: bytes
    network_id: str
    facts: GrantFacts
    code_used: bool
    revoked: bool

    @property
    def client_id(self) -> str:
        """The client that it was given to."""
        return self.facts.client_id
