"""The two demo platforms: how they are registered, and where their programs are."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

from msgspec import Struct

from idp.cli.failure import ExitCode, Failure

_FOLDER = "relying_parties"


class DemoPlatform(Struct, frozen=True):
    """One platform. ``program`` names its module; ``metadata`` is all but its addresses."""

    program: str
    metadata: dict[str, Any]

    @property
    def name(self) -> str:
        """Its English name."""
        return str(self.metadata["client_name"])

    @property
    def client_id(self) -> str:
        """Its client id; the same in every demo, so that a kept one knows its consents again."""
        return f"demo-{self.program}"

    def document(self, url: str) -> dict[str, Any]:
        """Return its client metadata (RFC 7591) when it is reached at ``url``."""
        return self.metadata | {
            "client_uri": f"{url}/",
            "redirect_uris": [f"{url}/callback"],
            "post_logout_redirect_uris": [f"{url}/"],
            "backchannel_logout_uri": f"{url}/backchannel-logout",
            "backchannel_logout_session_required": True,
        }

    def logo(self) -> bytes | None:
        """Return its logo as PNG, if it has one."""
        file = source() / self.program / "logo.png"
        return file.read_bytes() if file.exists() else None


PLATFORMS = (
    DemoPlatform(
        "shop",
        {
            "client_name": "Clay & Leaf",
            "client_name#zh-Hans": "陶与茶",
            "platform": "clay-and-leaf",
            "purpose": "To know you again when you come back, and nothing else.",
            "purpose#zh-Hans": "仅用于在您再次光临时认出您。",
            "alternative": "Order as a guest.",
            "alternative#zh-Hans": "以访客身份下单。",
            "scope": "openid",
        },
    ),
    DemoPlatform(
        "forum",
        {
            "client_name": "After Hours",
            "client_name#zh-Hans": "夜谈",
            "platform": "after-hours",
            "purpose": "The forum is for adults only: to know whether you are over 18.",
            "purpose#zh-Hans": "本论坛仅限成年人。我们只需确认您是否已满 18 岁。",
            "alternative": "Read the titles of the day without an account.",
            "alternative#zh-Hans": "不登录也可以浏览今日标题。",
            "scope": "openid age sandbox:read",  # the sandbox's own API, to try tokens on
        },
    ),
)


def source() -> Path:
    """Return the folder of the platforms; raises Failure where they are not installed."""
    found = importlib.util.find_spec(_FOLDER)
    places = list(found.submodule_search_locations or ()) if found else []
    if not places:
        raise Failure(
            ExitCode.UNAVAILABLE,
            "platforms_missing",
            "the demo platforms are not installed here; run the demo from the source: make demo",
        )
    return Path(places[0])
