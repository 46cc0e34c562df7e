"""The endpoints that a platform's server asks itself, through Authlib's client.

A code for tokens (RFC 6749 §4.1.3, RFC 7636 §4.5), a refresh token for new ones (§6), a pushed
request (RFC 9126), a token given back (RFC 7009). No error of theirs holds what was sent or given:
exceptions end up in logs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from authlib.integrations.httpx_client import AsyncOAuth2Client

from network_id.client_auth import Authentication, Credentials
from network_id.errors import (
    AccessTokenTypeError,
    ClientNotAllowedError,
    ClientRefusedError,
    CodeRefusedError,
    ProofRefusedError,
    ProviderAnswerError,
    PushedRequestRefusedError,
    RefreshTokenGoneError,
    SignInError,
    TokenRequestRefusedError,
    shown,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    import httpx2

    from network_id.dpop import Prover
    from network_id.provider import Provider

SUCCESS: Final = range(200, 300)
LONGEST_LIFE: Final = 10**9  # seconds
# What Authlib raises for an answer that is not the JSON it hopes for.
UNREADABLE: Final = (ValueError, TypeError, KeyError, AttributeError, RecursionError)
REFUSALS: Final[dict[str, type[TokenRequestRefusedError]]] = {
    "invalid_client": ClientRefusedError,
    "unauthorized_client": ClientNotAllowedError,
    "invalid_dpop_proof": ProofRefusedError,
    "use_dpop_nonce": ProofRefusedError,
}


@dataclass(frozen=True, slots=True, repr=False)
class Granted:
    """What the token endpoint gave. The ID token is not verified yet. ``life`` is in seconds."""

    access_token: str
    refresh_token: str | None
    life: int | None
    scope: str | None
    id_token: object


class TokenEndpoint:
    """Asks the provider's endpoints as one client. ``prover`` is None for unbound tokens."""

    def __init__(self, provider: Provider, credentials: Credentials, prover: Prover | None) -> None:
        self._provider = provider
        self._credentials = credentials
        self._prover = prover

    async def redeem(self, url: str, code: str, verifier: str) -> Granted:
        """Exchange ``code``. Raises CodeRefusedError and what `_refuse` raises."""
        refusing = _Refusing("tokens for the code", {"invalid_grant": CodeRefusedError})
        client = self._client(refusing)
        try:
            answer = await client.fetch_token(
                url,
                auth=self._authentication(),
                grant_type="authorization_code",
                code=code,
                code_verifier=verifier,
            )
        except UNREADABLE:
            raise ProviderAnswerError(expected="a token response", came="something else") from None
        return self._granted(answer)

    async def refresh(self, url: str, refresh_token: str, scope: str | None) -> Granted:
        """Exchange a refresh token. Raises RefreshTokenGoneError and what `_refuse` raises."""
        refusing = _Refusing("new tokens", {"invalid_grant": RefreshTokenGoneError})
        client = self._client(refusing)
        narrowed = {} if scope is None else {"scope": scope}
        try:
            answer = await client.refresh_token(
                url, refresh_token=refresh_token, auth=self._authentication(), **narrowed
            )
        except UNREADABLE:
            raise ProviderAnswerError(expected="a token response", came="something else") from None
        return self._granted(answer)

    async def push(self, url: str, request: Mapping[str, str]) -> str:
        """Push an authorization request (RFC 9126 §2) and return its ``request_uri``.

        Raises PushedRequestRefusedError and what `_refuse` raises.
        """
        refusing = _Refusing("a request that is accepted", {}, PushedRequestRefusedError)
        answer = refusing(await self._post(url, request, self._authentication()))
        members = _members(answer)
        uri = members.get("request_uri")
        if not isinstance(uri, str) or not uri:
            raise ProviderAnswerError(expected="a request_uri", came=shown(uri))
        return uri

    async def revoke(self, url: str, token: str) -> None:
        """Give a token back (RFC 7009 §2). Raises what `_refuse` raises."""
        plain = Authentication(self._credentials, self._provider.issuer, self._now(), None)
        _Refusing("the token to be taken back", {})(await self._post(url, {"token": token}, plain))

    async def _post(
        self, url: str, form: Mapping[str, str], authentication: Authentication
    ) -> httpx2.Response:
        return await self._provider.http.post(url, data=dict(form), auth=authentication)

    def _now(self) -> int:
        return self._provider.options.clock()

    def _authentication(self) -> Authentication:
        return Authentication(self._credentials, self._provider.issuer, self._now(), self._prover)

    def _client(self, refusing: _Refusing) -> AsyncOAuth2Client:
        """Return Authlib's client for one request: it remembers a token, so none is shared."""
        client = AsyncOAuth2Client(
            client_id=self._credentials.client_id,
            redirect_uri=self._credentials.redirect_uri,
            transport=self._provider.door,
            trust_env=False,
            timeout=None,  # the door's, as in `Provider`
        )
        for hook in ("access_token_response", "refresh_token_response"):
            client.register_compliance_hook(hook, refusing)
        return client

    def _granted(self, answer: Mapping[str, Any]) -> Granted:
        access_token = answer.get("access_token")
        if not isinstance(access_token, str) or not access_token.isascii() or not access_token:
            raise ProviderAnswerError(expected="an access token", came="none")
        self._check_type(answer.get("token_type"))
        return Granted(
            access_token=access_token,
            refresh_token=_text(answer, "refresh_token"),
            life=_life(answer.get("expires_in")),
            scope=_text(answer, "scope"),
            id_token=answer.get("id_token"),
        )

    def _check_type(self, came: object) -> None:
        # RFC 9449 §5: a token that was asked for with a proof and comes unbound is a downgrade.
        expected = "Bearer" if self._prover is None else "DPoP"
        if not isinstance(came, str) or came.lower() != expected.lower():
            raise AccessTokenTypeError(expected=f"token_type {expected}", came=shown(came))


class _Refusing:
    """Passes a response on, or raises the error that it carries."""

    def __init__(
        self,
        expected: str,
        refusals: Mapping[str, type[TokenRequestRefusedError]],
        other: type[SignInError] = TokenRequestRefusedError,
    ) -> None:
        self._expected = expected
        self._refusals: dict[str, type[SignInError]] = {**REFUSALS, **refusals}
        self._other = other

    def __call__(self, response: httpx2.Response) -> httpx2.Response:
        """Return ``response`` when it is a success.

        Raises ClientRefusedError, ClientNotAllowedError, ProofRefusedError, the errors given, or
        ProviderAnswerError for an answer that says nothing.
        """
        is_success = response.status_code in SUCCESS
        if is_success and b'"error"' not in response.content:
            return response
        members = _members(response)
        if is_success and "error" not in members:
            return response
        error = members.get("error")
        kind = self._refusals.get(error, self._other) if isinstance(error, str) else self._other
        told = [
            shown(members[name], most)
            for name, most in TOLD.items()
            if isinstance(members.get(name), str)
        ]
        came = shown(error) + (f" ({', '.join(told)})" if told else "")
        raise kind(expected=self._expected, came=came)


TOLD: Final = {"error_description": 500, "error_code": 64, "error_uri": 200}  # and their lengths


def _members(response: httpx2.Response) -> Mapping[str, Any]:
    try:
        members = response.json()
    except (ValueError, RecursionError):
        members = None
    if not isinstance(members, dict):
        raise ProviderAnswerError(
            expected="a JSON object", came=f"HTTP {response.status_code} with something else"
        )
    return members


def _text(answer: Mapping[str, Any], name: str) -> str | None:
    value = answer.get(name)
    if value is not None and not isinstance(value, str):
        raise ProviderAnswerError(expected=f"{name} as text", came=type(value).__name__)
    return value or None


def _life(value: object) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= LONGEST_LIFE:
        raise ProviderAnswerError(expected="expires_in as seconds", came=shown(value))
    return value
