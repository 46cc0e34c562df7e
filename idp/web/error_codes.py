"""``/errors`` and ``/errors/CODE``: what every code means, at an address that every error names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from idp.domain.refusal import Cause, Refusal
from idp.protocol import reference
from idp.protocol.causes import outcome

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from idp.web.site import Site


def routes(site: Site) -> list[Route]:
    """Return the routes of this file."""

    async def every(request: Request) -> Response:
        return site.pages.render(request, "error_codes.html", {"groups": reference.SECTIONS})

    async def one(request: Request) -> Response:
        try:
            cause = Cause(request.path_params["code"])
        except ValueError:
            raise Refusal(Cause.NOT_FOUND) from None
        entry = reference.entry(cause)
        shown = {
            "cause": cause.value,
            "entry": entry,
            "outcome": outcome(cause),
            "status": reference.statuses(cause),
            "on_page": reference.on_a_page(entry),
        }
        return site.pages.render(request, "error_code.html", shown)

    return [Route("/errors", every), Route("/errors/{code}", one)]
