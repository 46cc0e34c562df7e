"""What `idp serve` agrees to when it speaks TLS itself."""

import ssl
from datetime import UTC, datetime, timedelta

import pytest
import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from idp.cli.tls import strict_context


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "op.example")])
    born = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(born)
        .not_valid_after(born + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("tls")
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    (folder / "key.pem").write_bytes(private)
    (folder / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))

    def default() -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
        return context

    return strict_context(uvicorn.Config("none"), default)


def agreed(server: ssl.SSLContext, client: ssl.SSLContext) -> tuple[str | None, str]:
    """Shake hands in memory; returns the version and the suite, or raises ssl.SSLError."""
    ours, theirs = ssl.MemoryBIO(), ssl.MemoryBIO()
    here = server.wrap_bio(theirs, ours, server_side=True)
    there = client.wrap_bio(ours, theirs)
    for _ in range(4):
        for side in (there, here):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
    cipher = there.cipher()
    assert cipher is not None
    return there.version(), cipher[0]


def client(version: ssl.TLSVersion, suites: str | None = None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if suites is not None:
        context.set_ciphers(f"{suites}:@SECLEVEL=0")
    context.maximum_version = version
    return context


@pytest.mark.spec("RFC 9325 §3.1.1")
def test_tls_1_3_is_preferred(server: ssl.SSLContext):
    assert agreed(server, client(ssl.TLSVersion.TLSv1_3))[0] == "TLSv1.3"


@pytest.mark.spec("RFC 9325 §4.2")
@pytest.mark.parametrize("suite", ["ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-RSA-AES256-GCM-SHA384"])
def test_tls_1_2_with_a_recommended_suite_is_spoken(server: ssl.SSLContext, suite: str):
    assert agreed(server, client(ssl.TLSVersion.TLSv1_2, suite)) == ("TLSv1.2", suite)


@pytest.mark.spec("RFC 9325 §4.1")
@pytest.mark.parametrize(
    "suite", ["AES128-GCM-SHA256", "ECDHE-RSA-AES256-SHA384", "DHE-RSA-AES256-GCM-SHA384", "kRSA"]
)
def test_a_suite_without_forward_secrecy_or_aead_is_refused(server: ssl.SSLContext, suite: str):
    with pytest.raises(ssl.SSLError):
        agreed(server, client(ssl.TLSVersion.TLSv1_2, suite))


@pytest.mark.spec("RFC 9325 §3.1.1")
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
@pytest.mark.parametrize("version", ["TLSv1", "TLSv1_1"])
def test_older_versions_are_refused(server: ssl.SSLContext, version: str):
    old = client(ssl.TLSVersion.TLSv1_2, "ALL")
    old.minimum_version = old.maximum_version = ssl.TLSVersion[version]
    with pytest.raises(ssl.SSLError):
        agreed(server, old)
