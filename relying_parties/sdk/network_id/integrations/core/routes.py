"""The routes that every integration installs, each with what it does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from network_id.integrations.core.arriving import come_back, log_in
from network_id.integrations.core.leaving import be_told, log_out
from network_id.integrations.core.pages import style_sheet

if TYPE_CHECKING:
    from collections.abc import Callable

    from network_id.integrations.core.desk import Desk
    from network_id.integrations.core.messages import Answer, Asked
    from network_id.integrations.core.steps import Steps


@dataclass(frozen=True, slots=True)
class Route:
    """One route: ``path`` follows the prefix and a slash, ``name`` is for the framework."""

    path: str
    name: str
    methods: tuple[str, ...]
    steps: Callable[[Desk, Asked], Steps[Answer]]


def give_style_sheet(_desk: Desk, _asked: Asked) -> Steps[Answer]:
    """Give the style sheet of the button to the platform's pages."""
    yield from ()
    return style_sheet()


ROUTES: Final = (
    Route("login", "login", ("GET",), log_in),
    Route("callback", "callback", ("GET",), come_back),
    Route("logout", "logout", ("GET", "POST"), log_out),
    Route("backchannel-logout", "backchannel_logout", ("POST",), be_told),
    Route("network-id-button.css", "button_css", ("GET",), give_style_sheet),
)
