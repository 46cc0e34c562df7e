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


def _name(parts: dict[x509.ObjectIdentifier, str]) -> x509.Name:
    return x509.Name([x509.NameAttribute(oid, text) for oid, text in parts.items()])


@dataclass
class Maker:
    """One root, and the certificates that it signs."""

    called: str = "Test Keys Root"
    key: ec.EllipticCurvePrivateKey = field(default_factory=_key)

    @property
    def root(self) -> bytes:
        """The root certificate in PEM."""
        name = _name({NameOID.COMMON_NAME: self.called})
        return self._signed(name, self.key, ca=True).public_bytes(Encoding.PEM)

    def batch(self, **changes: Any) -> Batch:
        """A batch of keys with an attestation certificate of their own, wrong where told so."""
        key = _key()
        subject = _name(SUBJECT | changes.pop("subject", {}))
        certificate = self._signed(subject, key, **changes)
        return Batch(key, (certificate.public_bytes(Encoding.DER),))

    def trusted_in(self, folder: Path) -> Path:
        """Write the root where an operator puts it; return the folder."""
        folder.mkdir(exist_ok=True)
        (folder / "maker.pem").write_bytes(self.root)
        return folder

    def _signed(
        self,
        subject: x509.Name,
        key: ec.EllipticCurvePrivateKey,
        *,
        ca: bool = False,
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
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(begins)
            .not_valid_after(ends)
        )
        if basic:
            builder = builder.add_extension(x509.BasicConstraints(ca, None), critical=True)
        if aaguid is not None and not ca:
            value = x509.UnrecognizedExtension(AAGUID_EXTENSION, b"\x04\x10" + aaguid)
            builder = builder.add_extension(value, critical=critical)
        return builder.sign(self.key, SHA256())


@dataclass(frozen=True)
class Batch:
    """What every key of one batch holds: the attestation key, and the chain in DER."""

    key: ec.EllipticCurvePrivateKey
    chain: tuple[bytes, ...]
