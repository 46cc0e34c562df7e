"""The page on which a suspended person learns why and by whom (promise P6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from idp.services.attempt import Step
from idp.web.authorize import follow
from idp.web.journey import context, journey

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from idp.web.site import Site


def routes(site: Site) -> list[Route]:
    """Return the routes of this file."""

    async def show(request: Request) -> Response:
        found = await journey(site, request)
        if found.answer is None:
            return site.redirect("/")
        if found.answer.step is not Step.SUSPENDED:
            return follow(site, request, found.answer)
        shown = context(site, request, found)
        shown |= {
            "notices": found.answer.attempt.known_account.notices,
            "continue_url": shown["deny_url"],
            "signed_in": True,
        }
        return site.pages.render(request, "suspended.html", shown)

    return [Route("/suspended", show)]
