"""Attack: a key that only says that it lives in hardware. Each claim is refused, for its reason."""

from typing import Any, Final

import pytest

from idp.protocol.webauthn import NewPasskey, PasskeyReason, Trust, Where, registration_options
from idp.protocol.webauthn import verify_registration as verify
from tests.support.authenticator import BE, EDDSA, SoftAuthenticator, Tamper
from tests.support.ceremonies import CHALLENGE, ORIGIN, RP, USER_ID, refusal_of
from tests.support.maker import LONG_AGO, LONG_FROM_NOW, SUBJECT, Maker

R = PasskeyReason
MAKER: Final = Maker()
BATCH: Final = MAKER.batch()
IMPOSTOR: Final = Maker()  # the same name, another key
NOW: Final = int(LONG_AGO.timestamp()) + 200 * 24 * 60 * 60
PROVING: Final = registration_options(
    RP, challenge=CHALLENGE, user_id=USER_ID, user_name="n", where=Where.PROVED_HARDWARE
)


def prove(response: str, *, now: int = NOW, roots: tuple[bytes, ...] = (MAKER.root,)) -> NewPasskey:
    trust = Trust(roots, now)
    return verify(RP, challenge=CHALLENGE, credential_json=response, trust=trust)


def key(batch: Any = BATCH, **options: Any) -> SoftAuthenticator:
    return SoftAuthenticator(synced=False, batch=batch, **options)


@pytest.mark.spec("WebAuthn L3 §8.2")
@pytest.mark.parametrize("batch", [BATCH, MAKER.batch(aaguid=None)], ids=["named", "unnamed"])
def test_a_key_of_a_trusted_maker_proves_its_hardware(batch: Any):
    passkey = prove(key(batch).create(PROVING, ORIGIN))
    assert passkey.hardware
    assert not passkey.backup_eligible


def test_a_key_of_another_algorithm_proves_it_too():
    assert prove(key(algorithm=EDDSA).create(PROVING, ORIGIN)).hardware


def test_without_the_persons_choice_nothing_is_asked_for_or_believed():
    ordinary = registration_options(RP, challenge=CHALLENGE, user_id=USER_ID, user_name="n")
    assert ordinary["attestation"] == "none"
    response = key().create(ordinary, ORIGIN)
    assert not verify(RP, challenge=CHALLENGE, credential_json=response).hardware
    unasked = key().create(PROVING, ORIGIN)
    assert refusal_of(lambda: verify(RP, challenge=CHALLENGE, credential_json=unasked)) is (
        R.ATTESTATION_FORMAT
    )


STATEMENTS: dict[str, tuple[PasskeyReason, Tamper]] = {
    "signed_by_the_key_itself": (R.HARDWARE_UNPROVED, {"self_attestation": True}),
    "none": (R.HARDWARE_UNPROVED, {"attestation": {"fmt": "none", "attStmt": {}}}),
    "tpm": (R.HARDWARE_UNPROVED, {"attestation": {"fmt": "tpm"}}),
    "fido_u2f": (R.HARDWARE_UNPROVED, {"attestation": {"fmt": "fido-u2f"}}),
    "android_key": (R.HARDWARE_UNPROVED, {"attestation": {"fmt": "android-key"}}),
    "synced": (R.HARDWARE_UNPROVED, {"set_flags": BE}),
    "signed_by_another": (R.ATTESTATION_INVALID, {"attestation_key": Maker().key}),
    "signature_empty": (R.ATTESTATION_INVALID, {"statement": {"sig": b""}}),
    "signature_text": (R.ATTESTATION_INVALID, {"statement": {"sig": "s"}}),
    "algorithm_weak": (R.ALGORITHM, {"statement": {"alg": -65535}}),
    "algorithm_other": (R.ATTESTATION_INVALID, {"statement": {"alg": -257}}),
    "algorithm_list": (R.ALGORITHM, {"statement": {"alg": [-7]}}),
    "no_certificate": (R.ATTESTATION_CERTIFICATE, {"statement": {"x5c": []}}),
    "certificates_text": (R.ATTESTATION_CERTIFICATE, {"statement": {"x5c": "c"}}),
    "certificate_number": (R.ATTESTATION_CERTIFICATE, {"statement": {"x5c": [1 << 40]}}),
    "certificate_garbage": (R.ATTESTATION_CERTIFICATE, {"statement": {"x5c": [b"c"]}}),
    "many_certificates": (R.ATTESTATION_CERTIFICATE, {"statement": {"x5c": [b"c"] * 6}}),
    "later_certificate_garbage": (
        R.ATTESTATION_CERTIFICATE,
        {"statement": {"x5c": [BATCH.chain[0], b"c"]}},
    ),
    "another_model": (R.ATTESTATION_CERTIFICATE, {"aaguid": bytes(16)}),
    "further_label": (R.HARDWARE_UNPROVED, {"statement": {"ecdaaKeyId": b"k"}}),
    "challenge": (R.CHALLENGE, {"client": {"challenge": "A" * 43}}),
    "origin": (R.ORIGIN, {"client": {"origin": "https://id.example.evil.test"}}),
}


@pytest.mark.spec("WebAuthn L3 §8.2")
@pytest.mark.parametrize(("reason", "tamper"), STATEMENTS.values(), ids=STATEMENTS)
def test_a_proof_with_one_lie_is_refused(reason: PasskeyReason, tamper: Tamper):
    response = key().create(PROVING, ORIGIN, **tamper)
    assert refusal_of(lambda: prove(response)) is reason


_UNIT = next(oid for oid, text in SUBJECT.items() if text == "Authenticator Attestation")
BATCHES: dict[str, tuple[PasskeyReason, Any]] = {
    "of_an_impostor": (R.ATTESTATION_INVALID, IMPOSTOR.batch()),
    "of_an_unknown_maker": (R.ATTESTATION_INVALID, Maker("Other Root").batch()),
    "expired": (R.ATTESTATION_CERTIFICATE, MAKER.batch(ends=LONG_AGO.replace(month=3))),
    "not_yet_valid": (R.ATTESTATION_CERTIFICATE, MAKER.batch(begins=LONG_AGO.replace(year=2099))),
    "for_something_else": (
        R.ATTESTATION_CERTIFICATE,
        MAKER.batch(subject={_UNIT: "Web server"}),
    ),
    "of_an_authority": (R.ATTESTATION_CERTIFICATE, MAKER.batch(ca=True)),
    "without_constraints": (R.ATTESTATION_CERTIFICATE, MAKER.batch(basic=False)),
    "of_another_model": (R.ATTESTATION_CERTIFICATE, MAKER.batch(aaguid=b"m" * 16)),
    "with_the_model_critical": (R.ATTESTATION_CERTIFICATE, MAKER.batch(critical=True)),
}


@pytest.mark.spec("WebAuthn L3 §8.2.1")
@pytest.mark.parametrize(("reason", "batch"), BATCHES.values(), ids=BATCHES)
def test_a_certificate_that_does_not_vouch_is_refused(reason: PasskeyReason, batch: Any):
    response = key(batch).create(PROVING, ORIGIN)
    assert refusal_of(lambda: prove(response)) is reason


def test_a_certificate_signed_by_a_batch_of_keys_is_no_makers():
    """Whoever takes an attestation key out of one security key must not make more of them."""
    stolen = Maker(called="Test Keys model 1", key=BATCH.key).batch()
    chained = SoftAuthenticator(synced=False, batch=stolen).create(
        PROVING, ORIGIN, statement={"x5c": [stolen.chain[0], BATCH.chain[0]]}
    )
    assert refusal_of(lambda: prove(chained)) is R.ATTESTATION_INVALID


def test_a_proof_counts_for_nothing_where_no_maker_is_trusted():
    response = key().create(PROVING, ORIGIN)
    assert refusal_of(lambda: prove(response, roots=())) is R.HARDWARE_UNPROVED


def test_a_proof_holds_on_the_last_day_of_its_certificate_and_not_after():
    response = key(MAKER.batch(ends=LONG_FROM_NOW)).create(PROVING, ORIGIN)
    assert prove(response, now=int(LONG_FROM_NOW.timestamp())).hardware
    assert refusal_of(lambda: prove(response, now=int(LONG_FROM_NOW.timestamp()) + 1)) is (
        R.ATTESTATION_CERTIFICATE
    )


def test_a_stolen_proof_vouches_for_no_other_key():
    """The maker's signature is over this key's own data and this challenge."""
    honest, thief = key(), key()
    honest_proof = honest.create(PROVING, ORIGIN)
    swapped = thief.create(PROVING, ORIGIN, attestation_key=Maker().key)
    assert prove(honest_proof).hardware
    assert refusal_of(lambda: prove(swapped)) is R.ATTESTATION_INVALID
