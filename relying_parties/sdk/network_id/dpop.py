"""Proofs of possession (RFC 9449): each request shows anew that it comes from who holds the key.

An access token that is bound to the key is worth nothing to whoever reads it in a log. A proof is
for one method, one address, one moment, and at a resource for one token. The server may ask for a
nonce of its own; it is remembered, and a request that was refused for want of it is sent once more.
"""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from typing import TYPE_CHECKING, Final

from authlib.common.security import generate_token

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx2

    from network_id.client_key import ClientKey

TYP: Final = "dpop+jwt"
ALGORITHMS: Final = ("ES256", "Ed25519", "PS256")
JTI_CHARACTERS: Final = 43  # of 62 kinds: 256 bits
LONGEST_NONCE: Final = 256
BAD_REQUEST: Final = 400
UNAUTHORIZED: Final = 401


class Prover:
    """Makes the proofs of one key for one kind of server, and remembers its newest nonce.

    RFC 9449 §9: an authorization server's nonces are not a resource server's, so each has its own.
    """

    def __init__(self, key: ClientKey, clock: Callable[[], int]) -> None:
        self._key = key
        self._clock = clock
        self._nonce: str | None = None

    def proof(self, request: httpx2.Request, token: str | None = None) -> str:
        """Return a new proof for ``request``; with ``token``, for that access token alone."""
        claims: dict[str, object] = {
            "jti": generate_token(JTI_CHARACTERS),
            "htm": request.method,
            "htu": str(request.url.copy_with(query=None, fragment=None)),
            "iat": self._clock(),
        }
        if self._nonce is not None:
            claims["nonce"] = self._nonce
        if token is not None:
            digest = hashlib.sha256(token.encode()).digest()
            claims["ath"] = urlsafe_b64encode(digest).decode().rstrip("=")
        return self._key.sign({"typ": TYP, "jwk": self._key.public}, claims)

    def must_repeat(self, response: httpx2.Response) -> bool:
        """Take the nonce of an answer; tell whether the request was refused for want of it (§8)."""
        nonce = response.headers.get("dpop-nonce", "")
        if not 0 < len(nonce) <= LONGEST_NONCE or not nonce.isascii():
            return False
        self._nonce = nonce
        if response.status_code == UNAUTHORIZED:
            return "use_dpop_nonce" in response.headers.get("www-authenticate", "")
        return response.status_code == BAD_REQUEST and b'"use_dpop_nonce"' in response.content
