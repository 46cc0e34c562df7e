"""What was given to platforms: codes, tokens, pushed requests and the sign-ins they stand for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping

CODE_SECONDS: Final = 60
ACCESS_TOKEN_SECONDS: Final = 600
ID_TOKEN_SECONDS: Final = 600
PUSHED_SECONDS: Final = 60
KEPT_SECONDS: Final = 1800
GRACE_SECONDS: Final = 10
"""For so long a refresh token that was replaced still gives the live one, as at the provider."""


MOST: Final = 10_000
"""How many of each kind are kept; the oldest leave, or a long run would fill the memory."""

K = TypeVar("K")
V = TypeVar("V")


class Recent(dict[K, V]):
    """A dictionary of the last `MOST` members that were put into it."""

    def __setitem__(self, key: K, value: V) -> None:
        super().__setitem__(key, value)
        if len(self) > MOST:
            del self[next(iter(self))]


@dataclass(slots=True, kw_only=True)
class Grant:
    """One sign-in of one person at one client.

    ``claims`` maps ``id_token`` and ``userinfo`` to the names that were asked for there. ``sid`` is
    None for a client without a back-channel logout address. ``refresh`` are its refresh tokens, the
    live one last; ``rotated_at`` is when that took its place. ``asked_key`` is the thumbprint that
    the authorization request named, ``key`` that of a public client's first proof (RFC 9449).
    """

    client_id: str
    redirect_uri: str
    persona: str
    network_id: str
    scope: tuple[str, ...]
    nonce: str | None
    code_challenge: str | None
    auth_time: int | None
    claims: Mapping[str, frozenset[str]]
    sid: str | None
    expires_at: int
    code_used: bool = False
    revoked: bool = False
    refresh: list[str] = field(default_factory=list)
    rotated_at: int = 0
    asked_key: str | None = None
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Pushed:
    """A pushed authorization request (RFC 9126): whose it is, and until when."""

    client_id: str
    parameters: Mapping[str, str]
    expires_at: int


@dataclass(frozen=True, slots=True)
class Visit:
    """Where somebody is signed in: what a logout token can be about. ``id_token`` is the last."""

    client_id: str
    persona: str
    network_id: str
    sid: str
    id_token: str


@dataclass(slots=True)
class Store:
    """All of it, in memory.

    ``asked`` are requests that wait for their person, ``recent`` the last authorization requests.
    ``visits``, ``sids`` and ``renewals`` go by client and persona. ``assertions`` are used ``jti``
    with their ``exp``.
    """

    codes: Recent[str, Grant] = field(default_factory=Recent)
    access_tokens: Recent[str, Grant] = field(default_factory=Recent)
    refresh_tokens: Recent[str, Grant] = field(default_factory=Recent)
    pushed: Recent[str, Pushed] = field(default_factory=Recent)
    asked: Recent[str, Mapping[str, str]] = field(default_factory=Recent)
    recent: list[Mapping[str, str]] = field(default_factory=list)
    visits: Recent[tuple[str, str], Visit] = field(default_factory=Recent)
    sids: Recent[tuple[str, str], str] = field(default_factory=Recent)
    renewals: Recent[tuple[str, str], int] = field(default_factory=Recent)
    assertions: Recent[str, int] = field(default_factory=Recent)
    last_logout: Recent[str, str] = field(default_factory=Recent)
