"""A FAPI 2.0 client by hand: pushed requests, private_key_jwt, DPoP; its clock right, or slow."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2

from tests.support.dpop_auth import DpopAuth, assertion, public_jwks

if TYPE_CHECKING:
    from joserfc.jwk import ECKey

    from tests.support.by_http import Person

CALLBACK: Final = "https://platform.example/callback"
# RFC 7636 appendix B.
VERIFIER: Final = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE: Final = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def metadata_of(key: ECKey) -> dict[str, Any]:
    """What such a client registers."""
    return {
        "client_name": "A strict platform",
        "redirect_uris": [CALLBACK],
        "security_profile": "fapi2",
        "token_endpoint_auth_method": "private_key_jwt",
        "id_token_signed_response_alg": "ES256",
        "scope": "openid offline_access sandbox:read",
        "grant_types": ["authorization_code", "refresh_token"],
        "jwks": public_jwks(key),
    }


@dataclass
class Strict:
    """A registered `fapi2` client with a key to authenticate, and another one for its proofs."""

    client_id: str
    key: ECKey
    metadata: dict[str, Any]
    http: httpx2.AsyncClient
    late: int = 0
    dpop: DpopAuth = field(init=False)

    @property
    def issuer(self) -> str:
        return str(self.metadata["issuer"])

    def __post_init__(self) -> None:
        self.dpop = self.new_key()

    def new_key(self) -> DpopAuth:
        return DpopAuth(late=self.late, renewed=self._again)

    def _again(self, request: httpx2.Request) -> httpx2.Request:
        """A request to send once more: its assertion is used up."""
        form = {n: v[0] for n, v in parse_qs(request.content.decode()).items()}
        fresh = assertion(self.client_id, self.issuer, self.key)
        return httpx2.Request("POST", request.url, data=form | fresh)

    async def post(self, endpoint: str, form: dict[str, str], dpop: DpopAuth) -> dict[str, Any]:
        sent = form | assertion(self.client_id, self.issuer, self.key)
        answer = await self.http.post(self.metadata[endpoint], data=sent, auth=dpop)
        assert answer.status_code in {200, 201}, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def code(self, person: Person, scope: str) -> str:
        form = {
            "response_type": "code",
            "redirect_uri": CALLBACK,
            "scope": scope,
            "state": "af0ifjsldkj",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        }
        pushed = await self.post("pushed_authorization_request_endpoint", form, self.dpop)
        query = {"client_id": self.client_id, "request_uri": pushed["request_uri"]}
        back = await person.open(f"{self.metadata['authorization_endpoint']}?{urlencode(query)}")
        answer = parse_qs(urlsplit(back).query, strict_parsing=True)
        assert answer["iss"] == [self.issuer]
        return answer["code"][0]

    async def redeem(self, code: str) -> dict[str, Any]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": CALLBACK,
            "code_verifier": VERIFIER,
        }
        return await self.tokens(form, self.dpop)

    async def tokens(self, form: dict[str, str], dpop: DpopAuth) -> dict[str, Any]:
        tokens = await self.post("token_endpoint", form, dpop)
        assert tokens["token_type"] == "DPoP"
        return tokens

    async def call(self, address: str, token: str, dpop: DpopAuth) -> dict[str, Any]:
        at_resource = DpopAuth(token=token, late=self.late, key=dpop.key)
        answer = await self.http.get(address, auth=at_resource)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found
