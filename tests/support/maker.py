"""A maker of security keys: its root, its attestation certificates, and what others would forge."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from tests.support.authenticator import AAGUID

if TYPE_CHECKING:
    from pathlib import Path

LONG_AGO: Final = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
LONG_FROM_NOW: Final = dt.datetime(2100, 1, 1, tzinfo=dt.UTC)
AAGUID_EXTENSION: Final = x509.ObjectIdentifier("1.3.6.1.4.1.45724.1.1.4")
SUBJECT: Final = {
    NameOID.COUNTRY_NAME: "AT",
    NameOID.ORGANIZATION_NAME: "Test Keys",
    NameOID.ORGANIZATIONAL_UNIT_NAME: "Authenticator Attestation",
    NameOID.COMMON_NAME: "Test Keys model 1",
}


def _key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def _usage(*, signing: bool) -> x509.KeyUsage:
    """Of an authority: to sign certificates, or anything but them."""
    return x509.KeyUsage(
        digital_signature=not signing,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signing,
        crl_sign=signing,
        encipher_only=False,
        decipher_only=False,
    )


def _name(parts: dict[x509.ObjectIdentifier, str]) -> x509.Name:
    return x509.Name([x509.NameAttribute(oid, text) for oid, text in parts.items() if text])


@dataclass
class Maker:
    """One root, or an authority below one, and the certificates that it signs."""

    called: str = "Test Keys Root"
    key: ec.EllipticCurvePrivateKey = field(default_factory=_key)
    above: tuple[bytes, ...] = ()  # of an authority: its own certificate, and those up to the root

    @property
    def root(self) -> bytes:
        """The root certificate in PEM."""
        return self.root_that()

    def root_that(self, **changes: Any) -> bytes:
        """The same root certificate, wrong where told so."""
        name = _name({NameOID.COMMON_NAME: self.called})
        changes = {"ca": True, **changes}
        return self._signed(name, self.key.public_key(), **changes).public_bytes(Encoding.PEM)

    def authority(self, called: str = "Test Keys Factory", **changes: Any) -> Maker:
        """An authority below this one, wrong where told so."""
        key, changes = _key(), {"ca": True, **changes}
        name = _name({NameOID.COMMON_NAME: called})
        certificate = self._signed(name, key.public_key(), **changes)
        return Maker(called, key, (certificate.public_bytes(Encoding.DER), *self.above))

    def batch(self, **changes: Any) -> Batch:
        """A batch of keys with an attestation certificate of their own, wrong where told so."""
        key = _key()
        subject = _name(SUBJECT | changes.pop("subject", {}))
        certificate = self._signed(subject, key.public_key(), **changes)
        return Batch(key, (certificate.public_bytes(Encoding.DER), *self.above))

    def trusted_in(self, folder: Path) -> Path:
        """Write the root where an operator puts it; return the folder."""
        folder.mkdir(exist_ok=True)
        (folder / "maker.pem").write_bytes(self.root)
        return folder

    def _signed(
        self,
        subject: x509.Name,
        key: ec.EllipticCurvePublicKey,
        *,
        ca: bool = False,
        most_below: int | None = None,
        for_signing: bool | None = None,
        unknown: bool = False,
        by: ec.EllipticCurvePrivateKey | None = None,
        begins: dt.datetime = LONG_AGO,
        ends: dt.datetime = LONG_FROM_NOW,
        aaguid: bytes | None = AAGUID,
        critical: bool = False,
        basic: bool = True,
    ) -> x509.Certificate:
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(_name({NameOID.COMMON_NAME: self.called}))
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(begins)
            .not_valid_after(ends)
        )
        if basic:
            builder = builder.add_extension(x509.BasicConstraints(ca, most_below), critical=True)
        if for_signing is not None:
            builder = builder.add_extension(_usage(signing=for_signing), critical=True)
        if unknown:
            something = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")
            builder = builder.add_extension(something, critical=True)
        if aaguid is not None and not ca:
            value = x509.UnrecognizedExtension(AAGUID_EXTENSION, b"\x04\x10" + aaguid)
            builder = builder.add_extension(value, critical=critical)
        return builder.sign(by or self.key, SHA256())


@dataclass(frozen=True)
class Batch:
    """What every key of one batch holds: the attestation key, and the chain in DER."""

    key: ec.EllipticCurvePrivateKey
    chain: tuple[bytes, ...]
