"""What operators did to people's accounts, by month, and how anybody can check that: for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from idp.domain.audit import COUNTED

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from idp.web.site import Site


def routes(site: Site) -> list[Route]:
    """Return the routes of this file."""
    heads = site.services.operations.tree_heads

    async def show(request: Request) -> Response:
        shown: dict[str, object] = {
            "months": [counted.month for counted in await heads.months()],
            "counted": [act.value for act in COUNTED],
            "head": await heads.newest(),
            "keys": heads.verifier_keys,
        }
        return site.pages.render(request, "transparency.html", shown)

    return [Route("/transparency", show, methods=["GET"])]
