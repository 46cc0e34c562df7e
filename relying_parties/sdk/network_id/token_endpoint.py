"""Exchanging the code for tokens, through Authlib's client (RFC 6749 §4.1.3, RFC 7636 §4.5)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus

import httpx2
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from authlib.oauth2.auth import encode_client_secret_basic

from network_id.errors import (
    ClientRefusedError,
    CodeRefusedError,
    ProviderAnswerError,
    TokenRequestRefusedError,
    shown,
)

if TYPE_CHECKING:
    from network_id.door import Door

REFUSALS: dict[str, type[TokenRequestRefusedError]] = {
    "invalid_grant": CodeRefusedError,
    "invalid_client": ClientRefusedError,
}
# What Authlib raises for an answer that is not the JSON it hopes for.
UNREADABLE = (ValueError, TypeError, KeyError, AttributeError, RecursionError, httpx2.HTTPError)


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who the platform is at the provider. The secret is in no repr."""

    client_id: str
    client_secret: str | None = field(repr=False)
    redirect_uri: str


@dataclass(frozen=True, slots=True, repr=False)
class Tokens:
    """What the token endpoint gave; the ID token is not verified yet."""

    access_token: str
    id_token: object


def oauth_client(credentials: Credentials, door: Door) -> AsyncOAuth2Client:
    """Return Authlib's client for one request: it remembers the last token, so none is shared."""
    client = AsyncOAuth2Client(
        client_id=credentials.client_id,
        client_secret=credentials.client_secret,
        redirect_uri=credentials.redirect_uri,
        code_challenge_method="S256",
        transport=door,
        trust_env=False,
    )
    client.register_client_auth_method(("client_secret_basic", _basic))
    return client


def _basic(client: Any, method: str, uri: str, headers: Any, body: str) -> Any:
    """RFC 6749 §2.3.1: identifier and secret are form-encoded first, which Authlib leaves out."""
    encoded = Credentials(quote_plus(client.client_id), quote_plus(client.client_secret), "")
    return encode_client_secret_basic(encoded, method, uri, headers, body)


async def redeem(client: AsyncOAuth2Client, url: str, code: str, verifier: str) -> Tokens:
    """Exchange ``code`` at the token endpoint ``url``.

    Raises CodeRefusedError, ClientRefusedError, TokenRequestRefusedError, ProviderAnswerError,
    ProviderUnavailableError. No error holds the code: exceptions end up in logs.
    """
    try:
        answer = await client.fetch_token(
            url, grant_type="authorization_code", code=code, code_verifier=verifier
        )
    except OAuthError as error:
        kind = REFUSALS.get(str(error.error), TokenRequestRefusedError)
        came = f"{shown(error.error)} ({shown(error.description)})"
        raise kind(expected="tokens for the code", came=came) from None
    except UNREADABLE:
        raise ProviderAnswerError(expected="a token response", came="something else") from None
    access_token = answer.get("access_token")
    if not isinstance(access_token, str) or str(answer.get("token_type")).lower() != "bearer":
        raise ProviderAnswerError(expected="a bearer access token", came="none")
    return Tokens(access_token, answer.get("id_token"))
