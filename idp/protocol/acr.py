"""Authentication context classes that we claim, and what an ID token may say of a sign-in.

``phr`` and ``phrh`` are OpenID EAP ACR Values 1.0: phishing-resistant, and that by a key in
protected hardware. ``phrh`` is claimed only of a passkey whose hardware was proved when it was
registered, and only to a client that names it: told to all, it would mark the few who own such a
key at every platform (promise P2). Whoever proves ``phrh`` has proved ``phr`` too. A sandbox
persona proves nothing and gets a value of its own, which exists in sandbox mode only (DESIGN §6).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

PASSKEY = "phr"
HARDWARE = "phrh"
SANDBOX = "urn:network-id:acr:sandbox-persona"

_MEETS = {PASSKEY: (PASSKEY,), HARDWARE: (HARDWARE, PASSKEY), SANDBOX: (SANDBOX,)}

# RFC 8176: proof of possession of a key, user presence test, and two factors (key + verification);
# with proved hardware, that the key is in it. How the device verified its owner is not known.
PASSKEY_METHODS = ("pop", "user", "mfa")
HARDWARE_METHODS = ("hwk", "pop", "user", "mfa")
SANDBOX_METHODS: tuple[str, ...] = ()
METHODS = {PASSKEY: PASSKEY_METHODS, HARDWARE: HARDWARE_METHODS, SANDBOX: SANDBOX_METHODS}


def met(proved: str, asked: Iterable[str]) -> str | None:
    """Return the first of ``asked`` that a sign-in at ``proved`` meets, or None.

    First in the client's own order: its order of preference (OpenID Connect Core §3.1.2.1).
    """
    return next((value for value in asked if value in _MEETS.get(proved, (proved,))), None)


def told(proved: str, asked: Iterable[str]) -> str:
    """Return the value for a client that named ``asked``, possibly nothing, as wishes."""
    return met(proved, asked) or (PASSKEY if proved == HARDWARE else proved)


def methods(proved: str) -> tuple[str, ...]:
    """Return ``amr`` for a value that is told."""
    return METHODS.get(proved, ())


def supported(*, sandbox: bool, hardware: bool) -> tuple[str, ...]:
    """Return ``acr_values_supported``; ``hardware`` tells whether any maker's root is trusted."""
    return (
        PASSKEY,
        *((HARDWARE,) if hardware else ()),
        *((SANDBOX,) if sandbox else ()),
    )
