"""Attack: a chain of certificates that does not lead, or not lawfully, to a maker whom we trust."""

import datetime as dt
from collections.abc import Callable
from typing import Any, Final

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_der_x509_certificate, load_pem_x509_certificate
from cryptography.x509.oid import NameOID

from idp.protocol.webauthn import PasskeyReason, Trust, Where, registration_options
from idp.protocol.webauthn import verify_registration as verify
from tests.support.authenticator import SoftAuthenticator
from tests.support.ceremonies import CHALLENGE, ORIGIN, RP, USER_ID, refusal_of
from tests.support.maker import LONG_AGO, LONG_FROM_NOW, Maker

INVALID, CERTIFICATE = PasskeyReason.ATTESTATION_INVALID, PasskeyReason.ATTESTATION_CERTIFICATE
MAKER: Final = Maker()
FACTORY: Final = MAKER.authority()
BATCH: Final = FACTORY.batch()
OVER: Final = LONG_AGO.replace(month=3)
TO_COME: Final = LONG_AGO.replace(year=2099)
NOW: Final = int(LONG_AGO.timestamp()) + 200 * 24 * 60 * 60
PROVING: Final = registration_options(
    RP, challenge=CHALLENGE, user_id=USER_ID, user_name="n", where=Where.PROVED_HARDWARE
)


def refusal(batch: Any, *roots: bytes, now: int = NOW, chain: Any = None) -> PasskeyReason | None:
    key = SoftAuthenticator(synced=False, batch=batch)
    sent = {} if chain is None else {"x5c": list(chain)}
    response = key.create(PROVING, ORIGIN, statement=sent)
    trust = Trust(roots or (MAKER.root,), now)
    return refusal_of(
        lambda: verify(RP, challenge=CHALLENGE, credential_json=response, trust=trust)
    )


def pem(certificate: bytes) -> bytes:
    return load_der_x509_certificate(certificate).public_bytes(Encoding.PEM)


LAWFUL: dict[str, Any] = {
    "through_an_authority": FACTORY.batch(),
    "through_two": FACTORY.authority("Test Keys Line 1").batch(),
    "through_one_that_may_sign": MAKER.authority(for_signing=True).batch(),
    "through_one_as_far_as_it_may": MAKER.authority(most_below=0).batch(),
}


@pytest.mark.spec("RFC 5280 §6.1")
@pytest.mark.parametrize("batch", LAWFUL.values(), ids=LAWFUL)
def test_a_lawful_chain_proves(batch: Any):
    assert refusal(batch) is None


def test_the_order_of_the_authorities_and_the_root_among_them_do_not_matter():
    line = FACTORY.authority("Test Keys Line 1").batch()
    leaf, one, two = line.chain
    assert refusal(line, chain=[leaf, two, one]) is None
    root = load_pem_x509_certificate(MAKER.root).public_bytes(Encoding.DER)
    assert refusal(line, chain=[*line.chain, root]) is None


def test_an_authority_that_the_operator_keeps_beside_its_root_need_not_be_sent():
    leaf, factory = BATCH.chain
    assert refusal(BATCH, MAKER.root, pem(factory), chain=[leaf]) is None


UNLAWFUL: dict[str, tuple[PasskeyReason, Any]] = {
    "authority_expired": (CERTIFICATE, MAKER.authority(ends=OVER).batch()),
    "authority_not_yet_valid": (CERTIFICATE, MAKER.authority(begins=TO_COME).batch()),
    "authority_is_none": (INVALID, MAKER.authority(ca=False, aaguid=None).batch()),
    "authority_says_nothing": (INVALID, MAKER.authority(basic=False).batch()),
    "authority_for_other_things": (INVALID, MAKER.authority(for_signing=False).batch()),
    "authority_under_unknown_terms": (INVALID, MAKER.authority(unknown=True).batch()),
    "authority_of_an_impostor": (INVALID, MAKER.authority(by=Maker().key).batch()),
    "authority_of_a_stranger": (INVALID, Maker("Other Root").authority().batch()),
    "authority_beyond_its_reach": (
        INVALID,
        MAKER.authority(most_below=0).authority("Test Keys Line 1").batch(),
    ),
    "key_under_unknown_terms": (INVALID, FACTORY.batch(unknown=True)),
    "key_of_an_impostor": (INVALID, FACTORY.batch(by=MAKER.key)),
}


@pytest.mark.spec("RFC 5280 §6.1")
@pytest.mark.parametrize(("reason", "batch"), UNLAWFUL.values(), ids=UNLAWFUL)
def test_an_unlawful_chain_is_refused(reason: PasskeyReason, batch: Any):
    assert refusal(batch) is reason


ROOTS: dict[str, Callable[[], bytes]] = {
    "expired": lambda: MAKER.root_that(ends=OVER),
    "not_yet_valid": lambda: MAKER.root_that(begins=TO_COME),
    "no_authority": lambda: MAKER.root_that(ca=False, aaguid=None),
    "without_constraints": lambda: MAKER.root_that(basic=False),
    "for_other_things": lambda: MAKER.root_that(for_signing=False),
    "under_unknown_terms": lambda: MAKER.root_that(unknown=True),
    "with_nothing_below_it": lambda: MAKER.root_that(most_below=0),
    "of_an_impostor": lambda: Maker().root,
    "an_authority_without_its_root": lambda: pem(BATCH.chain[1]),
}


@pytest.mark.spec("RFC 5280 §6.1")
@pytest.mark.parametrize("root", ROOTS.values(), ids=ROOTS)
def test_a_root_that_does_not_reach_so_far_is_no_root(root: Callable[[], bytes]):
    assert refusal(BATCH, root()) is INVALID


def test_a_chain_with_a_link_missing_is_refused():
    assert refusal(BATCH, chain=BATCH.chain[:1]) is INVALID


def test_a_chain_ends_with_its_root_by_the_clock_that_is_passed_in():
    ending = MAKER.root_that(ends=LONG_FROM_NOW - dt.timedelta(days=1))
    last = int(LONG_FROM_NOW.timestamp()) - 24 * 60 * 60
    assert refusal(BATCH, ending, now=last) is None
    assert refusal(BATCH, ending, now=last + 1) is INVALID


STRONG: dict[str, Any] = {
    "rsa_2048": rsa.generate_private_key(65537, 2048),
    "p384": ec.generate_private_key(ec.SECP384R1()),
}


@pytest.mark.parametrize("key", STRONG.values(), ids=STRONG)
def test_a_makers_root_may_be_of_rsa_or_a_larger_curve(key: Any):
    maker = Maker(key=key)
    assert refusal(maker.batch(), maker.root) is None


def test_a_root_of_a_short_rsa_key_vouches_for_nobody():
    weak: Any = rsa.generate_private_key(65537, 1024)  # noqa: S505 - a weak key is the point
    maker = Maker(key=weak)
    assert refusal(maker.batch(), maker.root) is INVALID


@pytest.mark.spec("WebAuthn L3 §8.2.1")
@pytest.mark.parametrize(
    "part", [NameOID.COUNTRY_NAME, NameOID.ORGANIZATION_NAME, NameOID.COMMON_NAME]
)
def test_a_certificate_that_does_not_say_whose_it_is_is_refused(part: Any):
    assert refusal(MAKER.batch(subject={part: ""})) is INVALID
