"""What a platform has to say of itself: by arguments, or by the environment."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from network_id.door import require_secure
from network_id.errors import InsecureUrlError

if TYPE_CHECKING:
    from collections.abc import Mapping

SHORTEST_SECRET = 32  # characters
SECRET = "NETWORK_ID_CLIENT_SECRET"
NEEDED = {
    "NETWORK_ID_ISSUER": "the provider's address, byte for byte as its operator states it",
    "NETWORK_ID_CLIENT_ID": "as registered at the provider",
    SECRET: "as registered; set it to nothing for a client without a secret",
}
NEW_SECRET = 'python -c "import secrets; print(secrets.token_urlsafe(32))"'


class SettingsError(ValueError):
    """A setting is missing or cannot be; the message names it and says what to do."""


@dataclass(frozen=True, slots=True)
class Settings:
    """One client of one provider, and where the platform itself is. Secrets are in no repr.

    ``url`` is where people reach the platform, without a slash at the end; a path is allowed.
    """

    issuer: str
    client_id: str
    client_secret: str | None = field(repr=False)
    url: str

    @property
    def is_https(self) -> bool:
        """Tell whether cookies can be ``Secure``."""
        return self.url.startswith("https://")

    @property
    def host(self) -> str:
        """The platform's own host name."""
        return urlsplit(self.url).hostname or ""

    @property
    def is_at_home(self) -> bool:
        """Tell whether this is a developer's own machine: pages may say more, errors wait less."""
        return is_loopback(self.host)

    @property
    def origin(self) -> str:
        """Scheme, host and port, as a browser writes them."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def path(self) -> str:
        """The path of ``url``, without a slash at the end."""
        return urlsplit(self.url).path


def check_url(url: str) -> str:
    """Return the platform's own address in the form that `Settings` has. Raises SettingsError."""
    try:
        require_secure(url)
    except InsecureUrlError:
        raise SettingsError(
            f"NETWORK_ID_URL (or url=) is {url!r}; it needs https, or http on localhost"
        ) from None
    if "?" in url:
        raise SettingsError(f"NETWORK_ID_URL (or url=) is {url!r}; it can have no query")
    return url.rstrip("/")


def default_url(environment: Mapping[str, str], port: str) -> str:
    """Return NETWORK_ID_URL, or where a first run is: localhost, at PORT or ``port``.

    Never the Host header: whoever sends it would say where people's codes go.
    """
    at = environment.get("PORT") or port
    return environment.get("NETWORK_ID_URL") or f"http://localhost:{at}"


def read_environment(environment: Mapping[str, str]) -> tuple[str, str, str | None]:
    """Return issuer, client id and secret. Raises SettingsError that names all that is missing."""
    missing = [
        f"  {name}: {what}"
        for name, what in NEEDED.items()
        if not environment.get(name) and (name != SECRET or name not in environment)
    ]
    if missing:
        raise SettingsError("these environment variables are missing:\n" + "\n".join(missing))
    return (
        environment["NETWORK_ID_ISSUER"],
        environment["NETWORK_ID_CLIENT_ID"],
        environment[SECRET] or None,
    )


def is_loopback(host: str) -> bool:
    """Tell whether a host name is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
