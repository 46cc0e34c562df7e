"""Authentication context classes that we claim, and what an ID token may say of a sign-in.

``phr`` is OpenID EAP ACR Values 1.0: phishing-resistant. ``phrh`` would promise protected hardware,
which an unattested passkey cannot show, so it is never claimed. A sandbox persona proves nothing
and gets a value of its own, which exists in sandbox mode only (DESIGN §6).
"""

from __future__ import annotations

PASSKEY = "phr"
SANDBOX = "urn:network-id:acr:sandbox-persona"

# RFC 8176: proof of possession of a key, user presence test, and two factors (key + verification).
PASSKEY_METHODS = ("pop", "user", "mfa")
SANDBOX_METHODS: tuple[str, ...] = ()


def supported(*, sandbox: bool) -> tuple[str, ...]:
    """Return ``acr_values_supported``."""
    return (PASSKEY, SANDBOX) if sandbox else (PASSKEY,)
