"""The key that signs heads of the audit log's tree: Ed25519, derived, never stored."""

from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from idp.domain.secret_key import VersionedSecret

_PURPOSE: Final = b"network-id/audit-key/1"
_SEED_BYTES: Final = 32


class NoteKey:
    """Signs texts with Ed25519 (RFC 8032)."""

    def __init__(self, secret: bytes) -> None:
        seed = HKDF(SHA256(), length=_SEED_BYTES, salt=None, info=_PURPOSE).derive(secret)
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.public_key = self._key.public_key().public_bytes_raw()

    def __repr__(self) -> str:
        return f"NoteKey({self.public_key.hex()})"

    def sign(self, text: bytes) -> bytes:
        """Return the signature, 64 bytes."""
        return self._key.sign(text)


class NoteKeys:
    """The keys that all versions of a secret give. All sign: who kept an old key can go on."""

    def __init__(self, secret: VersionedSecret) -> None:
        self.use(secret)

    def use(self, secret: VersionedSecret) -> None:
        """Take these versions in place of those of before, in one step."""
        keys = {**secret.kept, **secret.versions}
        first = keys.pop(secret.active)
        self._keys = [NoteKey(one) for one in (first, *(keys[v] for v in sorted(keys)))]

    @property
    def public_keys(self) -> list[bytes]:
        """All public keys, 32 bytes each; that of the active version is first."""
        return [key.public_key for key in self._keys]

    def sign(self, text: bytes) -> dict[bytes, bytes]:
        """Return the signatures over ``text``, by public key, in the order of ``public_keys``."""
        return {key.public_key: key.sign(text) for key in self._keys}
