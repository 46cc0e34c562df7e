"""DPoP for httpx2 as a client's own developer would write it: joserfc, and nothing of ours.

It knows nonces only as RFC 9449 §8 tells: it sends the last one it was given, and comes again when
it is asked to.
"""

from __future__ import annotations

import base64
import hashlib
import json
import time
import uuid
from typing import TYPE_CHECKING, Any

import httpx2
from joserfc import jwt
from joserfc.jwk import ECKey
from joserfc.jws import JWSRegistry

if TYPE_CHECKING:
    from collections.abc import Callable, Generator


class DpopAuth(httpx2.Auth):
    """Signs each request with a key of its own; `late` is by how many seconds its clock is slow.

    With `token` it is used at a resource. `renewed` makes what must not be sent twice beside the
    proof, such as a client assertion, when a request has to be sent again.
    """

    requires_response_body = True

    def __init__(
        self,
        *,
        token: str | None = None,
        late: int = 0,
        key: ECKey | None = None,
        renewed: Callable[[httpx2.Request], httpx2.Request] | None = None,
    ) -> None:
        self.key = key or ECKey.generate_key("P-256", auto_kid=False)
        self.token = token
        self.nonces: list[str] = []
        self._late = late
        self._renewed = renewed

    @property
    def jkt(self) -> str:
        return self.key.thumbprint()

    def auth_flow(
        self, request: httpx2.Request
    ) -> Generator[httpx2.Request, httpx2.Response, None]:
        response = yield self._signed(request)
        asked = self._asks_for_nonce(response)
        if "dpop-nonce" in response.headers:
            self.nonces.append(response.headers["dpop-nonce"])
        if asked:
            again = request if self._renewed is None else self._renewed(request)
            response = yield self._signed(again)
            if "dpop-nonce" in response.headers:
                self.nonces.append(response.headers["dpop-nonce"])

    def _asks_for_nonce(self, response: httpx2.Response) -> bool:
        if self.token is not None:
            return 'error="use_dpop_nonce"' in response.headers.get("www-authenticate", "")
        return response.status_code == 400 and "use_dpop_nonce" in response.text

    def _signed(self, request: httpx2.Request) -> httpx2.Request:
        claims: dict[str, Any] = {
            "jti": str(uuid.uuid4()),
            "htm": request.method,
            "htu": str(request.url.copy_with(query=None, fragment=None)),
            "iat": int(time.time()) - self._late,
        }
        if self.nonces:
            claims["nonce"] = self.nonces[-1]
        if self.token is not None:
            digest = hashlib.sha256(self.token.encode()).digest()
            claims["ath"] = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
            request.headers["Authorization"] = f"DPoP {self.token}"
        header = {"alg": "ES256", "typ": "dpop+jwt", "jwk": self.key.as_dict(private=False)}
        request.headers["DPoP"] = jwt.encode(header, claims, self.key, registry=_Roomy())
        return request


class _Roomy(JWSRegistry):
    """The library's own limit is too small for a header with a key in it."""

    max_header_length = 2048


def assertion(client_id: str, issuer: str, key: ECKey) -> dict[str, str]:
    """The form members of `private_key_jwt`, new each time."""
    now = int(time.time())
    claims = {
        "iss": client_id,
        "sub": client_id,
        "aud": issuer,
        "jti": str(uuid.uuid4()),
        "iat": now,
        "exp": now + 60,
    }
    return {
        "client_id": client_id,
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": jwt.encode({"alg": "ES256", "kid": key.kid}, claims, key),
    }


def public_jwks(key: ECKey) -> dict[str, Any]:
    """The public half, as it is registered."""
    return {"keys": [json.loads(json.dumps(key.as_dict(private=False)))]}
