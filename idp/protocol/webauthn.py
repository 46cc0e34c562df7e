"""Passkeys: the checks on what a browser brings back from a ceremony.

WebAuthn Level 3 §7.1 (registration) and §7.2 (authentication), as pure rules. Keys, signatures and
CBOR are libraries' (fido2, cbor2); the rules below are ours, because every library leaves some out.

Rules in prose. The response belongs to this ceremony (type), this attempt (challenge) and exactly
this origin, in a page of our own: never inside another site's frame (``crossOrigin`` is absent or
false, there is no ``topOrigin``). The authenticator saw our RP ID, a present person, and verified
them. A passkey that cannot be backed up is not backed up, and whether it can never changes. The key
is ES256, Ed25519 or RS256. Passkeys are discoverable, so every assertion names its user handle.
Attestation is not asked for and never returned: which device a person owns is not our business.
Only whoever chooses to prove a security key's hardware shows it, and all that is returned is a yes.

A sign count that did not grow is reported and not refused: synced passkeys send 0 for ever, and
locking the owner out would be the cloner's success (§6.1.1 leaves it to the relying party).

Verification raises PasskeyRefused and nothing else, whatever the browser sent.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from idp.domain import base64url
from idp.domain.passkey import Kind
from idp.protocol.webauthn_attestation import Trust, check_hardware, check_statement
from idp.protocol.webauthn_cbor import (
    AttestedCredential,
    AuthenticatorData,
    check_public_key,
    check_signature,
    read_attestation,
    read_authenticator_data,
)
from idp.protocol.webauthn_options import (
    MIN_CHALLENGE_BYTES,
    RelyingParty,
    Where,
    accepted_credentials,
    authentication_options,
    registration_options,
)
from idp.protocol.webauthn_wire import (
    USER_HANDLE_BYTES,
    Credential,
    PasskeyReason,
    PasskeyRefused,
    read_client_data,
    read_credential,
)

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "NewPasskey",
    "PasskeyReason",
    "PasskeyRefused",
    "PresentedAssertion",
    "RelyingParty",
    "Trust",
    "VerifiedAssertion",
    "Where",
    "accepted_credentials",
    "authentication_options",
    "parse_assertion",
    "registration_options",
    "verify_authentication",
    "verify_registration",
]

_TRANSPORTS = frozenset({"usb", "nfc", "ble", "smart-card", "hybrid", "internal"})  # L3 §5.8.4


class NewPasskey(Struct, frozen=True):
    """What is known of a registered passkey. ``public_key`` is a COSE key; no model.

    ``elsewhere``: the browser says that it was made on another device than its own. ``kind`` is
    for whoever registers it to guess. ``hardware``: the key was proved to live in hardware.
    """

    credential_id: bytes
    public_key: bytes
    sign_count: int
    backup_eligible: bool
    backed_up: bool
    transports: tuple[str, ...]
    elsewhere: bool = False
    kind: Kind = Kind.OTHER
    hardware: bool = False


class PresentedAssertion(Struct, frozen=True):
    """Which passkey an assertion claims to be of: good for a lookup, proves nothing yet."""

    credential_id: bytes
    user_handle: bytes


class VerifiedAssertion(Struct, frozen=True):
    """A proved sign-in. The caller still compares ``user_handle`` with the passkey's owner."""

    credential_id: bytes
    user_handle: bytes
    sign_count: int
    backed_up: bool
    sign_count_regressed: bool
    elsewhere: bool = False


def verify_registration(
    rp: RelyingParty, *, challenge: bytes, credential_json: str, trust: Trust | None = None
) -> NewPasskey:
    """Check a response to ``navigator.credentials.create`` (L3 §7.1) and return the new passkey.

    With ``trust`` its hardware has to be proved, and it is refused when it is not.
    The caller makes sure that the challenge is used once and the credential id is new.
    Raises PasskeyRefused.
    """
    credential = read_credential(credential_json)
    client_data = credential.part("clientDataJSON")
    attestation = read_attestation(credential.part("attestationObject"), proving=trust is not None)
    data = read_authenticator_data(attestation.data)
    _check(_Ceremony(rp, "webauthn.create", challenge, read_client_data(client_data), data))
    attested = _attested(credential, data)
    if trust is not None:
        check_hardware(attestation, data, trust)
    if attestation.statement:
        check_statement(attestation, client_data)
    return NewPasskey(
        credential.id,
        attested.public_key,
        data.sign_count,
        data.backup_eligible,
        data.backed_up,
        _transports(credential),
        credential.elsewhere,
        hardware=trust is not None,
    )


def _attested(credential: Credential, data: AuthenticatorData) -> AttestedCredential:
    attested = data.attested
    if attested is None:
        raise PasskeyRefused(PasskeyReason.ATTESTED_DATA_MISSING)
    if attested.credential_id != credential.id:
        raise PasskeyRefused(PasskeyReason.CREDENTIAL_ID_MISMATCH)
    check_public_key(attested.public_key)
    return attested


def _transports(credential: Credential) -> tuple[str, ...]:
    named = credential.response.get("transports")
    if not isinstance(named, list):
        return ()
    return tuple(sorted({name for name in named if isinstance(name, str)} & _TRANSPORTS))


def parse_assertion(credential_json: str) -> PresentedAssertion:
    """Read which passkey an assertion names, for the lookup that ``verify_authentication`` needs.

    Raises PasskeyRefused; ``USER_HANDLE`` when it is missing, since our passkeys are discoverable.
    """
    credential = read_credential(credential_json)
    return PresentedAssertion(credential.id, _user_handle(credential))


def _user_handle(credential: Credential) -> bytes:
    if credential.response.get("userHandle") is None:
        raise PasskeyRefused(PasskeyReason.USER_HANDLE)
    handle = credential.part("userHandle")
    if len(handle) not in USER_HANDLE_BYTES:
        raise PasskeyRefused(PasskeyReason.USER_HANDLE)
    return handle


def verify_authentication(
    rp: RelyingParty,
    *,
    challenge: bytes,
    credential_json: str,
    public_key: bytes,
    sign_count: int,
    backup_eligible: bool,
) -> VerifiedAssertion:
    """Check a response to ``navigator.credentials.get`` (L3 §7.2) against the stored passkey.

    ``public_key``, ``sign_count`` and ``backup_eligible`` are those stored for the credential id
    that ``parse_assertion`` returned. The caller compares the user handle and makes sure that the
    challenge is used once. Raises PasskeyRefused.
    """
    credential = read_credential(credential_json)
    user_handle = _user_handle(credential)
    client_data, raw_data = credential.part("clientDataJSON"), credential.part("authenticatorData")
    data = read_authenticator_data(raw_data)
    _check(_Ceremony(rp, "webauthn.get", challenge, read_client_data(client_data), data))
    if data.attested is not None:  # L3 §6.1 forbids it in an assertion
        raise PasskeyRefused(PasskeyReason.ATTESTED_DATA_UNEXPECTED)
    if data.backup_eligible != bool(backup_eligible):
        raise PasskeyRefused(PasskeyReason.BACKUP_ELIGIBILITY_CHANGED)
    signed = raw_data + hashlib.sha256(client_data).digest()
    check_signature(public_key, signed, credential.part("signature"))
    regressed = data.sign_count <= sign_count and (data.sign_count, sign_count) != (0, 0)
    return VerifiedAssertion(
        credential.id,
        user_handle,
        data.sign_count,
        data.backed_up,
        regressed,
        credential.elsewhere,
    )


class _Ceremony(Struct, frozen=True):
    """Everything that both ceremonies check alike."""

    rp: RelyingParty
    kind: Literal["webauthn.create", "webauthn.get"]
    challenge: bytes
    client: dict[str, object]
    data: AuthenticatorData


def _check(ceremony: _Ceremony) -> None:
    for reason, holds in _CHECKS:
        if not holds(ceremony):
            raise PasskeyRefused(reason)


def _is_our_challenge(ceremony: _Ceremony) -> bool:
    # Compared as the one spelling we sent: a browser never writes another (L3 §5.8.1).
    usable = len(ceremony.challenge) >= MIN_CHALLENGE_BYTES
    return usable and ceremony.client.get("challenge") == base64url.encode(ceremony.challenge)


def _is_our_rp_id(ceremony: _Ceremony) -> bool:
    expected = hashlib.sha256(ceremony.rp.rp_id.encode()).digest()
    return hmac.compare_digest(ceremony.data.rp_id_hash, expected)


_UNBOUND = {"status": "supported"}  # says that the browser knows of it, and binds nothing

# In the order of L3 §7.1 and §7.2. Each line is one attack refused, for its own reason.
_CHECKS: tuple[tuple[PasskeyReason, Callable[[_Ceremony], bool]], ...] = (
    # a registration replayed as a sign-in, or the reverse
    (PasskeyReason.CEREMONY_TYPE, lambda this: this.client.get("type") == this.kind),
    # replay, and a response made for another browser
    (PasskeyReason.CHALLENGE, _is_our_challenge),
    # phishing: compared as strings, so look-alikes, ports and subdomains are simply different
    (PasskeyReason.ORIGIN, lambda this: this.client.get("origin") == this.rp.origin),
    # clickjacking a ceremony inside another site's frame
    (PasskeyReason.CROSS_ORIGIN, lambda this: this.client.get("crossOrigin", False) is False),
    (PasskeyReason.TOP_ORIGIN, lambda this: "topOrigin" not in this.client),
    # bound to another connection; Level 3 gave token binding up, and we never had it (L2 §7.2)
    (
        PasskeyReason.TOKEN_BINDING,
        lambda this: this.client.get("tokenBinding", _UNBOUND) == _UNBOUND,
    ),
    (PasskeyReason.RP_ID_HASH, _is_our_rp_id),
    # malware without the person
    (PasskeyReason.USER_NOT_PRESENT, lambda this: this.data.user_present),
    # a stolen, unlocked device
    (PasskeyReason.USER_NOT_VERIFIED, lambda this: this.data.user_verified),
    (
        PasskeyReason.BACKUP_STATE_INCONSISTENT,
        lambda this: this.data.backup_eligible or not this.data.backed_up,
    ),
)
