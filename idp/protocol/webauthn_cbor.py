"""What an authenticator writes: authenticator data, attestation objects and keys, in CBOR.

Rules in prose. CBOR has one spelling here (WebAuthn L3 §2.4): what is read must be what is written
when it is spelt again, or two readers would see two keys. So a longer head than needed, an unknown
length, a label given twice, a tag, a byte too many or too few are refused; only the order of labels
is free, as authenticators differ in it. A public key is one of three kinds, complete, with no
further label (L3 §6.5.1). Values are CBOR by cbor2, keys and signatures are fido2's: its own CBOR
takes a text that ends too early and a label given twice, and needs ten times as long for hostile
input.

Every function refuses with PasskeyRefused and raises nothing else, whatever the input.
"""

from __future__ import annotations

import struct
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NoReturn

import cbor2
from cryptography.exceptions import InvalidSignature
from fido2.cose import CoseKey
from msgspec import Struct

from idp.protocol.webauthn_wire import PasskeyReason, PasskeyRefused, refusing

if TYPE_CHECKING:
    from collections.abc import Callable

ES256, EDDSA, RS256 = -7, -8, -257
ALGORITHMS = (ES256, EDDSA, RS256)

_FIXED = struct.Struct(">32sBI")  # WebAuthn L3 §6.1: hash of the RP ID, flags, sign count
_ATTESTED = struct.Struct(">16sH")  # L3 §6.5.1: model, length of the credential id that follows
_UP, _UV, _BE, _BS, _AT, _ED = 0x01, 0x04, 0x08, 0x10, 0x40, 0x80


class AttestedCredential(Struct, frozen=True):
    """The passkey that was made (WebAuthn L3 §6.5.1); ``public_key`` as the authenticator sent it.

    ``aaguid`` names the model, and is believed only where it is proved.
    """

    aaguid: bytes
    credential_id: bytes
    public_key: bytes


class AuthenticatorData(Struct, frozen=True):
    """What the authenticator says of the ceremony (WebAuthn L3 §6.1)."""

    rp_id_hash: bytes
    user_present: bool
    user_verified: bool
    backup_eligible: bool
    backed_up: bool
    sign_count: int
    attested: AttestedCredential | None


class Attestation(Struct, frozen=True):
    """An attestation object (WebAuthn L3 §6.5): its statement (empty under ``none``) and data."""

    statement: dict[str, object]
    data: bytes


def read_authenticator_data(raw: bytes) -> AuthenticatorData:
    """Parse authenticator data (WebAuthn L3 §6.1), every byte of it accounted for."""
    with refusing(PasskeyReason.AUTHENTICATOR_DATA_MALFORMED):
        rp_id_hash, flags, sign_count = _FIXED.unpack_from(raw)
        attested, end = _read_attested(raw, _FIXED.size) if flags & _AT else (None, _FIXED.size)
        if flags & _ED:
            end += len(_first(raw[end:])[1])
        if end != len(raw):
            raise PasskeyRefused(PasskeyReason.AUTHENTICATOR_DATA_MALFORMED)
    return AuthenticatorData(
        rp_id_hash,
        bool(flags & _UP),
        bool(flags & _UV),
        bool(flags & _BE),
        bool(flags & _BS),
        sign_count,
        attested,
    )


def _read_attested(raw: bytes, start: int) -> tuple[AttestedCredential, int]:
    """Return what is attested from ``start`` on, and where it ends."""
    aaguid, length = _ATTESTED.unpack_from(raw, start)
    named = start + _ATTESTED.size
    _, key = _first(raw[named + length :])  # nothing is left, and refused, if the id was cut short
    attested = AttestedCredential(aaguid, raw[named : named + length], key)
    return attested, named + length + len(key)


def read_attestation(raw: bytes, *, proving: bool = False) -> Attestation:
    """Read an attestation object (WebAuthn L3 §6.5).

    Only ``none`` and self attestation are let through: browsers leave the latter in place when
    ``none`` was asked for (L3 §5.1.3), and it carries no certificate that could name a device.
    ``proving`` reads what the person chose to prove instead: certificates, and nothing else.
    """
    with refusing(PasskeyReason.ATTESTATION_MALFORMED):
        found = _whole(raw)
        form, statement, data = found["fmt"], found["attStmt"], found["authData"]
        labels = set(statement)
    if not isinstance(form, str) or not isinstance(statement, dict) or not isinstance(data, bytes):
        raise PasskeyRefused(PasskeyReason.ATTESTATION_MALFORMED)
    if proving:
        if (form, labels) != ("packed", {"alg", "sig", "x5c"}):
            raise PasskeyRefused(PasskeyReason.HARDWARE_UNPROVED)
    elif (form, labels) not in (("none", set()), ("packed", {"alg", "sig"})):
        raise PasskeyRefused(PasskeyReason.ATTESTATION_FORMAT)
    return Attestation(statement, data)


_KEY_KINDS: dict[int, tuple[int, int | None, dict[int, int]]] = {
    # algorithm: key type, curve, and the byte strings by label with their length (RFC 9053 §7)
    ES256: (2, 1, {-2: 32, -3: 32}),
    EDDSA: (1, 6, {-2: 32}),
}
_RSA_MODULUS_BYTES = range(256, 513)  # 2048 to 4096 bits: larger ones make each sign-in slow
_RSA_EXPONENT = b"\x01\x00\x01"


def check_public_key(raw: bytes) -> None:
    """Refuse a COSE key that is not a complete ES256 (P-256), Ed25519 or RS256 public key.

    Raises PasskeyRefused ``ALGORITHM`` for another algorithm, ``PUBLIC_KEY_MALFORMED`` for a key
    that does not belong to its algorithm, or is none (a point off the curve).
    """
    # A key is loaded only to verify: nobody signed nothing, and what else is wrong is the key.
    with refusing(PasskeyReason.PUBLIC_KEY_MALFORMED), suppress(InvalidSignature):
        _read_public_key(raw).verify(b"", b"")


def check_signature(public_key: bytes, message: bytes, signature: bytes) -> None:
    """Refuse a signature that ``public_key`` did not make, and a key that check_public_key would.

    Raises PasskeyRefused ``SIGNATURE``, and what ``check_public_key`` raises.
    """
    key = _read_public_key(public_key)
    with refusing(PasskeyReason.PUBLIC_KEY_MALFORMED):
        try:
            key.verify(message, signature)
        except InvalidSignature as error:
            raise PasskeyRefused(PasskeyReason.SIGNATURE) from error


def _read_public_key(raw: bytes) -> CoseKey:
    with refusing(PasskeyReason.PUBLIC_KEY_MALFORMED):
        key = _whole(raw)
        # In Python 1, True and 1.0 are one label and one value; in CBOR they are three.
        plain_labels = all(type(label) is int for label in key)
        plain_values = all(type(value) in (int, bytes) for value in key.values())
        algorithm = key[3]
    if type(algorithm) is not int or algorithm not in ALGORITHMS:
        raise PasskeyRefused(PasskeyReason.ALGORITHM)
    fits = _is_rsa(key) if algorithm == RS256 else _is_curve_key(key, algorithm)
    if not (plain_labels and plain_values and fits):
        raise PasskeyRefused(PasskeyReason.PUBLIC_KEY_MALFORMED)
    return CoseKey.parse(key)


def _is_rsa(key: dict[int, object]) -> bool:
    modulus = key.get(-1)
    if set(key) != {1, 3, -1, -2} or key[1] != 3 or key[-2] != _RSA_EXPONENT:  # noqa: PLR2004 - kty
        return False
    if not isinstance(modulus, bytes) or len(modulus) not in _RSA_MODULUS_BYTES:
        return False
    return modulus[0] != 0 and modulus[-1] % 2 == 1  # an even modulus is no product of two primes


def _is_curve_key(key: dict[int, object], algorithm: int) -> bool:
    key_type, curve, coordinates = _KEY_KINDS[algorithm]
    if set(key) != {1, 3, -1, *coordinates} or (key[1], key[-1]) != (key_type, curve):
        return False
    return all(
        isinstance(value := key[label], bytes) and len(value) == length
        for label, length in coordinates.items()
    )


class _NoTag(dict[int, "Callable[[object, bool], NoReturn]"]):
    """In the place of all readers of tagged values: dates, regular expressions, mails and more."""

    def __missing__(self, tag: int) -> Callable[[object, bool], NoReturn]:
        return _refuse_tag


def _refuse_tag(_decoder: object, _immutable: bool) -> NoReturn:  # noqa: FBT001 - the library's
    raise ValueError("WebAuthn's CBOR has no tags")


_NO_TAGS = _NoTag()


def _first(raw: bytes) -> tuple[Any, bytes]:
    """Return the value that ``raw`` begins with, and the bytes that spell it: its only spelling."""
    value = cbor2.loads(raw, allow_duplicate_keys=False, semantic_decoders=_NO_TAGS)
    spelt = cbor2.dumps(value)
    if not raw.startswith(spelt):
        raise ValueError("not spelt as short as can be")
    return value, spelt


def _whole(raw: bytes) -> Any:
    value, spelt = _first(raw)
    if len(spelt) != len(raw):
        raise ValueError("bytes after the value")
    return value
