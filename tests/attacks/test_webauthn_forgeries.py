"""Attack: a forged key, signature or attestation in a passkey response."""

from collections.abc import Callable
from typing import Any

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from msgspec.structs import replace

from idp.protocol.webauthn import PasskeyReason
from tests.support.authenticator import (
    ABSENT,
    AT,
    BE,
    BS,
    ED,
    EDDSA,
    ES256,
    RS256,
    SoftAuthenticator,
    Tamper,
    cose_key,
    encode,
    new_key,
)
from tests.support.ceremonies import CREATION, ORIGIN, REQUEST, refusal_of, register, sign_in

R = PasskeyReason
P384 = ec.generate_private_key(ec.SECP384R1())
RSA_1024 = rsa.generate_private_key(65537, 1024)  # noqa: S505 - a weak key is the point
NAMES = {ES256: "ES256", EDDSA: "EdDSA", RS256: "RS256"}
EVERY_ALGORITHM = pytest.mark.parametrize("algorithm", NAMES, ids=NAMES.values())

KEYS: dict[str, tuple[int, PasskeyReason, dict[int, object]]] = {
    "es384": (ES256, R.ALGORITHM, {**cose_key(P384), 3: -35}),
    "es512_on_p256": (ES256, R.ALGORITHM, {3: -36}),
    "ps256": (RS256, R.ALGORITHM, {3: -37}),
    "rs1": (RS256, R.ALGORITHM, {3: -65535}),
    "ml_dsa": (ES256, R.ALGORITHM, {1: 7, 3: -48, -1: bytes(1312)}),
    "algorithm_none": (ES256, R.ALGORITHM, {3: None}),
    "algorithm_zero": (ES256, R.ALGORITHM, {3: 0}),
    "algorithm_text": (ES256, R.ALGORITHM, {3: "ES256"}),
    "algorithm_as_float": (ES256, R.ALGORITHM, {3: -7.0}),
    "algorithm_absent": (ES256, R.PUBLIC_KEY_MALFORMED, {3: ABSENT}),
    "p384_under_es256": (ES256, R.PUBLIC_KEY_MALFORMED, cose_key(P384)),
    "rsa_under_es256": (ES256, R.PUBLIC_KEY_MALFORMED, {**cose_key(RSA_1024), 3: ES256}),
    "es256_under_rs256": (ES256, R.PUBLIC_KEY_MALFORMED, {3: RS256}),
    "point_off_the_curve": (ES256, R.PUBLIC_KEY_MALFORMED, {-3: b"\x01" * 32}),
    "point_at_infinity": (ES256, R.PUBLIC_KEY_MALFORMED, {-2: bytes(32), -3: bytes(32)}),
    "compressed_point": (ES256, R.PUBLIC_KEY_MALFORMED, {-3: True}),
    "coordinate_too_short": (ES256, R.PUBLIC_KEY_MALFORMED, {-2: bytes(31)}),
    "coordinate_absent": (ES256, R.PUBLIC_KEY_MALFORMED, {-3: ABSENT}),
    "further_label": (ES256, R.PUBLIC_KEY_MALFORMED, {4: [2]}),
    "private_half_inside": (ES256, R.PUBLIC_KEY_MALFORMED, {-4: bytes(32)}),
    "key_type_as_boolean": (EDDSA, R.PUBLIC_KEY_MALFORMED, {1: True}),
    "curve_as_float": (EDDSA, R.PUBLIC_KEY_MALFORMED, {-1: 6.0}),
    "key_type_list": (EDDSA, R.PUBLIC_KEY_MALFORMED, {1: [1]}),
    "x25519": (EDDSA, R.PUBLIC_KEY_MALFORMED, {-1: 4}),
    "rsa_1024": (RS256, R.PUBLIC_KEY_MALFORMED, cose_key(RSA_1024)),
    "rsa_16384": (RS256, R.PUBLIC_KEY_MALFORMED, {-1: b"\xff" * 2048}),
    "rsa_zero_padded": (RS256, R.PUBLIC_KEY_MALFORMED, {-1: b"\0" * 255 + b"\x0f"}),
    "rsa_even": (RS256, R.PUBLIC_KEY_MALFORMED, {-1: b"\xff" * 255 + b"\xfe"}),
    "rsa_exponent_one": (RS256, R.PUBLIC_KEY_MALFORMED, {-2: b"\x01"}),
    "rsa_exponent_three": (RS256, R.PUBLIC_KEY_MALFORMED, {-2: b"\x03"}),
}


@pytest.mark.spec("WebAuthn L3 §5.8.5")
@pytest.mark.parametrize(("algorithm", "reason", "cose"), KEYS.values(), ids=KEYS)
def test_a_key_we_did_not_ask_for_is_refused(
    algorithm: int, reason: PasskeyReason, cose: dict[int, object]
):
    """At registration, and at sign-in too, should such a key ever have been stored."""
    device = SoftAuthenticator(algorithm)
    response = device.create(CREATION, ORIGIN, cose=cose)
    assert refusal_of(lambda: register(response)) is reason
    good = register(device.create(CREATION, ORIGIN))
    labels = {**cbor2.loads(good.public_key), **cose}
    bad = cbor2.dumps({label: part for label, part in labels.items() if part is not ABSENT})
    assertion = device.get(REQUEST, ORIGIN)
    assert refusal_of(lambda: sign_in(replace(good, public_key=bad), assertion)) is reason


def _respelt(old: str, new: str) -> Callable[[bytes], bytes]:
    return lambda raw: raw.replace(bytes.fromhex(old), bytes.fromhex(new), 1)


ATTESTATIONS: dict[str, tuple[PasskeyReason, Tamper]] = {
    "attested_data_absent": (R.ATTESTED_DATA_MISSING, {"attested": False}),
    "attested_data_hidden": (R.AUTHENTICATOR_DATA_MALFORMED, {"clear_flags": AT}),
    "attested_data_promised": (
        R.AUTHENTICATOR_DATA_MALFORMED,
        {"attested": False, "set_flags": AT},
    ),
    "attested_id_of_another": (R.CREDENTIAL_ID_MISMATCH, {"attested_id": b"k" * 32}),
    "aaguid_too_short": (R.AUTHENTICATOR_DATA_MALFORMED, {"aaguid": bytes(15)}),
    "key_truncated": (R.AUTHENTICATOR_DATA_MALFORMED, {"data_bytes": lambda raw: raw[:-1]}),
    "label_true_for_1": (  # the same dictionary in Python, another key in CBOR
        R.PUBLIC_KEY_MALFORMED,
        {"data_bytes": _respelt("a501020326", "a5f5020326")},
    ),
    "statement_under_none": (R.ATTESTATION_FORMAT, {"attestation": {"attStmt": {"x": 1}}}),
    "packed_without_signature": (R.ATTESTATION_FORMAT, {"attestation": {"fmt": "packed"}}),
    "packed_with_certificate": (
        R.ATTESTATION_FORMAT,
        {"attestation": {"fmt": "packed", "attStmt": {"alg": -7, "sig": b"s", "x5c": [b"c"]}}},
    ),
    "packed_signature_empty": (
        R.ATTESTATION_INVALID,
        {"attestation": {"fmt": "packed", "attStmt": {"alg": -7, "sig": b""}}},
    ),
    "packed_signature_text": (
        R.ATTESTATION_INVALID,
        {"attestation": {"fmt": "packed", "attStmt": {"alg": -7, "sig": "s"}}},
    ),
    "packed_other_algorithm": (
        R.ATTESTATION_INVALID,
        {"attestation": {"fmt": "packed", "attStmt": {"alg": -257, "sig": b"s"}}},
    ),
    "self_attestation_of_another_key": (
        R.ATTESTATION_INVALID,
        {"self_attestation": True, "signing_key": new_key(ES256)},
    ),
    "self_attestation_broken": (
        R.ATTESTATION_INVALID,
        {"self_attestation": True, "signature": lambda raw: raw[:-1]},
    ),
    "format_unknown": (R.ATTESTATION_FORMAT, {"attestation": {"fmt": "mine"}}),
    "format_tpm": (R.ATTESTATION_FORMAT, {"attestation": {"fmt": "tpm"}}),
    "format_number": (R.ATTESTATION_MALFORMED, {"attestation": {"fmt": 1}}),
    "format_absent": (R.ATTESTATION_MALFORMED, {"attestation": {"fmt": ABSENT}}),
    "statement_absent": (R.ATTESTATION_MALFORMED, {"attestation": {"attStmt": ABSENT}}),
    "statement_list": (R.ATTESTATION_MALFORMED, {"attestation": {"attStmt": []}}),
    "data_absent": (R.ATTESTATION_MALFORMED, {"attestation": {"authData": ABSENT}}),
    # bytes(n) in py_webauthn would allocate n bytes
    "data_is_a_large_number": (R.ATTESTATION_MALFORMED, {"attestation": {"authData": 1 << 40}}),
    "data_is_a_list": (R.ATTESTATION_MALFORMED, {"attestation": {"authData": [0] * 164}}),
    "object_truncated": (R.ATTESTATION_MALFORMED, {"attestation_bytes": lambda raw: raw[:-1]}),
    "object_empty": (R.ATTESTATION_MALFORMED, {"attestation_bytes": lambda _: b""}),
    "object_deep": (R.ATTESTATION_MALFORMED, {"attestation_bytes": lambda _: b"\x81" * 9999}),
    "object_endless": (
        R.ATTESTATION_MALFORMED,
        {"attestation_bytes": lambda _: b"\x9b" + b"\xff" * 8},
    ),
    "object_key_twice": (
        R.ATTESTATION_MALFORMED,
        {"attestation_bytes": lambda raw: b"\xa4\x63fmt\x64none" + raw[1:]},
    ),
    "object_huge": (R.TOO_LARGE, {"attestation_bytes": lambda raw: raw + bytes(16_384)}),
    "object_not_text": (R.MEMBER_MALFORMED, {"response": {"attestationObject": 1}}),
    "type_of_a_sign_in": (R.CEREMONY_TYPE, {"client": {"type": "webauthn.get"}}),
}


@pytest.mark.spec("WebAuthn L3 §6.5")
@pytest.mark.parametrize(("reason", "tamper"), ATTESTATIONS.values(), ids=ATTESTATIONS)
def test_a_forged_attestation_is_refused(reason: PasskeyReason, tamper: Tamper):
    response = SoftAuthenticator().create(CREATION, ORIGIN, **tamper)
    assert refusal_of(lambda: register(response)) is reason


@pytest.mark.spec("WebAuthn L3 §6.5.1")
def test_a_key_that_two_readers_would_end_elsewhere_is_refused():
    """Label 1 in two bytes: who measures by encoding again takes the key's last byte for ED."""
    long_label: Tamper = {"set_flags": ED, "data_bytes": _respelt("a4010303", "a418010303")}
    response = SoftAuthenticator(RS256).create(CREATION, ORIGIN, **long_label)
    assert refusal_of(lambda: register(response)) is R.AUTHENTICATOR_DATA_MALFORMED


def _unsigned(**tamper: Any) -> Tamper:
    return {"resign": False, **tamper}  # type: ignore[typeddict-item]


ASSERTIONS: dict[str, tuple[PasskeyReason, Tamper]] = {
    "of_another_key": (R.SIGNATURE, {"signing_key": new_key(ES256)}),
    "of_an_rsa_key": (R.SIGNATURE, {"signing_key": new_key(RS256)}),
    "signature_empty": (R.SIGNATURE, {"signature": lambda _: b""}),
    "signature_truncated": (R.SIGNATURE, {"signature": lambda raw: raw[:-1]}),
    "signature_trailing": (R.SIGNATURE, {"signature": lambda raw: raw + b"\0"}),
    "signature_zero": (R.SIGNATURE, {"signature": lambda _: bytes.fromhex("3006020100020100")}),
    "signature_huge": (R.TOO_LARGE, {"signature": lambda raw: raw + bytes(16_384)}),
    "signature_absent": (R.MEMBER_MALFORMED, {"response": {"signature": ABSENT}}),
    "data_absent": (R.MEMBER_MALFORMED, {"response": {"authenticatorData": ABSENT}}),
    "count_unsigned": (R.SIGNATURE, _unsigned(sign_count=9)),
    "backup_state_unsigned": (R.SIGNATURE, _unsigned(clear_flags=BS)),
    "client_data_unsigned": (R.SIGNATURE, _unsigned(client={"later": 1})),
    "eligibility_lost": (R.BACKUP_ELIGIBILITY_CHANGED, {"clear_flags": BE | BS}),
    "attested_data_inside": (R.ATTESTED_DATA_UNEXPECTED, {"attested": True}),
    "type_of_a_registration": (R.CEREMONY_TYPE, {"client": {"type": "webauthn.create"}}),
    "handle_absent": (R.USER_HANDLE, {"response": {"userHandle": ABSENT}}),
    "handle_null": (R.USER_HANDLE, {"response": {"userHandle": None}}),
    "handle_empty": (R.USER_HANDLE, {"response": {"userHandle": ""}}),
    "handle_too_long": (R.USER_HANDLE, {"response": {"userHandle": encode(bytes(65))}}),
    "handle_number": (R.MEMBER_MALFORMED, {"response": {"userHandle": 1}}),
    "handle_not_base64url": (R.MEMBER_MALFORMED, {"response": {"userHandle": "a+b/"}}),
}


@pytest.mark.spec("WebAuthn L3 §7.2")
@pytest.mark.parametrize(("reason", "tamper"), ASSERTIONS.values(), ids=ASSERTIONS)
def test_a_forged_assertion_is_refused(reason: PasskeyReason, tamper: Tamper):
    device = SoftAuthenticator()
    passkey = register(device.create(CREATION, ORIGIN))
    response = device.get(REQUEST, ORIGIN, **tamper)
    assert refusal_of(lambda: sign_in(passkey, response)) is reason


@pytest.mark.spec("WebAuthn L3 §6.1.3")
def test_eligibility_gained_after_registration_is_refused():
    device = SoftAuthenticator(synced=False)
    passkey = register(device.create(CREATION, ORIGIN))
    response = device.get(REQUEST, ORIGIN, set_flags=BE)
    assert refusal_of(lambda: sign_in(passkey, response)) is R.BACKUP_ELIGIBILITY_CHANGED


@pytest.mark.spec("WebAuthn L3 §7.2")
@EVERY_ALGORITHM
def test_a_passkey_of_somebody_else_opens_nothing(algorithm: int):
    mine, theirs = SoftAuthenticator(algorithm), SoftAuthenticator(algorithm)
    passkey = register(mine.create(CREATION, ORIGIN))
    register(theirs.create(CREATION, ORIGIN))
    named = {"id": encode(passkey.credential_id), "rawId": encode(passkey.credential_id)}
    response = theirs.get(REQUEST, ORIGIN, members=named)
    assert refusal_of(lambda: sign_in(passkey, response)) is R.SIGNATURE


def _flip(bit: int) -> Callable[[bytes], bytes]:
    def edit(raw: bytes) -> bytes:
        changed = bytearray(raw)
        changed[bit // 8 % len(raw)] ^= 1 << bit % 8
        return bytes(changed)

    return edit


@pytest.mark.spec("WebAuthn L3 §7.2")
@EVERY_ALGORITHM
def test_no_flipped_bit_of_a_signature_is_overlooked(algorithm: int):
    device = SoftAuthenticator(algorithm)
    passkey = register(device.create(CREATION, ORIGIN))
    size = {ES256: 72, EDDSA: 64, RS256: 256}[algorithm]
    step = 1 if algorithm != RS256 else 7  # an RSA signature takes a while to make
    for bit in range(0, size * 8, step):
        response = device.get(REQUEST, ORIGIN, signature=_flip(bit))
        assert refusal_of(lambda: sign_in(passkey, response)) is R.SIGNATURE, bit  # noqa: B023 - called at once


@pytest.mark.spec("WebAuthn L3 §7.2")
@pytest.mark.parametrize("part", ["client_bytes", "data_bytes"])
def test_no_flipped_bit_of_what_was_signed_is_overlooked(part: str):
    device = SoftAuthenticator()
    passkey = register(device.create(CREATION, ORIGIN))
    size = len('{"type":"webauthn.get"}') * 6 if part == "client_bytes" else 37
    for bit in range(size * 8):
        response = device.get(REQUEST, ORIGIN, **_unsigned(**{part: _flip(bit)}))
        assert refusal_of(lambda: sign_in(passkey, response)) is not None, bit  # noqa: B023 - called at once
