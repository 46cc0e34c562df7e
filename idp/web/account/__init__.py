"""A person's own account: one file per page. Opened by ``door``, framed by ``_account.html``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from idp.web.account import (
    activity,
    close,
    contact,
    data,
    overview,
    passkeys,
    platforms,
    recovery,
    sessions,
    suspension,
    this_device,
)

if TYPE_CHECKING:
    from starlette.routing import Route

    from idp.web.site import Site

_PAGES = (
    overview,
    platforms,
    activity,
    passkeys,
    sessions,
    recovery,
    contact,
    suspension,
    data,
    close,
    this_device,
)


def routes(site: Site) -> list[Route]:
    """Return the routes of every account page."""
    return [route for page in _PAGES for route in page.routes(site)]
