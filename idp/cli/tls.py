"""The TLS that ``idp serve`` speaks itself, when no proxy does.

TLS 1.3, and TLS 1.2 with the four suites that RFC 9325 §4.2 recommends: forward secrecy and AEAD,
or nothing. FAPI 2.0 Security Profile §5.2.2 allows no others.
"""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from uvicorn import Config

_SUITES = "ECDHE+AESGCM"


def strict_context(_config: Config, default: Callable[[], ssl.SSLContext]) -> ssl.SSLContext:
    """Return the server's context with the certificate that ``default`` has loaded."""
    context = default()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(_SUITES)
    # A client that renegotiates makes us do the dear half of a handshake again and again.
    context.options |= ssl.OP_NO_RENEGOTIATION
    return context
