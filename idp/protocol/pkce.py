"""Proof Key for Code Exchange (RFC 7636): S256, and nothing else.

Rules in prose. A challenge without a method would mean ``plain`` (§4.3) and is refused, as is
``plain`` itself: a challenge that equals its verifier protects nothing where the request leaks.
A verifier is required exactly when a challenge was sent, and refused otherwise (RFC 9700 §2.1.1:
the downgrade in which an attacker strips the challenge).
"""

from __future__ import annotations

import hashlib
import hmac
import re

from idp.domain import base64url, mismatch
from idp.domain.mismatch import Basis
from idp.domain.refusal import Cause, Refusal

_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")


def check_challenge(challenge: str | None, method: str | None, *, required: bool) -> None:
    """Refuse a challenge that is missing though ``required``, malformed, or not S256 (§4.3)."""
    if challenge is None:
        if required:
            raise Refusal(Cause.PKCE_REQUIRED)
        if method is not None:
            raise Refusal(Cause.PKCE_CHALLENGE_MALFORMED)
        return
    if method is None:
        raise Refusal(Cause.PKCE_METHOD_MISSING)
    if method != "S256":
        raise Refusal(
            Cause.PKCE_METHOD_UNSUPPORTED,
            mismatch.text("code_challenge_method", method, ("S256",), Basis.SUPPORTED),
        )
    if not _CHALLENGE.fullmatch(challenge):
        raise Refusal(Cause.PKCE_CHALLENGE_MALFORMED)


def check_verifier(verifier: str | None, challenge: str | None) -> None:
    """Refuse a token request whose verifier does not answer the code's challenge (§4.6)."""
    if challenge is None:
        if verifier is not None:
            raise Refusal(Cause.VERIFIER_UNEXPECTED)
        return
    if verifier is None:
        raise Refusal(Cause.VERIFIER_MISSING)
    if not _VERIFIER.fullmatch(verifier):
        raise Refusal(Cause.VERIFIER_MALFORMED)
    if not hmac.compare_digest(s256(verifier), challenge):
        raise Refusal(Cause.VERIFIER_WRONG)


def s256(verifier: str) -> str:
    """Return the S256 challenge of ``verifier`` (§4.2)."""
    return base64url.encode(hashlib.sha256(verifier.encode("ascii")).digest())
