"""A grant: what one person's sign-in gave one client, born together with its code.

Rules in prose. A code lives ``CODE_SECONDS`` and is redeemed at most once; redeeming it again
revokes the grant and with it all that the first use gave (RFC 6749 §4.1.2). A grant refers to a
pseudonym by its keyed tag, never to a person or a session; who it is for and what could join it
with them (the time of the sign-in, the age answers) is sealed in ``facts`` (DECISIONS 19).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

CODE_SECONDS = 60
ACCESS_TOKEN_SECONDS = 10 * 60
ID_TOKEN_SECONDS = 10 * 60


@dataclass(frozen=True, slots=True)
class GrantFacts:
    """What the token and userinfo endpoints need; stored sealed.

    ``client_id`` is who it was given to. ``redirect_uri`` is as sent. ``code_challenge`` is None
    for a request without PKCE. ``auth_time`` is set only when the client asked for it. ``ages`` are
    the computed answers.
    """

    client_id: str
    redirect_uri: str
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


@dataclass(frozen=True, slots=True)
class Grant:
    """One row of the platform side: times in epoch seconds, None while it has not happened."""

    grant_id: bytes
    network_id: str
    facts: GrantFacts
    code_expires_at: int
    code_used_at: int | None
    revoked_at: int | None

    @property
    def client_id(self) -> str:
        """The client that it was given to."""
        return self.facts.client_id
