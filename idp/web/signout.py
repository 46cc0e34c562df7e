"""Signing out at the provider, local for now: platforms keep their own sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from idp.web.site import read_form

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from idp.web.site import Site

PURPOSE = "signout"


def routes(site: Site) -> list[Route]:
    """Return the routes of this file."""
    sessions = site.services.sessions

    async def ask(request: Request) -> Response:
        if await sessions.find(site.session_cookie(request)) is None:
            return site.redirect("/signed-out")
        shown = {"csrf": site.csrf(request, PURPOSE), "signed_in": True}
        return site.remember_browser(request, site.pages.render(request, "signout.html", shown))

    async def confirmed(request: Request) -> Response:
        form = await read_form(request)
        site.check_csrf(request, form, PURPOSE)
        await sessions.end(site.session_cookie(request))
        response = site.redirect("/signed-out")
        site.set_cookie(response, "session", "")
        return response

    async def done(request: Request) -> Response:
        return site.pages.render(request, "signed_out.html", {})

    return [
        Route("/signout", ask, methods=["GET"]),
        Route("/signout", confirmed, methods=["POST"]),
        Route("/signed-out", done),
    ]
