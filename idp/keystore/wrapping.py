"""The wrapping key: the one key that opens all others. It never lies beside them.

It is 32 random bytes, written as base64url (43 characters). It comes either from the environment,
where a secret manager puts it, or from a file that only its owner may read. This module is
handed both; it reads no environment itself.
"""

from pathlib import Path
from typing import Final

from idp.domain import base64url
from idp.domain.clock import Entropy
from idp.keystore.errors import (
    KeystoreExistsError,
    WrappingKeyAmbiguousError,
    WrappingKeyMalformedError,
    WrappingKeyMissingError,
)
from idp.keystore.private_files import read_private, write_new_private

WRAPPING_KEY_BYTES: Final = 32
_FEWEST_DISTINCT_BYTES: Final = 16  # 32 random bytes have fewer about once in 10**15
_MAKE_ONE: Final = "`idp init` makes one"


def new_wrapping_key(entropy: Entropy) -> str:
    """Make a wrapping key, as the text that goes into the environment or a file."""
    return base64url.encode(entropy.bytes(WRAPPING_KEY_BYTES))


def write_wrapping_key(path: Path, entropy: Entropy) -> bytes:
    """Make a wrapping key in a new file of mode 0600 and return its 32 bytes.

    Raises KeystoreExistsError when the file is there: writing over it would lose every key.
    """
    text = new_wrapping_key(entropy)
    try:
        write_new_private(path, text.encode() + b"\n")
    except FileExistsError:
        raise KeystoreExistsError(f"{path} is already there and was left as it is") from None
    return decode_wrapping_key(text, str(path))


def read_wrapping_key(value: str | None, file: Path | None) -> bytes:
    """Return the 32 bytes of the wrapping key, from the environment's value or from a file.

    Exactly one of the two is given. Raises a KeystoreError: WrappingKeyMissingError,
    WrappingKeyAmbiguousError, WrappingKeyMalformedError, or what is wrong with the file.
    """
    if value and file:
        raise WrappingKeyAmbiguousError(
            f"IDP_WRAPPING_KEY is set and {file} is given too; leave one of them out"
        )
    if value:
        return decode_wrapping_key(value, "IDP_WRAPPING_KEY")
    if file is None:
        raise WrappingKeyMissingError(f"no wrapping key: set IDP_WRAPPING_KEY; {_MAKE_ONE}")
    if not file.exists():
        raise WrappingKeyMissingError(f"no wrapping key: {file} is not there; {_MAKE_ONE}")
    # Secret mounts of container platforms are symbolic links; the file they lead to is checked.
    content = read_private(file, follow=True)
    return decode_wrapping_key(content.decode("ascii", errors="replace"), str(file))


def decode_wrapping_key(text: str, source: str) -> bytes:
    """Read a wrapping key's text; WrappingKeyMalformedError names `source`, never the text."""
    try:
        key = base64url.decode(text.strip().rstrip("="))
    except ValueError:
        key = b""
    if len(key) != WRAPPING_KEY_BYTES:
        raise WrappingKeyMalformedError(
            f"{source} is not {WRAPPING_KEY_BYTES} bytes in base64url (43 characters); {_MAKE_ONE}"
        )
    # Zeros, one letter repeated, a phrase: values that stood in for a key and were forgotten.
    if len(set(key)) < _FEWEST_DISTINCT_BYTES:
        raise WrappingKeyMalformedError(f"{source} is not random; {_MAKE_ONE}")
    return key
