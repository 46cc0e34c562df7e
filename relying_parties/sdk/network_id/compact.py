"""Taking a compact JWT apart (RFC 7515 §3.1). What it says is vouched for by nothing yet."""

from __future__ import annotations

import json
from typing import Any, Final

from joserfc import jws
from joserfc.errors import JoseError

from network_id.errors import TokenMalformedError

LARGEST: Final = 16_384  # characters of a token; ours have about 1,000
EXPECTED: Final = "one compact signed JWT"


def read_compact(token: object) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """Return a token as text, its header and its claims. Raises TokenMalformedError."""
    text, header, payload = _split(token)
    try:
        claims = json.loads(payload)
    except (ValueError, RecursionError):
        claims = None
    if not isinstance(claims, dict):
        raise TokenMalformedError(expected=EXPECTED, came="a payload that is no object")
    return text, header, claims


def read_header(token: object) -> tuple[str, dict[str, Any]]:
    """Return a token as text, and its header. Raises TokenMalformedError."""
    text, header, _ = _split(token)
    return text, header


def _split(token: object) -> tuple[str, dict[str, Any], bytes]:
    if not isinstance(token, str):
        raise TokenMalformedError(expected=EXPECTED, came="none")
    if len(token) > LARGEST:
        raise TokenMalformedError(expected=EXPECTED, came=f"{len(token)} characters")
    try:
        parts = jws.extract_compact(token.encode("ascii"))
        header = parts.headers()
    except (JoseError, ValueError, TypeError, AttributeError, RecursionError):
        raise TokenMalformedError(expected=EXPECTED, came="something else") from None
    if not isinstance(header, dict):
        raise TokenMalformedError(expected=EXPECTED, came="a header that is no object")
    return token, header, parts.payload
