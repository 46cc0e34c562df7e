"""A token before it is signed, and the order in which it can go wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from network_id_simulator import jws

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from network_id_simulator.call import Call
    from network_id_simulator.jws import Key
    from network_id_simulator.keys import Keys

TEN_MINUTES: Final = 600
OTHER_CLIENT: Final = "another-platform"


@dataclass(slots=True)
class Draft:
    """A token to be: ``alg`` is what signs it rightly, ``others_id`` somebody else's network ID."""

    header: dict[str, Any]
    claims: dict[str, Any]
    key: Key
    alg: str
    others_id: str = ""

    def sign(self) -> str:
        """Return the compact token as it stands."""
        return jws.sign(self.header, self.claims, self.key)


def new(keys: Keys, alg: str, typ: str, claims: dict[str, Any]) -> Draft:
    """Return the draft of a right token."""
    key = keys.current(alg)
    return Draft({"alg": alg, "kid": key.kid, "typ": typ}, claims, key, alg)


def put(**values: Any) -> Callable[[Draft], None]:
    """Return a change that sets claims."""
    return lambda draft: draft.claims.update(values)


def drop(name: str) -> Callable[[Draft], None]:
    """Return a change that takes a claim out."""

    def change(draft: Draft) -> None:
        draft.claims.pop(name, None)

    return change


def expired(draft: Draft) -> None:
    """Let it have expired ten minutes ago."""
    now = draft.claims["iat"]
    draft.claims |= {"iat": now - 2 * TEN_MINUTES, "exp": now - TEN_MINUTES}


def issued_ahead(draft: Draft) -> None:
    """Let it be issued in ten minutes from now."""
    draft.claims["iat"] += TEN_MINUTES
    draft.claims["exp"] += TEN_MINUTES


def without_algorithm(draft: Draft) -> None:
    """Say ``none``; the signature stays empty then.

    The kid stays: who looks for the key first must not be saved by not finding one.
    """
    draft.header["alg"] = jws.NONE


def apply(call: Call, draft: Draft, changes: Mapping[str, Callable[[Draft], None]]) -> None:
    """Make every change whose fault is on."""
    for name, change in changes.items():
        if call.fault(name):
            change(draft)


def apply_after(call: Call, token: str, changes: Mapping[str, Callable[[str], str]]) -> str:
    """Return the signed token after every change whose fault is on."""
    for name, change in changes.items():
        if call.fault(name):
            token = change(token)
    return token
