"""A platform that stays connected while the person is away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from idp.domain import base64url
from idp.domain.clock import NODE_SKEW_SECONDS
from tests.support.logins import Platform

if TYPE_CHECKING:
    from tests.support.browser_like import Answer, Browser
    from tests.support.provider import Provider

OFFLINE: Final = "openid offline_access"
GRACE: Final = 10 + NODE_SKEW_SECONDS
_REFRESHING: Final = {"grant_types": ["authorization_code", "refresh_token"]}


async def register(provider: Provider, **metadata: Any) -> Platform:
    """Register a client that may refresh."""
    return await Platform.register(provider, **(_REFRESHING | metadata))


@dataclass
class Connection:
    """What the platform holds: every refresh token it got, oldest first, and the last answer."""

    platform: Platform
    refresh_tokens: list[str]
    answer: dict[str, Any]

    @property
    def live(self) -> str:
        return self.refresh_tokens[-1]

    @property
    def access_token(self) -> str:
        return str(self.answer["access_token"])

    async def refresh(self, **changes: Any) -> dict[str, Any]:
        """Refresh with the newest token, which has to work."""
        answer = await self.platform.refresh(self.live, **changes)
        assert answer.status == 200, answer.text
        self.answer = answer.json()
        self.refresh_tokens.append(self.answer["refresh_token"])
        return self.answer

    async def is_alive(self) -> bool:
        """Tell whether the newest token still works. It does not move the chain on."""
        answer = await self.platform.refresh(self.live, scope="more than was ever granted")
        assert answer.status == 400
        return bool(answer.json()["error"] == "invalid_scope")

    async def is_honoured(self, answer: dict[str, Any] | None = None) -> bool:
        """Tell whether userinfo takes an access token: that of an answer, or the last."""
        token = (answer or self.answer)["access_token"]
        return (await self.platform.userinfo(token)).status == 200


async def connect(
    platform: Platform, browser: Browser, persona: str = "adult", **changes: Any
) -> Connection:
    """Log in and stay connected."""
    asked: dict[str, Any] = {"scope": OFFLINE} | changes
    tokens = await platform.tokens(browser, persona, **asked)
    return Connection(platform, [tokens["refresh_token"]], tokens)


def refused(answer: Answer) -> str:
    """The reason of a refusal as it is for every bad refresh token on the wire."""
    assert (answer.status, answer.json()["error"]) == (400, "invalid_grant"), answer.text
    return str(answer.json()["error_code"])


def forged(token: str, *, generation: int) -> str:
    """The same token, claiming to be of another generation."""
    value = base64url.decode(token)
    return base64url.encode(value[:16] + generation.to_bytes(4, "big") + value[20:])
