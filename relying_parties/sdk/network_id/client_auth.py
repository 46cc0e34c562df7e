"""How the platform shows who it is: a secret, a key (RFC 7523), or neither (a public client).

Each attempt of a request is authenticated anew: an assertion and a DPoP proof are good once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, quote_plus, urlencode

import httpx2
from authlib.common.security import generate_token
from authlib.oauth2.auth import encode_client_secret_basic
from authlib.oauth2.rfc7523.client import ASSERTION_TYPE

from network_id.client_key import ClientKey
from network_id.dpop import Prover
from network_id.errors import CredentialsError, NotOfferedError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from network_id.metadata import Metadata
    from network_id.options import Options

ASSERTION_SECONDS: Final = 60
JTI_CHARACTERS: Final = 43  # of 62 kinds: 256 bits


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who the platform is at the provider. Secret and keys are in no repr.

    ``dpop_key`` is None for tokens that are bound to no key.
    """

    client_id: str
    redirect_uri: str
    client_secret: str | None = field(default=None, repr=False)
    private_key: ClientKey | None = None
    dpop_key: ClientKey | None = None

    @classmethod
    def of(
        cls, client_id: str, client_secret: str | None, redirect_uri: str, options: Options
    ) -> Credentials:
        """Return the credentials with the keys of ``options``.

        Raises CredentialsError for both a secret and a key, KeyUnusableError.
        """
        private_key, dpop_key = options.private_key, options.dpop_key
        if client_secret is not None and private_key is not None:
            raise CredentialsError(expected="a client_secret or a private_key", came="both")
        if client_secret == "":
            raise CredentialsError(expected="a client_secret, or None", came="an empty text")
        return cls(
            client_id=client_id,
            redirect_uri=redirect_uri,
            client_secret=client_secret,
            private_key=None if private_key is None else ClientKey.read(private_key),
            dpop_key=None if dpop_key is None else ClientKey.read(dpop_key),
        )

    def check_offered(self, metadata: Metadata) -> None:
        """Refuse what the provider does not take, before anybody is sent there.

        Raises NotOfferedError.
        """
        metadata.require("token_endpoint_auth_methods_supported", self.method)
        if self.private_key is not None:
            metadata.require(
                "token_endpoint_auth_signing_alg_values_supported", self.private_key.alg
            )
        if self.dpop_key is not None:
            name = "dpop_signing_alg_values_supported"
            if name not in metadata.supported:
                raise NotOfferedError(expected="a provider with DPoP", came="one without")
            metadata.require(name, self.dpop_key.alg)

    def provers(self, clock: Callable[[], int]) -> tuple[Prover | None, Prover | None]:
        """Return what makes DPoP proofs for the provider's own endpoints, and for resources."""
        if self.dpop_key is None:
            return None, None
        return Prover(self.dpop_key, clock), Prover(self.dpop_key, clock)

    @property
    def method(self) -> str:
        """The name of the way to authenticate (OpenID Connect Core 1.0 §9)."""
        if self.private_key is not None:
            return "private_key_jwt"
        return "none" if self.client_secret is None else "client_secret_basic"


class Authentication(httpx2.Auth):
    """Authenticates one request to the provider's own endpoints; ``now`` is in epoch seconds.

    ``audience`` is the issuer: an assertion for a token endpoint's address could be used by
    whoever makes a platform believe that another provider's endpoint is there. ``prover`` adds a
    DPoP proof, and repeats the request once where the server asks for a nonce.
    """

    requires_request_body = True
    requires_response_body = True

    def __init__(
        self, credentials: Credentials, audience: str, now: int, prover: Prover | None
    ) -> None:
        self._credentials = credentials
        self._audience = audience
        self._now = now
        self._prover = prover

    def auth_flow(
        self, request: httpx2.Request
    ) -> Generator[httpx2.Request, httpx2.Response, None]:
        """Send the request authenticated, and once more where a nonce is asked for."""
        response = yield self._authenticated(request)
        if self._prover is not None and self._prover.must_repeat(response):
            response = yield self._authenticated(request)
            self._prover.must_repeat(response)  # the nonce for the next request

    def _authenticated(self, request: httpx2.Request) -> httpx2.Request:
        form = dict(parse_qsl(request.content.decode(), keep_blank_values=True))
        headers = {"accept": "application/json"}
        if self._credentials.client_secret is not None:
            # RFC 6749 §2.3.1: both are form-encoded first, which Authlib leaves out.
            name, secret = self._credentials.client_id, self._credentials.client_secret
            encoded = _Encoded(quote_plus(name), quote_plus(secret))
            encode_client_secret_basic(encoded, request.method, str(request.url), headers, "")
        else:
            form["client_id"] = self._credentials.client_id
        if self._credentials.private_key is not None:
            form |= self._assertion(self._credentials.private_key)
        if self._prover is not None:
            headers["DPoP"] = self._prover.proof(request)
        headers["content-type"] = "application/x-www-form-urlencoded"
        return httpx2.Request(
            request.method,
            request.url,
            headers=headers,
            content=urlencode(form).encode(),
            extensions=request.extensions,
        )

    def _assertion(self, key: ClientKey) -> dict[str, str]:
        """Return the members of ``private_key_jwt`` (RFC 7523 §2.2, §3)."""
        claims: dict[str, Any] = {
            "iss": self._credentials.client_id,
            "sub": self._credentials.client_id,
            "aud": self._audience,
            "jti": generate_token(JTI_CHARACTERS),
            "iat": self._now,
            "exp": self._now + ASSERTION_SECONDS,
        }
        header = {"typ": "client-authentication+jwt", "kid": key.kid}
        return {
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": key.sign(header, claims),
        }


@dataclass(frozen=True, slots=True, repr=False)
class _Encoded:
    client_id: str
    client_secret: str
