"""HMAC-SHA-256 (RFC 2104) under the few keys that are used all the time.

What follows from the key alone is hashed once and kept, as RFC 2104 §4 describes: the library's own
call does that anew each time, and looks its algorithms up too. For secrets of the instance only:
those of the last few keys stay in memory, which is where the keys themselves are. What has a key of
its own (a chain of refresh tokens) takes ``hmac.digest``.
"""

import hashlib
from functools import lru_cache
from typing import Final

BLOCK_BYTES: Final = 64
_KEYS: Final = 8
_INNER: Final = bytes(number ^ 0x36 for number in range(256))
_OUTER: Final = bytes(number ^ 0x5C for number in range(256))


def digest(key: bytes, message: bytes) -> bytes:
    """Return the 32 bytes of HMAC-SHA-256; raises ValueError for a key over ``BLOCK_BYTES``."""
    first, second = _states(key)
    inner, outer = first.copy(), second.copy()
    inner.update(message)
    outer.update(inner.digest())
    return outer.digest()


@lru_cache(maxsize=_KEYS)
def _states(key: bytes) -> "tuple[hashlib._Hash, hashlib._Hash]":
    """Return SHA-256 as it is after the first block on the inside, and on the outside."""
    if len(key) > BLOCK_BYTES:
        raise ValueError(f"a key has at most {BLOCK_BYTES} bytes")
    block = key.ljust(BLOCK_BYTES, b"\0")
    return hashlib.sha256(block.translate(_INNER)), hashlib.sha256(block.translate(_OUTER))
