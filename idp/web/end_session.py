"""``/logout``: where platforms send people to be signed out (RP-Initiated Logout 1.0 §2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from idp.web.site import read_form, read_query

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from idp.web.site import Site

PATH = "/logout"


def routes(site: Site) -> list[Route]:
    """Return the routes of this file."""

    async def end_session(request: Request) -> Response:
        """Read what is asked and go on to our own page, always by a GET.

        A POST from another site carries no SameSite=Lax cookie: answered here, a signed-in person
        would look like a stranger.
        """
        sent = await read_form(request) if request.method == "POST" else read_query(request)
        return site.redirect("/signout", logout=await site.services.end_session.ask(sent))

    return [Route(PATH, end_session, methods=["GET", "POST"])]
