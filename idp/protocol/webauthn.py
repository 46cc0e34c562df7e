"""Passkeys: the checks on what a browser brings back from a ceremony.

WebAuthn Level 3 §7.1 (registration) and §7.2 (authentication), as pure rules. Signatures and
CBOR are py_webauthn's; the rules below are ours, because it leaves several out.

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
from webauthn import verify_authentication_response, verify_registration_response
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from webauthn.helpers.structs import (
    AttestationFormat,
    AttestedCredentialData,
    AuthenticationCredential,
    AuthenticatorAssertionResponse,
    AuthenticatorAttestationResponse,
    AuthenticatorData,
    RegistrationCredential,
)

from idp.domain import base64url
from idp.domain.passkey import Kind
from idp.protocol.webauthn_attestation import Trust, check_hardware
from idp.protocol.webauthn_options import (
    MIN_CHALLENGE_BYTES,
    RelyingParty,
    Where,
    accepted_credentials,
    authentication_options,
    registration_options,
)
from idp.protocol.webauthn_wire import (
    ALGORITHMS,
    USER_HANDLE_BYTES,
    Credential,
    PasskeyReason,
    PasskeyRefused,
    check_public_key,
    read_attestation,
    read_authenticator_data,
    read_client_data,
    read_credential,
    refusing,
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
    attestation = credential.part("attestationObject")
    data = read_authenticator_data(read_attestation(attestation, proving=trust is not None))
    _check(_Ceremony(rp, "webauthn.create", challenge, read_client_data(client_data), data))
    attested = _attested(credential, data)
    if trust is not None:
        check_hardware(attestation, data, trust)
    with refusing(PasskeyReason.ATTESTATION_INVALID):
        verify_registration_response(
            credential=RegistrationCredential(
                id=base64url.encode(credential.id),
                raw_id=credential.id,
                response=AuthenticatorAttestationResponse(client_data, attestation),
            ),
            expected_challenge=challenge,
            expected_rp_id=rp.rp_id,
            expected_origin=rp.origin,
            require_user_verification=True,
            supported_pub_key_algs=[COSEAlgorithmIdentifier(number) for number in ALGORITHMS],
            pem_root_certs_bytes_by_fmt=(
                {AttestationFormat.PACKED: list(trust.roots)} if trust is not None else None
            ),
        )
    return NewPasskey(
        credential.id,
        attested.credential_public_key,
        data.sign_count,
        data.flags.be,
        data.flags.bs,
        _transports(credential),
        credential.elsewhere,
        hardware=trust is not None,
    )


def _attested(credential: Credential, data: AuthenticatorData) -> AttestedCredentialData:
    attested = data.attested_credential_data
    if attested is None:
        raise PasskeyRefused(PasskeyReason.ATTESTED_DATA_MISSING)
    if attested.credential_id != credential.id:
        raise PasskeyRefused(PasskeyReason.CREDENTIAL_ID_MISMATCH)
    check_public_key(attested.credential_public_key)
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
    if data.attested_credential_data is not None:  # L3 §6.1 forbids it in an assertion
        raise PasskeyRefused(PasskeyReason.ATTESTED_DATA_UNEXPECTED)
    if data.flags.be != bool(backup_eligible):
        raise PasskeyRefused(PasskeyReason.BACKUP_ELIGIBILITY_CHANGED)
    check_public_key(public_key)
    response = AuthenticatorAssertionResponse(client_data, raw_data, credential.part("signature"))
    with refusing(PasskeyReason.SIGNATURE):
        verify_authentication_response(
            credential=AuthenticationCredential(
                base64url.encode(credential.id), credential.id, response
            ),
            expected_challenge=challenge,
            expected_rp_id=rp.rp_id,
            expected_origin=rp.origin,
            credential_public_key=public_key,
            credential_current_sign_count=0,  # a regression is reported below, not refused
            require_user_verification=True,
        )
    regressed = data.sign_count <= sign_count and (data.sign_count, sign_count) != (0, 0)
    return VerifiedAssertion(
        credential.id,
        user_handle,
        data.sign_count,
        data.flags.bs,
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
    (PasskeyReason.USER_NOT_PRESENT, lambda this: this.data.flags.up),
    # a stolen, unlocked device
    (PasskeyReason.USER_NOT_VERIFIED, lambda this: this.data.flags.uv),
    (
        PasskeyReason.BACKUP_STATE_INCONSISTENT,
        lambda this: this.data.flags.be or not this.data.flags.bs,
    ),
)
