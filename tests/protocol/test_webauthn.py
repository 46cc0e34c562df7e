"""What a passkey ceremony promises when nobody lies, and W3C's own test vectors."""

import json
from collections.abc import Mapping
from pathlib import Path

import cbor2
import pytest

from idp.protocol.webauthn import (
    NewPasskey,
    PasskeyReason,
    PasskeyRefused,
    RelyingParty,
    VerifiedAssertion,
    authentication_options,
    parse_assertion,
    registration_options,
    verify_authentication,
    verify_registration,
)
from tests.support.authenticator import ABSENT, EDDSA, ES256, RS256, SoftAuthenticator, encode
from tests.support.ceremonies import (
    CHALLENGE,
    CREATION,
    ORIGIN,
    REQUEST,
    RP,
    USER_ID,
    refusal_of,
    register,
    sign_in,
)

Vector = Mapping[str, Mapping[str, str]]
VECTORS = json.loads(Path(__file__).with_name("webauthn_vectors.json").read_text("utf-8"))
ALGORITHMS = pytest.mark.parametrize(
    "algorithm", [ES256, EDDSA, RS256], ids=["ES256", "EdDSA", "RS256"]
)


@pytest.mark.spec("WebAuthn L3 §7.1")
@pytest.mark.spec("WebAuthn L3 §7.2")
@ALGORITHMS
@pytest.mark.parametrize("synced", [True, False], ids=["phone", "security_key"])
def test_a_registered_passkey_signs_in(algorithm: int, synced: bool):
    device = SoftAuthenticator(algorithm, synced=synced)
    passkey = register(device.create(CREATION, ORIGIN))
    response = device.get(REQUEST, ORIGIN)
    assert cbor2.loads(passkey.public_key)[3] == algorithm
    assert passkey.backup_eligible is passkey.backed_up is synced
    assert parse_assertion(response).credential_id == passkey.credential_id
    assert parse_assertion(response).user_handle == USER_ID
    assert sign_in(passkey, response) == VerifiedAssertion(
        credential_id=passkey.credential_id,
        user_handle=USER_ID,
        sign_count=0 if synced else 1,
        backed_up=synced,
        sign_count_regressed=False,
    )


@pytest.mark.spec("WebAuthn L3 §5.1.8")
def test_creation_options_are_json_for_a_discoverable_verified_passkey():
    options = registration_options(
        RP, challenge=CHALLENGE, user_id=USER_ID, user_name="A person", exclude=[b"k" * 16]
    )
    assert json.loads(json.dumps(options)) == {
        "rp": {"id": "id.example", "name": "Network ID"},
        "user": {"id": encode(USER_ID), "name": "A person", "displayName": "A person"},
        "challenge": encode(CHALLENGE),
        "pubKeyCredParams": [{"type": "public-key", "alg": alg} for alg in (-7, -8, -257)],
        "timeout": 300_000,
        "excludeCredentials": [{"type": "public-key", "id": encode(b"k" * 16)}],
        "authenticatorSelection": {
            "residentKey": "required",
            "requireResidentKey": True,
            "userVerification": "required",
        },
        "attestation": "none",
    }


@pytest.mark.spec("WebAuthn L3 §5.1.9")
def test_request_options_name_no_credential():
    assert json.loads(json.dumps(REQUEST)) == {
        "challenge": encode(CHALLENGE),
        "timeout": 300_000,
        "rpId": "id.example",
        "allowCredentials": [],
        "userVerification": "required",
    }


@pytest.mark.spec("WebAuthn L3 §13.4.3")
@pytest.mark.parametrize("challenge", [b"", b"short", bytes(15)], ids=["empty", "short", "15"])
def test_a_guessable_challenge_is_never_sent_or_accepted(challenge: bytes):
    with pytest.raises(ValueError, match="16 random bytes"):
        authentication_options(RP, challenge=challenge)
    with pytest.raises(ValueError, match="16 random bytes"):
        registration_options(RP, challenge=challenge, user_id=USER_ID, user_name="A person")
    response = SoftAuthenticator().create(CREATION | {"challenge": encode(challenge)}, ORIGIN)
    with pytest.raises(PasskeyRefused) as refusal:
        verify_registration(RP, challenge=challenge, credential_json=response)
    assert refusal.value.reason is PasskeyReason.CHALLENGE


@pytest.mark.spec("WebAuthn L3 §5.4.3")
@pytest.mark.parametrize("length", [0, 65])
def test_a_user_id_out_of_bounds_is_never_sent(length: int):
    with pytest.raises(ValueError, match="1 to 64 bytes"):
        registration_options(RP, challenge=CHALLENGE, user_id=bytes(length), user_name="A person")


@pytest.mark.spec("WebAuthn L3 §6.1.1")
@pytest.mark.parametrize(
    ("stored", "sent", "regressed"),
    [(0, 0, False), (0, 1, False), (5, 6, False), (5, 5, True), (5, 4, True), (5, 0, True)],
)
def test_a_sign_count_that_did_not_grow_is_reported(stored: int, sent: int, regressed: bool):
    device = SoftAuthenticator()
    passkey = register(device.create(CREATION, ORIGIN))
    verified = sign_in(passkey, device.get(REQUEST, ORIGIN, sign_count=sent), sign_count=stored)
    assert (verified.sign_count, verified.sign_count_regressed) == (sent, regressed)


@pytest.mark.spec("WebAuthn L3 §6.1.3")
@pytest.mark.parametrize("backed_up", [True, False])
def test_a_change_of_the_backup_state_is_told(backed_up: bool):
    device = SoftAuthenticator()
    passkey = register(device.create(CREATION, ORIGIN))
    response = device.get(REQUEST, ORIGIN, clear_flags=0 if backed_up else 0x10)
    assert sign_in(passkey, response).backed_up is backed_up


@pytest.mark.spec("WebAuthn L3 §8.2")
@ALGORITHMS
def test_self_attestation_is_checked_and_not_kept(algorithm: int):
    device = SoftAuthenticator(algorithm)
    passkey = register(device.create(CREATION, ORIGIN, self_attestation=True))
    assert sign_in(passkey, device.get(REQUEST, ORIGIN)).user_handle == USER_ID
    assert set(passkey.__struct_fields__) == {
        "credential_id",
        "public_key",
        "sign_count",
        "backup_eligible",
        "backed_up",
        "transports",
        "elsewhere",
        "kind",
        "hardware",
    }
    assert not passkey.hardware


@pytest.mark.spec("WebAuthn L3 §9")
def test_unasked_extensions_and_members_yet_unknown_are_ignored():
    device = SoftAuthenticator()
    later = {"something_new": {"a": 1}, "crossOrigin": ABSENT}
    response = device.create(CREATION, ORIGIN, extensions={"credProtect": 2}, client=later)
    assertion = device.get(REQUEST, ORIGIN, extensions={"x": True}, members={"later": [1]})
    assert sign_in(register(response), assertion).user_handle == USER_ID


@pytest.mark.spec("WebAuthn L3 §5.8.4")
@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (["usb", "nfc", "usb"], ("nfc", "usb")),
        (["internal", "carrier-pigeon", 7, None, {}], ("internal",)),
        ("usb", ()),
        (ABSENT, ()),
    ],
    ids=["repeated", "unknown", "not_a_list", "absent"],
)
def test_only_known_transports_are_kept(sent: object, kept: tuple[str, ...]):
    response = SoftAuthenticator().create(CREATION, ORIGIN, response={"transports": sent})
    assert register(response).transports == kept


@pytest.mark.parametrize(
    ("issuer", "rp_id", "origin"),
    [
        ("https://id.example", "id.example", "https://id.example"),
        ("https://ID.example:443/realm/a", "id.example", "https://id.example"),
        ("https://id.example:8443/", "id.example", "https://id.example:8443"),
        ("http://localhost:8000", "localhost", "http://localhost:8000"),
        ("http://localhost:80", "localhost", "http://localhost"),
        ("http://[::1]:8000", "::1", "http://[::1]:8000"),
    ],
)
@pytest.mark.spec("RFC 6454 §6.2")
def test_the_origin_follows_from_the_issuer(issuer: str, rp_id: str, origin: str):
    assert RelyingParty.for_issuer(issuer, "N") == RelyingParty(rp_id, origin, "N")


@pytest.mark.parametrize("issuer", ["", "ftp://id.example", "https:///x", "https://bücher.example"])
def test_an_issuer_without_a_web_origin_is_refused(issuer: str):
    with pytest.raises(ValueError, match="no web origin"):
        RelyingParty.for_issuer(issuer, "N")


R = PasskeyReason


@pytest.mark.spec("WebAuthn L3 §16")
@pytest.mark.parametrize(
    ("name", "registration", "authentication"),
    [
        ("none-es256", R.USER_NOT_VERIFIED, R.USER_NOT_VERIFIED),
        ("packed-self-es256", None, R.USER_NOT_VERIFIED),
        ("none-es256-crossOrigin", R.CROSS_ORIGIN, R.CROSS_ORIGIN),
        ("none-es256-topOrigin", R.CROSS_ORIGIN, R.CROSS_ORIGIN),
        ("none-es256-long-credential-id", R.USER_NOT_VERIFIED, None),
        ("packed-es256", R.ATTESTATION_FORMAT, None),
        ("packed-es384", R.ATTESTATION_FORMAT, R.ALGORITHM),
        ("packed-ed448", R.ATTESTATION_FORMAT, R.ALGORITHM),
        ("tpm-es256", R.ATTESTATION_FORMAT, None),
        ("fido-u2f-es256", R.ATTESTATION_FORMAT, R.USER_NOT_VERIFIED),
    ],
)
def test_a_w3c_test_vector_is_judged_as_expected(
    name: str, registration: PasskeyReason | None, authentication: PasskeyReason | None
):
    """The vectors leave UV to chance, so those without it are refused for that alone."""
    vector = VECTORS[name]
    rp = RelyingParty("example.org", "https://example.org", "W3C")
    assert refusal_of(lambda: _register_vector(rp, vector)) is registration
    assert refusal_of(lambda: _sign_in_vector(rp, vector)) is authentication


def _register_vector(rp: RelyingParty, vector: Vector) -> NewPasskey:
    sent = vector["registration"]
    response = {name: _encoded(sent[name]) for name in ("clientDataJSON", "attestationObject")}
    return verify_registration(
        rp,
        challenge=bytes.fromhex(sent["challenge"]),
        credential_json=_credential(sent["credential_id"], response),
    )


def _sign_in_vector(rp: RelyingParty, vector: Vector) -> VerifiedAssertion:
    sent, made = vector["authentication"], vector["registration"]
    data = cbor2.loads(bytes.fromhex(made["attestationObject"]))["authData"]
    names = ("clientDataJSON", "authenticatorData", "signature")
    response = {name: _encoded(sent[name]) for name in names} | {"userHandle": "AA"}
    return verify_authentication(
        rp,
        challenge=bytes.fromhex(sent["challenge"]),
        credential_json=_credential(made["credential_id"], response),
        public_key=data[55 + int.from_bytes(data[53:55], "big") :],
        sign_count=0,
        backup_eligible=bool(data[32] & 0x08),
    )


def _credential(credential_id: str, response: dict[str, str]) -> str:
    named = _encoded(credential_id)
    return json.dumps({"id": named, "rawId": named, "type": "public-key", "response": response})


def _encoded(hexadecimal: str) -> str:
    return encode(bytes.fromhex(hexadecimal))
