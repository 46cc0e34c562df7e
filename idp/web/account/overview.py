"""The first page of an account: what there is, and that it is in order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from idp.web.account import door, this_device

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from idp.services.sessions import Account
    from idp.web.site import Site


def routes(site: Site) -> list[Route]:
    """Return the routes of this file."""

    async def show(request: Request, account: Account) -> Response:
        shown: dict[str, object] = {"signed_in": True, "section": "overview"}
        shown["codes_left"] = await site.services.recovery_codes.left(account.session.person_id)
        shown |= this_device.offer(site, request, account)
        response = site.pages.render(request, "account/overview.html", shown)
        return site.remember_browser(request, response)

    return [Route("/account", door.signed_in(site, show, then="/account"), methods=["GET"])]
