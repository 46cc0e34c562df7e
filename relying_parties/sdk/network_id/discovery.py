"""The way in: from a provider's issuer to a `Platform`, at once or when it is first needed."""

from __future__ import annotations

from network_id.client_auth import Credentials
from network_id.door import require_secure
from network_id.options import Options
from network_id.platform import Platform
from network_id.provider import Provider


async def discover(
    issuer: str,
    client_id: str,
    client_secret: str | None,
    redirect_uri: str,
    options: Options | None = None,
) -> Platform:
    """Return a Platform, ready: the provider's metadata is checked and its keys are loaded.

    ``client_secret`` is None for a public client (PKCE alone). Keep the Platform for the life of
    the process; it is safe for concurrent sign-ins on one event loop.

    Raises InsecureUrlError, IssuerMismatchError, DiscoveryInvalidError, ProviderUnavailableError,
    ProviderAnswerError.
    """
    platform = discover_later(issuer, client_id, client_secret, redirect_uri, options)
    try:
        await platform.ready()
    except BaseException:
        await platform.aclose()
        raise
    return platform


def discover_later(
    issuer: str,
    client_id: str,
    client_secret: str | None,
    redirect_uri: str,
    options: Options | None = None,
) -> Platform:
    """Return a Platform that discovers the provider when it is first needed, as `discover` does.

    So a platform starts while its provider is away, and the first sign-in after that works. Each
    method then also raises what `discover` raises. Raises InsecureUrlError itself, fetches nothing.
    """
    require_secure(redirect_uri, "a redirect_uri")
    options = options or Options()
    credentials = Credentials.of(client_id, client_secret, redirect_uri, options)
    return Platform(Provider(issuer, options), credentials)
