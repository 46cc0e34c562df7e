"""What we have a token do: make a key that never leaves it, sign, destroy.

Whatever PKCS#11 2.40 tokens share is used and no more: RSA with SHA-256 as one mechanism, ECDSA
over a digest made here (many have no ECDSA with SHA-256), HMAC with SHA-256, objects found by class
and CKA_ID. Ed25519 came with PKCS#11 3.0.

All of this runs on the one thread that speaks to the token (``idp.keystore.worker``).
"""

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from pkcs11 import MGF, Attribute, KeyType, Mechanism, ObjectClass
from pkcs11.util.ec import encode_named_curve_parameters

from idp.domain.signing_key import Algorithm
from idp.keystore.errors import TokenKeyError, TokenKeyGoneError, TokenLacksAlgorithmError
from idp.keystore.public_keys import PublicKey, from_ec_point, from_ed25519_point, from_rsa
from idp.keystore.signing import RSA_BITS

if TYPE_CHECKING:
    from pkcs11 import PrivateKey, SecretKey, Session

_P256: Final = encode_named_curve_parameters("secp256r1")
_ED25519: Final = bytes.fromhex("06032b6570")  # its object identifier, 1.3.101.112
_GENERATE: Final = {
    "RS256": (KeyType.RSA, Mechanism.RSA_PKCS_KEY_PAIR_GEN),
    "PS256": (KeyType.RSA, Mechanism.RSA_PKCS_KEY_PAIR_GEN),
    "ES256": (KeyType.EC, Mechanism.EC_KEY_PAIR_GEN),
    "Ed25519": (KeyType.EC_EDWARDS, Mechanism.EC_EDWARDS_KEY_PAIR_GEN),
}
_SIGN: Final[Mapping[str, tuple[Mechanism, Any]]] = {
    "RS256": (Mechanism.SHA256_RSA_PKCS, None),
    "PS256": (Mechanism.SHA256_RSA_PKCS_PSS, (Mechanism.SHA256, MGF.SHA256, 32)),
    "ES256": (Mechanism.ECDSA, None),
    "Ed25519": (Mechanism.EDDSA, None),
}
_HMAC_BITS: Final = 256
# Nobody takes it out, and it does one thing only: not one of them may be left to the token.
_STAYS_AND_SIGNS: Final = {
    Attribute.TOKEN: True,
    Attribute.PRIVATE: True,
    Attribute.SENSITIVE: True,
    Attribute.EXTRACTABLE: False,
    Attribute.SIGN: True,
    Attribute.DECRYPT: False,
    Attribute.UNWRAP: False,
    Attribute.DERIVE: False,
}
_STAYS: Final = (Attribute.SENSITIVE, Attribute.EXTRACTABLE)


def make_signing_key(session: "Session", alg: Algorithm, key_id: bytes) -> PublicKey:
    """Make a pair and keep its private half under ``key_id``; return the public half.

    Raises TokenLacksAlgorithmError and TokenKeyError.
    """
    kind, how = _GENERATE[alg]
    if not {how, _SIGN[alg][0]}.issubset(session.token.slot.get_mechanisms()):
        raise TokenLacksAlgorithmError(session.token.label, alg)
    templates: dict[str, Any] = {
        "id": key_id,
        "label": f"network-id {alg}",
        "store": True,
        "mechanism": how,
        # The public half stands in the key store; here it would only have to be destroyed too.
        "public_template": {Attribute.TOKEN: False, Attribute.ENCRYPT: False},
        "private_template": _STAYS_AND_SIGNS,
    }
    if kind is KeyType.RSA:
        public, private = session.generate_keypair(kind, RSA_BITS, **templates)
        found: PublicKey = from_rsa(public[Attribute.MODULUS], public[Attribute.PUBLIC_EXPONENT])
    else:
        curve = {Attribute.EC_PARAMS: _P256 if kind is KeyType.EC else _ED25519}
        parameters = session.create_domain_parameters(kind, curve, local=True)
        public, private = parameters.generate_keypair(**templates)
        read = from_ec_point if kind is KeyType.EC else from_ed25519_point
        found = read(public[Attribute.EC_POINT])
    check_stays(private)
    return found


def make_hmac_key(session: "Session", key_id: bytes) -> None:
    """Make a key for ``hmac`` under ``key_id``; raises TokenKeyError."""
    made = session.generate_key(
        KeyType.GENERIC_SECRET,
        _HMAC_BITS,
        id=key_id,
        label="network-id wrapping",
        store=True,
        mechanism=Mechanism.GENERIC_SECRET_KEY_GEN,
        template=_STAYS_AND_SIGNS
        | {Attribute.ENCRYPT: False, Attribute.WRAP: False, Attribute.VERIFY: False},
    )
    check_stays(made)


def check_stays(key: "PrivateKey | SecretKey") -> None:
    """Raise TokenKeyError for a key that could be taken out: made by hand, or against our wish."""
    if [bool(key[attribute]) for attribute in _STAYS] != [True, False]:
        raise TokenKeyError(f"the key {key.id.hex()} in the token could be taken out of it")


def find(session: "Session", kind: ObjectClass, key_id: bytes) -> Any:
    """Return the one key by this id; raises TokenKeyGoneError, TokenKeyError."""
    found = list(session.get_objects({Attribute.CLASS: kind, Attribute.ID: key_id}))
    if not found:
        raise TokenKeyGoneError(f"there is no key {key_id.hex()} in the token")
    if len(found) > 1:
        raise TokenKeyError(f"there is more than one key {key_id.hex()} in the token")
    return found[0]


def sign(key: Any, alg: Algorithm, signing_input: bytes) -> bytes:
    """Return the raw JWS signature (for ES256 r || s, which is PKCS#11's form too)."""
    mechanism, parameters = _SIGN[alg]
    data = hashlib.sha256(signing_input).digest() if alg == "ES256" else signing_input
    signature = key.sign(data, mechanism=mechanism, mechanism_param=parameters)
    return bytes(signature)


def hmac(key: Any, data: bytes) -> bytes:
    """Return the HMAC-SHA-256 of ``data``."""
    return bytes(key.sign(data, mechanism=Mechanism.SHA256_HMAC))


def destroy(session: "Session", key_id: bytes) -> None:
    """Destroy whatever has this id."""
    for kind in (ObjectClass.PRIVATE_KEY, ObjectClass.PUBLIC_KEY, ObjectClass.SECRET_KEY):
        for one in list(session.get_objects({Attribute.CLASS: kind, Attribute.ID: key_id})):
            one.destroy()
