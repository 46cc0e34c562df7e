"""The logout token's checks, in order (OpenID Connect Back-Channel Logout 1.0 §2.6).

The provider posts one to the platform's ``backchannel_logout_uri`` when a session of the person's
ends. Rules. Its type is ``logout+jwt``, so an ID token is never taken for one, whatever it says.
Key, algorithm and signature are checked as an ID token's are; then whose it is and of when, that it
is a logout, that it holds no nonce, and whose session ends. It works once: its ``jti`` is
remembered as long as the token could come again, which is why an old one is refused.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from contextlib import contextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from authlib.oauth2.claims import JWTClaims
from joserfc.errors import ClaimError

from network_id.errors import (
    AlgorithmRefusedError,
    LogoutEventMissingError,
    LogoutIdMissingError,
    LogoutNonceError,
    LogoutOfNobodyError,
    LogoutReplayedError,
    LogoutTooOldError,
    TokenError,
    shown,
)
from network_id.network_id import is_wire_form
from network_id.signed import (
    Unverified,
    Wanted,
    audience_is_ours_alone,
    named,
    verified,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from network_id.keys import Key

TYP = "logout+jwt"
EVENT = "http://schemas.openid.net/event/backchannel-logout"
OLDEST = 600  # seconds since it was issued; the provider's live two minutes
MOST_REMEMBERED = 100_000
TODO = "End no session, and answer 400."

# Tells whether a ``jti`` is new, and remembers it until then (seconds since the epoch); with
# several processes, what all of them share: ``lambda jti, until: redis.set(jti, 1, nx=True,
# exat=until)``.
LogoutIsNew = Callable[[str, int], Awaitable[object] | object]


@dataclass(frozen=True, slots=True)
class Logout:
    """A session of the provider's that has ended. It exists only when every check has passed.

    End each of your sessions for which `ends` is true. ``sid`` is what the ID token of the sign-in
    said; ``network_id`` is None when the provider names nobody. ``issued_at`` is in seconds since
    the epoch. ``claims`` is the token decoded, read-only.
    """

    network_id: str | None
    sid: str | None
    jti: str
    issued_at: int
    claims: Mapping[str, Any]

    def ends(self, *, network_id: str, sid: str | None) -> bool:
        """Tell whether a session of yours ends: that of this person, begun with this ``sid``.

        A logout with a ``sid`` ends the one session, a logout with a network ID alone ends all of
        that person (OpenID Connect Back-Channel Logout 1.0 §2.7).
        """
        return self.sid in (None, sid) and self.network_id in (None, network_id)


class Remembered:
    """The ``jti`` of logout tokens, in this process's memory. Safe for threads.

    Holds at most ``MOST_REMEMBERED``; beyond, the oldest is forgotten. Only tokens with a true
    signature come here, so nobody but the provider can fill it.
    """

    def __init__(self, clock: Callable[[], int]) -> None:
        self._clock = clock
        self._until: OrderedDict[str, int] = OrderedDict()
        self._lock = threading.Lock()

    def __call__(self, jti: str, until: int) -> bool:
        """Tell whether ``jti`` is new, and remember it until then (seconds since the epoch)."""
        with self._lock:
            self._forget()
            if jti in self._until:
                return False
            self._until[jti] = until
            return True

    def __len__(self) -> int:
        """Return how many are remembered."""
        return len(self._until)

    def _forget(self) -> None:
        now = self._clock()
        while self._until:
            jti, until = next(iter(self._until.items()))
            if until >= now and len(self._until) < MOST_REMEMBERED:
                return
            del self._until[jti]


@contextmanager
def refusing() -> Iterator[None]:
    """Let a TokenError say what to do about a logout: nobody is about to be signed in."""
    try:
        yield
    except TokenError as error:
        advice = f"{error.todo} " if isinstance(error, AlgorithmRefusedError) else ""
        advice = "Check this machine's clock. " if "clock" in error.todo else advice
        raise type(error)(expected=error.expected, came=error.came, todo=advice + TODO) from None


def read_logout(token: Unverified, key: Key, wanted: Wanted) -> tuple[Logout, int]:
    """Return what the token says, and until when its ``jti`` is to be remembered.

    Raises the TokenError of the first check that fails.
    """
    claims = verified(token, key)
    for check in CHECKS:
        check(claims, wanted)
    logout = Logout(
        network_id=claims.get("sub"),
        sid=claims.get("sid"),
        jti=claims["jti"],
        issued_at=int(claims["iat"]),
        claims=MappingProxyType(claims),
    )
    return logout, logout.issued_at + OLDEST + wanted.leeway


def require_new(*, is_new: bool) -> None:
    """Refuse a token that has come before. Raises LogoutReplayedError."""
    if not is_new:
        raise LogoutReplayedError(expected="a jti that is new", came="one that was here before")


def _is_ours_and_of_now(claims: dict[str, Any], wanted: Wanted) -> None:
    options: dict[str, Any] = {
        "iss": {"essential": True, "value": wanted.issuer},
        "exp": {"essential": True},
        "iat": {"essential": True},
    }
    checked = {name: claims[name] for name in ("iss", "exp", "iat", "nbf") if name in claims}
    try:
        JWTClaims(checked, {}, options=options).validate(now=wanted.now, leeway=wanted.leeway)
    except ClaimError as error:
        raise named(error.claim, claims, wanted) from None


def _is_recent(claims: Mapping[str, Any], wanted: Wanted) -> None:
    age = wanted.now - claims["iat"]
    if age > OLDEST + wanted.leeway:
        raise LogoutTooOldError(
            expected=f"iat at most {OLDEST} s before {wanted.now}", came=shown(claims["iat"])
        )


def _is_a_logout(claims: Mapping[str, Any], _wanted: Wanted) -> None:
    events = claims.get("events")
    if not isinstance(events, dict) or not isinstance(events.get(EVENT), dict):
        raise LogoutEventMissingError(expected=f"events with {EVENT}", came=shown(events))


def _has_no_nonce(claims: Mapping[str, Any], _wanted: Wanted) -> None:
    # §2.4: forbidden, so that a library that knows no types takes none for an ID token.
    if "nonce" in claims:
        raise LogoutNonceError(expected="no nonce", came="one")


def _names_a_session(claims: Mapping[str, Any], _wanted: Wanted) -> None:
    sid, sub = claims.get("sid"), claims.get("sub")
    if "sid" not in claims and "sub" not in claims:
        raise LogoutOfNobodyError(expected="a sid, a sub, or both", came="neither")
    if "sid" in claims and (not isinstance(sid, str) or not sid):
        raise LogoutOfNobodyError(expected="sid as text", came=shown(sid))
    if "sub" in claims and (not isinstance(sub, str) or not is_wire_form(sub)):
        raise LogoutOfNobodyError(expected="sub to be a network ID", came=shown(sub))


def _has_an_id(claims: Mapping[str, Any], _wanted: Wanted) -> None:
    jti = claims.get("jti")
    if not isinstance(jti, str) or not jti:
        raise LogoutIdMissingError(expected="a jti", came=shown(jti))


CHECKS = (
    audience_is_ours_alone,
    _is_ours_and_of_now,
    _is_recent,
    _is_a_logout,
    _has_no_nonce,
    _names_a_session,
    _has_an_id,
)
