"""The demo's two clients for an app of a developer's own, so that a login needs no registration.

Their redirect URIs are this machine's alone: on any port (RFC 8252 §7.3), at the paths that the
usual libraries take. ``demo-app`` has a secret, drawn like every other; ``demo-page`` is a public
client, for a page without a server. A sector each, as every client on loopback.
"""

from __future__ import annotations

import hmac
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from idp.cli.failure import ExitCode, Failure
from idp.cli.secret_files import file_of, write_secret

if TYPE_CHECKING:
    from pathlib import Path

    from idp.services.clients import Clients

APP: Final = "demo-app"
PAGE: Final = "demo-page"
_HOSTS: Final = ("localhost", "127.0.0.1", "[::1]")
_PATHS: Final = (
    "/callback",  # the samples, and most manuals
    "/auth/callback",
    "/auth",  # Authlib's manual
    "/oidc/callback/",  # mozilla-django-oidc
    "/api/auth/callback/network-id",  # Auth.js
    "/login/oauth2/code/network-id",  # Spring Security
    "/signin-oidc",  # ASP.NET Core
)
# The way back after signing out is compared with its port: those that frameworks begin with.
_PORTS: Final = (3000, 5000, 8000, 8080)
_SHARED: Final[dict[str, Any]] = {
    "purpose": "To try a login on this machine.",
    "purpose#zh-Hans": "用于在这台电脑上试用登录。",
    "alternative": "Go on without logging in.",
    "alternative#zh-Hans": "不登录继续使用。",
    "redirect_uris": [f"http://{host}{path}" for host in _HOSTS for path in _PATHS],
    "post_logout_redirect_uris": [f"http://{h}:{port}/" for h in _HOSTS for port in _PORTS],
    "grant_types": ["authorization_code", "refresh_token"],
    "scope": "openid age offline_access sandbox:read",
}
_APP: Final = _SHARED | {"client_name": "My app", "client_name#zh-Hans": "我的应用"}
_PAGE: Final = _SHARED | {
    "client_name": "My page",
    "client_name#zh-Hans": "我的网页",
    "token_endpoint_auth_method": "none",
}


async def register(clients: Clients, folder: Path) -> str:
    """See that both are registered; return the secret of ``demo-app``.

    In a kept demo it stays what it was, as does what a developer changed of the client: it is
    drawn anew only when ``folder`` does not hold it. Raises Failure ``secret_unwritable``.
    """
    if await clients.show(PAGE) is None:
        await clients.add(_PAGE, client_id=PAGE)
    known = _read(folder)
    if known and await _is_secret(clients, known):
        return known
    await clients.remove(APP)
    secret = (await clients.add(_APP, client_id=APP)).secret
    if secret is None:
        raise Failure(ExitCode.UNAVAILABLE, "no_secret", f"{APP} has no secret")
    write_secret(folder, APP, secret)
    return secret


async def _is_secret(clients: Clients, secret: str) -> bool:
    registered = await clients.show(APP)
    if registered is None:
        return False
    digest, client = sha256(secret.encode()).digest(), registered.client
    live = (client.secret_digest, client.next_secret_digest)
    return any(one is not None and hmac.compare_digest(one, digest) for one in live)


def _read(folder: Path) -> str:
    try:
        return file_of(folder, APP).read_text(encoding="ascii")
    except (OSError, ValueError):
        return ""  # then a new one is drawn


def environment(issuer: str, secret: str) -> dict[str, str]:
    """Return the variables that every sample, and the quickstart's app, reads."""
    return {
        "NETWORK_ID_ISSUER": issuer,
        "NETWORK_ID_CLIENT_ID": APP,
        "NETWORK_ID_CLIENT_SECRET": secret,
    }
