"""Proof that a passkey lives in hardware: a packed attestation under a maker's root that we trust.

Rules in prose. Only what the person asked to prove is looked at, and only the answer is kept: yes.
The statement is *packed* with certificates (WebAuthn L3 §8.2): what security keys make. Self
attestation proves nothing. The certificate is a maker's for attestation (§8.2.1), in force today,
and chains to a root that the operator chose; it names the same model as the authenticator data, if
it names one. A passkey that may be copied to other devices is in no hardware, whoever vouches for
it.

The other formats are left out on purpose: py_webauthn does not look whether a TPM or Android key
may leave its chip, Apple attests no passkey, and FIDO U2F knows no verified person.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.x509.oid import NameOID
from msgspec import Struct
from webauthn.helpers import parse_cbor

from idp.protocol.webauthn_wire import ALGORITHMS, PasskeyReason, PasskeyRefused, refusing

if TYPE_CHECKING:
    from webauthn.helpers.structs import AuthenticatorData

MAX_CERTIFICATES = 5
_AAGUID = x509.ObjectIdentifier("1.3.6.1.4.1.45724.1.1.4")
_OCTET_STRING_OF_16 = b"\x04\x10"


class Trust(Struct, frozen=True):
    """The roots of makers that the operator trusts, each a PEM certificate; ``now`` in seconds."""

    roots: tuple[bytes, ...]
    now: int


def check_hardware(attestation: bytes, data: AuthenticatorData, trust: Trust) -> None:
    """Check all of a proof but its signature and chain, which are py_webauthn's.

    ``attestation`` is one that ``read_attestation`` has read as proving. Raises PasskeyRefused:
    ``HARDWARE_UNPROVED``, or ``ATTESTATION_CERTIFICATE``.
    """
    if not trust.roots or data.flags.be:
        raise PasskeyRefused(PasskeyReason.HARDWARE_UNPROVED)
    with refusing(PasskeyReason.ATTESTATION_CERTIFICATE):
        statement = parse_cbor(attestation)["attStmt"]
        if statement["alg"] not in ALGORITHMS:
            raise PasskeyRefused(PasskeyReason.ALGORITHM)
        chain = [x509.load_der_x509_certificate(raw) for raw in _bounded(statement["x5c"])]
        today = datetime.fromtimestamp(trust.now, UTC)
        in_force = all(
            one.not_valid_before_utc <= today <= one.not_valid_after_utc for one in chain
        )
        attested = data.attested_credential_data
        if not (in_force and attested and _is_for_attestation(chain[0], attested.aaguid)):
            raise PasskeyRefused(PasskeyReason.ATTESTATION_CERTIFICATE)


def _bounded(certificates: list[bytes]) -> list[bytes]:
    if not 1 <= len(certificates) <= MAX_CERTIFICATES:
        raise PasskeyRefused(PasskeyReason.ATTESTATION_CERTIFICATE)
    return certificates


def _is_for_attestation(leaf: x509.Certificate, aaguid: bytes) -> bool:
    """WebAuthn L3 §8.2.1."""
    unit = leaf.subject.get_attributes_for_oid(NameOID.ORGANIZATIONAL_UNIT_NAME)
    basic = leaf.extensions.get_extension_for_class(x509.BasicConstraints).value
    return (
        leaf.version is x509.Version.v3
        and [attribute.value for attribute in unit] == ["Authenticator Attestation"]
        and not basic.ca
        and _names_no_other_model(leaf, aaguid)
    )


def _names_no_other_model(leaf: x509.Certificate, aaguid: bytes) -> bool:
    try:
        named = leaf.extensions.get_extension_for_oid(_AAGUID)
    except x509.ExtensionNotFound:
        return True
    value = named.value
    said = value.value if isinstance(value, x509.UnrecognizedExtension) else b""
    return not named.critical and said == _OCTET_STRING_OF_16 + aaguid
