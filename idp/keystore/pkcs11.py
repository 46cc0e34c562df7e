"""The key store of an instance with a PKCS#11 token.

Signing keys are made in the token and never leave it. Secrets are used for every request, and are
unwrapped from their files at the start as ever; but what unwraps them comes from the token, from a
key in it that never leaves it either: HMAC-SHA-256, which is in every token that we know of, where
AES-GCM, AES key wrap and RSA-OAEP with SHA-256 are not. So the folder alone opens nothing.
"""

from contextlib import suppress
from pathlib import Path

from idp.domain.clock import Clock, Entropy
from idp.keystore.births import new_key_id, undo
from idp.keystore.errors import KeystoreError, TokenElsewhereError
from idp.keystore.files import FileKeystore
from idp.keystore.held import key_id_of
from idp.keystore.key_file import Wrapper
from idp.keystore.reading import read_list, read_manifest
from idp.keystore.token import Token

__all__ = ["Token", "create", "open_store", "unmake", "wrapper_of"]


def create(folder: Path, token: Token, entropy: Entropy, clock: Clock) -> FileKeystore:
    """Make all keys, in ``folder``, which is new or empty, and in the token, and open the store.

    Raises a KeystoreError, and then leaves no key in either.
    """
    wrapper = new_wrapper(token, entropy)
    try:
        return FileKeystore.create_by(folder, wrapper, entropy, clock)
    except BaseException:
        with suppress(KeystoreError):  # what stopped us may be that the token is gone
            undo([str(wrapper.token_key)], wrapper)
        raise


def open_store(folder: Path, token: Token) -> FileKeystore:
    """Read and check every key, and have the token show each that it holds.

    Raises a KeystoreError.
    """
    return FileKeystore.open_by(folder, wrapper_of(folder, token))


def unmake(folder: Path, token: Token) -> None:
    """Destroy every key of a store that is in the token; raises a KeystoreError.

    For one that was never used: its files open no more.
    """
    wrapper = wrapper_of(folder, token)
    listed = read_manifest(folder, wrapper).files
    held = [key_id for name in listed if (key_id := key_id_of(folder / name)) is not None]
    undo([*held, str(wrapper.token_key)], wrapper)


def new_wrapper(token: Token, entropy: Entropy) -> Wrapper:
    """Make a key in the token, and return what wraps by it; raises a KeystoreError."""
    key_id = new_key_id(entropy)
    return Wrapper(token.make_wrapping(bytes.fromhex(key_id)), token, key_id)


def wrapper_of(folder: Path, token: Token) -> Wrapper:
    """Return what unwraps the files in ``folder``; raises a KeystoreError."""
    key_id = read_list(folder).token_key
    if key_id is None:
        raise TokenElsewhereError(f"what opens {folder} is not in a token: look at IDP_KEYSTORE")
    return Wrapper(token.wrapping_key(bytes.fromhex(key_id)), token, key_id)
