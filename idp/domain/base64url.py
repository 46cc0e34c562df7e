"""Base64url without padding (RFC 4648 §5, RFC 7515 §2), read in its one canonical spelling only.

A lenient reader lets one value be written in several ways (spare bits set, padding, line breaks,
"+" for "-"), and then two texts that are compared or remembered as different mean the same.
"""

import base64
import binascii


def encode(value: bytes) -> str:
    """Write bytes as base64url without padding."""
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """Read what `encode` wrote; ValueError, which does not quote the text, for anything else."""
    try:
        value = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("not base64url") from None
    if encode(value) != text:
        raise ValueError("not base64url in its canonical spelling")
    return value
