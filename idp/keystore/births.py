"""Making a signing key: here, sealed into its file, or in the token that gives the wrapping key."""

from collections.abc import Iterable
from datetime import date
from typing import Final

from msgspec import Struct

from idp.domain.clock import Entropy
from idp.domain.signing_key import Algorithm
from idp.keystore import Signer
from idp.keystore.key_file import AnyKeyFile, SigningKeyFile, TokenKeyFile, Wrapper
from idp.keystore.public_keys import to_der as public_to_der
from idp.keystore.signing import generate, signer_for, to_der

_KEY_ID_BYTES: Final = 16


class Birth(Struct, frozen=True):
    """What is known of a signing key before it is made. In a token it is made under ``key_id``."""

    store: str
    alg: Algorithm
    created: date
    key_id: str


class Made(Struct, frozen=True):
    """A new signing key and its file."""

    file: AnyKeyFile
    signer: Signer


def new_key_id(entropy: Entropy) -> str:
    """Draw what a token is to know a key by (its CKA_ID)."""
    return entropy.bytes(_KEY_ID_BYTES).hex()


def make_signing_key(birth: Birth, wrapper: Wrapper, entropy: Entropy) -> Made:
    """Make a key and what is to stand in its file; raises a KeystoreError where a token cannot."""
    if wrapper.token is not None:
        signer = wrapper.token.make(birth.alg, bytes.fromhex(birth.key_id))
        head = TokenKeyFile(
            store=birth.store,
            wrapped="",
            alg=birth.alg,
            kid=signer.kid,
            key_id=birth.key_id,
            created=birth.created,
        )
        return Made(head.sealed(wrapper, public_to_der(signer.public), entropy), signer)
    key = generate(birth.alg)
    here = signer_for(birth.alg, key)
    file = SigningKeyFile(
        store=birth.store, wrapped="", alg=birth.alg, kid=here.kid, created=birth.created
    )
    return Made(file.sealed(wrapper, to_der(key), entropy), here)


def undo(key_ids: Iterable[str], wrapper: Wrapper) -> None:
    """Destroy keys that no file was written for; raises a KeystoreError."""
    if wrapper.token is not None:
        for key_id in key_ids:
            wrapper.token.destroy(bytes.fromhex(key_id))
