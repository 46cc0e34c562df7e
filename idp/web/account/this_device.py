"""The offer to make a passkey on this device, to whoever signed in by another one's.

Where it stands: on a person's own account pages, never in the middle of a platform's sign-in, where
it would cost a click of somebody who came for something else. *Not now* is as near as yes, and this
browser remembers it. The cookie holds one of two constant words: it tells browsers apart no better
than a light switch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from idp.web.account import door
from idp.web.site import read_form

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from idp.services.sessions import Account
    from idp.web.site import Site

NOT_NOW = "/account/passkeys/not-now"
OFFERED_ON = "/account"
_COOKIE = "device"
_OFFER, _LATER = "offer", "later"
_LATER_SECONDS = 180 * 24 * 60 * 60


def routes(site: Site) -> list[Route]:
    """Return the routes of this file."""

    async def not_now(request: Request, account: Account) -> Response:
        form = await read_form(request)
        door.check(site, request, account, form, "not on this device")
        response = site.redirect(OFFERED_ON)
        site.set_cookie(response, _COOKIE, _LATER, seconds=_LATER_SECONDS)
        return response

    return [Route(NOT_NOW, door.signed_in(site, not_now, then=OFFERED_ON), methods=["POST"])]


def may_offer(site: Site, request: Request) -> bool:
    """Tell whether this browser has not been told *not now*."""
    return site.cookie(request, _COOKIE) != _LATER


def remember(site: Site, response: Response) -> Response:
    """Make the offer to this browser until it is closed, or answered."""
    site.set_cookie(response, _COOKIE, _OFFER)
    return response


def settled(site: Site, response: Response) -> Response:
    """Offer nothing any more: a passkey was just made."""
    site.set_cookie(response, _COOKIE, "")
    return response


def offer(site: Site, request: Request, account: Account) -> dict[str, object]:
    """Return what the pages need to make the offer, if it is to be made."""
    if site.cookie(request, _COOKIE) != _OFFER:
        return {"offer_device": False}
    return {
        "offer_device": True,
        "not_now_csrf": door.token(site, request, account, "not on this device"),
    }
