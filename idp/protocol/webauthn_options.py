"""What a browser is given to start a WebAuthn ceremony (WebAuthn L3 §5.4, §5.5), as JSON.

Rules in prose. Passkeys only: discoverable and with user verification, since there is no password
to fall back to. No attestation is asked for, and no hint or attachment narrows which authenticator
a person may use, unless the person asked for one kind, or to prove a security key's hardware.
Challenges come in from outside, and a short one is never sent: it could be guessed.
"""

from __future__ import annotations

from enum import StrEnum, auto
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from msgspec import Struct

from idp.domain import base64url
from idp.protocol.webauthn_cbor import ALGORITHMS
from idp.protocol.webauthn_wire import USER_HANDLE_BYTES

if TYPE_CHECKING:
    from collections.abc import Sequence

TIMEOUT_MILLISECONDS = 5 * 60 * 1000
MIN_CHALLENGE_BYTES = 16  # WebAuthn L3 §13.4.3
_DEFAULT_PORTS = {"https": 443, "http": 80}


class Where(StrEnum):
    """Where somebody wants a passkey; ``PROVED_HARDWARE`` is the only one that asks for proof."""

    ANYWHERE = auto()
    HERE = auto()
    PROVED_HARDWARE = auto()


_HINTS: dict[Where, dict[str, object]] = {  # L3 §5.8.7
    Where.ANYWHERE: {},
    Where.HERE: {"hints": ["client-device"]},
    Where.PROVED_HARDWARE: {"hints": ["security-key"]},
}


class RelyingParty(Struct, frozen=True):
    """Who we are to an authenticator: RP ID (a host name), exact web origin, name shown."""

    rp_id: str
    origin: str
    name: str

    @classmethod
    def for_issuer(cls, issuer: str, name: str) -> Self:
        """Derive origin and RP ID from the issuer as a browser writes them (RFC 6454 §6.1).

        Raises ValueError for an issuer without a plain http(s) host. On an IP address the pages
        work but browsers offer no passkeys: use a name, for example ``localhost``.
        """
        parts = urlsplit(issuer)
        host, port = parts.hostname, parts.port
        if parts.scheme not in _DEFAULT_PORTS or not host or not host.isascii():
            raise ValueError(f"no web origin can be derived from the issuer {issuer!r}")
        shown = f"[{host}]" if ":" in host else host
        suffix = "" if port in (None, _DEFAULT_PORTS[parts.scheme]) else f":{port}"
        return cls(host, f"{parts.scheme}://{shown}{suffix}", name)


def registration_options(
    rp: RelyingParty,
    *,
    challenge: bytes,
    user_id: bytes,
    user_name: str,
    exclude: Sequence[bytes] = (),
    where: Where = Where.ANYWHERE,
) -> dict[str, object]:
    """Return what ``PublicKeyCredential.parseCreationOptionsFromJSON`` reads (L3 §5.1.8).

    ``user_id`` (1 to 64 random bytes) leaves the provider; ``exclude`` lists the credential ids
    the person has already; ``where`` narrows what the browser offers. Raises ValueError for a
    short challenge or a user id out of bounds.
    """
    _require_usable(challenge)
    if len(user_id) not in USER_HANDLE_BYTES:
        raise ValueError("a WebAuthn user id has 1 to 64 bytes")
    return {
        "rp": {"id": rp.rp_id, "name": rp.name},
        "user": {"id": base64url.encode(user_id), "name": user_name, "displayName": user_name},
        "challenge": base64url.encode(challenge),
        "pubKeyCredParams": [{"type": "public-key", "alg": number} for number in ALGORITHMS],
        "timeout": TIMEOUT_MILLISECONDS,
        "excludeCredentials": [
            {"type": "public-key", "id": base64url.encode(known)} for known in exclude
        ],
        "authenticatorSelection": {
            "residentKey": "required",
            "requireResidentKey": True,
            "userVerification": "required",
        }
        | ({"authenticatorAttachment": "platform"} if where is Where.HERE else {}),
        "attestation": "direct" if where is Where.PROVED_HARDWARE else "none",
    } | _HINTS[where]


def authentication_options(
    rp: RelyingParty,
    *,
    challenge: bytes,
    security_key: bool = False,
    allow: Sequence[bytes] = (),
) -> dict[str, object]:
    """Return what ``PublicKeyCredential.parseRequestOptionsFromJSON`` reads (L3 §5.1.9).

    Before a sign-in no credential is named, so the page tells nobody who has an account, not even
    to point at a security key: ``security_key`` is a hint to the browser and no more. ``allow``
    lists the credential ids of somebody who is signed in. Raises ValueError for a short challenge.
    """
    _require_usable(challenge)
    return {
        "challenge": base64url.encode(challenge),
        "timeout": TIMEOUT_MILLISECONDS,
        "rpId": rp.rp_id,
        "allowCredentials": [
            {"type": "public-key", "id": base64url.encode(known)} for known in allow
        ],
        "userVerification": "required",
    } | _HINTS[Where.PROVED_HARDWARE if security_key else Where.ANYWHERE]


def accepted_credentials(
    rp: RelyingParty, *, user_id: bytes, known: Sequence[bytes]
) -> dict[str, object]:
    """Return what ``PublicKeyCredential.signalAllAcceptedCredentials`` reads (L3 §5.1.10.3).

    A device then stops offering what was removed. Only for a person who has signed in: it names
    what they have.
    """
    return {
        "rpId": rp.rp_id,
        "userId": base64url.encode(user_id),
        "allAcceptedCredentialIds": [base64url.encode(one) for one in known],
    }


def _require_usable(challenge: bytes) -> None:
    if len(challenge) < MIN_CHALLENGE_BYTES:
        raise ValueError("a WebAuthn challenge has at least 16 random bytes")
