"""Proof that a passkey lives in hardware: a packed attestation under a maker's root that we trust.

Rules in prose. Only what the person asked to prove is looked at, and only the answer is kept: yes.
The statement is *packed* with certificates (WebAuthn L3 §8.2): what security keys make. Self
attestation proves nothing. The certificate is a maker's for attestation (§8.2.1), in force today,
and chains to a root that the operator chose; it names the same model as the authenticator data, if
it names one. A passkey that may be copied to other devices is in no hardware, whoever vouches for
it.

The chain is checked by cryptography's X.509 verifier: every link's name and signature (RSA of 2048
bits or more, or ECDSA; no SHA-1), every date, that each issuer is an authority which may sign
certificates and has no more below it than it may, and that no critical extension is unknown.

The other formats are left out on purpose: fido2 does not look whether a TPM's key may leave its
chip and knows none of Android's, Apple attests no passkey, and FIDO U2F knows no verified person.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.x509.oid import NameOID
from cryptography.x509.verification import Criticality, ExtensionPolicy, PolicyBuilder, Store
from msgspec import Struct

from idp.protocol.webauthn_cbor import ALGORITHMS
from idp.protocol.webauthn_wire import PasskeyReason, PasskeyRefused, refusing

if TYPE_CHECKING:
    from cryptography.x509.verification import Policy

    from idp.protocol.webauthn_cbor import Attestation, AuthenticatorData

MAX_CERTIFICATES = 5
_AAGUID = x509.ObjectIdentifier("1.3.6.1.4.1.45724.1.1.4")
_OCTET_STRING_OF_16 = b"\x04\x10"


class Trust(Struct, frozen=True):
    """The roots of makers that the operator trusts, each a PEM certificate; ``now`` in seconds."""

    roots: tuple[bytes, ...]
    now: int


def check_statement(attestation: Attestation, client_data: bytes) -> None:
    """Check a packed statement (WebAuthn L3 §8.2): signed by its certificate, or by the key itself.

    ``attestation`` is one that ``read_attestation`` has read, with a statement that is not empty.
    Raises PasskeyRefused ``ATTESTATION_INVALID``.
    """
    # All formats come along, and few people ever send a statement: not in every server's memory.
    from fido2.attestation.packed import PackedAttestation  # noqa: PLC0415 - the same
    from fido2.webauthn import AuthenticatorData as Signed  # noqa: PLC0415 - the same

    with refusing(PasskeyReason.ATTESTATION_INVALID):
        client_data_hash = hashlib.sha256(client_data).digest()
        PackedAttestation().verify(
            attestation.statement, Signed(attestation.data), client_data_hash
        )


def check_hardware(attestation: Attestation, data: AuthenticatorData, trust: Trust) -> None:
    """Check all of a proof but its signature, which ``check_statement`` checks.

    ``attestation`` is one that ``read_attestation`` has read as proving. Raises PasskeyRefused:
    ``HARDWARE_UNPROVED``, ``ATTESTATION_CERTIFICATE``, or ``ATTESTATION_INVALID`` for the chain.
    """
    if not trust.roots or data.backup_eligible:
        raise PasskeyRefused(PasskeyReason.HARDWARE_UNPROVED)
    today = datetime.fromtimestamp(trust.now, UTC)
    with refusing(PasskeyReason.ATTESTATION_CERTIFICATE):
        if attestation.statement["alg"] not in ALGORITHMS:
            raise PasskeyRefused(PasskeyReason.ALGORITHM)
        chain = [
            x509.load_der_x509_certificate(raw) for raw in _bounded(attestation.statement["x5c"])
        ]
        in_force = all(
            one.not_valid_before_utc <= today <= one.not_valid_after_utc for one in chain
        )
        if not (in_force and data.attested and _is_for_attestation(chain[0], data.attested.aaguid)):
            raise PasskeyRefused(PasskeyReason.ATTESTATION_CERTIFICATE)
    with refusing(PasskeyReason.ATTESTATION_INVALID):
        _check_chain(chain, trust.roots, today)


def _bounded(certificates: Any) -> list[bytes]:
    if not isinstance(certificates, list) or not 1 <= len(certificates) <= MAX_CERTIFICATES:
        raise PasskeyRefused(PasskeyReason.ATTESTATION_CERTIFICATE)
    return certificates


def _check_chain(chain: list[x509.Certificate], roots: tuple[bytes, ...], today: datetime) -> None:
    """Raise unless ``chain``, from the leaf up, leads to one of ``roots`` (RFC 5280 §6)."""
    trusted = [x509.load_pem_x509_certificate(pem) for pem in roots]
    # An authority below a root helps on the way to its root, which may have said how far it goes.
    below = [one for one in trusted if one.issuer != one.subject]
    verifier = (
        PolicyBuilder()
        .store(Store([one for one in trusted if one.issuer == one.subject]))
        .time(today)
        # The defaults are those of the web, which want host names in the leaf, and more.
        .extension_policies(ca_policy=_AUTHORITIES, ee_policy=ExtensionPolicy.permit_all())
        .build_client_verifier()
    )
    verifier.verify(chain[0], [*chain[1:], *below])


def _may_sign(_: Policy, __: x509.Certificate, usage: x509.KeyUsage | None) -> None:
    if usage is not None and not usage.key_cert_sign:
        raise ValueError("an authority for other things than certificates")


_AUTHORITIES = (
    ExtensionPolicy.permit_all()
    .require_present(x509.BasicConstraints, Criticality.AGNOSTIC, None)
    .may_be_present(x509.KeyUsage, Criticality.AGNOSTIC, _may_sign)
)


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
