"""Client assertions (RFC 7523): right ones, and ones that differ in one member."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, Final

from idp.protocol.client_authentication import ASSERTION_TYPE
from tests.support.jwt import jwks, key, signed
from tests.support.logins import Platform

if TYPE_CHECKING:
    from idp.protocol.jose import Signer
    from tests.support.provider import Provider

TYP: Final = "client-authentication+jwt"
_NUMBERS: Final = itertools.count(1)


async def register(provider: Provider, **metadata: Any) -> Platform:
    """A client that authenticates by `private_key_jwt`."""
    given = {"token_endpoint_auth_method": "private_key_jwt", "jwks": jwks(key())} | metadata
    return await Platform.register(provider, **given)


def claims(platform: Platform, **changes: Any) -> dict[str, Any]:
    """The claims of a right assertion; a change to None leaves a member out."""
    now = platform.provider.clock.now()
    ordinary = {
        "iss": platform.client_id,
        "sub": platform.client_id,
        "aud": platform.provider.issuer,
        "jti": f"assertion {next(_NUMBERS)}",
        "iat": now,
        "exp": now + 60,
    }
    return {name: value for name, value in (ordinary | changes).items() if value is not None}


def assertion(platform: Platform, signer: Signer | None = None, **changes: Any) -> str:
    return signed(signer or key(), claims(platform, **changes), typ=TYP)


def with_assertion(platform: Platform, proof: str, code: str = "no code") -> dict[str, str]:
    """The form of a token request. With an invented code, the right proof gives invalid_grant."""
    form = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": proof}
    return platform.token_form(code) | form
