"""Operators' own pages: one file per page. Opened by ``door``, framed by ``_operator.html``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from idp.web.operator import appeals, audit, cases, join, overview, proposals, registrar, signin

if TYPE_CHECKING:
    from starlette.routing import Route

    from idp.web.site import Site

_PAGES = (overview, signin, join, registrar, cases, proposals, appeals, audit)


def routes(site: Site) -> list[Route]:
    """Return the routes of every operators' page."""
    return [route for page in _PAGES for route in page.routes(site)]
