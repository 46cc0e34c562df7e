"""The key that signs heads: one for each version of its secret, and never shown."""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from idp.domain.secret_key import VersionedSecret
from idp.keystore.note_key import NoteKey, NoteKeys

OLD, NEW = bytes([1] * 32), bytes([2] * 32)


def test_it_is_the_same_whenever_it_is_derived_and_signs():
    key = NoteKey(OLD)
    assert key.public_key == NoteKey(OLD).public_key != NoteKey(NEW).public_key
    Ed25519PublicKey.from_public_bytes(key.public_key).verify(key.sign(b"text"), b"text")


def test_the_secret_shows_nowhere():
    key = NoteKey(OLD)
    assert OLD.hex() not in repr(key)
    assert key.public_key != OLD


def test_all_versions_are_known_and_sign_the_active_one_first():
    keys = NoteKeys(VersionedSecret({1: OLD, 2: NEW}, active=2))
    assert keys.public_keys == [NoteKey(NEW).public_key, NoteKey(OLD).public_key]
    keys.use(VersionedSecret({2: NEW}, active=2, kept={1: OLD}))
    assert keys.public_keys == [NoteKey(NEW).public_key, NoteKey(OLD).public_key]
    signatures = keys.sign(b"text")
    assert list(signatures) == keys.public_keys
    for public_key, signature in signatures.items():
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, b"text")
