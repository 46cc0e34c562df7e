"""Base64url without padding (RFC 7515 §2)."""

from __future__ import annotations

import base64


def encode(raw: bytes) -> str:
    """Return ``raw`` as text."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """Return the bytes of ``text``; raises ValueError for what is none."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
