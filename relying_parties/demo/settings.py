"""The environment of a demo platform, read once where it starts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Mapping

SHORTEST_SECRET = 16


class SettingsError(ValueError):
    """A variable is missing or unusable; the message names it and says what it is for."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How a demo platform reaches the provider and is reached itself. Secrets are in no repr."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    url: str  # the platform's own base URL, without a slash at the end
    secret: str = field(repr=False)  # signs the session cookie

    @property
    def redirect_uri(self) -> str:
        """Where the provider sends the browser back to; registered byte for byte."""
        return f"{self.url}/callback"

    @property
    def is_https(self) -> bool:
        """Tell whether cookies may be ``Secure``."""
        return self.url.startswith("https://")

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Read the settings. Raises SettingsError, naming each missing variable."""
        missing = [
            f"{name} ({what})" for name, what in VARIABLES.items() if name not in environment
        ]
        if missing:
            raise SettingsError("set " + ", ".join(missing))
        if len(environment["PLATFORM_SECRET"]) < SHORTEST_SECRET:
            raise SettingsError(f"PLATFORM_SECRET needs at least {SHORTEST_SECRET} characters")
        return cls(
            issuer=environment["NETWORK_ID_ISSUER"],
            client_id=environment["NETWORK_ID_CLIENT_ID"],
            client_secret=environment["NETWORK_ID_CLIENT_SECRET"],
            url=environment["PLATFORM_URL"].rstrip("/"),
            secret=environment["PLATFORM_SECRET"],
        )


VARIABLES = {
    "NETWORK_ID_ISSUER": "the provider's issuer, byte for byte",
    "NETWORK_ID_CLIENT_ID": "as registered",
    "NETWORK_ID_CLIENT_SECRET": "as registered",
    "PLATFORM_URL": "this platform's own base URL",
    "PLATFORM_SECRET": "random, signs the session cookie",
}
