"""A passkey in software: real keys, real signatures, and a switch for every way to lie.

`SoftAuthenticator` plays browser and authenticator at once. It takes the options a relying party
sends and returns what `PublicKeyCredential.toJSON()` would. Lies named in `Tamper` are told before
signing, so that the signature is right and one defect stands alone; `resign=False` signs the truth
and sends the lie, as somebody on the way would.
"""

import hashlib
import json
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypedDict, TypeVar, Unpack

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

if TYPE_CHECKING:
    from tests.support.maker import Batch

ES256, EDDSA, RS256 = -7, -8, -257
UP, UV, BE, BS, AT, ED = 0x01, 0x04, 0x08, 0x10, 0x40, 0x80
ABSENT: Final = object()  # as a value in a mapping below: leave this member out
AAGUID: Final = bytes.fromhex("5c3f0a52a3b14ff5b2b6a6a8bd9a2a01")

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey
Options = Mapping[str, Any]
K = TypeVar("K")


class Tamper(TypedDict, total=False):
    """What to lie about. Mappings change single members; functions edit what was serialised."""

    client: Mapping[str, object]  # client data: type, challenge, origin, crossOrigin, topOrigin
    client_bytes: Callable[[bytes], bytes]
    rp_id: str  # whose hash the authenticator data carries
    set_flags: int
    clear_flags: int
    sign_count: int
    aaguid: bytes
    attested: bool  # attested credential data, and AT: only in a registration unless told so
    attested_id: bytes
    cose: Mapping[int, object]  # labels of the public key; 3 is the algorithm
    extensions: Mapping[str, object]  # and ED
    data_bytes: Callable[[bytes], bytes]
    self_attestation: bool
    attestation: Mapping[str, object]
    attestation_key: ec.EllipticCurvePrivateKey
    statement: Mapping[str, object]  # of an attestation with certificates
    attestation_bytes: Callable[[bytes], bytes]
    signing_key: PrivateKey
    signature: Callable[[bytes], bytes]
    resign: bool
    response: Mapping[str, object]
    members: Mapping[str, object]  # of the credential, the outermost object
    text: Callable[[str], str]


@dataclass
class SoftPasskey:
    """One credential inside the authenticator."""

    credential_id: bytes
    rp_id: str
    user_handle: bytes
    key: PrivateKey
    uses: int = 0


class SoftAuthenticator:
    """Holds passkeys of one algorithm. `synced` ones are backed up and never count, as phones do.

    Security keys (`synced=False`) are not backed up and count their uses; with a `batch` of a maker
    they prove their hardware to whoever asks.
    """

    def __init__(
        self, algorithm: int = ES256, *, synced: bool = True, batch: "Batch | None" = None
    ) -> None:
        self.algorithm = algorithm
        self.synced = synced
        self.batch = batch
        self.passkeys: list[SoftPasskey] = []

    def create(self, options: Options, origin: str, **tamper: Unpack[Tamper]) -> str:
        """Answer `navigator.credentials.create`; a real browser's refusals raise ValueError."""
        if self.algorithm not in {offer["alg"] for offer in options["pubKeyCredParams"]}:
            raise ValueError("NotSupportedError: no algorithm in common")
        known = {passkey.credential_id for passkey in self.passkeys}
        if known & {decode(shut["id"]) for shut in options.get("excludeCredentials", ())}:
            raise ValueError("InvalidStateError: this authenticator is registered already")
        passkey = SoftPasskey(
            os.urandom(32),
            options["rp"]["id"],
            decode(options["user"]["id"]),
            new_key(self.algorithm),
        )
        self.passkeys.append(passkey)
        tamper.setdefault("attested", True)
        client = _client_data("webauthn.create", options, origin, tamper)
        data = self._data(passkey, tamper)
        statement: dict[str, object] = {"fmt": "none", "attStmt": {}}
        if tamper.get("self_attestation"):
            signature = _sign(passkey, data, client, tamper)
            statement = {"fmt": "packed", "attStmt": {"alg": self.algorithm, "sig": signature}}
        elif self.batch is not None and options.get("attestation") == "direct":
            statement = {"fmt": "packed", "attStmt": self._vouched(data, client, tamper)}
        attestation = cbor2.dumps(
            _changed(statement | {"authData": data}, tamper.get("attestation", {}))
        )
        response = {
            "clientDataJSON": encode(client),
            "attestationObject": encode(_edited(attestation, tamper.get("attestation_bytes"))),
            "transports": ["internal", "hybrid"] if self.synced else ["usb"],
        }
        return _credential(passkey, response, tamper)

    def get(self, options: Options, origin: str, **tamper: Unpack[Tamper]) -> str:
        """Answer `navigator.credentials.get` with the newest passkey that fits the options.

        Raises LookupError when there is none, as a browser would offer nothing.
        """
        passkey = self.choose(options)
        passkey.uses += 1
        client = _client_data("webauthn.get", options, origin, tamper)
        data = self._data(passkey, tamper)
        signature = _sign(passkey, data, client, tamper)
        if not tamper.get("resign", True):
            true_client = _client_data("webauthn.get", options, origin, {})
            signature = _sign(passkey, self._data(passkey, {}), true_client, tamper)
        response = {
            "clientDataJSON": encode(client),
            "authenticatorData": encode(data),
            "signature": encode(signature),
            "userHandle": encode(passkey.user_handle),
        }
        return _credential(passkey, response, tamper)

    def choose(self, options: Options) -> SoftPasskey:
        """Return the newest passkey for the RP ID among those allowed (all, when none is named)."""
        allowed = {decode(known["id"]) for known in options.get("allowCredentials", ())}
        for passkey in reversed(self.passkeys):
            fits = not allowed or passkey.credential_id in allowed
            if passkey.rp_id == options["rpId"] and fits:
                return passkey
        raise LookupError("NotAllowedError: no passkey for " + str(options["rpId"]))

    def _vouched(self, data: bytes, client: bytes, tamper: Tamper) -> dict[str, object]:
        """Packed attestation by the batch's key (WebAuthn L3 §8.2)."""
        assert self.batch is not None
        key = tamper.get("attestation_key", self.batch.key)
        signature = key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        statement = {"alg": ES256, "sig": signature, "x5c": list(self.batch.chain)}
        return _changed(statement, tamper.get("statement", {}))

    def _data(self, passkey: SoftPasskey, tamper: Tamper) -> bytes:
        attested, extensions = tamper.get("attested", False), tamper.get("extensions")
        flags = UP | UV | (BE | BS if self.synced else 0)
        flags |= (AT if attested else 0) | (ED if extensions is not None else 0)
        flags = (flags | tamper.get("set_flags", 0)) & ~tamper.get("clear_flags", 0)
        count = tamper.get("sign_count", 0 if self.synced else passkey.uses)
        data = hashlib.sha256(tamper.get("rp_id", passkey.rp_id).encode()).digest()
        data += bytes([flags]) + count.to_bytes(4, "big")
        if attested:
            named = tamper.get("attested_id", passkey.credential_id)
            data += tamper.get("aaguid", AAGUID) + len(named).to_bytes(2, "big") + named
            data += cbor2.dumps(_changed(cose_key(passkey.key), tamper.get("cose", {})))
        if extensions is not None:
            data += cbor2.dumps(extensions)
        return _edited(data, tamper.get("data_bytes"))


def new_key(algorithm: int) -> PrivateKey:
    """Return a new private key for a COSE algorithm; KeyError for one that no passkey here has."""
    makers: dict[int, Callable[[], PrivateKey]] = {
        ES256: lambda: ec.generate_private_key(ec.SECP256R1()),
        EDDSA: ed25519.Ed25519PrivateKey.generate,
        RS256: lambda: rsa.generate_private_key(65537, 2048),
    }
    return makers[algorithm]()


def cose_key(key: PrivateKey) -> dict[int, object]:
    """Return the public half as a COSE key (RFC 9053 §7, RFC 8230 §4)."""
    if isinstance(key, ec.EllipticCurvePrivateKey):
        point, size = key.public_key().public_numbers(), (key.key_size + 7) // 8
        curve = {256: 1, 384: 2, 521: 3}[key.key_size]
        x, y = point.x.to_bytes(size, "big"), point.y.to_bytes(size, "big")
        return {1: 2, 3: ES256, -1: curve, -2: x, -3: y}
    if isinstance(key, rsa.RSAPrivateKey):
        numbers, size = key.public_key().public_numbers(), key.key_size // 8
        return {1: 3, 3: RS256, -1: numbers.n.to_bytes(size, "big"), -2: b"\x01\x00\x01"}
    return {1: 1, 3: EDDSA, -1: 6, -2: key.public_key().public_bytes_raw()}


def encode(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _client_data(kind: str, options: Options, origin: str, tamper: Tamper) -> bytes:
    members = {
        "type": kind,
        "challenge": options["challenge"],
        "origin": origin,
        "crossOrigin": False,
    }
    text = json.dumps(_changed(members, tamper.get("client", {})), separators=(",", ":"))
    return _edited(text.encode(), tamper.get("client_bytes"))


def _sign(passkey: SoftPasskey, data: bytes, client: bytes, tamper: Tamper) -> bytes:
    key, message = tamper.get("signing_key", passkey.key), data + hashlib.sha256(client).digest()
    if isinstance(key, ec.EllipticCurvePrivateKey):
        signature = key.sign(message, ec.ECDSA(SHA256()))
    elif isinstance(key, rsa.RSAPrivateKey):
        signature = key.sign(message, padding.PKCS1v15(), SHA256())
    else:
        signature = key.sign(message)
    return _edited(signature, tamper.get("signature"))


def _credential(passkey: SoftPasskey, response: Mapping[str, object], tamper: Tamper) -> str:
    credential = {
        "id": encode(passkey.credential_id),
        "rawId": encode(passkey.credential_id),
        "type": "public-key",
        "authenticatorAttachment": "platform",
        "clientExtensionResults": {},
        "response": _changed(response, tamper.get("response", {})),
    }
    edit = tamper.get("text", str)
    return edit(json.dumps(_changed(credential, tamper.get("members", {}))))


def _changed(members: Mapping[K, object], changes: Mapping[K, object]) -> dict[K, object]:
    both = {**members, **changes}
    return {name: value for name, value in both.items() if value is not ABSENT}


def _edited(raw: bytes, edit: Callable[[bytes], bytes] | None) -> bytes:
    return raw if edit is None else edit(raw)
