"""Base64url without padding (RFC 4648 §5, RFC 7515 §2), read in its one canonical spelling only.

A lenient reader lets one value be written in several ways (spare bits set, padding, line breaks,
"+" for "-"), and then two texts that are compared or remembered as different mean the same.
"""

import binascii
from typing import Final

_TO_URL: Final = bytes.maketrans(b"+/", b"-_")
# What has no place in base64url becomes what has none in base64 either.
_FROM_URL: Final = bytes.maketrans(b"-_+/=", b"+/!!!")


def encode(value: bytes) -> str:
    """Write bytes as base64url without padding."""
    return binascii.b2a_base64(value, newline=False).rstrip(b"=").translate(_TO_URL).decode()


def decode(text: str) -> bytes:
    """Read what `encode` wrote; ValueError, which does not quote the text, for anything else."""
    try:
        padded = text.encode("ascii").translate(_FROM_URL) + b"=" * (-len(text) % 4)
        value = binascii.a2b_base64(padded, strict_mode=True)
    except ValueError:  # binascii.Error is one
        raise ValueError("not base64url") from None
    if binascii.b2a_base64(value, newline=False) != padded:
        raise ValueError("not base64url in its canonical spelling")
    return value
