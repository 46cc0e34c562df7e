"""JWTs whose signature needs no other look: this process made it, or has seen it hold.

Rules in prose. What is remembered is the SHA-256 of the whole text, so nothing but the very same
token is known again; a changed character is another one. It saves the look at the signature alone:
header, type, key and claims are judged each time, and what ends a token ends it. It belongs to one
set of keys: with another one, from which a stolen key is gone, nothing is remembered. Of bounded
size; what is forgotten is verified again.
"""

from __future__ import annotations

import hashlib
from typing import Final

_MOST: Final = (
    4096  # 0.7 MB: some seconds of tokens at the busiest, and that is when they come back
)


class Vouched:
    """Digests of tokens, the oldest half of which goes when there are ``most``."""

    def __init__(self, most: int = _MOST) -> None:
        self._half = most // 2
        self._new: set[bytes] = set()
        self._old: set[bytes] = set()

    def add(self, token: str) -> None:
        """Remember ``token``, whose signature holds."""
        if len(self._new) >= self._half:
            self._old, self._new = self._new, set()
        self._new.add(_digest(token))

    def __contains__(self, token: str) -> bool:
        """Tell whether this very token is remembered."""
        digest = _digest(token)
        return digest in self._new or digest in self._old


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("ascii")).digest()
