"""Sealing: AES-256-GCM for database fields and for tokens that travel through the browser.

The rules:

1. A sealed value opens only where it was sealed: table, column and row are authenticated, so a
   value moved to another row, column or table is refused (NIST SP 800-38D, additional data).
2. All sealed values of one column have one length, so that a length tells nothing (promise P3).
   Tokens come in steps of 256 bytes.
3. Every seal draws a fresh random 96-bit nonce. SP 800-38D §8.3 allows 2**32 seals under one key:
   rotate a key version long before it has made so many.
4. Whatever is wrong with a value, it is refused the same way and nothing of it is returned.

Layout: version (2 bytes, big-endian) | nonce (12) | ciphertext and tag. The plain text inside is
length (4 bytes, big-endian) | plain | zeros.
"""

from functools import lru_cache
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from idp.domain import base64url
from idp.domain.clock import Entropy
from idp.domain.framing import framed
from idp.domain.secret_key import VersionedSecret

VERSION_BYTES: Final = 2
NONCE_BYTES: Final = 12
LENGTH_BYTES: Final = 4
TAG_BYTES: Final = 16
HEADER_BYTES: Final = VERSION_BYTES + NONCE_BYTES
OVERHEAD_BYTES: Final = HEADER_BYTES + LENGTH_BYTES + TAG_BYTES
TOKEN_STEP_BYTES: Final = 256

# First part of the additional data: a field never opens as a token, nor a token as a field.
_FIELD_LABEL: Final = b"network-id/sealed-field/1"
_TOKEN_LABEL: Final = b"network-id/sealed-token/1"


class SealBroken(ValueError):
    """A sealed value was altered, cut, moved, made under an unknown key, or is no seal at all."""


class TooLong(ValueError):
    """A plain text is longer than the values of its column may be."""


def sealed_length(size: int) -> int:
    """Length in bytes of every value sealed with this `size`."""
    return size + OVERHEAD_BYTES


class Sealer:
    """Seals under the active version of one secret, opens under any live version.

    Safe to share between threads and tasks: it holds parsed keys, which are exchanged as one.
    """

    def __init__(self, keys: VersionedSecret, entropy: Entropy) -> None:
        self._entropy = entropy
        self.use(keys)

    def use(self, secret: VersionedSecret) -> None:
        """Seal under the active one of these versions from here on, open under any of them."""
        ciphers = {_written(version): AESGCM(key) for version, key in secret.versions.items()}
        active = _written(secret.active)
        self._ciphers = ciphers
        self._active = (active, ciphers[active])

    @property
    def version(self) -> bytes:
        """The two bytes at the head of what is sealed now."""
        return self._active[0]

    def seal(self, plain: bytes, *, table: str, column: str, row: bytes, size: int) -> bytes:
        """Seal `plain` for one place; the result is `sealed_length(size)` bytes whatever it holds.

        `size` is the most bytes this column's plain text may have, one constant per column.
        `row` must never change for the life of the row. Raises TooLong when `plain` is longer.
        """
        if len(plain) > size:
            raise TooLong(f"{table}.{column} holds {size} bytes, got {len(plain)}")
        return self._seal(plain, size, _place(table, column, row))

    def open(self, sealed: bytes, *, table: str, column: str, row: bytes) -> bytes:
        """Return the plain text sealed for exactly this place; raise SealBroken otherwise."""
        return self._open(sealed, _place(table, column, row))

    def reseal(self, sealed: bytes, *, table: str, column: str, row: bytes) -> bytes:
        """Return the same plain text, sealed anew for the same place, as long as before.

        Raises SealBroken as ``open``.
        """
        place = _place(table, column, row)
        return self._seal(self._open(sealed, place), len(sealed) - OVERHEAD_BYTES, place)

    def seal_token(self, purpose: str, plain: bytes) -> str:
        """Seal `plain` for one purpose as base64url text without padding (RFC 4648 §5).

        The length shows only how many steps of 256 bytes it took. A token is not single-use and
        does not expire by itself: put a time into `plain` where that matters.
        """
        steps = -(-(len(plain) + LENGTH_BYTES) // TOKEN_STEP_BYTES)
        size = steps * TOKEN_STEP_BYTES - LENGTH_BYTES
        sealed = self._seal(plain, size, framed(_TOKEN_LABEL, purpose.encode()))
        return base64url.encode(sealed)

    def open_token(self, purpose: str, token: str) -> bytes:
        """Return what was sealed for exactly this purpose; raise SealBroken otherwise."""
        return self._open(_decoded(token), framed(_TOKEN_LABEL, purpose.encode()))

    def _seal(self, plain: bytes, size: int, associated: bytes) -> bytes:
        nonce = self._entropy.bytes(NONCE_BYTES)
        padded = len(plain).to_bytes(LENGTH_BYTES, "big") + plain.ljust(size, b"\0")
        version, cipher = self._active
        return version + nonce + cipher.encrypt(nonce, padded, associated)

    def _open(self, sealed: bytes, associated: bytes) -> bytes:
        if len(sealed) < OVERHEAD_BYTES:
            raise SealBroken("too short for a sealed value")
        cipher = self._ciphers.get(sealed[:VERSION_BYTES])
        if cipher is None:
            raise SealBroken("sealed under a key version that is not live here")
        nonce, ciphertext = sealed[VERSION_BYTES:HEADER_BYTES], sealed[HEADER_BYTES:]
        try:
            padded = cipher.decrypt(nonce, ciphertext, associated)
        except InvalidTag:
            raise SealBroken("altered, or sealed for another place") from None
        end = LENGTH_BYTES + int.from_bytes(padded[:LENGTH_BYTES], "big")
        return padded[LENGTH_BYTES:end]


def _written(version: int) -> bytes:
    return version.to_bytes(VERSION_BYTES, "big")


def _place(table: str, column: str, row: bytes) -> bytes:
    return _column(table, column) + framed(row)


@lru_cache(maxsize=128)
def _column(table: str, column: str) -> bytes:
    return framed(_FIELD_LABEL, table.encode(), column.encode())


def _decoded(token: str) -> bytes:
    try:
        return base64url.decode(token)
    except ValueError:
        raise SealBroken("not a sealed token") from None
